using ControlPanel.Tests.Unit.Support;
using ControlPanel.Verification.Decisions;
using ControlPanel.Verification.Keys;

namespace ControlPanel.Tests.Unit.Verification.Keys;

public sealed class ExpiryTests : IDisposable
{
    private readonly TestEngine _engine = new();

    public void Dispose() => _engine.Dispose();

    [Theory]
    [InlineData(-1, DenialReason.None)]
    [InlineData(0, DenialReason.Expired)]
    [InlineData(1, DenialReason.Expired)]
    public void A_key_lives_until_the_tick_before_its_expiry(long ticks, DenialReason expected)
    {
        var end = _engine.Clock.UtcNow.AddDays(30);
        var function = _engine.FunctionsKey(expiry: Expiry.At(end));
        var model = _engine.ModelKey(expiry: Expiry.At(end));
        var token = _engine.Token([], expiry: Expiry.At(end));
        _engine.Clock.UtcNow = end.AddTicks(ticks);

        Assert.Equal(expected, _engine.Decide(function.Header, AccessRequest.Functions(null, null)).Reason);
        var catalogue = AccessRequest.Inference(InferenceEndpoint.Catalogue, null, null);
        Assert.Equal(expected, _engine.Decide(model.Header, catalogue).Reason);
        Assert.Equal(expected, _engine.Decide(token.Header, AccessRequest.Api([], null)).Reason);
    }

    [Theory]
    [InlineData(-1, DenialReason.Suspended)]
    [InlineData(0, DenialReason.None)]
    [InlineData(1, DenialReason.None)]
    public void A_timed_suspension_ends_at_its_instant(long ticks, DenialReason expected)
    {
        var end = _engine.Clock.UtcNow.AddHours(1);
        var key = _engine.FunctionsKey(suspendedUntil: end);
        _engine.Clock.UtcNow = end.AddTicks(ticks);
        Assert.Equal(expected, _engine.Decide(key.Header, AccessRequest.Functions(null, null)).Reason);
    }

    [Fact]
    public void A_suspension_without_end_does_not_end_at_the_end_of_the_calendar()
    {
        var key = _engine.FunctionsKey(suspendedUntil: DateTimeOffset.MaxValue);
        _engine.Clock.UtcNow = DateTimeOffset.MaxValue;
        Assert.Equal(DenialReason.Suspended, _engine.Decide(key.Header, AccessRequest.Functions(null, null)).Reason);
    }

    [Fact]
    public void An_expiry_that_was_set_never_turns_into_none()
    {
        Assert.True(Expiry.At(DateTimeOffset.MinValue).HasPassed(DateTimeOffset.MinValue.AddTicks(1)));
        Assert.NotEqual(Expiry.Never, Expiry.At(DateTimeOffset.MinValue));
        Assert.NotNull(Expiry.At(DateTimeOffset.MinValue).Instant);
    }

    [Fact]
    public void Never_does_not_pass()
    {
        Assert.False(Expiry.Never.HasPassed(DateTimeOffset.MaxValue));
        Assert.False(default(Expiry).HasPassed(DateTimeOffset.MaxValue));
        Assert.False(Expiry.From(null).HasPassed(DateTimeOffset.MaxValue));
        Assert.Null(Expiry.Never.Instant);
        Assert.Equal("never", Expiry.Never.ToString());
    }

    [Fact]
    public void The_offset_of_an_instant_does_not_matter()
    {
        var utc = new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
        var tokyo = utc.ToOffset(TimeSpan.FromHours(9));
        Assert.Equal(Expiry.At(utc), Expiry.At(tokyo));
        Assert.True(Expiry.At(tokyo).HasPassed(utc));
        Assert.False(Expiry.At(utc).HasPassed(tokyo.AddTicks(-1)));
        Assert.Equal(utc, Expiry.At(tokyo).Instant);
    }

    [Fact]
    public void A_what_if_instant_replaces_the_clock_only_for_its_request()
    {
        var end = _engine.Clock.UtcNow.AddDays(1);
        var key = _engine.FunctionsKey(expiry: Expiry.At(end));
        var tomorrow = AccessRequest.Functions(null, null) with { At = end };
        Assert.Equal(DenialReason.Expired, _engine.Decide(key.Header, tomorrow).Reason);
        Assert.True(_engine.Decide(key.Header, AccessRequest.Functions(null, null)).IsAllowed);
    }
}
