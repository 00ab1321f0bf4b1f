using System.Collections.Concurrent;
using System.Net;
using ControlPanel.Data.Providers;
using ControlPanel.Verification.Keys;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ControlPanel.Data.Usage;

/// <summary>
/// Remembers when, from where and how often keys are used. Recording is a few memory writes and never waits or fails;
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

    private ConcurrentDictionary<Guid, Gathered> _gathered = new();

    /// <summary>Records one accepted call.</summary>
    public void RecordUse(KeyRecord key, IPAddress? address, string? client)
    {
        var now = clock.GetUtcNow();
        var gathered = _gathered.GetOrAdd(key.Id, static _ => new Gathered());
        lock (gathered)
        {
            gathered.Calls++;
            gathered.Add(now, refused: false);
            gathered.LastUsedAt = now;
            gathered.LastAddress = address;
            gathered.LastClient = client;
            var caller = (address, client);
            if (gathered.Callers.TryGetValue(caller, out var seen) || gathered.Callers.Count < MaxCallersPerKey)
            {
                gathered.Callers[caller] = (seen.Calls + 1, now);
            }
        }
    }

    /// <summary>Records one refused call of a key that was known.</summary>
    public void RecordRefusal(KeyRecord key)
    {
        var gathered = _gathered.GetOrAdd(key.Id, static _ => new Gathered());
        lock (gathered)
        {
            gathered.Add(clock.GetUtcNow(), refused: true);
        }
    }

    /// <summary>Writes what gathered. Called by the timer, at stop, and by tests.</summary>
    public async Task FlushAsync(CancellationToken ct)
    {
        var gathered = Interlocked.Exchange(ref _gathered, new ConcurrentDictionary<Guid, Gathered>());
        if (gathered.IsEmpty)
        {
            return;
        }

        await using var transaction = await store.BeginWriteAsync(ct);
        foreach (var (keyId, uses) in gathered.OrderBy(g => g.Key))
        {
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
                await FlushAsync(stoppingToken);
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

    private static async Task WriteAsync(ControlPanelDb db, Guid keyId, Gathered uses, CancellationToken ct)
    {
        List<(int Hour, long Calls, long Refused)> hours;
        List<(string Address, string Client, long Calls, DateTimeOffset Last)> callers;
        long calls;
        DateTimeOffset last;
        string? address;
        string? client;
        lock (uses)
        {
            hours = [.. uses.Hours.Select(h => (h.Key, h.Value.Calls, h.Value.Refused))];
            callers =
            [
                .. uses.Callers.Select(c =>
                    (Printed(c.Key.Address), Clip(c.Key.Client) ?? "", c.Value.Calls, c.Value.Last)
                ),
            ];
            (calls, last) = (uses.Calls, uses.LastUsedAt);
            (address, client) = (Printed(uses.LastAddress), Clip(uses.LastClient));
        }

        if (calls > 0)
        {
            // One statement, so that two nodes never lose each other's counts; the newer instant wins.
            var ticks = last.UtcTicks;
            await db.Database.ExecuteSqlAsync(
                $"""
                INSERT INTO key_usages (key_id, first_used_at, last_used_at, last_address, last_client, calls)
                VALUES ({keyId}, {ticks}, {ticks}, {address}, {client}, {calls})
                ON CONFLICT (key_id) DO UPDATE SET
                    calls = key_usages.calls + excluded.calls,
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

        foreach (var hour in hours)
        {
            await db.Database.ExecuteSqlAsync(
                $"""
                INSERT INTO key_usage_hours (key_id, hour, calls, refused)
                VALUES ({keyId}, {hour.Hour}, {hour.Calls}, {hour.Refused})
                ON CONFLICT (key_id, hour) DO UPDATE SET
                    calls = key_usage_hours.calls + excluded.calls,
                    refused = key_usage_hours.refused + excluded.refused
                """,
                ct
            );
        }

        foreach (var caller in callers)
        {
            var day = (int)(caller.Last.ToUnixTimeSeconds() / 86400);
            var ticks = caller.Last.UtcTicks;
            await db.Database.ExecuteSqlAsync(
                $"""
                INSERT INTO key_callers (key_id, day, address, client, calls, last_seen_at)
                VALUES ({keyId}, {day}, {caller.Address}, {caller.Client}, {caller.Calls}, {ticks})
                ON CONFLICT (key_id, day, address, client) DO UPDATE SET
                    calls = key_callers.calls + excluded.calls,
                    last_seen_at = CASE WHEN excluded.last_seen_at >= key_callers.last_seen_at
                        THEN excluded.last_seen_at ELSE key_callers.last_seen_at END
                """,
                ct
            );
        }
    }

    private static string Printed(IPAddress? address) =>
        address is null ? ""
        : address.IsIPv4MappedToIPv6 ? address.MapToIPv4().ToString()
        : address.ToString();

    private static string? Clip(string? text) => text is { Length: > 256 } ? text[..256] : text;

    private sealed class Gathered
    {
        public long Calls;
        public DateTimeOffset LastUsedAt;
        public IPAddress? LastAddress;
        public string? LastClient;

        public Dictionary<int, (long Calls, long Refused)> Hours { get; } = [];

        public Dictionary<(IPAddress? Address, string? Client), (long Calls, DateTimeOffset Last)> Callers { get; } =
        [];

        public void Add(DateTimeOffset now, bool refused)
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
