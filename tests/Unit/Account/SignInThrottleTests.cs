using System.Net;
using ControlPanel.Data.Operations.Sessions;

namespace ControlPanel.Tests.Unit.Account;

/// <summary>Guessing is slowed down where it comes from, never where the owner is.</summary>
public sealed class SignInThrottleTests
{
    private const string Olivia = "olivia@demo.test";

    private static readonly IPAddress s_a = IPAddress.Parse("198.51.100.7");
    private static readonly IPAddress s_b = IPAddress.Parse("203.0.113.9");

    private readonly TestClock _clock = new();
    private readonly SignInThrottle _throttle;

    public SignInThrottleTests() => _throttle = new SignInThrottle(_clock);

    [Fact]
    public void Waits_grow_up_to_a_quarter_of_an_hour_and_no_further()
    {
        var waits = new List<double>();
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(TimeSpan.Zero, _throttle.TryBegin(s_a, Olivia));
            var wait = _throttle.TryBegin(s_a, Olivia);
            if (wait > TimeSpan.Zero)
            {
                waits.Add(Math.Ceiling(wait.TotalSeconds));
                _clock.Advance(wait);
            }
        }

        Assert.Equal([1, 2, 4, 8], waits.Take(4));
        Assert.True(waits.SequenceEqual(waits.Order()), string.Join(' ', waits));
        Assert.Equal(SignInThrottle.LongestWait.TotalSeconds, waits[^1]);
    }

    [Fact]
    public void Tries_at_the_same_moment_count_before_their_outcome()
    {
        var given = 0;
        Parallel.For(
            0,
            200,
            _ =>
            {
                if (_throttle.TryBegin(s_a, Olivia) == TimeSpan.Zero)
                {
                    Interlocked.Increment(ref given);
                }
            }
        );
        Assert.InRange(given, SignInThrottle.Free, SignInThrottle.Free + 1);
    }

    [Fact]
    public void Another_source_is_not_touched_even_after_hundreds_of_failures_from_everywhere()
    {
        for (var i = 0; i < 400; i++)
        {
            _throttle.TryBegin(new IPAddress([10, 0, (byte)(i / 200), (byte)(i % 200)]), Olivia);
        }

        Assert.Equal(TimeSpan.Zero, _throttle.TryBegin(s_b, Olivia));

        // Beyond a hundred failures of the account there are no free tries any more: the next one waits.
        Assert.True(_throttle.TryBegin(s_b, Olivia) > TimeSpan.FromMinutes(14));
        _throttle.Succeeded(s_b, Olivia);
        Assert.Equal(TimeSpan.Zero, _throttle.TryBegin(s_b, Olivia));
        Assert.Equal(TimeSpan.Zero, _throttle.TryBegin(s_b, Olivia));
    }

    [Fact]
    public void One_networks_IPv6_addresses_are_one_source()
    {
        for (var i = 0; i < 50; i++)
        {
            _throttle.TryBegin(IPAddress.Parse($"2001:db8:0:1::{i + 1:x}"), Olivia);
        }

        Assert.True(_throttle.TryBegin(IPAddress.Parse("2001:db8:0:1:ffff::1"), Olivia) > TimeSpan.Zero);
        Assert.Equal(TimeSpan.Zero, _throttle.TryBegin(IPAddress.Parse("2001:db8:0:2::1"), Olivia));
    }

    [Fact]
    public void An_account_is_one_whatever_the_case_and_the_spaces()
    {
        for (var i = 0; i < 50; i++)
        {
            _throttle.TryBegin(s_a, i % 2 == 0 ? " OLIVIA@demo.test" : "olivia@demo.test ");
        }

        Assert.True(_throttle.TryBegin(s_a, Olivia) > TimeSpan.Zero);
        Assert.Equal(TimeSpan.Zero, _throttle.TryBegin(s_a, "mateo@demo.test"));
    }

    [Fact]
    public void Memory_is_bounded_however_many_sources_there_are()
    {
        var bytes = new byte[4];
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 0; i < 300_000; i++)
        {
            BitConverter.TryWriteBytes(bytes, i);
            _throttle.TryBegin(new IPAddress(bytes), $"person{i}@demo.test");
        }

        var grown = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.Equal(SignInThrottle.Capacity, _throttle.Count);
        Assert.InRange(grown, 0, 50 << 20);
    }
}
