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
                var keys = context.Expiring(within).Named(page.Search);
                return await keys.Listed(context.Db)
                    .OrderBy(r => r.Key.ExpiresAt)
                    .PageAsync(context, page, await keys.CountAsync(ct), ct);
            },
            ct
        );
}
