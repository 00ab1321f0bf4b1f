namespace ControlPanel.Shared;

/// <summary>The expirations that forms offer. The values are lifetimes as the operations read them.</summary>
public static class Expirations
{
    /// <summary>The choice that stands for no end.</summary>
    public const string Never = "never";

    /// <summary>The choice that opens a field.</summary>
    public const string Custom = "custom";

    /// <summary>The presets that every family offers.</summary>
    public static IReadOnlyList<Choice> Presets { get; } =
    [new("30d", "30 days"), new("60d", "60 days"), new("90d", "90 days"), new("365d", "1 year")];

    /// <summary>What tokens are offered.</summary>
    public static IReadOnlyList<Choice> OfTokens { get; } = [.. Presets, new(Never, "No expiry")];
}
