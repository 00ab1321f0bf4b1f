namespace ControlPanel.Webhooks;

/// <summary>How much the sending of webhooks may take of this process, and a receiver of the sending.</summary>
internal sealed record DispatchLimits
{
    /// <summary>The longest that one attempt may last, from resolving the name to the answer's headers.</summary>
    public TimeSpan Attempt { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How many attempts to one endpoint may be under way at once: one that is slow holds up no other.</summary>
    public int ToOneEndpoint { get; init; } = 4;

    /// <summary>How many attempts may be under way at once.</summary>
    public int InAll { get; init; } = 64;

    /// <summary>How long attempts under way may go on once the process is told to stop.</summary>
    public TimeSpan AtStop { get; init; } = TimeSpan.FromSeconds(3);
}
