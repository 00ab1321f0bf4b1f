using System.Net;
using ControlPanel.Data.Snapshots;
using ControlPanel.Tests.Unit.Support;
using Microsoft.Extensions.DependencyInjection;

namespace ControlPanel.Tests.Unit.Hosting;

public sealed class HealthTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Ready_ends_with_the_lease_and_live_goes_on()
    {
        var clock = new FakeClock();
        await using var panel = new TestPanel(b => b.Services.AddSingleton<TimeProvider>(clock));
        await panel.InitializeAsync();
        using var client = new HttpClient { BaseAddress = panel.Panel };
        Assert.Equal("live\n", await client.GetStringAsync("/health/live", Ct));
        Assert.Equal("ready\n", await client.GetStringAsync("/health/ready", Ct));

        clock.Advance(TimeSpan.FromSeconds(4));
        using var late = await client.GetAsync("/health/ready", Ct);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, late.StatusCode);
        Assert.Equal("live\n", await client.GetStringAsync("/health/live", Ct));

        await panel.Get<KeySnapshots>().RefreshAsync(Ct);
        Assert.Equal("ready\n", await client.GetStringAsync("/health/ready", Ct));
    }

    [Fact]
    public async Task Health_is_asked_at_the_panels_door_alone()
    {
        await using var panel = new TestPanel();
        await panel.InitializeAsync();

        // The host header claims the panel's port; the connection came in by another door.
        var answer = await TestPanel.SendRawAsync(
            panel.Functions,
            $"GET /health/live HTTP/1.1\r\nHost: {panel.Panel.Authority}\r\nConnection: close\r\n\r\n"
        );

        Assert.DoesNotContain("live\n", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("HTTP/1.1 200", answer, StringComparison.Ordinal);
    }
}
