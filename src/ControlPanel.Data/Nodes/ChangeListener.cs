using ControlPanel.Data.Providers;
using ControlPanel.Data.Snapshots;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ControlPanel.Data.Nodes;

/// <summary>
/// Hears of other nodes' commits the moment they happen, where the store is shared. Only shortens the wait: the
/// snapshot looks three times in each lease in any case.
/// </summary>
public sealed partial class ChangeListener(
    IControlPanelStore store,
    ChangeSignal signal,
    TimeProvider clock,
    ILogger<ChangeListener> logger
) : BackgroundService
{
    private static readonly TimeSpan s_firstRetry = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!store.IsShared)
        {
            return;
        }

        var deaf = false;
        var pause = s_firstRetry;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await store.ListenAsync(
                    () =>
                    {
                        deaf = false;
                        pause = s_firstRetry;
                        signal.Wake();
                    },
                    stoppingToken
                );
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // Whatever it is, it is tried again: one lost connection must not mean slow revocations for ever.
                if (!deaf)
                {
                    Log.Deaf(logger, e);
                    deaf = true;
                }
            }

            try
            {
                await Task.Delay(pause, clock, stoppingToken);
                pause = pause * 2 < s_longestPause ? pause * 2 : s_longestPause;
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.CannotListen,
            LogLevel.Warning,
            "Changes of other nodes are not announced any more; they are looked for instead until that is back"
        )]
        public static partial void Deaf(ILogger logger, Exception exception);
    }
}
