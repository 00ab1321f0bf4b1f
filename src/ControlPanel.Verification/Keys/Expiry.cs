namespace ControlPanel.Verification.Keys;

/// <summary>
/// Never, or an instant. The only comparison of an expiry in the system lives here:
/// at the instant itself the key is already expired (one tick before it is not).
/// </summary>
public readonly record struct Expiry
{
    private readonly long _utcTicks;

    private Expiry(long utcTicks) => _utcTicks = utcTicks;

    /// <summary>Does not expire.</summary>
    public static Expiry Never => default;

    /// <summary>Expires at the given instant, to the tick (100 ns).</summary>
    /// <remarks>
    /// Tick 0 is how "never" is stored, so the first instant of the calendar is moved by one tick: an expiry that
    /// somebody set must never turn into none.
    /// </remarks>
    public static Expiry At(DateTimeOffset instant) => new(Math.Max(1, instant.UtcTicks));

    /// <summary><see langword="null"/> means never.</summary>
    public static Expiry From(DateTimeOffset? instant) => instant is { } at ? At(at) : Never;

    /// <summary>The instant in UTC, or <see langword="null"/> for never.</summary>
    public DateTimeOffset? Instant => _utcTicks == 0 ? null : new DateTimeOffset(_utcTicks, TimeSpan.Zero);

    /// <summary>Whether a key with this expiry is dead at <paramref name="now"/>.</summary>
    public bool HasPassed(DateTimeOffset now) => _utcTicks != 0 && now.UtcTicks >= _utcTicks;

    public override string ToString() => Instant?.ToString("O") ?? "never";
}
