namespace ControlPanel.Shared;

/// <summary>
/// What just happened, said once in the corner and to screen readers. One for each circuit. Never the only place where
/// something important stands.
/// </summary>
public sealed class Notices(TimeProvider clock)
{
    private static readonly TimeSpan s_shown = TimeSpan.FromSeconds(12);
    private int _said;

    /// <summary>Raised when <see cref="Text"/> has changed; from any thread.</summary>
    public event Action? Changed;

    /// <summary>The present notice; <see langword="null"/> when there is none.</summary>
    public string? Text { get; private set; }

    /// <summary>Says something for a while.</summary>
    public void Say(string text)
    {
        var said = Interlocked.Increment(ref _said);
        Text = text;
        Changed?.Invoke();
        _ = TakeBackAsync(said);
    }

    /// <summary>Takes it back.</summary>
    public void Dismiss()
    {
        Text = null;
        Changed?.Invoke();
    }

    private async Task TakeBackAsync(int said)
    {
        await Task.Delay(s_shown, clock);
        if (said == Volatile.Read(ref _said))
        {
            Dismiss();
        }
    }
}
