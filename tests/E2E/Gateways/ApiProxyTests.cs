using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using ControlPanel.Tests.E2E.Support;

namespace ControlPanel.Tests.E2E.Gateways;

/// <summary>nginx and Caddy in front of an API of somebody's own, with the files of docs/deploy.</summary>
public sealed class ApiProxyTests(Stage stage)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("nginx")]
    [InlineData("caddy")]
    public async Task A_proxy_lets_exactly_the_tokens_with_the_scope_of_the_call_pass(string name)
    {
        await using var proxy = await StartAsync(name);
        var (id, token) = await TokenAsync("vpc:read");

        Assert.Equal(HttpStatusCode.OK, await CallAsync(proxy, token, HttpMethod.Get, "/reports?year=2026"));
        var (target, headers) = Assert.Single(proxy.Seen);
        Assert.Equal("/reports?year=2026", target);
        Assert.Equal(id, headers["X-ControlPanel-Key"]);
        Assert.False(headers.ContainsKey("Authorization"));

        Assert.Equal(HttpStatusCode.Forbidden, await CallAsync(proxy, token, HttpMethod.Post, "/reports"));
        Assert.Equal(HttpStatusCode.Forbidden, await CallAsync(proxy, token, new HttpMethod("PROPFIND"), "/reports"));
        Assert.Equal(HttpStatusCode.Unauthorized, await CallAsync(proxy, token[..^1] + "x", HttpMethod.Get, "/"));
        Assert.Equal(HttpStatusCode.OK, await CallAsync(proxy, stage.Server.Token, HttpMethod.Post, "/reports"));

        using var api = Api();
        using var revoked = await api.DeleteAsync($"/v2/tokens/{id}", Ct);
        Assert.Equal(HttpStatusCode.NoContent, revoked.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, await CallAsync(proxy, token, HttpMethod.Get, "/reports"));
        Assert.Equal(2, proxy.Seen.Count);
    }

    [Theory]
    [InlineData("nginx")]
    [InlineData("caddy")]
    public async Task What_a_client_claims_about_itself_changes_nothing(string name)
    {
        await using var proxy = await StartAsync(name);
        var (id, token) = await TokenAsync("vpc:read");

        var refused = await CallAsync(proxy, token, HttpMethod.Post, "/x/../verify/api/any/nginx?scope=any", Claim);
        Assert.Equal(HttpStatusCode.Forbidden, refused);
        Assert.Empty(proxy.Seen);
        Assert.Equal(HttpStatusCode.OK, await CallAsync(proxy, token, HttpMethod.Get, "/x", Claim));
        var (_, headers) = Assert.Single(proxy.Seen);
        Assert.Equal(id, headers["X-ControlPanel-Key"]);
        Assert.NotEqual("spoofed", headers["X-ControlPanel-Owner"]);

        static void Claim(HttpRequestHeaders headers)
        {
            foreach (var method in new[] { "X-Original-Method", "X-Forwarded-Method", "X-HTTP-Method-Override" })
            {
                headers.TryAddWithoutValidation(method, "GET");
            }

            foreach (var identity in new[] { "X-ControlPanel-Key", "X-ControlPanel-Owner", "X-ControlPanel-Scopes" })
            {
                headers.TryAddWithoutValidation(identity, "spoofed");
            }
        }
    }

    private async Task<ProxyServer> StartAsync(string name)
    {
        var (file, command) =
            name == "nginx" ? ("nginx-api.conf", ProxyServer.Nginx) : ("Caddyfile.api", ProxyServer.Caddy);
        Assert.SkipUnless(File.Exists(command[0]), $"{command[0]} is not installed.");
        using var api = Api();
        var account = JsonElement.Parse(await api.GetStringAsync("/v2/account", Ct)).GetProperty("account");
        return await ProxyServer.StartAsync(
            file,
            command,
            stage.Server,
            ("00000000-0000-4000-8000-000000000000", account.GetProperty("team").GetProperty("uuid").GetString()!),
            Ct
        );
    }

    private HttpClient Api()
    {
        var api = new HttpClient { BaseAddress = new Uri(stage.Server.Panel) };
        api.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", stage.Server.Token);
        return api;
    }

    private async Task<(string Id, string Value)> TokenAsync(string scope)
    {
        using var api = Api();
        using var content = new StringContent(
            $$"""{"name":"proxied","scopes":["{{scope}}"]}""",
            Encoding.UTF8,
            "application/json"
        );
        using var response = await api.PostAsync("/v2/tokens", content, Ct);
        response.EnsureSuccessStatusCode();
        var token = JsonElement.Parse(await response.Content.ReadAsStringAsync(Ct)).GetProperty("token");
        return (token.GetProperty("id").GetString()!, token.GetProperty("value").GetString()!);
    }

    private static async Task<HttpStatusCode> CallAsync(
        ProxyServer proxy,
        string token,
        HttpMethod method,
        string target,
        Action<HttpRequestHeaders>? change = null
    )
    {
        using var client = new HttpClient { BaseAddress = proxy.Address };
        using var request = new HttpRequestMessage(method, target);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        change?.Invoke(request.Headers);
        using var response = await client.SendAsync(request, Ct);
        return response.StatusCode;
    }
}
