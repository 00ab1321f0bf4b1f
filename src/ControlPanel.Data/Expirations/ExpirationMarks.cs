using ControlPanel.Data.Model;
using ControlPanel.Data.Operations.Functions;
using ControlPanel.Data.Providers;
using ControlPanel.Data.Snapshots;
using ControlPanel.Data.Webhooks;
using ControlPanel.Verification.Keys;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ControlPanel.Data.Expirations;

/// <summary>
/// Notices that keys come near to their end: 30, 7 and 1 days before it, and at it. Each is noted once for each key and
/// end, in the transaction that lays out what webhooks and mails tell of it; a restart repeats nothing, and of two nodes
/// one does it.
/// </summary>
public sealed partial class ExpirationMarks(
    IControlPanelStore store,
    ChangeSignal signal,
    LegacyRules legacy,
    ExpirationRules rules,
    TimeProvider clock,
    ILogger<ExpirationMarks> logger
) : BackgroundService
{
    /// <summary>How often it looks.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How long after its end a key is still told of as expired: longer than a server is usually away, and short enough
    /// that the first start over an old store tells no old stories.
    /// </summary>
    public static readonly TimeSpan ToldAfterEnd = TimeSpan.FromDays(3);

    // Keeps a transaction, for which every other writer waits, short.
    private const int BatchSize = 500;

    // The nearest first: a key that has passed several at once is told of as what it is now.
    private static readonly int[] s_days = [0, 1, 7, 30];

    private static readonly TimeSpan s_kept = TimeSpan.FromDays(90);

    /// <summary>Looks once. Called by the timer and by tests.</summary>
    /// <returns>How many marks were reached since the last time.</returns>
    public async Task<int> MarkAsync(CancellationToken ct)
    {
        var marked = 0;
        foreach (var days in s_days)
        {
            while (await FindAsync(days, ct) is { Count: > 0 } found)
            {
                marked += await MarkAsync(found, days, ct);
                if (found.Count < BatchSize)
                {
                    break;
                }
            }
        }

        return marked;
    }

    /// <summary>Deletes marks of ends that are long past.</summary>
    public async Task PruneAsync(CancellationToken ct)
    {
        await using var transaction = await store.BeginWriteAsync(ct);
        var before = clock.GetUtcNow() - s_kept;
        await transaction.Db.ExpirationMarks.Where(m => m.ExpiresAt < before).ExecuteDeleteAsync(ct);
        await transaction.Db.ExpirationNotices.Where(n => n.CreatedAt < before).ExecuteDeleteAsync(ct);
        await transaction.CommitAsync(ct);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var prunedAt = DateTimeOffset.MinValue;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await MarkAsync(stoppingToken);
                if (clock.GetUtcNow() - prunedAt > TimeSpan.FromDays(1))
                {
                    await PruneAsync(stoppingToken);
                    prunedAt = clock.GetUtcNow();
                }

                await Task.Delay(Interval, clock, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            catch (Exception e)
            {
                Log.NotMarked(logger, e);
                await Task.Delay(Interval, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task<IReadOnlyList<Guid>> FindAsync(int days, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var from = days == 0 ? now - ToldAfterEnd : now;
        var until = now.AddDays(days);
        await using var db = store.OpenRead();
        var found = await db
            .AccessKeys.Where(k => k.RevokedAt == null && k.ExpiresAt > from && k.ExpiresAt <= until)
            .Where(k => !db.ExpirationMarks.Any(m => m.KeyId == k.Id && m.ExpiresAt == k.ExpiresAt && m.Days <= days))
            .OrderBy(k => k.ExpiresAt)
            .Select(k => k.Id)
            .Take(BatchSize)
            .ToListAsync(ct);
        if (found.Count < BatchSize && legacy.CutOff is { } end && end > from && end <= until)
        {
            found.AddRange(
                await db
                    .AccessKeys.Where(k =>
                        k.IsLegacy && k.Family == KeyFamily.Functions && k.RevokedAt == null && k.ExpiresAt == null
                    )
                    .Where(k => !db.ExpirationMarks.Any(m => m.KeyId == k.Id && m.ExpiresAt == end && m.Days <= days))
                    .Select(k => k.Id)
                    .Take(BatchSize - found.Count)
                    .ToListAsync(ct)
            );
        }

        return found;
    }

    private async Task<int> MarkAsync(IReadOnlyList<Guid> ids, int days, CancellationToken ct)
    {
        await using var transaction = await store.BeginWriteAsync(ct);
        var version = await transaction.TickAsync(ct);
        var db = transaction.Db;
        var now = clock.GetUtcNow();
        // As they are now: one may have been revoked since they were found.
        var keys = await db
            .AccessKeys.AsNoTracking()
            .Where(k => ids.Contains(k.Id) && k.RevokedAt == null)
            .ToListAsync(ct);
        var told = new List<(AccessKey Key, DateTimeOffset End)>();
        var marked = 0;
        foreach (var key in keys)
        {
            if (legacy.ExpiryOf(key) is not { } end || end > now.AddDays(days))
            {
                continue;
            }

            var isNew = await db.Database.ExecuteSqlAsync(
                $"""
                INSERT INTO expiration_marks (key_id, expires_at, days, reached_at)
                VALUES ({key.Id}, {end.UtcTicks}, {days}, {now.UtcTicks})
                ON CONFLICT (key_id, expires_at, days) DO NOTHING
                """,
                ct
            );
            marked += isNew;
            // Who makes a key for a day knows that it ends within 30.
            if (isNew == 1 && (days == 0 || end - key.CreatedAt > TimeSpan.FromDays(days)))
            {
                told.Add((key, end));
            }
        }

        foreach (var team in told.GroupBy(t => t.Key.TeamId))
        {
            await TellAsync(db, team.Key, [.. team], days, now, ct);
        }

        await transaction.CommitAsync(ct);
        signal.Raise(version);
        return marked;
    }

    private async Task TellAsync(
        ControlPanelDb db,
        Guid team,
        IReadOnlyList<(AccessKey Key, DateTimeOffset End)> told,
        int days,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var endpoints = await WebhookOutbox.EndpointsAsync(db, team, ct);
        var members = await db
            .Memberships.AsNoTracking()
            .Where(m => m.TeamId == team && m.RemovedAt == null)
            .Select(m => new { m.UserId, m.Role })
            .ToListAsync(ct);
        foreach (var (key, end) in told)
        {
            if (endpoints.Count > 0)
            {
                var space = key.NamespaceId is null ? null : await db.Namespaces.FindAsync([key.NamespaceId], ct);
                var isCutOff = days == 0 && key is { IsLegacy: true, Family: KeyFamily.Functions };
                var type =
                    isCutOff ? WebhookEvents.LegacyCutOff
                    : days == 0 ? WebhookEvents.KeyExpired
                    : WebhookEvents.KeyExpiring;
                var data = EventPayload.Key(key, space);
                data["expires_at"] = EventPayload.Instant(end);
                if (isCutOff)
                {
                    data["reason"] = "date";
                }
                else if (days > 0)
                {
                    data["days"] = days;
                }

                WebhookOutbox.Add(db, endpoints, type, now, EventPayload.By(data, team, "system", "system"));
            }

            if (rules.Mail && days > 0)
            {
                db.ExpirationNotices.AddRange(
                    members
                        .Where(m => m.Role == TeamRole.Owner || m.UserId == key.OwnerId)
                        .Select(m => new ExpirationNotice
                        {
                            KeyId = key.Id,
                            ExpiresAt = end,
                            Days = days,
                            UserId = m.UserId,
                            TeamId = team,
                            CreatedAt = now,
                        })
                );
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.ExpirationsNotMarked,
            LogLevel.Error,
            "Keys that come to their end could not be looked for; they will be told of later"
        )]
        public static partial void NotMarked(ILogger logger, Exception exception);
    }
}
