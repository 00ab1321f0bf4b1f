using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ControlPanel.Data.Snapshots;

/// <summary>Keeps the snapshot fresh: at once when something changed here, and three times in each lease anyway.</summary>
public sealed partial class SnapshotRefresher(
    KeySnapshots snapshots,
    ChangeSignal signal,
    TimeProvider clock,
    IOptions<SnapshotOptions> options,
    ILogger<SnapshotRefresher> logger
) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var pause = options.Value.Lease / 3;
        var failing = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await snapshots.RefreshAsync(stoppingToken);
                if (failing)
                {
                    Log.StoreIsBack(logger);
                    failing = false;
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // Whatever it is, the loop goes on: without it no key would ever be accepted again. The lease decides.
                if (!failing)
                {
                    Log.StoreCannotBeRead(logger, e);
                    failing = true;
                }
            }

            await signal.WaitAsync(pause, clock, stoppingToken);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.StoreCannotBeRead,
            LogLevel.Error,
            "The store cannot be read; keys are accepted until the lease ends"
        )]
        public static partial void StoreCannotBeRead(ILogger logger, Exception exception);

        [LoggerMessage(EventIds.StoreIsBack, LogLevel.Information, "The store can be read again")]
        public static partial void StoreIsBack(ILogger logger);
    }
}
