using ControlPanel.Data.Model;
using ControlPanel.Verification.Keys;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Access;

/// <summary>Says how far callers have moved to the replacement of a key, and from the key that it replaces.</summary>
public sealed class GetReplacements(OperationRunner runner)
{
    /// <summary>
    /// Needs the reading permission of the family. Model keys and tokens must be the actor's own unless they are an
    /// owner, on either side: what is not theirs to know is missing, or left out.
    /// </summary>
    /// <returns>The key as the new one, then as the old one; none, one or both.</returns>
    public Task<Outcome<IReadOnlyList<ReplacementProgress>>> ExecuteAsync(
        Actor actor,
        KeyFamily family,
        Guid id,
        CancellationToken ct
    ) =>
        runner.ReadAsync<IReadOnlyList<ReplacementProgress>>(
            actor,
            KeyPermissions.Read(family),
            async context =>
            {
                if (await context.FindKnownKeyAsync(family, id, ct) is not { } key)
                {
                    return new Refusal.Missing("access key");
                }

                var found = new List<ReplacementProgress>();
                if (key.ReplacesId is { } replaced)
                {
                    var old = await context.Db.AccessKeys.AsNoTracking().SingleAsync(k => k.Id == replaced, ct);
                    await AddAsync(context, found, old, key, other: old, ct);
                }

                if (await context.ReplacementOfAsync(id, ct) is { } successor)
                {
                    await AddAsync(context, found, key, successor, other: successor, ct);
                }

                return Outcome.Of<IReadOnlyList<ReplacementProgress>>(found);
            },
            ct
        );

    private static async Task AddAsync(
        OperationContext context,
        List<ReplacementProgress> found,
        AccessKey old,
        AccessKey made,
        AccessKey other,
        CancellationToken ct
    )
    {
        if (!context.MayKnow(other))
        {
            return;
        }

        var db = context.Db;
        var uses = await db
            .KeyUsages.Where(u => u.KeyId == old.Id || u.KeyId == made.Id)
            .ToDictionaryAsync(u => u.KeyId, u => u.LastUsedAt, ct);
        var before = await db.CallersAsync(old.Id, context.Now - LeastPrivilege.Watched, ct, Replacements.MostCallers);
        var after = (await db.CallersAsync(made.Id, made.CreatedAt, ct, Replacements.MostCallers)).ToDictionary(
            c => (c.Address, c.Client),
            c => c.LastSeenAt
        );
        var safeAt = uses.TryGetValue(old.Id, out var lastOld) ? lastOld + Replacements.Silence : (DateTimeOffset?)null;
        found.Add(
            new ReplacementProgress(
                ToKey(old, uses),
                ToKey(made, uses),
                [
                    .. before
                        .Select(c =>
                        {
                            DateTimeOffset? lastNew = after.TryGetValue((c.Address, c.Client), out var at) ? at : null;
                            return new MovingCaller(
                                c.Address,
                                c.Client,
                                Replacements.MoveOf(c.LastSeenAt, lastNew, made.CreatedAt, context.Now),
                                c.LastSeenAt,
                                lastNew
                            );
                        })
                        .OrderBy(c => c.Move)
                        .ThenByDescending(c => c.LastOldAt),
                ],
                safeAt,
                safeAt is null || safeAt <= context.Now
            )
        );
    }

    private static ReplacementKey ToKey(AccessKey key, Dictionary<Guid, DateTimeOffset> uses) =>
        new(
            key.Id,
            key.Name,
            key.PublicId,
            key.CreatedAt,
            key.RevokedAt,
            uses.TryGetValue(key.Id, out var lastUsed) ? lastUsed : null
        );
}
