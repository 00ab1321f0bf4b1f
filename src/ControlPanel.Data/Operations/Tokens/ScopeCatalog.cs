using System.Collections.Frozen;

namespace ControlPanel.Data.Operations.Tokens;

/// <summary>A scope that a token can be given, with what must and what should go with it.</summary>
/// <param name="Name"><c>resource:action</c>.</param>
/// <param name="Requires">Scopes that come along whether chosen or not (contract 5.2); direct ones only.</param>
/// <param name="Suggests">Scopes that usually go with it; never added by themselves.</param>
public sealed record Scope(string Name, IReadOnlyList<string> Requires, IReadOnlyList<string> Suggests)
{
    /// <summary>The resource before the colon.</summary>
    public string Resource => Name[..Name.IndexOf(':', StringComparison.Ordinal)];

    /// <summary>The action after the colon.</summary>
    public string Action => Name[(Name.IndexOf(':', StringComparison.Ordinal) + 1)..];
}

/// <summary>
/// Every scope there is (contract 5.3, with the corrected names), as data. The aliases <c>api:read</c> and
/// <c>api:write</c> stand for all of them, present and future, and are not chosen one by one.
/// </summary>
public static class ScopeCatalog
{
    private const string Crud = "create read update delete";
    private const string Crd = "create read delete";

    // Reading nearly any resource needs these three (contract 5.2).
    private static readonly string[] s_base = ["regions:read", "sizes:read", "actions:read"];

    private static readonly FrozenSet<string> s_withoutRequirements = FrozenSet.ToFrozenSet(
        [.. s_base, "tag:read", "account:read", "billing:read", "function:admin", "function:delete"],
        StringComparer.Ordinal
    );

    // Resources of this product that the public catalogue does not know need no base scopes either.
    private static readonly FrozenSet<string> s_ownResources = FrozenSet.ToFrozenSet(
        ["team", "activity", "access"],
        StringComparer.Ordinal
    );

    private static readonly (string Resource, string Actions)[] s_resources =
    [
        ("access", "verify"),
        ("account", "read"),
        ("actions", "read"),
        ("activity", "read verify"),
        ("addon", Crud),
        ("app", $"{Crud} access_console"),
        ("billing", "read"),
        ("block_storage", Crd),
        ("block_storage_action", "create read"),
        ("block_storage_snapshot", Crd),
        ("byoip_prefix", Crud),
        ("cdn", Crud),
        ("certificate", Crd),
        ("database", $"{Crud} view_credentials"),
        ("dedicated_inference", Crud),
        ("dedicated_inference_token", Crd),
        ("domain", Crud),
        ("droplet", $"{Crud} admin"),
        ("firewall", Crud),
        ("function", $"{Crud} admin"),
        ("genai", Crud),
        ("image", Crud),
        ("kubernetes", $"{Crud} access_cluster"),
        ("load_balancer", Crud),
        ("monitoring", Crud),
        ("nat_gateway", Crud),
        ("nfs", Crd),
        ("organization", "create"),
        ("organization_membership", "read_teams"),
        ("partner_network_connect", "create read update"),
        ("project", $"{Crud} assign_resource"),
        ("regions", "read"),
        ("registry", Crud),
        ("reserved_ip", Crud),
        ("security", Crud),
        ("sizes", "read"),
        ("snapshot", "read delete"),
        ("spaces", Crud),
        ("spaces_key", "read create_credentials update delete"),
        ("ssh_key", Crud),
        ("tag", Crd),
        ("team", "read update delete"),
        ("uptime", Crud),
        ("vpc", Crud),
        ("vpc_peering", Crud),
    ];

    private static readonly Dictionary<string, string[]> s_suggestions = new(StringComparer.Ordinal)
    {
        ["droplet:create"] =
        [
            "ssh_key:read",
            "vpc:read",
            "block_storage:read",
            "image:read",
            "monitoring:create",
            "database:create",
            "tag:create",
        ],
        ["vpc:read"] =
        [
            "database:read",
            "load_balancer:read",
            "vpc_peering:read",
            "partner_network_connect:read",
            "droplet:read",
            "kubernetes:read",
        ],
        ["spaces:read"] =
        [
            "cdn:read",
            "spaces_key:read",
            "spaces_key:create_credentials",
            "spaces_key:delete",
            "tag:read",
            "project:read",
        ],
        ["genai:read"] = ["tag:read", "function:read"],
        ["genai:create"] = ["tag:create"],
    };

    private static readonly FrozenDictionary<string, Scope> s_scopes = Build();

    /// <summary>Every scope, by resource and then in the order in which actions are offered.</summary>
    public static IReadOnlyList<Scope> All { get; } =
    [.. s_resources.SelectMany(r => r.Actions.Split(' ').Select(a => s_scopes[$"{r.Resource}:{a}"]))];

    /// <summary>The scope of a name, or <see langword="null"/>. Aliases are not found here.</summary>
    public static Scope? Find(string name) => s_scopes.GetValueOrDefault(name);

    /// <summary>The chosen scopes and everything they require, directly or not; unknown names are left out.</summary>
    public static IReadOnlySet<string> WithRequired(IEnumerable<string> chosen)
    {
        var all = new HashSet<string>(StringComparer.Ordinal);
        var open = new Stack<string>(chosen);
        while (open.TryPop(out var name))
        {
            if (s_scopes.TryGetValue(name, out var scope) && all.Add(name))
            {
                foreach (var required in scope.Requires)
                {
                    open.Push(required);
                }
            }
        }

        return all;
    }

    /// <summary>The chosen scopes on whose account another one is needed; empty when nothing needs it.</summary>
    public static IReadOnlyList<string> NeededBy(string name, IEnumerable<string> chosen) =>
        [.. chosen.Where(c => !string.Equals(c, name, StringComparison.Ordinal) && WithRequired([c]).Contains(name))];

    private static FrozenDictionary<string, Scope> Build()
    {
        var names = s_resources.SelectMany(r => r.Actions.Split(' ').Select(a => (r.Resource, Action: a))).ToList();
        var known = names.Select(n => $"{n.Resource}:{n.Action}").ToHashSet(StringComparer.Ordinal);
        return names
            .Select(n =>
            {
                var name = $"{n.Resource}:{n.Action}";
                return new Scope(
                    name,
                    [.. Requirements(n.Resource, n.Action).Where(known.Contains)],
                    s_suggestions.GetValueOrDefault(name, [])
                );
            })
            .ToFrozenDictionary(s => s.Name, StringComparer.Ordinal);
    }

    private static IEnumerable<string> Requirements(string resource, string action)
    {
        var name = $"{resource}:{action}";
        if (s_withoutRequirements.Contains(name))
        {
            yield break;
        }

        if (action != "read")
        {
            yield return $"{resource}:read";
        }
        else if (!s_ownResources.Contains(resource) && resource != "dedicated_inference_token")
        {
            foreach (var needed in s_base)
            {
                yield return needed;
            }
        }

        if (resource == "droplet")
        {
            yield return "image:read";
        }

        if (resource == "spaces_key" && action is ("read" or "update"))
        {
            yield return "spaces:read";
        }
    }
}
