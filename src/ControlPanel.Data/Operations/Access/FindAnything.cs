using ControlPanel.Verification.Keys;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Access;

/// <summary>What a found thing is.</summary>
public enum FoundKind
{
    Namespace,
    Bucket,
    Person,
    Key,
}

/// <summary>Something of the team that fits a search.</summary>
/// <param name="Id">The namespace's id, or the key's; empty for others.</param>
/// <param name="Detail">What tells it from others of its name: a region, the label of a namespace.</param>
/// <param name="Family">A key's family.</param>
/// <param name="Place">The namespace a key belongs to; empty for others.</param>
/// <param name="IsOwn">Whether a key is the actor's own.</param>
/// <param name="Role">A person's role.</param>
/// <param name="IsLegacy">Whether a key is a shared credential of a namespace, or a model key from before scoping.</param>
public sealed record Found(
    FoundKind Kind,
    string Id,
    string Name,
    string Detail,
    KeyFamily? Family = null,
    string Place = "",
    bool IsOwn = false,
    TeamRole? Role = null,
    bool IsLegacy = false
);

/// <summary>
/// Finds namespaces, buckets, people and keys by part of a name, by id, or by a credential as its holder has it. A
/// credential is recognised by its form and matched by the engine; it is neither stored nor logged, and one that is not
/// the team's finds nothing.
/// </summary>
public sealed class FindAnything(OperationRunner runner, TryKey tryKey)
{
    private const int MaxOfAKind = 8;

    /// <summary>Needs <c>access:verify</c>; of each kind, what the actor may read.</summary>
    /// <returns>At most eight of a kind; nothing for an empty search.</returns>
    public async Task<Outcome<IReadOnlyList<Found>>> ExecuteAsync(Actor actor, string? search, CancellationToken ct)
    {
        var wanted = search?.Trim() ?? "";
        Guid? matched = null;
        if (TryKey.FamilyOf(wanted) is not null)
        {
            var tried = await tryKey.ExecuteAsync(actor, new TryInput(KeyId: null, wanted), ct);
            matched = tried.Value?.KeyId;
        }

        return await runner.ReadAsync<IReadOnlyList<Found>>(
            actor,
            "access:verify",
            async context =>
                wanted.Length == 0
                    ? Array.Empty<Found>()
                    : Outcome.Of<IReadOnlyList<Found>>([
                        .. await NamespacesAsync(context, wanted, ct),
                        .. await BucketsAsync(context, wanted, ct),
                        .. await PeopleAsync(context, wanted, ct),
                        .. await KeysAsync(context, wanted, matched, ct),
                    ]),
            ct
        );
    }

    private static async Task<List<Found>> NamespacesAsync(
        OperationContext context,
        string wanted,
        CancellationToken ct
    )
    {
        if (!context.May("function:read"))
        {
            return [];
        }

        var lower = wanted.ToLowerInvariant();
        return await context
            .Db.Namespaces.Where(n =>
                n.TeamId == context.TeamId && (n.Label.ToLower().Contains(lower) || n.Id == lower)
            )
            .OrderBy(n => n.Label)
            .Take(MaxOfAKind)
            .Select(n => new Found(FoundKind.Namespace, n.Id, n.Label, n.Region, null, "", false, null, false))
            .ToListAsync(ct);
    }

    private static async Task<List<Found>> BucketsAsync(OperationContext context, string wanted, CancellationToken ct)
    {
        if (!context.May("spaces:read"))
        {
            return [];
        }

        var lower = wanted.ToLowerInvariant();
        return await context
            .Db.Buckets.Where(b => b.TeamId == context.TeamId && b.RemovedAt == null && b.Name.Contains(lower))
            .OrderBy(b => b.Name)
            .Take(MaxOfAKind)
            .Select(b => new Found(FoundKind.Bucket, "", b.Name, b.Region, null, "", false, null, false))
            .ToListAsync(ct);
    }

    private static async Task<List<Found>> PeopleAsync(OperationContext context, string wanted, CancellationToken ct)
    {
        if (!context.May("team:read"))
        {
            return [];
        }

        var upper = wanted.ToUpperInvariant();
        var people = await (
            from membership in context.Db.Memberships
            join person in context.Db.Users on membership.UserId equals person.Id
            where membership.TeamId == context.TeamId && membership.RemovedAt == null
            where person.NormalizedEmail!.Contains(upper)
            orderby person.Email
            select new { person.Email, membership.Role }
        )
            .Take(MaxOfAKind)
            .ToListAsync(ct);
        return [.. people.Select(p => new Found(FoundKind.Person, "", p.Email ?? "", "", Role: p.Role))];
    }

    private static async Task<List<Found>> KeysAsync(
        OperationContext context,
        string wanted,
        Guid? matched,
        CancellationToken ct
    )
    {
        var lower = wanted.ToLowerInvariant();
        var id = wanted.Split(':')[0];
        var me = context.Actor.UserId;
        var keys = await (
            from key in context.KnownKeys()
            where key.Id == matched || key.PublicId == id || key.Name.ToLower().Contains(lower)
            join ns in context.Db.Namespaces on key.NamespaceId equals ns.Id into namespaces
            from ns in namespaces.DefaultIfEmpty()
            orderby key.Id == matched descending, key.Name, key.Id
            select new
            {
                key.Id,
                key.Name,
                key.IsLegacy,
                key.Family,
                key.NamespaceId,
                key.OwnerId,
                Label = ns == null ? "" : ns.Label,
            }
        )
            .Take(MaxOfAKind)
            .ToListAsync(ct);
        return
        [
            .. keys.Select(k => new Found(
                FoundKind.Key,
                // Made here and not in SQL: SQLite keeps it in capitals.
                k.Id.ToString(),
                KeyNames.Shown(k.Family, k.IsLegacy, k.Name),
                k.Label,
                k.Family,
                k.NamespaceId ?? "",
                k.OwnerId == me,
                IsLegacy: k.IsLegacy
            )),
        ];
    }
}
