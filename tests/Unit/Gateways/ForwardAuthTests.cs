using System.Net;
using ControlPanel.Tests.Unit.Support;

namespace ControlPanel.Tests.Unit.Gateways;

/// <summary>Forward-auth asked as each proxy asks; the real nginx and Caddy are in tests/E2E.</summary>
public sealed class ForwardAuthTests(TestPanel panel) : IClassFixture<TestPanel>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<string> Proxies => ["nginx", "caddy", "traefik", "envoy"];

    [Theory]
    [MemberData(nameof(Proxies))]
    public async Task A_valid_key_passes_with_every_identity_header(string proxy)
    {
        var key = await panel.IssueKeyAsync();
        using var response = await AskAsync(proxy, key, "GET", "/api/v1/namespaces/_/actions");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(key.Id, response.Headers.GetValues("X-ControlPanel-Key").Single());
        Assert.Equal(panel.NamespaceId, response.Headers.GetValues("X-ControlPanel-Namespace").Single());
        Assert.True(response.Headers.Contains("X-ControlPanel-Team"));
        Assert.True(response.Headers.Contains("X-ControlPanel-Owner"));
    }

    [Theory]
    [MemberData(nameof(Proxies))]
    public async Task A_revoked_key_is_refused_on_the_next_question(string proxy)
    {
        var key = await panel.IssueKeyAsync();
        await panel.RevokeAsync(key.Id);
        using var response = await AskAsync(proxy, key, "GET", "/api/v1/namespaces/_/actions");
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.False(response.Headers.Contains("X-ControlPanel-Key"));
    }

    [Theory]
    [MemberData(nameof(Proxies))]
    public async Task Another_namespace_is_forbidden(string proxy)
    {
        var key = await panel.IssueKeyAsync();
        using var response = await AskAsync(proxy, key, "GET", "/api/v1/namespaces/fn-other/actions");
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Theory]
    [MemberData(nameof(Proxies))]
    public async Task A_route_tied_to_a_namespace_takes_only_its_keys(string proxy)
    {
        var elsewhere = await panel.AddNamespaceAsync(upstream: null);
        var foreign = await panel.IssueKeyAsync(elsewhere);
        using var refused = await AskAsync(
            proxy,
            foreign,
            "GET",
            "/api/v1/namespaces/_/actions",
            pinned: panel.NamespaceId
        );
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        using var own = await AskAsync(
            proxy,
            await panel.IssueKeyAsync(),
            "GET",
            "/api/v1/namespaces/_/actions",
            pinned: panel.NamespaceId
        );
        Assert.Equal(HttpStatusCode.OK, own.StatusCode);
    }

    [Fact]
    public async Task Headers_of_another_family_change_nothing()
    {
        var key = await panel.IssueKeyAsync();
        using var client = new HttpClient { BaseAddress = panel.Panel };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/verify/functions/nginx");
        request.Headers.Authorization = TestPanel.Basic($"{key.Id}:{key.Secret}");
        request.Headers.Add("X-Original-Method", "GET");
        request.Headers.Add("X-Original-URI", "/api/v1/namespaces/fn-other/actions");
        request.Headers.Add("X-Forwarded-Uri", "/api/v1/namespaces/_/actions");
        request.Headers.Add("X-Forwarded-Method", "GET");
        using var response = await client.SendAsync(request, Ct);
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Theory]
    [InlineData("nginx", "X-Original-Method")]
    [InlineData("nginx", "X-Original-URI")]
    [InlineData("caddy", "X-Forwarded-Method")]
    [InlineData("traefik", "X-Forwarded-Uri")]
    public async Task A_question_that_lacks_a_header_or_has_it_twice_is_never_a_yes(string proxy, string header)
    {
        var key = await panel.IssueKeyAsync();
        foreach (var copies in (int[])[0, 2])
        {
            using var client = new HttpClient { BaseAddress = panel.Panel };
            using var request = Question(proxy, key, "GET", "/api/v1/namespaces/_/actions", pinned: null);
            var value = request.Headers.GetValues(header).Single();
            request.Headers.Remove(header);
            for (var i = 0; i < copies; i++)
            {
                request.Headers.Add(header, value);
            }

            using var response = await client.SendAsync(request, Ct);
            Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        }
    }

    [Theory]
    [InlineData("/verify/functions/unknown")]
    [InlineData("/verify/functions")]
    [InlineData("/verify")]
    [InlineData("/verify/other/nginx")]
    public async Task An_unknown_route_is_not_found(string path)
    {
        using var client = new HttpClient { BaseAddress = panel.Panel };
        using var response = await client.GetAsync(path, Ct);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    private async Task<HttpResponseMessage> AskAsync(
        string proxy,
        (string Id, string Secret) key,
        string method,
        string target,
        string? pinned = null
    )
    {
        using var client = new HttpClient { BaseAddress = panel.Panel };
        using var request = Question(proxy, key, method, target, pinned);
        return await client.SendAsync(request, Ct);
    }

    private static HttpRequestMessage Question(
        string proxy,
        (string Id, string Secret) key,
        string method,
        string target,
        string? pinned
    )
    {
        var route = pinned is null ? $"/verify/functions/{proxy}" : $"/verify/functions/{pinned}/{proxy}";
        var request = new HttpRequestMessage(
            HttpMethod.Get,
            proxy switch
            {
                "envoy" => route + target,
                "caddy" => route + "?",
                _ => route,
            }
        );
        request.Headers.Authorization = TestPanel.Basic($"{key.Id}:{key.Secret}");
        switch (proxy)
        {
            case "nginx":
                request.Headers.Add("X-Original-Method", method);
                request.Headers.Add("X-Original-URI", target);
                request.Headers.Add("X-Real-IP", "203.0.113.9");
                break;
            case "caddy" or "traefik":
                request.Headers.Add("X-Forwarded-Method", method);
                request.Headers.Add("X-Forwarded-Uri", target);
                request.Headers.Add("X-Forwarded-For", "203.0.113.9");
                break;
        }

        return request;
    }
}
