namespace ControlPanel.Tests.Unit.Account;

/// <summary>The system's clock, set ahead by as much as a test likes; what waits for real time waits as long as ever.</summary>
public sealed class TestClock : TimeProvider
{
    private long _ahead;

    public void Advance(TimeSpan by) => Interlocked.Add(ref _ahead, by.Ticks);

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow().AddTicks(Interlocked.Read(ref _ahead));

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() =>
        System.GetElapsedTime(0, System.GetTimestamp()).Ticks + Interlocked.Read(ref _ahead);
}
