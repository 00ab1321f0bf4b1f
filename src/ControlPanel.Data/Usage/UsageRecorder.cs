using System.Collections.Concurrent;
using System.Net;
using ControlPanel.Data.Model;
using ControlPanel.Data.Providers;
using ControlPanel.Verification.Decisions;
using ControlPanel.Verification.Keys;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ControlPanel.Data.Usage;

/// <summary>
/// Remembers when, from where and how often keys are used, and what for. Recording is a few memory writes and never waits or fails;
/// a background flush writes what gathered, always forward, into tables of their own. A crash loses at most what
/// gathered since the last flush.
/// </summary>
public sealed partial class UsageRecorder(IControlPanelStore store, TimeProvider clock, ILogger<UsageRecorder> logger)
    : BackgroundService
{
    /// <summary>How often what gathered is written.</summary>
    public static readonly TimeSpan FlushInterval = TimeSpan.FromSeconds(2);

    // Bounds what one flush interval can gather from callers that change address or client all the time.
    private const int MaxCallersPerKey = 64;

    // As wide as the columns.
    private const int MaxClientLength = 256;
    private const int MaxResourceLength = 256;

    // Make room when a key's are full: what it did not need for so long is in no proposal.
    private static readonly TimeSpan s_needsKept = TimeSpan.FromDays(90);

    private readonly ConcurrentDictionary<Guid, Gathered> _gathered = new();

    /// <summary>Records one accepted call.</summary>
    /// <param name="asked">What was decided on: what the call needed of its key, and where it came from.</param>
    public void RecordUse(KeyRecord key, in AccessRequest asked, string? client)
    {
        var now = clock.GetUtcNow();
        while (!_gathered.GetOrAdd(key.Id, static _ => new Gathered()).TryAddUse(now, key.Family, asked, client)) { }
    }

    /// <summary>Records one refused call of a key that was known.</summary>
    public void RecordRefusal(KeyRecord key)
    {
        var now = clock.GetUtcNow();
        while (!_gathered.GetOrAdd(key.Id, static _ => new Gathered()).TryAddRefusal(now)) { }
    }

    /// <summary>Writes what gathered. Called by the timer, at stop, and by tests.</summary>
    public async Task FlushAsync(CancellationToken ct)
    {
        if (_gathered.IsEmpty)
        {
            return;
        }

        await using var transaction = await store.BeginWriteAsync(ct);
        foreach (var (keyId, uses) in _gathered.OrderBy(g => g.Key))
        {
            // Removed first, closed next: whoever still holds it finds it closed and begins a new one.
            _gathered.TryRemove(keyId, out _);
            uses.Close();
            await WriteAsync(transaction.Db, keyId, uses, ct);
        }

        await transaction.CommitAsync(ct);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(FlushInterval, clock, stoppingToken);
                // Not to be broken off by a stop: what was taken out to be written would be lost.
                await FlushAsync(CancellationToken.None);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            catch (Exception e)
            {
                Log.UsageNotWritten(logger, e);
            }
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            await FlushAsync(cancellationToken);
        }
        catch (Exception e)
        {
            Log.UsageNotWritten(logger, e);
        }
    }

    // The uses are closed: nobody else touches them any more.
    private static async Task WriteAsync(ControlPanelDb db, Guid keyId, Gathered uses, CancellationToken ct)
    {
        var address = KeptText.Of(uses.LastAddress);
        var client = uses.LastClient is null ? null : KeptText.Of(uses.LastClient, MaxClientLength);
        if (uses.Calls > 0)
        {
            // One statement, so that two nodes never lose each other's counts; the newer instant wins.
            var ticks = uses.LastUsedAt.UtcTicks;
            var first = uses.FirstUsedAt.UtcTicks;
            await db.Database.ExecuteSqlAsync(
                $"""
                INSERT INTO key_usages (key_id, first_used_at, last_used_at, last_address, last_client, calls)
                VALUES ({keyId}, {first}, {ticks}, {address}, {client}, {uses.Calls})
                ON CONFLICT (key_id) DO UPDATE SET
                    calls = key_usages.calls + excluded.calls,
                    first_used_at = CASE WHEN excluded.first_used_at < key_usages.first_used_at
                        THEN excluded.first_used_at ELSE key_usages.first_used_at END,
                    last_address = CASE WHEN excluded.last_used_at >= key_usages.last_used_at
                        THEN excluded.last_address ELSE key_usages.last_address END,
                    last_client = CASE WHEN excluded.last_used_at >= key_usages.last_used_at
                        THEN excluded.last_client ELSE key_usages.last_client END,
                    last_used_at = CASE WHEN excluded.last_used_at >= key_usages.last_used_at
                        THEN excluded.last_used_at ELSE key_usages.last_used_at END
                """,
                ct
            );
        }

        foreach (var (hour, counts) in uses.Hours)
        {
            await db.Database.ExecuteSqlAsync(
                $"""
                INSERT INTO key_usage_hours (key_id, hour, calls, refused)
                VALUES ({keyId}, {hour}, {counts.Calls}, {counts.Refused})
                ON CONFLICT (key_id, hour) DO UPDATE SET
                    calls = key_usage_hours.calls + excluded.calls,
                    refused = key_usage_hours.refused + excluded.refused
                """,
                ct
            );
        }

        await WriteNeedsAsync(db, keyId, uses.Needs, ct);
        foreach (var (caller, seen) in uses.Callers)
        {
            var day = (int)(seen.Last.ToUnixTimeSeconds() / 86400);
            var ticks = seen.Last.UtcTicks;
            var callerAddress = KeptText.Of(caller.Address);
            var callerClient = KeptText.Of(caller.Client, MaxClientLength);
            await db.Database.ExecuteSqlAsync(
                $"""
                INSERT INTO key_callers (key_id, day, address, client, calls, last_seen_at)
                VALUES ({keyId}, {day}, {callerAddress}, {callerClient}, {seen.Calls}, {ticks})
                ON CONFLICT (key_id, day, address, client) DO UPDATE SET
                    calls = key_callers.calls + excluded.calls,
                    last_seen_at = CASE WHEN excluded.last_seen_at >= key_callers.last_seen_at
                        THEN excluded.last_seen_at ELSE key_callers.last_seen_at END
                """,
                ct
            );
        }
    }

    private static async Task WriteNeedsAsync(ControlPanelDb db, Guid keyId, GatheredNeeds needs, CancellationToken ct)
    {
        foreach (var (resource, permission, need) in needs.All)
        {
            var kept = KeptText.Of(resource, MaxResourceLength);
            if (await WriteNeedAsync(db, keyId, kept, permission, need, GatheredNeeds.Most, ct))
            {
                continue;
            }

            var old = need.Last - s_needsKept;
            await db.KeyNeeds.Where(n => n.KeyId == keyId && n.LastSeenAt < old).ExecuteDeleteAsync(ct);
            if (!await WriteNeedAsync(db, keyId, kept, permission, need, GatheredNeeds.Most, ct))
            {
                await WriteNeedAsync(db, keyId, "", KeyNeed.Many, need, GatheredNeeds.Most + 1, ct);
            }
        }
    }

    /// <summary>Says <see langword="false"/> when it is a new one and there are as many as may be.</summary>
    private static async Task<bool> WriteNeedAsync(
        ControlPanelDb db,
        Guid keyId,
        string resource,
        string permission,
        GatheredNeeds.Need need,
        int most,
        CancellationToken ct
    ) =>
        await db.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO key_needs (key_id, resource, permission, first_seen_at, last_seen_at, calls)
            SELECT {keyId}, {resource}, {permission}, {need.First.UtcTicks}, {need.Last.UtcTicks}, {need.Calls}
            WHERE (SELECT COUNT(*) FROM key_needs WHERE key_id = {keyId}) < {most}
                OR EXISTS (
                    SELECT 1 FROM key_needs
                    WHERE key_id = {keyId} AND resource = {resource} AND permission = {permission}
                )
            ON CONFLICT (key_id, resource, permission) DO UPDATE SET
                calls = key_needs.calls + excluded.calls,
                first_seen_at = CASE WHEN excluded.first_seen_at < key_needs.first_seen_at
                    THEN excluded.first_seen_at ELSE key_needs.first_seen_at END,
                last_seen_at = CASE WHEN excluded.last_seen_at >= key_needs.last_seen_at
                    THEN excluded.last_seen_at ELSE key_needs.last_seen_at END
            """,
            ct
        ) > 0;

    private sealed class Gathered
    {
        private readonly Lock _gate = new();
        private bool _isClosed;

        public long Calls { get; private set; }

        public DateTimeOffset FirstUsedAt { get; private set; }

        public DateTimeOffset LastUsedAt { get; private set; }

        public IPAddress? LastAddress { get; private set; }

        public string? LastClient { get; private set; }

        public Dictionary<int, (long Calls, long Refused)> Hours { get; } = [];

        public Dictionary<(IPAddress? Address, string? Client), (long Calls, DateTimeOffset Last)> Callers { get; } =
        [];

        public GatheredNeeds Needs { get; } = new();

        /// <summary>Says <see langword="false"/> when it is being written already.</summary>
        public bool TryAddUse(DateTimeOffset now, KeyFamily family, in AccessRequest asked, string? client)
        {
            lock (_gate)
            {
                if (_isClosed)
                {
                    return false;
                }

                FirstUsedAt = Calls == 0 ? now : FirstUsedAt;
                Calls++;
                Count(now, refused: false);
                LastUsedAt = now;
                LastAddress = asked.Source;
                LastClient = client;
                Needs.Add(family, asked, now);
                var caller = (asked.Source, client);
                if (Callers.TryGetValue(caller, out var seen) || Callers.Count < MaxCallersPerKey)
                {
                    Callers[caller] = (seen.Calls + 1, now);
                }

                return true;
            }
        }

        /// <summary>Says <see langword="false"/> when it is being written already.</summary>
        public bool TryAddRefusal(DateTimeOffset now)
        {
            lock (_gate)
            {
                if (_isClosed)
                {
                    return false;
                }

                Count(now, refused: true);
                return true;
            }
        }

        /// <summary>From here on nothing is added.</summary>
        public void Close()
        {
            lock (_gate)
            {
                _isClosed = true;
            }
        }

        private void Count(DateTimeOffset now, bool refused)
        {
            var hour = (int)(now.ToUnixTimeSeconds() / 3600);
            Hours.TryGetValue(hour, out var counts);
            Hours[hour] = refused ? (counts.Calls, counts.Refused + 1) : (counts.Calls + 1, counts.Refused);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.UsageNotWritten,
            LogLevel.Error,
            "Uses of keys could not be written; the counts since the last flush are lost"
        )]
        public static partial void UsageNotWritten(ILogger logger, Exception exception);
    }
}
