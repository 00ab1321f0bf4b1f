using System.Threading.Channels;
using ControlPanel.Data.Providers;
using ControlPanel.Data.Snapshots;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ControlPanel.Data.Nodes;

/// <summary>
/// Tells the other nodes of a shared store that this one lives and what it has applied: at once after applying, and
/// three times in each lease. Does nothing on a store of its own.
/// </summary>
public sealed partial class NodeHeartbeat(
    IControlPanelStore store,
    KeySnapshots snapshots,
    NodeRegister register,
    TimeProvider clock,
    IOptions<SnapshotOptions> options,
    ILogger<NodeHeartbeat> logger
) : BackgroundService
{
    private readonly Channel<bool> _applied = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!store.IsShared)
        {
            return;
        }

        snapshots.Applied += OnApplied;
        try
        {
            var pause = options.Value.Lease / 3;
            var failing = false;
            while (!stoppingToken.IsCancellationRequested)
            {
                try
                {
                    // Before the first load there is nothing to tell; loading puts this node on the list by itself.
                    if (snapshots.AppliedVersion >= 0)
                    {
                        await register.ReportAsync(snapshots.AppliedVersion, stoppingToken);
                        foreach (var name in await register.StrikeOffSilentAsync(stoppingToken))
                        {
                            Log.StruckOff(logger, name);
                        }
                    }

                    failing = false;
                }
                catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
                {
                    return;
                }
                catch (Exception e)
                {
                    if (!failing)
                    {
                        Log.NotReported(logger, e);
                        failing = true;
                    }

                    await Task.Delay(TimeSpan.FromMilliseconds(200), clock, stoppingToken);
                }

                await WaitAsync(pause, stoppingToken);
            }
        }
        finally
        {
            snapshots.Applied -= OnApplied;
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (!store.IsShared)
        {
            return;
        }

        // First it says yes no more, then it leaves the list: in between nobody waits for it in vain.
        snapshots.Close();
        try
        {
            await register.LeaveAsync(cancellationToken);
        }
        catch (Exception e)
        {
            Log.NotLeft(logger, e);
        }
    }

    private void OnApplied(long version) => _applied.Writer.TryWrite(true);

    private async Task WaitAsync(TimeSpan atMost, CancellationToken ct)
    {
        using var timeout = new CancellationTokenSource(atMost, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, ct);
        try
        {
            await _applied.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException)
        {
            // Time for the next beat, or the end; the caller looks.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.NodeNotReported,
            LogLevel.Error,
            "This node cannot report to the others; revocations wait for its lease"
        )]
        public static partial void NotReported(ILogger logger, Exception exception);

        [LoggerMessage(
            EventIds.NodeNotLeft,
            LogLevel.Warning,
            "This node could not take itself off the list of nodes; the others will"
        )]
        public static partial void NotLeft(ILogger logger, Exception exception);

        [LoggerMessage(
            EventIds.NodeStruckOff,
            LogLevel.Warning,
            "Node {Name} ended without leaving and was taken off the list of nodes"
        )]
        public static partial void StruckOff(ILogger logger, string name);
    }
}
