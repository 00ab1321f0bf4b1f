using System.Collections.Concurrent;
using System.Threading.Channels;
using ControlPanel.Data.Snapshots;
using ControlPanel.Data.Webhooks;

namespace ControlPanel.Webhooks;

/// <summary>
/// Sends what waits: at once after a commit of this process, and when it is due. An endpoint that does not answer holds
/// only its own few places.
/// </summary>
internal sealed partial class WebhookDispatcher(
    DeliveryQueue queue,
    WebhookSender sender,
    ChangeSignal signal,
    DispatchLimits limits,
    TimeProvider clock,
    ILogger<WebhookDispatcher> logger
) : BackgroundService
{
    // What another node laid out is found by looking, at the latest after this.
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan s_pruneEvery = TimeSpan.FromHours(1);

    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );
    private readonly ConcurrentDictionary<Task, Guid> _underWay = new();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        signal.Committed += OnCommitted;
        using var end = new CancellationTokenSource();
        var prunedAt = DateTimeOffset.MinValue;
        var failing = false;
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                try
                {
                    if (clock.GetUtcNow() - prunedAt > s_pruneEvery)
                    {
                        await queue.PruneAsync(stoppingToken);
                        prunedAt = clock.GetUtcNow();
                    }

                    await StartDueAsync(end.Token, stoppingToken);
                    failing = false;
                    await WaitAsync(await PauseAsync(stoppingToken), stoppingToken);
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    if (!failing)
                    {
                        Log.QueueUnreachable(logger, e);
                        failing = true;
                    }

                    await WaitAsync(s_look, stoppingToken);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Told to stop.
        }
        finally
        {
            signal.Committed -= OnCommitted;
            var all = Task.WhenAll(_underWay.Keys);
            await Task.WhenAny(all, Task.Delay(limits.AtStop, clock, CancellationToken.None));
            await end.CancelAsync();
            await all;
        }
    }

    private void OnCommitted(long version) => _wake.Writer.TryWrite(true);

    private async Task StartDueAsync(CancellationToken end, CancellationToken ct)
    {
        var due = await queue.DueEndpointsAsync(ct);
        foreach (var endpoint in due)
        {
            var free = Math.Min(
                limits.ToOneEndpoint - _underWay.Values.Count(e => e == endpoint),
                limits.InAll - _underWay.Count
            );
            if (free <= 0)
            {
                continue;
            }

            foreach (var taken in await queue.TakeAsync(endpoint, free, ct))
            {
                var attempt = AttemptAsync(taken, end);
                _underWay[attempt] = endpoint;
                _ = attempt.ContinueWith(
                    done =>
                    {
                        _underWay.TryRemove(done, out _);
                        _wake.Writer.TryWrite(true);
                    },
                    CancellationToken.None,
                    TaskContinuationOptions.ExecuteSynchronously,
                    TaskScheduler.Default
                );
            }
        }
    }

    private async Task AttemptAsync(TakenDelivery taken, CancellationToken end)
    {
        await Task.Yield();
        try
        {
            var answer = await sender.SendAsync(taken, end);
            if (answer is not DeliveryAnswer.Answered { Status: >= 200 and <= 299 })
            {
                var host = new Uri(taken.Address).Authority;
                var came = answer switch
                {
                    DeliveryAnswer.Answered answered => $"{answered.Status}",
                    DeliveryAnswer.NotAnswered not => not.Fault.ToString(),
                    _ => throw new System.Diagnostics.UnreachableException(),
                };
                Log.NotDelivered(logger, taken.EventId, host, came, taken.Attempt);
            }

            await queue.NoteAsync(taken, answer, CancellationToken.None);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            await GiveBackAsync(taken);
        }
        catch (Exception e)
        {
            // It is due again by itself, and whoever receives it twice knows it by its id.
            Log.AttemptNotNoted(logger, taken.EventId, e);
        }
    }

    private async Task GiveBackAsync(TakenDelivery taken)
    {
        try
        {
            await queue.GiveBackAsync(taken, CancellationToken.None);
        }
        catch (Exception e)
        {
            Log.AttemptNotNoted(logger, taken.EventId, e);
        }
    }

    private async Task<TimeSpan> PauseAsync(CancellationToken ct)
    {
        if (await queue.NextDueAsync(ct) is not { } next)
        {
            return s_look;
        }

        var pause = next - clock.GetUtcNow();
        // Due already and not taken: its endpoint has no place free, and whoever leaves one wakes us.
        return pause <= TimeSpan.Zero ? TimeSpan.FromSeconds(1)
            : pause < s_look ? pause
            : s_look;
    }

    private async Task WaitAsync(TimeSpan atMost, CancellationToken ct)
    {
        using var timeout = new CancellationTokenSource(atMost, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, ct);
        try
        {
            await _wake.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            // Time to look.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.NotDelivered,
            LogLevel.Warning,
            "Event {EventId} was not delivered to {Host}: {Answer}, attempt {Attempt}"
        )]
        public static partial void NotDelivered(
            ILogger logger,
            string eventId,
            string host,
            string answer,
            int attempt
        );

        [LoggerMessage(
            EventIds.QueueUnreachable,
            LogLevel.Error,
            "What waits for webhooks cannot be read; it is tried again until it can"
        )]
        public static partial void QueueUnreachable(ILogger logger, Exception exception);

        [LoggerMessage(
            EventIds.AttemptNotNoted,
            LogLevel.Error,
            "What came of delivering event {EventId} could not be noted; it will be delivered again"
        )]
        public static partial void AttemptNotNoted(ILogger logger, string eventId, Exception exception);
    }
}
