namespace ControlPanel.Data.Usage;

/// <summary>How long what was seen of calls is kept. The audit log is kept for ever: its chain has no end to cut at.</summary>
public sealed class RetentionRules
{
    /// <summary>
    /// How long calls by the hour and callers by the day are kept; pages show 30 days of them. When, from where and how
    /// often a key was used at all stays as long as the key.
    /// </summary>
    public TimeSpan Usage { get; init; } = TimeSpan.FromDays(90);

    /// <summary>How many refused uses are kept; the oldest go first.</summary>
    public int RefusedUses { get; init; } = 100_000;
}
