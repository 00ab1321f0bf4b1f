using ControlPanel.Data.Model;
using ControlPanel.Verification.Keys;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Access;

/// <summary>How many keys are about to expire; each number contains the ones before it.</summary>
public sealed record ExpiringCounts(int WithinDay, int WithinWeek, int WithinMonth);

/// <summary>What listing and counting read alike.</summary>
internal static class ExpiringKeys
{
    /// <summary>
    /// Living keys that expire within a span of time, of which the actor is told: for owners all of the team, for
    /// others the ones they made.
    /// </summary>
    public static IQueryable<AccessKey> Expiring(this OperationContext context, TimeSpan within)
    {
        var end = context.Now + within;
        var keys = context.Db.AccessKeys.Where(k =>
            k.TeamId == context.TeamId && k.RevokedAt == null && k.ExpiresAt > context.Now && k.ExpiresAt <= end
        );
        return context.Role == TeamRole.Owner ? keys : keys.Where(k => k.OwnerId == context.Actor.UserId);
    }
}

/// <summary>Counts the keys whose makers and owners should act soon. Read from the keys: nothing has to run for it.</summary>
public sealed class CountExpiringKeys(OperationRunner runner)
{
    /// <summary>Every member may ask about the keys they made; owners about all of the team.</summary>
    public Task<Outcome<ExpiringCounts>> ExecuteAsync(Actor actor, CancellationToken ct) =>
        runner.ReadAsync<ExpiringCounts>(
            actor,
            "account:read",
            async context => new ExpiringCounts(
                await context.Expiring(TimeSpan.FromDays(1)).CountAsync(ct),
                await context.Expiring(TimeSpan.FromDays(7)).CountAsync(ct),
                await context.Expiring(TimeSpan.FromDays(30)).CountAsync(ct)
            ),
            ct
        );
}

/// <summary>Lists the keys whose makers and owners should act soon, the soonest first.</summary>
public sealed class ListExpiringKeys(OperationRunner runner)
{
    /// <summary>Every member may ask about the keys they made; owners about all of the team.</summary>
    /// <param name="within">From now on; expired keys are not among them.</param>
    public Task<Outcome<Page<ConcernedKey>>> ExecuteAsync(
        Actor actor,
        TimeSpan within,
        PageRequest page,
        CancellationToken ct
    ) =>
        runner.ReadAsync<Page<ConcernedKey>>(
            actor,
            "account:read",
            async context =>
            {
                var db = context.Db;
                var keys = context.Expiring(within);
                if (page.Search?.Trim() is { Length: > 0 } search)
                {
                    var needle = search.ToLowerInvariant();
                    keys = keys.Where(k => k.Name.ToLower().Contains(needle));
                }

                var rows = await (
                    from key in keys
                    join usage in db.KeyUsages on key.Id equals usage.KeyId into usages
                    from usage in usages.DefaultIfEmpty()
                    join owner in db.Users on key.OwnerId equals owner.Id into owners
                    from owner in owners.DefaultIfEmpty()
                    join ns in db.Namespaces on key.NamespaceId equals ns.Id into namespaces
                    from ns in namespaces.DefaultIfEmpty()
                    orderby key.ExpiresAt, key.Id
                    select new ConcernedKey(
                        key.Id,
                        key.Family,
                        key.IsLegacy && key.Family == KeyFamily.Functions ? "Legacy credential" : key.Name,
                        key.NamespaceId ?? "",
                        ns == null ? "" : ns.Label,
                        owner == null ? "" : owner.Email ?? "",
                        key.CreatedAt,
                        key.ExpiresAt,
                        usage == null ? null : usage.LastUsedAt,
                        usage == null ? null : usage.LastAddress,
                        key.OwnerId == context.Actor.UserId
                    )
                )
                    .Skip(page.SafeSkip)
                    .Take(page.SafeTake)
                    .ToListAsync(ct);
                return new Page<ConcernedKey>(rows, await keys.CountAsync(ct));
            },
            ct
        );
}
