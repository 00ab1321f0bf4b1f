using ControlPanel.Verification.Decisions;
using ControlPanel.Verification.Keys;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Audit;

/// <summary>Calls that were refused alike, folded together.</summary>
/// <param name="KeyName">The key they named; empty when they named none that exists.</param>
/// <param name="Count">How many the entry stands for.</param>
public sealed record RefusedUseRow(
    long Id,
    DateTimeOffset At,
    KeyFamily Family,
    DenialReason Reason,
    string Operation,
    Guid? KeyId,
    string KeyName,
    string Address,
    string Client,
    string RequestId,
    long Count
);

/// <summary>Lists calls that were refused at the gateways and the API, newest first.</summary>
public sealed class ListRefusedUses(OperationRunner runner)
{
    /// <summary>
    /// Needs <c>activity:read</c>. Owners see every refusal of a key of the team and those that named no key; others see
    /// those of their own keys. The search finds key names, addresses, operations and request ids.
    /// </summary>
    public Task<Outcome<Page<RefusedUseRow>>> ExecuteAsync(
        Actor actor,
        PageRequest page,
        KeyFamily? family,
        CancellationToken ct
    ) =>
        runner.ReadAsync<Page<RefusedUseRow>>(
            actor,
            "activity:read",
            async context =>
            {
                var db = context.Db;
                var isOwner = context.Role == TeamRole.Owner;
                var rows =
                    from refused in db.RefusedUses
                    join k in db.AccessKeys on refused.KeyId equals (Guid?)k.Id into keys
                    from key in keys.DefaultIfEmpty()
                    where
                        refused.TeamId == context.TeamId && (isOwner || key.OwnerId == context.Actor.UserId)
                        || (isOwner && refused.KeyId == null)
                    select new { Refused = refused, Name = key == null ? "" : key.Name };
                if (family is { } wanted)
                {
                    rows = rows.Where(r => r.Refused.Family == wanted);
                }

                if (page.Search?.Trim() is { Length: > 0 } search)
                {
                    var needle = search.ToLowerInvariant();
                    rows = rows.Where(r =>
                        r.Refused.RequestId == search
                        || r.Name.ToLower().Contains(needle)
                        || r.Refused.Address.Contains(needle)
                        || r.Refused.Operation.ToLower().Contains(needle)
                    );
                }

                var total = await rows.CountAsync(ct);
                var items = await rows.OrderByDescending(r => r.Refused.Id)
                    .Skip(page.SafeSkip)
                    .Take(page.SafeTake)
                    .Select(r => new RefusedUseRow(
                        r.Refused.Id,
                        r.Refused.At,
                        r.Refused.Family,
                        r.Refused.Reason,
                        r.Refused.Operation,
                        r.Refused.KeyId,
                        r.Name,
                        r.Refused.Address,
                        r.Refused.Client,
                        r.Refused.RequestId,
                        r.Refused.Count
                    ))
                    .ToListAsync(ct);
                return new Page<RefusedUseRow>(items, total);
            },
            ct
        );
}
