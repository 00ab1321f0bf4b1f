using System.Collections.Concurrent;
using ControlPanel.Data.Snapshots;
using ControlPanel.Verification.Decisions;
using ControlPanel.Verification.Keys;
using Microsoft.Extensions.Options;

namespace ControlPanel.Gateways;

/// <summary>
/// Every request that an upstream is answering right now. When a change arrives, and at least twice in each lease, each
/// is judged again by the key as it is then; what is no longer allowed is cut off. Without this, "revoked" would only
/// mean "no new requests".
/// </summary>
internal sealed class RunningRequests(
    Verifier verifier,
    KeySnapshots snapshots,
    TimeProvider clock,
    IOptions<SnapshotOptions> options
) : BackgroundService
{
    private readonly ConcurrentDictionary<HttpContext, Running> _running = new(
        (IEqualityComparer<HttpContext>)ReferenceEqualityComparer.Instance
    );

    /// <summary>How many are running.</summary>
    public int Count => _running.Count;

    /// <summary>Keeps an eye on a request until the result is disposed.</summary>
    public IDisposable Watch(HttpContext context, KeyRecord key, AccessRequest request)
    {
        var running = new Running(this, context, key, request);
        _running[context] = running;
        // A change between the decision and this line was told to nobody about this request.
        Judge(running);
        return running;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        snapshots.Applied += OnApplied;
        try
        {
            while (true)
            {
                await Task.Delay(options.Value.Lease / 2, clock, stoppingToken);
                JudgeAll();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping.
        }
        finally
        {
            snapshots.Applied -= OnApplied;
        }
    }

    private void OnApplied(long version) => JudgeAll();

    private void JudgeAll()
    {
        foreach (var running in _running.Values)
        {
            Judge(running);
        }
    }

    private void Judge(Running running)
    {
        if (
            verifier.Current(running.Key) is not { } current
            || !verifier.Judge(current, running.Request).IsAllowed
            || current.SecretVersion != running.Key.SecretVersion
        )
        {
            running.Context.Abort();
        }
    }

    private sealed class Running(RunningRequests owner, HttpContext context, KeyRecord key, AccessRequest request)
        : IDisposable
    {
        public HttpContext Context => context;

        public KeyRecord Key => key;

        public AccessRequest Request { get; } = request;

        public void Dispose() => owner._running.TryRemove(context, out _);
    }
}
