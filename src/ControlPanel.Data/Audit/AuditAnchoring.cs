using ControlPanel.Data.Providers;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ControlPanel.Data.Audit;

/// <summary>
/// Notes the end of the audit log once a minute and at stop, beside the log and in the process's own log, which usually
/// ends up on another machine: without it, a log whose newest entries were deleted is a perfect shorter chain.
/// </summary>
public sealed partial class AuditAnchoring(IControlPanelStore store, TimeProvider clock, ILogger<AuditAnchoring> logger)
    : BackgroundService
{
    /// <summary>How often: what is cut within this time of being written is not found.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(60);

    /// <summary>Notes the end of the log, unless it is noted already. Called by the timer, at stop, and by tests.</summary>
    public async Task AnchorAsync(CancellationToken ct)
    {
        await using var transaction = await store.BeginWriteAsync(ct);
        var db = transaction.Db;
        var head = await db
            .AuditEntries.AsNoTracking()
            .OrderByDescending(a => a.Sequence)
            .Select(a => new { a.Sequence, a.Mac })
            .FirstOrDefaultAsync(ct);
        var last = await db.AuditAnchors.MaxAsync(a => (long?)a.Sequence, ct) ?? 0;
        // A log shorter than its last anchor was cut; an anchor at the cut would only help to hide it.
        if (head is null || head.Sequence <= last)
        {
            return;
        }

        var now = clock.GetUtcNow().UtcTicks;
        // Two nodes may note the same end at once.
        await db.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO audit_anchors (sequence, mac, at) VALUES ({head.Sequence}, {head.Mac}, {now})
            ON CONFLICT (sequence) DO NOTHING
            """,
            ct
        );
        await transaction.CommitAsync(ct);
        Log.Anchored(logger, head.Sequence, Convert.ToHexStringLower(head.Mac));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(Interval, clock, stoppingToken);
                await AnchorAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            catch (Exception e)
            {
                Log.NotAnchored(logger, e);
            }
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            await AnchorAsync(cancellationToken);
        }
        catch (Exception e)
        {
            Log.NotAnchored(logger, e);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.AuditAnchored,
            LogLevel.Information,
            "The audit log ends at entry {Sequence} with {Mac}"
        )]
        public static partial void Anchored(ILogger logger, long sequence, string mac);

        [LoggerMessage(EventIds.AuditNotAnchored, LogLevel.Error, "The end of the audit log could not be noted")]
        public static partial void NotAnchored(ILogger logger, Exception exception);
    }
}
