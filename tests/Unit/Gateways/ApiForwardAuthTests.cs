using System.Net;
using ControlPanel.Data.Operations.Tokens;
using ControlPanel.Tests.Unit.Support;
using ControlPanel.Verification.Decisions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace ControlPanel.Tests.Unit.Gateways;

/// <summary>What a proxy in front of another API learns about a token.</summary>
public sealed class ApiForwardAuthTests(TestPanel panel) : IClassFixture<TestPanel>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<string> Proxies => ["nginx", "caddy", "traefik", "envoy"];

    [Theory]
    [MemberData(nameof(Proxies))]
    public async Task A_token_with_the_scope_passes_with_every_identity_header_until_it_is_revoked(string proxy)
    {
        var (id, token) = await IssueAsync("vpc:read");
        using var yes = await AskAsync(proxy, token, "vpc:read");
        Assert.Equal(HttpStatusCode.OK, yes.StatusCode);
        Assert.Equal(id.ToString(), yes.Headers.GetValues("X-ControlPanel-Key").Single());
        Assert.Equal(panel.Owner.TeamId.ToString(), yes.Headers.GetValues("X-ControlPanel-Team").Single());
        Assert.Equal(panel.Owner.UserId.ToString(), yes.Headers.GetValues("X-ControlPanel-Owner").Single());
        Assert.Equal("none", yes.Headers.GetValues("X-ControlPanel-Namespace").Single());

        var revoked = await panel.Get<RevokeToken>().ExecuteAsync(panel.Owner, id, Ct);
        Assert.True(revoked.IsDone);
        using var no = await AskAsync(proxy, token, "vpc:read");
        Assert.Equal(HttpStatusCode.Unauthorized, no.StatusCode);
        Assert.Equal("Bearer", no.Headers.WwwAuthenticate.Single().Scheme);
        Assert.False(no.Headers.Contains("X-ControlPanel-Key"));
    }

    [Theory]
    [MemberData(nameof(Proxies))]
    public async Task Every_scope_of_the_route_is_needed_and_the_refusal_can_be_explained(string proxy)
    {
        var (_, token) = await IssueAsync("vpc:read");
        using var one = await AskAsync(proxy, token, "vpc:read,spaces:read");
        Assert.Equal(HttpStatusCode.Forbidden, one.StatusCode);
        Assert.False(one.Headers.Contains("X-ControlPanel-Key"));
        var logged = await panel.RefusalAsync(one.Headers.GetValues("x-request-id").Single());
        Assert.Equal(DenialReason.ScopeMissing, logged!.Reason);
        Assert.Equal($"POST through {proxy}, which needs vpc:read, spaces:read", logged.Operation);
        // What was asked for may hold secrets of that API.
        Assert.DoesNotContain("hidden", logged.Operation, StringComparison.Ordinal);

        using var any = await AskAsync(proxy, token, "any");
        Assert.Equal(HttpStatusCode.OK, any.StatusCode);
        using var full = await AskAsync(proxy, panel.Token, "vpc:read,spaces:read");
        Assert.Equal(HttpStatusCode.OK, full.StatusCode);
    }

    [Theory]
    [MemberData(nameof(Proxies))]
    public async Task What_the_client_sends_chooses_neither_scopes_nor_team(string proxy)
    {
        var (_, token) = await IssueAsync("vpc:read");
        using var client = new HttpClient { BaseAddress = panel.Panel };
        using var request = Question(proxy, token, "spaces:read", target: "/x?scopes=vpc:read&scope=any");
        foreach (var name in new[] { "X-Required-Scope", "X-Required-Scopes", "X-Scope", "X-ControlPanel-Scopes" })
        {
            request.Headers.Add(name, "vpc:read");
        }

        using var answer = await client.SendAsync(request, Ct);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Theory]
    [MemberData(nameof(Proxies))]
    public async Task The_role_of_the_owner_bounds_the_token_and_a_team_in_the_route_bounds_who_passes(string proxy)
    {
        var viewer = await IssueAsync("api:write", "vera@demo.test");
        using var read = await AskAsync(proxy, viewer.Token, "spaces:read");
        Assert.Equal(HttpStatusCode.OK, read.StatusCode);
        using var write = await AskAsync(proxy, viewer.Token, "spaces:create");
        Assert.Equal(HttpStatusCode.Forbidden, write.StatusCode);

        using var own = await AskAsync(proxy, panel.Token, $"{panel.Owner.TeamId}/vpc:read");
        Assert.Equal(HttpStatusCode.OK, own.StatusCode);
        using var foreign = await AskAsync(proxy, panel.Token, $"{Guid.NewGuid()}/vpc:read");
        Assert.Equal(HttpStatusCode.Unauthorized, foreign.StatusCode);
    }

    [Theory]
    [InlineData("/verify/api/nginx")]
    [InlineData("/verify/api/any/haproxy")]
    [InlineData("/verify/api/vpc/nginx")]
    [InlineData("/verify/api/vpc:/nginx")]
    [InlineData("/verify/api/VPC:read/nginx")]
    [InlineData("/verify/api/vpc:read,/nginx")]
    [InlineData("/verify/api/vpc:read%2cany/nginx")]
    [InlineData("/verify/api//nginx")]
    [InlineData("/verify/api/any/nginxx")]
    public async Task A_route_that_is_none_is_never_a_yes(string route)
    {
        using var client = new HttpClient { BaseAddress = panel.Panel };
        using var request = Question("nginx", panel.Token, "any", "/x", route);
        using var answer = await client.SendAsync(request, Ct);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Theory]
    [InlineData("caddy")]
    [InlineData("nginx")]
    public async Task A_proxy_that_does_not_say_what_is_asked_gets_no_yes(string proxy)
    {
        using var client = new HttpClient { BaseAddress = panel.Panel };
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/verify/api/any/{proxy}");
        request.Headers.Authorization = new("Bearer", panel.Token);
        using var answer = await client.SendAsync(request, Ct);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Theory]
    [InlineData("/verify/functions/envoy")]
    [InlineData("/verify/inference/envoy")]
    [InlineData("/verify/api/any/envoy")]
    public async Task Dots_in_what_a_client_asks_for_do_not_climb_out_of_the_question(string route)
    {
        // Each of these is a public page or endpoint that answers 200 by itself.
        foreach (var open in new[] { "account/login", "openapi/v1.json", "health/live", "" })
        {
            foreach (var climb in new[] { "../../..", "../../../..", "%2e%2e/%2E./..", "./../.././../.." })
            {
                var answer = await TestPanel.SendRawAsync(
                    panel.Panel,
                    $"GET {route}/{climb}/{open} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
                );
                Assert.Matches("^HTTP/1.1 (401|403|404) ", answer);
            }
        }
    }

    [Fact]
    public async Task A_peer_that_is_not_configured_gets_no_answer()
    {
        await using var far = new TestPanel(builder =>
            builder.Services.AddSingleton<IStartupFilter>(new From(IPAddress.Parse("198.51.100.7")))
        );
        await far.InitializeAsync();
        using var client = new HttpClient { BaseAddress = far.Panel };
        using var request = Question("nginx", far.Token, "any", "/x");
        using var answer = await client.SendAsync(request, Ct);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    private async Task<(Guid Id, string Token)> IssueAsync(string scope, string email = "olivia@demo.test")
    {
        var made = await panel
            .Get<CreateToken>()
            .ExecuteAsync(
                await panel.ActorAsync(email),
                new NewTokenRequest($"t-{Guid.NewGuid():N}", null, [scope]),
                Ct
            );
        Assert.True(made.IsDone, made.Refusal?.ToString());
        using var value = made.Value.Value;
        return (made.Value.Token.Id, value.Reveal());
    }

    private async Task<HttpResponseMessage> AskAsync(string proxy, string token, string scopes)
    {
        using var client = new HttpClient { BaseAddress = panel.Panel };
        using var request = Question(proxy, token, scopes, "/reports?key=hidden");
        return await client.SendAsync(request, Ct);
    }

    private static HttpRequestMessage Question(
        string proxy,
        string token,
        string scopes,
        string target,
        string? route = null
    )
    {
        route ??= $"/verify/api/{scopes}/{proxy}";
        var envoy = proxy == "envoy";
        var request = new HttpRequestMessage(envoy ? HttpMethod.Post : HttpMethod.Get, envoy ? route + target : route);
        request.Headers.Authorization = new("Bearer", token);
        request.Headers.Add(proxy == "nginx" ? "X-Real-IP" : "X-Forwarded-For", "203.0.113.9");
        if (!envoy)
        {
            request.Headers.Add(proxy == "nginx" ? "X-Original-Method" : "X-Forwarded-Method", "POST");
            request.Headers.Add(proxy == "nginx" ? "X-Original-URI" : "X-Forwarded-Uri", target);
        }

        return request;
    }

    /// <summary>Every connection comes from one address.</summary>
    private sealed class From(IPAddress address) : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) =>
            app =>
            {
                app.Use(
                    (HttpContext context, RequestDelegate rest) =>
                    {
                        context.Connection.RemoteIpAddress = address;
                        return rest(context);
                    }
                );
                next(app);
            };
    }
}
