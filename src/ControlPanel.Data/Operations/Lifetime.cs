using System.Globalization;

namespace ControlPanel.Data.Operations;

/// <summary>
/// How long a new key lives (contract 2.3, 8.8): a whole number and <c>h</c> or <c>d</c>, at least one hour, at most ten
/// years; or for ever.
/// </summary>
public readonly record struct Lifetime
{
    private Lifetime(TimeSpan? length) => Length = length;

    /// <summary><see langword="null"/> means for ever.</summary>
    public TimeSpan? Length { get; }

    /// <summary>For ever.</summary>
    public static Lifetime Forever => default;

    /// <summary>The longest lifetime: ten years of 365 days.</summary>
    public static TimeSpan Longest { get; } = TimeSpan.FromDays(3650);

    /// <summary>The instant at which a key made now expires.</summary>
    public DateTimeOffset? EndFrom(DateTimeOffset now) => now + Length;

    /// <summary>Reads <c>12h</c> or <c>7d</c>.</summary>
    /// <param name="error">The rule that is broken, as a sentence.</param>
    public static bool TryParse(string? text, out Lifetime lifetime, out string error)
    {
        lifetime = default;
        var trimmed = (text ?? "").Trim();
        if (
            trimmed.Length < 2
            || trimmed[^1] is not ('h' or 'd')
            || trimmed[0] is not (>= '1' and <= '9')
            || trimmed[..^1].Any(c => !char.IsAsciiDigit(c))
        )
        {
            error = "Use a whole number followed by h for hours or d for days, such as 12h or 7d; at least 1h.";
            return false;
        }

        var perUnit = trimmed[^1] == 'h' ? TimeSpan.TicksPerHour : TimeSpan.TicksPerDay;
        if (
            !long.TryParse(trimmed.AsSpan(0, trimmed.Length - 1), CultureInfo.InvariantCulture, out var count)
            || count > Longest.Ticks / perUnit
        )
        {
            error = "The longest expiration is 10 years (3650d).";
            return false;
        }

        lifetime = new Lifetime(TimeSpan.FromTicks(count * perUnit));
        error = "";
        return true;
    }
}
