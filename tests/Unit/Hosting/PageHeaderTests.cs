using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using ControlPanel.Tests.Unit.Account;
using ControlPanel.Tests.Unit.Support;
using Microsoft.AspNetCore.Routing;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace ControlPanel.Tests.Unit.Hosting;

/// <summary>What every answer of the panel's door carries, and what its pages may do in a browser.</summary>
public sealed partial class PageHeaderTests(TestPanel panel) : IClassFixture<TestPanel>
{
    private static readonly Dictionary<string, string> s_expected = new()
    {
        ["X-Content-Type-Options"] = "nosniff",
        ["Referrer-Policy"] = "no-referrer",
        ["Cross-Origin-Opener-Policy"] = "same-origin",
        ["Cross-Origin-Resource-Policy"] = "same-origin",
        ["X-Frame-Options"] = "DENY",
    };

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_route_and_every_error_carries_the_headers()
    {
        using var client = Client();
        var routes = panel
            .App.Services.GetRequiredService<EndpointDataSource>()
            .Endpoints.OfType<RouteEndpoint>()
            .Select(e => "/" + Parameter().Replace(e.RoutePattern.RawText!.TrimStart('/'), "x"))
            .Concat(["/", "/nowhere", "/a/b/c", "/account/nowhere", "/css/nowhere.css", "/v2/nowhere", "/health/ready"])
            .Distinct(StringComparer.Ordinal)
            .ToList();
        Assert.True(routes.Count > 40, $"Only {routes.Count} routes were found.");

        foreach (var route in routes)
        {
            using var response = await client.GetAsync(route, HttpCompletionOption.ResponseHeadersRead, Ct);
            AssertHeaders(response, route);
        }
    }

    [Fact]
    public async Task Each_page_has_its_own_nonce_and_every_inline_script_carries_it()
    {
        using var client = Client();
        var nonces = new HashSet<string>(StringComparer.Ordinal);
        foreach (var path in new[] { "/account/login", "/account/login" })
        {
            using var response = await client.GetAsync(path, Ct);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            var nonce = Nonce().Match(response.Headers.GetValues("Content-Security-Policy").Single()).Groups[1].Value;
            Assert.Equal(16, Convert.FromBase64String(nonce).Length);
            nonces.Add(nonce);

            var html = await response.Content.ReadAsStringAsync(Ct);
            var inline = Scripts().Matches(html).Select(m => m.Value).Where(s => !s.Contains(" src=")).ToList();
            Assert.NotEmpty(inline);
            Assert.All(
                inline,
                s => Assert.Contains($"nonce=\"{nonce}\"", WebUtility.HtmlDecode(s), StringComparison.Ordinal)
            );
            Assert.DoesNotMatch(Handlers(), html);
            Assert.DoesNotContain("<style", html, StringComparison.OrdinalIgnoreCase);
        }

        Assert.Equal(2, nonces.Count);
    }

    [Fact]
    public async Task Pages_are_not_kept_by_caches()
    {
        using var client = Client();
        using var page = await client.GetAsync("/account/login", Ct);
        Assert.True(page.Headers.CacheControl!.NoStore);

        // Nor what the API says, new secrets included.
        using var api = panel.ApiClient();
        using var made = await api.PostAsync(
            $"/v2/functions/namespaces/{panel.NamespaceId}/keys",
            new StringContent("""{"name":"never-cached"}"""),
            Ct
        );
        Assert.True(made.IsSuccessStatusCode);
        Assert.True(made.Headers.CacheControl?.NoStore);
    }

    [Fact]
    public async Task Strict_transport_security_is_said_over_https_alone()
    {
        await using var behind = new TestPanel(b => b.Configuration["ControlPanel:TrustedProxies:0"] = "127.0.0.0/8");
        await behind.InitializeAsync();
        using var client = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = behind.Panel };
        using var plain = await client.GetAsync("/account/login", Ct);
        Assert.False(plain.Headers.Contains("Strict-Transport-Security"));

        using var request = new HttpRequestMessage(HttpMethod.Get, "/account/login");
        request.Headers.Add("X-Forwarded-Proto", "https");
        using var secure = await client.SendAsync(request, Ct);

        Assert.Equal(
            "max-age=31536000; includeSubDomains",
            secure.Headers.GetValues("Strict-Transport-Security").Single()
        );
        // And the antiforgery cookie is for https alone then.
        Assert.All(
            secure.Headers.GetValues("Set-Cookie"),
            c => Assert.Contains("; secure", c, StringComparison.OrdinalIgnoreCase)
        );
    }

    [Fact]
    public async Task A_failure_answers_without_its_reason_and_with_all_headers()
    {
        await using var broken = new TestPanel();
        await broken.InitializeAsync();
        using var browser = new TestBrowser(broken.Panel);
        var form = TestBrowser.Hidden((await browser.GetAsync("/account/login")).Body, "sign-in").ToList();
        await BreakAsync(broken);

        using var api = broken.ApiClient();
        using var envelope = await api.GetAsync("/v2/functions/namespaces", Ct);
        Assert.Equal(HttpStatusCode.InternalServerError, envelope.StatusCode);
        AssertHeaders(envelope, "the API's error");
        var id = envelope.Headers.GetValues("x-request-id").Single();
        Assert.Equal(
            $$"""{"id":"server_error","message":"Unexpected server-side error","request_id":"{{id}}"}""",
            await envelope.Content.ReadAsStringAsync(Ct)
        );

        var page = await browser.PostAsync(
            "/account/login",
            [.. form, ("Input.Email", "olivia@demo.test"), ("Input.Password", broken.Password)]
        );
        Assert.Equal(HttpStatusCode.InternalServerError, page.Status);
        Assert.Contains("Something went wrong", page.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("SQLite", page.Body, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Exception", page.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_framed_wrongly_is_the_clients_fault()
    {
        var answer = await TestPanel.SendRawAsync(
            panel.Panel,
            $"POST /v2/functions/namespaces HTTP/1.1\r\nHost: {panel.Panel.Authority}\r\n"
                + $"Authorization: Bearer {panel.Token}\r\nTransfer-Encoding: chunked\r\n\r\nnot-a-length\r\n"
        );

        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        using var body = JsonDocument.Parse(
            answer[answer.IndexOf('{', StringComparison.Ordinal)..(answer.LastIndexOf('}') + 1)]
        );
        Assert.Equal("bad_request", body.RootElement.GetProperty("id").GetString());
    }

    private static void AssertHeaders(HttpResponseMessage response, string of)
    {
        foreach (var (name, value) in s_expected)
        {
            Assert.True(response.Headers.TryGetValues(name, out var values), $"{of} has no {name}.");
            Assert.Equal($"{of} {value}", $"{of} {string.Join(" and ", values)}");
        }

        var policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
        foreach (
            var directive in new[]
            {
                "default-src 'none'",
                "base-uri 'self'",
                "form-action 'self'",
                "frame-ancestors 'none'",
                "object-src 'none'",
                "style-src 'self'",
                "connect-src 'self'",
            }
        )
        {
            Assert.Contains(directive, policy.Split("; "));
        }

        Assert.Matches("script-src 'self' 'nonce-[A-Za-z0-9+/=]{24}'(;|$)", policy);
        Assert.DoesNotContain("unsafe-eval", policy, StringComparison.Ordinal);
        Assert.Contains(
            "camera=()",
            response.Headers.GetValues("Permissions-Policy").Single(),
            StringComparison.Ordinal
        );
        Assert.Matches("^[0-9a-f]{32}$", Assert.Single(response.Headers.GetValues("x-request-id")));
        Assert.False(response.Headers.Contains("Server"), $"{of} says what server it is.");
    }

    private HttpClient Client() =>
        new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = panel.Panel };

    // Takes tables away under the running server.
    private static async Task BreakAsync(TestPanel panel)
    {
        await using var connection = new SqliteConnection(
            $"Data Source={Path.Combine(panel.Data, "controlpanel.db")};Pooling=False"
        );
        await connection.OpenAsync(Ct);
        await using var command = connection.CreateCommand();
        command.CommandText =
            "ALTER TABLE people RENAME TO people_gone; ALTER TABLE namespaces RENAME TO namespaces_gone";
        await command.ExecuteNonQueryAsync(Ct);
    }

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Parameter();

    [GeneratedRegex("'nonce-([^']+)'")]
    private static partial Regex Nonce();

    [GeneratedRegex("<script[^>]*>")]
    private static partial Regex Scripts();

    [GeneratedRegex(@"<[^>]*\son[a-z]+=")]
    private static partial Regex Handlers();
}
