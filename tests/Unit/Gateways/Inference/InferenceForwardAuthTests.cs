using System.Net;
using ControlPanel.Tests.Unit.Support;

namespace ControlPanel.Tests.Unit.Gateways.Inference;

/// <summary>What a proxy in front of a model server learns, which shows no body.</summary>
public sealed class InferenceForwardAuthTests(TestPanel panel) : IClassFixture<TestPanel>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<string> Proxies => ["nginx", "caddy", "traefik", "envoy"];

    [Theory]
    [MemberData(nameof(Proxies))]
    public async Task A_key_for_all_models_passes_with_every_identity_header_until_it_is_deleted(string proxy)
    {
        var key = await panel.IssueModelKeyAsync();
        using var yes = await AskAsync(proxy, key.Secret, "POST", "/v1/chat/completions");
        Assert.Equal(HttpStatusCode.OK, yes.StatusCode);
        Assert.Equal(key.Id.ToString(), yes.Headers.GetValues("X-ControlPanel-Key").Single());
        Assert.Equal(panel.Owner.TeamId.ToString(), yes.Headers.GetValues("X-ControlPanel-Team").Single());
        Assert.Equal("none", yes.Headers.GetValues("X-ControlPanel-Namespace").Single());
        Assert.True(yes.Headers.Contains("X-ControlPanel-Owner"));
        await panel.DeleteModelKeyAsync(key.Id);
        using var no = await AskAsync(proxy, key.Secret, "POST", "/v1/chat/completions");
        Assert.Equal(HttpStatusCode.Unauthorized, no.StatusCode);
        Assert.False(no.Headers.Contains("X-ControlPanel-Key"));
    }

    [Theory]
    [MemberData(nameof(Proxies))]
    public async Task A_key_limited_to_models_is_refused_because_the_body_is_not_seen(string proxy)
    {
        var (_, secret) = await panel.IssueModelKeyAsync(["demo-echo"]);
        foreach (var path in (string[])["/v1/chat/completions", "/v1/models", "/v1/models/demo-echo", "/v1/files"])
        {
            using var response = await AskAsync(proxy, secret, "POST", path);
            Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        }
    }

    [Theory]
    [MemberData(nameof(Proxies))]
    public async Task Batch_network_and_team_are_enforced(string proxy)
    {
        using var withoutSwitch = await AskAsync(proxy, (await panel.IssueModelKeyAsync()).Secret, "GET", "/v1/files");
        Assert.Equal(HttpStatusCode.Forbidden, withoutSwitch.StatusCode);
        var (_, batch) = await panel.IssueModelKeyAsync(batch: true);
        using var withSwitch = await AskAsync(proxy, batch, "GET", "/v1/files");
        Assert.Equal(HttpStatusCode.OK, withSwitch.StatusCode);

        // Every proxy below says that its client is 203.0.113.9.
        var inside = await panel.IssueModelKeyAsync(vpc: await panel.AddNetworkAsync("203.0.113.0/24"));
        using var near = await AskAsync(proxy, inside.Secret, "POST", "/v1/responses");
        Assert.Equal(HttpStatusCode.OK, near.StatusCode);
        var outside = await panel.IssueModelKeyAsync(vpc: await panel.AddNetworkAsync("127.0.0.0/8"));
        using var far = await AskAsync(proxy, outside.Secret, "POST", "/v1/responses");
        Assert.Equal(HttpStatusCode.Forbidden, far.StatusCode);

        using var own = await AskAsync(proxy, batch, "POST", "/v1/responses", panel.Owner.TeamId);
        Assert.Equal(HttpStatusCode.OK, own.StatusCode);
        using var foreign = await AskAsync(proxy, batch, "POST", "/v1/responses", Guid.NewGuid());
        Assert.Equal(HttpStatusCode.Unauthorized, foreign.StatusCode);
    }

    [Theory]
    [InlineData("/v1/%66iles")]
    [InlineData("/v1/Files")]
    [InlineData("/v1/x/../files")]
    [InlineData("/v1/fine_tuning/jobs")]
    [InlineData("/other")]
    public async Task A_path_that_is_unknown_or_could_be_read_differently_is_never_a_yes(string path)
    {
        var (_, secret) = await panel.IssueModelKeyAsync();
        using var response = await AskAsync("nginx", secret, "GET", path);
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Fact]
    public async Task Two_credentials_and_unknown_routes_are_refused()
    {
        var (_, secret) = await panel.IssueModelKeyAsync();
        using var client = new HttpClient { BaseAddress = panel.Panel };
        using var request = Question("nginx", secret, "GET", "/v1/models", team: null);
        request.Headers.Add("x-api-key", secret);
        using var two = await client.SendAsync(request, Ct);
        Assert.Equal(HttpStatusCode.Unauthorized, two.StatusCode);
        using var unknown = await client.GetAsync("/verify/inference/haproxy", Ct);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    private async Task<HttpResponseMessage> AskAsync(
        string proxy,
        string secret,
        string method,
        string target,
        Guid? team = null
    )
    {
        using var client = new HttpClient { BaseAddress = panel.Panel };
        using var request = Question(proxy, secret, method, target, team);
        return await client.SendAsync(request, Ct);
    }

    private static HttpRequestMessage Question(string proxy, string secret, string method, string target, Guid? team)
    {
        var route = team is null ? $"/verify/inference/{proxy}" : $"/verify/inference/{team}/{proxy}";
        var envoy = proxy == "envoy";
        var request = new HttpRequestMessage(new HttpMethod(envoy ? method : "GET"), envoy ? route + target : route);
        request.Headers.Authorization = new("Bearer", secret);
        request.Headers.Add(proxy == "nginx" ? "X-Real-IP" : "X-Forwarded-For", "203.0.113.9");
        if (!envoy)
        {
            request.Headers.Add(proxy == "nginx" ? "X-Original-Method" : "X-Forwarded-Method", method);
            request.Headers.Add(proxy == "nginx" ? "X-Original-URI" : "X-Forwarded-Uri", target);
        }

        return request;
    }
}
