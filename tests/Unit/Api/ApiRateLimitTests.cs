using System.Globalization;
using ControlPanel.Api;
using ControlPanel.Tests.Unit.Support;
using Microsoft.AspNetCore.Http;

namespace ControlPanel.Tests.Unit.Api;

[Collection(nameof(ApiWorld))]
public sealed class ApiRateLimitTests(ApiWorld world)
{
    [Fact]
    public async Task The_251st_request_of_a_minute_waits_and_other_tokens_do_not()
    {
        using var busy = await world.CallerAsync();
        using var other = await world.CallerAsync();
        var first = await busy.GetAsync("/v2/regions");
        Assert.Equal(("5000", "4999"), (first.Headers["ratelimit-limit"], first.Headers["ratelimit-remaining"]));
        Assert.False(first.Headers.ContainsKey("Retry-After"));
        // Refusals for a lack of scope, unknown ids and bad input count like everything else.
        for (var i = 1; i < 250; i++)
        {
            var answer = await busy.GetAsync(i % 2 == 0 ? "/v2/regions" : "/v2/vpcs/nothing");
            Assert.Equal(i % 2 == 0 ? 200 : 404, answer.Status);
            Assert.Equal($"{5000 - i - 1}", answer.Headers["ratelimit-remaining"]);
        }

        var stopped = await busy.GetAsync("/v2/regions");
        stopped.IsError(429, "too_many_requests", "API rate limit exceeded.");
        Assert.Equal("0", stopped.Headers["ratelimit-remaining"]);
        Assert.InRange(int.Parse(stopped.Headers["Retry-After"], CultureInfo.InvariantCulture), 1, 60);
        Assert.Equal(200, (await other.GetAsync("/v2/regions")).Status);
    }

    [Fact]
    public void The_minute_and_the_hour_slide()
    {
        var clock = new FakeClock();
        var limits = new ApiRateLimits(clock);
        var token = Guid.NewGuid();
        var start = clock.UtcNow.ToUnixTimeSeconds();

        // 20 minutes of 250 are the hour's 5,000.
        for (var minute = 0; minute < 20; minute++)
        {
            for (var i = 0; i < ApiRateLimits.PerMinute; i++)
            {
                Assert.True(Take().Allowed);
            }

            Assert.Equal((false, "60"), (Take().Allowed, Take().Headers.RetryAfter.ToString()));
            clock.Advance(TimeSpan.FromSeconds(60));
        }

        var (allowed, headers) = Take();
        Assert.False(allowed);
        Assert.Equal("0", headers["ratelimit-remaining"]);
        // The oldest request leaves the hour an hour after it came; only the burst limit says how long to wait.
        Assert.Equal($"{start + 3600}", headers["ratelimit-reset"]);
        Assert.Equal("", headers.RetryAfter.ToString());

        clock.UtcNow = DateTimeOffset.FromUnixTimeSeconds(start + 3599);
        Assert.False(Take().Allowed);
        clock.UtcNow = DateTimeOffset.FromUnixTimeSeconds(start + 3600);
        (allowed, headers) = Take();
        Assert.True(allowed);
        Assert.Equal("249", headers["ratelimit-remaining"]);

        (bool Allowed, IHeaderDictionary Headers) Take()
        {
            var written = new HeaderDictionary();
            return (limits.TryTake(token, written), written);
        }
    }
}
