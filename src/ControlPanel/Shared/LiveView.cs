using ControlPanel.Data.Snapshots;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Shared;

/// <summary>
/// A page that follows changes made elsewhere: <see cref="OnChangedAsync"/> runs within a moment of each commit, at most
/// once for a burst of them.
/// </summary>
public abstract class LiveView : ComponentBase, IDisposable
{
    private static readonly TimeSpan s_burst = TimeSpan.FromMilliseconds(150);

    private readonly CancellationTokenSource _gone = new();
    private int _pending;

    [Inject]
    public required ChangeSignal Signal { get; init; }

    [Inject]
    public required TimeProvider Clock { get; init; }

    [Inject]
    public required CurrentActor Actor { get; init; }

    /// <summary>Cancelled when the page is left.</summary>
    protected CancellationToken Gone => _gone.Token;

    public void Dispose()
    {
        Signal.Committed -= OnCommitted;
        _gone.Cancel();
        _gone.Dispose();
        GC.SuppressFinalize(this);
    }

    protected override void OnInitialized() => Signal.Committed += OnCommitted;

    /// <summary>Reads again what the page shows.</summary>
    protected abstract Task OnChangedAsync();

    private void OnCommitted(long version)
    {
        if (Interlocked.Exchange(ref _pending, 1) == 0)
        {
            _ = FollowAsync();
        }
    }

    private async Task FollowAsync()
    {
        try
        {
            await Task.Delay(s_burst, Clock, _gone.Token);
            Volatile.Write(ref _pending, 0);
            await InvokeAsync(async () =>
            {
                await OnChangedAsync();
                StateHasChanged();
            });
        }
        catch (OperationCanceledException) { }
        catch (ObjectDisposedException)
        {
            // The page was left meanwhile.
        }
    }
}
