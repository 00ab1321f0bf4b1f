using System.Threading.Channels;

namespace ControlPanel.Data.Snapshots;

/// <summary>
/// Tells that something changed. Only ever a hint that shortens a wait: the change clock is the truth, and losing a
/// signal costs time, never correctness.
/// </summary>
public sealed class ChangeSignal
{
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );

    /// <summary>Raised after a commit of this process, with its version. Handlers must not block.</summary>
    public event Action<long>? Committed;

    /// <summary>Says that a version was committed.</summary>
    public void Raise(long version)
    {
        _wake.Writer.TryWrite(true);
        Committed?.Invoke(version);
    }

    /// <summary>Wakes a waiter without a commit of this process (another node's notification).</summary>
    public void Wake() => _wake.Writer.TryWrite(true);

    /// <summary>Waits for a signal, at most as long as given.</summary>
    public async Task WaitAsync(TimeSpan atMost, TimeProvider clock, CancellationToken ct)
    {
        using var timeout = new CancellationTokenSource(atMost, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, ct);
        try
        {
            await _wake.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            // Nothing happened in time; the caller looks at the clock anyway.
        }
    }
}
