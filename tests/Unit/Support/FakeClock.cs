namespace ControlPanel.Tests.Unit.Support;

/// <summary>
/// Wall clock and monotonic clock, each set by hand and apart from the other, as they are in a machine whose wall clock
/// is stepped. One timestamp is one tick (100 ns).
/// </summary>
internal sealed class FakeClock(DateTimeOffset? start = null) : TimeProvider
{
    private long _utcTicks = (start ?? new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero)).UtcTicks;
    private long _timestamp = TimeSpan.TicksPerDay;

    /// <summary>The wall clock. Setting it steps it: the monotonic clock stays.</summary>
    public DateTimeOffset UtcNow
    {
        get => new(Interlocked.Read(ref _utcTicks), TimeSpan.Zero);
        set => Interlocked.Exchange(ref _utcTicks, value.UtcTicks);
    }

    /// <summary>The monotonic clock, in ticks.</summary>
    public long Timestamp
    {
        get => Interlocked.Read(ref _timestamp);
        set => Interlocked.Exchange(ref _timestamp, value);
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => UtcNow;

    public override long GetTimestamp() => Timestamp;

    /// <summary>Lets time pass on both clocks.</summary>
    public void Advance(TimeSpan time)
    {
        Interlocked.Add(ref _utcTicks, time.Ticks);
        Interlocked.Add(ref _timestamp, time.Ticks);
    }
}
