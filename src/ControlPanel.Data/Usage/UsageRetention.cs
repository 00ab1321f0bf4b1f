using ControlPanel.Data.Providers;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ControlPanel.Data.Usage;

/// <summary>Deletes calls by the hour and callers by the day when they are old enough.</summary>
public sealed partial class UsageRetention(
    IControlPanelStore store,
    RetentionRules rules,
    TimeProvider clock,
    ILogger<UsageRetention> logger
) : BackgroundService
{
    /// <summary>How often it looks.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    /// <summary>
    /// Deletes what is old enough, a day at a time: on SQLite everybody who writes waits for the one who does. Called by
    /// the timer and by tests.
    /// </summary>
    public async Task PruneAsync(CancellationToken ct)
    {
        var before = clock.GetUtcNow() - rules.Usage;
        var hour = (int)(before.ToUnixTimeSeconds() / 3600);
        var day = (int)(before.ToUnixTimeSeconds() / 86400);
        while (true)
        {
            await using var transaction = await store.BeginWriteAsync(ct);
            var db = transaction.Db;
            var firstHour = await db.KeyUsageHours.MinAsync(u => (int?)u.Hour, ct) ?? hour;
            var firstDay = await db.KeyCallers.MinAsync(c => (int?)c.Day, ct) ?? day;
            if (firstHour >= hour && firstDay >= day)
            {
                return;
            }

            var hours = Math.Min(hour, firstHour + 24);
            var days = Math.Min(day, firstDay + 1);
            await db.KeyUsageHours.Where(u => u.Hour < hours).ExecuteDeleteAsync(ct);
            await db.KeyCallers.Where(c => c.Day < days).ExecuteDeleteAsync(ct);
            await transaction.CommitAsync(ct);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(Interval, clock, stoppingToken);
                await PruneAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            catch (Exception e)
            {
                Log.NotPruned(logger, e);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.UsageNotPruned, LogLevel.Error, "Old uses of keys could not be deleted")]
        public static partial void NotPruned(ILogger logger, Exception exception);
    }
}
