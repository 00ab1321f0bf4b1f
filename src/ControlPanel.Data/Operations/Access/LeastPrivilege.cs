using System.Globalization;
using ControlPanel.Data.Model;
using ControlPanel.Data.Operations.Spaces;
using ControlPanel.Data.Operations.Tokens;
using ControlPanel.Verification.Keys;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Access;

/// <summary>
/// Reckons from what was recorded which rights a key needs. Where it is not sure it proposes nothing: taking a right
/// that is needed breaks a program, leaving one that is not costs a look at the next opportunity.
/// </summary>
public static class LeastPrivilege
{
    /// <summary>
    /// How long a key must have been watched, and how far back a need counts: a month has its weekly and monthly jobs in
    /// it.
    /// </summary>
    public static readonly TimeSpan Watched = TimeSpan.FromDays(30);

    /// <summary>Such a right comes along because another one requires it.</summary>
    public const string Required = "required";

    private const string Suffix = "-narrowed";
    private const int MostNamed = 10;

    /// <summary>Reckons for a key that was read with its grants.</summary>
    internal static async Task<Reckoning> ReckonAsync(
        this OperationContext context,
        AccessKey key,
        CancellationToken ct
    )
    {
        if (key.Family == KeyFamily.Functions)
        {
            return new Reckoning(new Narrowing.OneThing());
        }

        if (
            KeyUse.StatusOf(key.ExpiresAt, key.SuspendedUntil, context.Now)
            is not (KeyStatus.Active or KeyStatus.ExpiresSoon)
        )
        {
            return new Reckoning(new Narrowing.NotInForce());
        }

        var usage = await context.Db.KeyUsages.AsNoTracking().SingleOrDefaultAsync(u => u.KeyId == key.Id, ct);
        var known = await context.Db.KeyNeeds.AsNoTracking().Where(n => n.KeyId == key.Id).ToListAsync(ct);
        if (DaysLeft(key, usage, known, context.Now) is > 0 and var days)
        {
            return new Reckoning(new Narrowing.NotYet(days));
        }

        var needs = new Needs(known, context.Now - Watched);
        if (needs.Has(KeyNeed.Many))
        {
            return Broad(BroadNeed.TooMany);
        }

        return key.Family switch
        {
            KeyFamily.Spaces => await SpacesAsync(context, key, needs, ct),
            KeyFamily.Inference => await InferenceAsync(context, key, needs, ct),
            _ => Api(key, needs),
        };
    }

    // By what was recorded, not by the key's age alone: uses from before needs were recorded say nothing about them.
    private static int DaysLeft(AccessKey key, KeyUsage? usage, List<KeyNeed> known, DateTimeOffset now)
    {
        var since = key.CreatedAt;
        if (usage is not null)
        {
            var watched = known.Count == 0 ? now : known.Min(n => n.FirstSeenAt);
            since = new[] { since, usage.FirstUsedAt, watched }.Max();
        }

        return (int)Math.Ceiling((since + Watched - now).TotalDays);
    }

    private static async Task<Reckoning> SpacesAsync(
        OperationContext context,
        AccessKey key,
        Needs needs,
        CancellationToken ct
    )
    {
        if (!key.CoversAll)
        {
            var rows = key
                .Grants.OrderBy(g => g.Resource, StringComparer.Ordinal)
                .Select(g => new RightChange(
                    g.Resource,
                    g.Permission,
                    needs.RightOn(g.Resource) is { } right ? Lesser(right, g.Permission) : null,
                    needs.LastOn(g.Resource)
                ))
                .ToList();
            var kept = rows.Where(r => r.Needed is not null)
                .Select(r => new SpacesGrant(r.Resource, r.Needed!))
                .ToList();
            return Propose(key, rows, kept.Count, rows.Count, new NarrowerRights.Buckets(kept));
        }

        if (needs.Resources(KeyNeed.FullAccess) is { Count: > 0 } changed)
        {
            return Broad(BroadNeed.BucketSettings, changed);
        }

        if (needs.Has(KeyNeed.List))
        {
            return Broad(BroadNeed.ListsBuckets);
        }

        var used = needs.Resources(KeyNeed.Read, KeyNeed.ReadWrite);
        if (used.Count > SpacesGrants.Most)
        {
            return Broad(BroadNeed.TooMany);
        }

        var buckets = await context
            .Db.Buckets.Where(b => b.TeamId == context.TeamId && b.RemovedAt == null)
            .Select(b => b.Name)
            .ToListAsync(ct);
        if (used.Except(buckets, StringComparer.Ordinal).ToList() is { Count: > 0 } unknown)
        {
            return Broad(BroadNeed.UnknownBuckets, unknown);
        }

        var grants = used.Select(b => new SpacesGrant(b, needs.RightOn(b)!)).ToList();
        return Propose(
            key,
            [
                new RightChange("", SpacesGrant.FullAccess, null, null),
                .. grants.Select(g => new RightChange(g.Bucket, null, g.Permission, needs.LastOn(g.Bucket))),
            ],
            grants.Count,
            buckets.Count,
            new NarrowerRights.Buckets(grants)
        );
    }

    private static async Task<Reckoning> InferenceAsync(
        OperationContext context,
        AccessKey key,
        Needs needs,
        CancellationToken ct
    )
    {
        var catalogue = await context
            .Db.Models.Where(m => m.TeamId == context.TeamId && m.RemovedAt == null)
            .Select(m => m.ModelId)
            .ToListAsync(ct);
        var used = needs.Resources(KeyNeed.Use);
        if (!key.CoversAll)
        {
            var rows = key
                .Grants.Select(g => g.Resource)
                .Order(StringComparer.Ordinal)
                .Select(m => new RightChange(m, KeyNeed.Use, used.Contains(m) ? KeyNeed.Use : null, needs.LastOn(m)))
                .ToList();
            var kept = rows.Where(r => r.Needed is not null).Select(r => r.Resource).ToList();
            return kept.Except(catalogue, StringComparer.Ordinal).ToList() is { Count: > 0 } gone
                ? Broad(BroadNeed.UnknownModels, gone)
                : Propose(key, rows, kept.Count, rows.Count, new NarrowerRights.Models(kept));
        }

        if (needs.Has(KeyNeed.Batch))
        {
            return Broad(BroadNeed.Batch);
        }

        if (needs.Has(KeyNeed.All))
        {
            // All models it must be; the switch for batches is all that can go.
            return key.Batch
                ? new Reckoning(
                    new Narrowing.Proposal(
                        0,
                        0,
                        [
                            new RightChange("", KeyNeed.All, KeyNeed.All, needs.Last(KeyNeed.All)),
                            new RightChange("", KeyNeed.Batch, null, needs.LastEver(KeyNeed.Batch)),
                        ],
                        NameFor(key)
                    ),
                    new NarrowerRights.Models(Ids: null)
                )
                : Broad(BroadNeed.UnnamedModels);
        }

        if (used.Except(catalogue, StringComparer.Ordinal).ToList() is { Count: > 0 } unknown)
        {
            return Broad(BroadNeed.UnknownModels, unknown);
        }

        List<RightChange> all = [new("", KeyNeed.All, null, needs.LastEver(KeyNeed.All))];
        if (key.Batch)
        {
            all.Add(new RightChange("", KeyNeed.Batch, null, needs.LastEver(KeyNeed.Batch)));
        }

        return Propose(
            key,
            [.. all, .. used.Select(m => new RightChange(m, null, KeyNeed.Use, needs.LastOn(m)))],
            used.Count,
            catalogue.Count,
            new NarrowerRights.Models(used)
        );
    }

    private static Reckoning Api(AccessKey token, Needs needs)
    {
        var present = token.Grants.Select(g => $"{g.Resource}:{g.Permission}").Order(StringComparer.Ordinal).ToList();
        var scope = new KeyScope.Api([.. present]);
        if (needs.Has(KeyNeed.All))
        {
            return Broad(BroadNeed.TokenCallsModels);
        }

        var used = needs.Resources(KeyNeed.Scope);
        if (used.Where(s => ScopeCatalog.Find(s) is null).ToList() is { Count: > 0 } unlisted)
        {
            // Nobody can choose them one by one; reading ones come with the alias for reading.
            var reads = used.All(s => s.EndsWith(":read", StringComparison.Ordinal));
            return reads && scope.IsFull
                ? Propose(
                    token,
                    [
                        new RightChange("", KeyScope.Api.WriteAlias, null, null),
                        new RightChange("", null, KeyScope.Api.ReadAlias, used.Max(needs.LastOn)),
                    ],
                    used.Count,
                    0,
                    new NarrowerRights.Scopes([KeyScope.Api.ReadAlias])
                )
                : Broad(BroadNeed.UnlistedScopes, unlisted);
        }

        var granted = ScopeCatalog.WithRequired(used);
        // Never a scope that the token itself has not, however harmless.
        if (!granted.All(scope.Holds))
        {
            return new Reckoning(new Narrowing.Fits());
        }

        var isAlias = present is [KeyScope.Api.WriteAlias or KeyScope.Api.ReadAlias];
        List<RightChange> rows =
        [
            .. isAlias ? [new RightChange("", present[0], null, null)] : Array.Empty<RightChange>(),
            .. (isAlias ? granted : present.Union(granted, StringComparer.Ordinal))
                .Order(StringComparer.Ordinal)
                .Select(s => new RightChange(
                    s,
                    present.Contains(s) ? KeyNeed.Scope : null,
                    used.Contains(s) ? KeyNeed.Scope
                        : granted.Contains(s) ? Required
                        : null,
                    needs.LastOn(s)
                )),
        ];
        return present.ToHashSet(StringComparer.Ordinal).SetEquals(granted)
            ? new Reckoning(new Narrowing.Fits())
            : Propose(
                token,
                rows,
                used.Count,
                isAlias ? 0 : present.Count,
                new NarrowerRights.Scopes([.. used.Order(StringComparer.Ordinal)])
            );
    }

    private static Reckoning Propose(
        AccessKey key,
        IReadOnlyList<RightChange> rows,
        int used,
        int of,
        NarrowerRights rights
    ) =>
        used == 0 ? new Reckoning(new Narrowing.Unneeded())
        : rows.All(r => r.Stays) ? new Reckoning(new Narrowing.Fits())
        : new Reckoning(new Narrowing.Proposal(used, of, rows, NameFor(key)), rights);

    private static Reckoning Broad(BroadNeed why, IReadOnlyList<string>? what = null) =>
        new(
            new Narrowing.NeedsAll(
                why,
                [.. (what ?? []).Where(w => w.Length > 0).Order(StringComparer.Ordinal).Take(MostNamed)]
            )
        );

    private static string Lesser(string one, string other) =>
        one == SpacesGrant.Read || other == SpacesGrant.Read ? SpacesGrant.Read : SpacesGrant.ReadWrite;

    /// <summary>The name with <c>-narrowed</c> behind it, within what a name may be.</summary>
    private static string NameFor(AccessKey key)
    {
        var room = Names.MaxLength - Suffix.Length;
        var name = new StringInfo(key.Name);
        var length = Math.Min(name.LengthInTextElements, room);
        // By characters as a person counts them, but no longer than a name may be as it is stored.
        while (name.SubstringByTextElements(0, length).Length > room)
        {
            length--;
        }

        return name.SubstringByTextElements(0, length) + Suffix;
    }

    private sealed class Needs(List<KeyNeed> known, DateTimeOffset since)
    {
        private readonly List<KeyNeed> _recent = [.. known.Where(n => n.LastSeenAt > since)];

        public bool Has(string permission) => _recent.Exists(n => n.Permission == permission);

        public List<string> Resources(params string[] permissions) =>
            [
                .. _recent
                    .Where(n => permissions.Contains(n.Permission, StringComparer.Ordinal))
                    .Select(n => n.Resource)
                    .Distinct(StringComparer.Ordinal)
                    .Order(StringComparer.Ordinal),
            ];

        /// <summary>What was needed on a bucket.</summary>
        public string? RightOn(string bucket)
        {
            var needed = _recent.Where(n => n.Resource == bucket).Select(n => n.Permission).ToList();
            return needed.Exists(p => p is KeyNeed.ReadWrite or KeyNeed.FullAccess) ? SpacesGrant.ReadWrite
                : needed.Contains(KeyNeed.Read) ? SpacesGrant.Read
                : null;
        }

        /// <summary>When it was last needed, also before the time that counts.</summary>
        public DateTimeOffset? LastOn(string resource) => Latest(known.Where(n => n.Resource == resource));

        public DateTimeOffset? Last(string permission) => Latest(_recent.Where(n => n.Permission == permission));

        public DateTimeOffset? LastEver(string permission) => Latest(known.Where(n => n.Permission == permission));

        private static DateTimeOffset? Latest(IEnumerable<KeyNeed> needs) =>
            needs.Max(n => (DateTimeOffset?)n.LastSeenAt);
    }
}
