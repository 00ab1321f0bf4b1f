using System.Net;
using System.Text.Json;
using ControlPanel.Data.Providers;
using ControlPanel.Data.Usage;
using ControlPanel.Tests.Unit.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;

namespace ControlPanel.Tests.Unit.Hosting;

/// <summary>Whom a client's address, scheme and host are believed from, and what comes of it.</summary>
public sealed class TrustedProxyTests
{
    private static readonly string[] s_spoofs =
    [
        "X-Forwarded-For",
        "X-Forwarded-Host",
        "X-Forwarded-Proto",
        "X-Forwarded-Port",
        "X-Forwarded-Prefix",
        "X-Original-For",
        "X-Original-Host",
        "X-Original-URL",
        "X-Rewrite-URL",
        "X-Real-IP",
        "Forwarded",
        "True-Client-IP",
        "X_Forwarded_Host",
        "X_Forwarded_For",
    ];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Without_a_trusted_peer_no_forwarded_header_changes_anything()
    {
        await using var panel = await StartAsync();
        using var client = panel.ApiClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v2/vpcs?per_page=1");
        foreach (var name in s_spoofs)
        {
            request.Headers.TryAddWithoutValidation(
                name,
                name.Contains("For", StringComparison.Ordinal) ? "9.9.9.9" : "evil.example"
            );
        }

        using var response = await client.SendAsync(request, Ct);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.DoesNotContain("evil.example", await response.Content.ReadAsStringAsync(Ct), StringComparison.Ordinal);
        Assert.Equal("127.0.0.1", await TokenAddressAsync(panel));
    }

    [Fact]
    public async Task The_client_is_the_nearest_peer_that_is_no_trusted_proxy()
    {
        await using var panel = await StartAsync("127.0.0.0/8", "10.0.0.0/8");
        using var client = panel.ApiClient();

        // The left part is the client's own word and is never reached.
        Assert.Equal("203.0.113.7", await SeenAsync(panel, client, "1.2.3.4, 203.0.113.7, 10.1.1.1"));
        Assert.Equal("2001:db8::7", await SeenAsync(panel, client, "1.2.3.4, 2001:db8::7"));
        Assert.Equal("127.0.0.1", await SeenAsync(panel, client, null));
    }

    [Fact]
    public async Task An_address_that_cannot_be_read_is_not_passed_over()
    {
        await using var panel = await StartAsync("127.0.0.0/8");
        using var client = panel.ApiClient();

        // Walking past rubbish would reach the part that the client wrote.
        Assert.Equal("127.0.0.1", await SeenAsync(panel, client, "1.2.3.4, rubbish"));
    }

    [Fact]
    public async Task The_host_header_chooses_no_door_and_no_address_for_others()
    {
        await using var panel = await StartAsync();

        // The Functions door answers in its own way whatever host is claimed.
        var answer = await TestPanel.SendRawAsync(
            panel.Functions,
            $"GET /v2/account HTTP/1.1\r\nHost: {panel.Panel.Authority}\r\nAuthorization: Bearer {panel.Token}\r\n"
                + "Connection: close\r\n\r\n"
        );
        Assert.DoesNotContain("HTTP/1.1 200", answer, StringComparison.Ordinal);

        // Addresses that are handed out come from the configuration or the sockets.
        using var client = panel.ApiClient();
        client.DefaultRequestHeaders.Host = "evil.example";
        using var response = await client.GetAsync($"/v2/functions/namespaces/{panel.NamespaceId}", Ct);
        using var body = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Ct));
        Assert.StartsWith(
            panel.App.Addresses.Functions + "/",
            body.RootElement.GetProperty("namespace").GetProperty("api_host").GetString(),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Configured_public_addresses_are_the_ones_handed_out()
    {
        await using var panel = new TestPanel(b =>
            b.Configuration["ControlPanel:Public:Functions"] = "https://functions.example.com/"
        );
        await panel.InitializeAsync();
        using var client = panel.ApiClient();

        using var response = await client.GetAsync($"/v2/functions/namespaces/{panel.NamespaceId}", Ct);

        using var body = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Ct));
        Assert.StartsWith(
            "https://functions.example.com/fn",
            body.RootElement.GetProperty("namespace").GetProperty("api_host").GetString(),
            StringComparison.Ordinal
        );
    }

    private static async Task<TestPanel> StartAsync(params string[] trusted)
    {
        void Configure(WebApplicationBuilder builder) =>
            builder.Configuration.AddInMemoryCollection(
                trusted.Select((t, i) => KeyValuePair.Create($"ControlPanel:TrustedProxies:{i}", (string?)t))
            );
        var panel = new TestPanel(Configure);
        await panel.InitializeAsync();
        return panel;
    }

    private static async Task<string> SeenAsync(TestPanel panel, HttpClient client, string? forwardedFor)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v2/account");
        if (forwardedFor is not null)
        {
            request.Headers.Add("X-Forwarded-For", forwardedFor);
        }

        using var response = await client.SendAsync(request, Ct);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await TokenAddressAsync(panel);
    }

    // Where the token was last used from, as the panel shows it.
    private static async Task<string> TokenAddressAsync(TestPanel panel)
    {
        await panel.Get<UsageRecorder>().FlushAsync(Ct);
        await using var db = panel.Get<IControlPanelStore>().OpenRead();
        return await db
                .KeyUsages.Where(u => db.AccessKeys.Any(k => k.Id == u.KeyId && k.Name == "demo scripts"))
                .Select(u => u.LastAddress)
                .SingleAsync(Ct)
            ?? "";
    }
}
