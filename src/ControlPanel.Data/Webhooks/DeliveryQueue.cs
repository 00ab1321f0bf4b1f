using ControlPanel.Data.Audit;
using ControlPanel.Data.Model;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Providers;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Webhooks;

/// <summary>A delivery that this process has taken to send, signed for this attempt.</summary>
/// <param name="Attempt">Which attempt this is, from 1.</param>
/// <param name="Signature">The value of <c>webhook-signature</c>; <see langword="null"/> when the secret does not open.</param>
public sealed record TakenDelivery(
    Guid Id,
    Guid EndpointId,
    string Address,
    string EventId,
    string Payload,
    int Attempt,
    long Timestamp,
    string? Signature
);

/// <summary>
/// The deliveries that wait, shared by all nodes of a store. At least once: what was taken and not finished, because the
/// process ended, is due again when its time is over.
/// </summary>
public sealed class DeliveryQueue(
    IControlPanelStore store,
    WebhookSecrets secrets,
    AuditChain audit,
    TimeProvider clock
)
{
    /// <summary>How long whoever takes a delivery may need; far longer than an attempt may last.</summary>
    public static readonly TimeSpan TakenFor = TimeSpan.FromSeconds(60);

    /// <summary>How long deliveries are kept to look at.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(30);

    // Standard Webhooks, "retry schedule": over three days, so that a receiver may be away over a weekend.
    private static readonly TimeSpan[] s_pauses =
    [
        TimeSpan.FromSeconds(5),
        TimeSpan.FromMinutes(5),
        TimeSpan.FromMinutes(30),
        TimeSpan.FromHours(2),
        TimeSpan.FromHours(5),
        TimeSpan.FromHours(10),
        TimeSpan.FromHours(14),
        TimeSpan.FromHours(20),
        TimeSpan.FromHours(24),
    ];

    /// <summary>Raised when an attempt was noted; from any thread. Handlers must not block.</summary>
    public event Action? Noted;

    /// <summary>The pause after a failed attempt; <see langword="null"/> after the last.</summary>
    /// <param name="attempt">Which attempt failed, from 1.</param>
    public static TimeSpan? PauseAfter(int attempt) => attempt <= s_pauses.Length ? s_pauses[attempt - 1] : null;

    /// <summary>The endpoints for which something is due.</summary>
    public async Task<IReadOnlyList<Guid>> DueEndpointsAsync(CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        await using var db = store.OpenRead();
        return await db
            .WebhookEndpoints.Where(e =>
                e.IsEnabled && db.WebhookDeliveries.Any(d => d.EndpointId == e.Id && d.NextAttemptAt <= now)
            )
            .Select(e => e.Id)
            .ToListAsync(ct);
    }

    /// <summary>When the next delivery is due; <see langword="null"/> when none waits.</summary>
    public async Task<DateTimeOffset?> NextDueAsync(CancellationToken ct)
    {
        await using var db = store.OpenRead();
        return await db
            .WebhookDeliveries.Where(d =>
                d.NextAttemptAt != null && db.WebhookEndpoints.Any(e => e.Id == d.EndpointId && e.IsEnabled)
            )
            .MinAsync(d => d.NextAttemptAt, ct);
    }

    /// <summary>Takes what is due for an endpoint, the longest due first. What another node took is not among it.</summary>
    /// <param name="most">How many at most.</param>
    public async Task<IReadOnlyList<TakenDelivery>> TakeAsync(Guid endpointId, int most, CancellationToken ct)
    {
        await using var transaction = await store.BeginWriteAsync(ct);
        var db = transaction.Db;
        var now = clock.GetUtcNow();
        if (
            await db.WebhookEndpoints.AsNoTracking().SingleOrDefaultAsync(e => e.Id == endpointId, ct)
            is not { IsEnabled: true } endpoint
        )
        {
            return [];
        }

        var due = await db
            .WebhookDeliveries.AsNoTracking()
            .Where(d => d.EndpointId == endpointId && d.NextAttemptAt <= now)
            .OrderBy(d => d.NextAttemptAt)
            .Take(most)
            .ToListAsync(ct);
        var taken = new List<TakenDelivery>(due.Count);
        foreach (var delivery in due)
        {
            // Only who still finds it as it was read has it: two nodes may have read it at once.
            var isMine = await db
                .WebhookDeliveries.Where(d => d.Id == delivery.Id && d.NextAttemptAt == delivery.NextAttemptAt)
                .ExecuteUpdateAsync(
                    set =>
                        set.SetProperty(d => d.NextAttemptAt, now + TakenFor)
                            .SetProperty(d => d.Attempts, d => d.Attempts + 1),
                    ct
                );
            if (isMine == 1)
            {
                var timestamp = now.ToUnixTimeSeconds();
                taken.Add(
                    new TakenDelivery(
                        delivery.Id,
                        endpointId,
                        endpoint.Address,
                        delivery.EventId,
                        delivery.Payload,
                        delivery.Attempts + 1,
                        timestamp,
                        secrets.Sign(endpoint, delivery.EventId, timestamp, delivery.Payload, now)
                    )
                );
            }
        }

        await transaction.CommitAsync(ct);
        return taken;
    }

    /// <summary>Gives back what was taken and not begun, as it was before.</summary>
    public async Task GiveBackAsync(TakenDelivery taken, CancellationToken ct)
    {
        await using var transaction = await store.BeginWriteAsync(ct);
        var now = clock.GetUtcNow();
        await transaction
            .Db.WebhookDeliveries.Where(d => d.Id == taken.Id && d.Attempts == taken.Attempt && d.NextAttemptAt != null)
            .ExecuteUpdateAsync(
                set => set.SetProperty(d => d.NextAttemptAt, now).SetProperty(d => d.Attempts, taken.Attempt - 1),
                ct
            );
        await transaction.CommitAsync(ct);
    }

    /// <summary>Notes what came of an attempt, and when the next is due.</summary>
    public async Task NoteAsync(TakenDelivery taken, DeliveryAnswer answer, CancellationToken ct)
    {
        var status = (answer as DeliveryAnswer.Answered)?.Status;
        var fault = answer is DeliveryAnswer.NotAnswered not ? not.Fault.ToString() : "";
        var isDelivered = status is >= 200 and <= 299;
        var isGone = status == 410;
        await using (var transaction = await store.BeginWriteAsync(ct))
        {
            var db = transaction.Db;
            if (isGone)
            {
                // The chain of the audit log is ordered by the clock's lock.
                await transaction.TickAsync(ct);
            }

            var now = clock.GetUtcNow();
            var next = isDelivered || isGone ? null : now + PauseAfter(taken.Attempt);
            // Who was too slow, and whose delivery was taken over, notes nothing about it.
            var isMine = await db
                .WebhookDeliveries.Where(d =>
                    d.Id == taken.Id && d.Attempts == taken.Attempt && d.NextAttemptAt != null
                )
                .ExecuteUpdateAsync(
                    set =>
                        set.SetProperty(d => d.LastAttemptAt, now)
                            .SetProperty(d => d.LastStatus, status)
                            .SetProperty(d => d.LastFault, fault)
                            .SetProperty(d => d.NextAttemptAt, next)
                            .SetProperty(d => d.DeliveredAt, isDelivered ? now : null)
                            .SetProperty(d => d.GivenUpAt, isDelivered || next is not null ? null : now),
                    ct
                );
            if (isMine == 0)
            {
                return;
            }

            await db
                .WebhookEndpoints.Where(e => e.Id == taken.EndpointId)
                .ExecuteUpdateAsync(
                    set =>
                        set.SetProperty(e => e.LastAttemptAt, now)
                            .SetProperty(e => e.LastStatus, status)
                            .SetProperty(e => e.LastFault, fault)
                            .SetProperty(e => e.FailingSince, e => isDelivered ? null : e.FailingSince ?? now),
                    ct
                );
            if (isGone)
            {
                await TurnOffAsync(db, taken.EndpointId, now, ct);
            }

            await transaction.CommitAsync(ct);
        }

        Noted?.Invoke();
    }

    /// <summary>Deletes deliveries that are old enough, whatever became of them.</summary>
    public async Task PruneAsync(CancellationToken ct)
    {
        await using var transaction = await store.BeginWriteAsync(ct);
        var before = clock.GetUtcNow() - Kept;
        await transaction.Db.WebhookDeliveries.Where(d => d.CreatedAt < before).ExecuteDeleteAsync(ct);
        await transaction.CommitAsync(ct);
    }

    // What the receiver said for itself stands in the audit log like what an owner does.
    private async Task TurnOffAsync(ControlPanelDb db, Guid endpointId, DateTimeOffset now, CancellationToken ct)
    {
        if (await db.WebhookEndpoints.SingleOrDefaultAsync(e => e.Id == endpointId && e.IsEnabled, ct) is not { } row)
        {
            return;
        }

        row.IsEnabled = false;
        row.IsGone = true;
        await db.GiveUpWaitingAsync(endpointId, now, ct);
        await audit.AppendAsync(
            db,
            new Actor(Guid.Empty, row.TeamId, Door.System),
            [new AuditNote("webhook.turn_off", "webhook", row.Id.ToString(), row.Host(), """{"answer":410}""")],
            AuditChain.Done,
            now,
            ct
        );
    }
}

/// <summary>What the queue and the operations do alike.</summary>
internal static class WebhookRows
{
    /// <summary>The part of the address that may stand in logs: receivers put tokens into the rest.</summary>
    public static string Host(this WebhookEndpoint endpoint) => new Uri(endpoint.Address).Authority;

    /// <summary>What waits for an endpoint that is turned off waits no longer: late news would be wrong news.</summary>
    public static Task GiveUpWaitingAsync(
        this ControlPanelDb db,
        Guid endpointId,
        DateTimeOffset now,
        CancellationToken ct
    ) =>
        db
            .WebhookDeliveries.Where(d => d.EndpointId == endpointId && d.NextAttemptAt != null)
            .ExecuteUpdateAsync(
                set =>
                    set.SetProperty(d => d.NextAttemptAt, (DateTimeOffset?)null)
                        .SetProperty(d => d.LastFault, nameof(DeliveryFault.TurnedOff))
                        .SetProperty(d => d.GivenUpAt, now),
                ct
            );
}
