using System.Net.Http.Headers;
using System.Text;
using ControlPanel.Api;
using ControlPanel.Data.Operations.Tokens;
using ControlPanel.Data.Snapshots;
using ControlPanel.Tests.Unit.Support;
using ControlPanel.Verification.Keys;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace ControlPanel.Tests.Unit.Api;

[Collection(nameof(ApiWorld))]
public sealed class ApiAuthenticationTests(ApiWorld world)
{
    private const string Refused =
        """{"id":"unauthorized","message":"Unable to authenticate you.","request_id":"ID"}""";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<string> Malformed =>
        [
            "",
            "Bearer",
            "Bearer ",
            "Bearer  {token}",
            "Bearer {token} x",
            "Bearer {token},",
            "Bearer \"{token}\"",
            "Bearer {token}0",
            "Bearer {token-less-one}",
            "Bearer {TOKEN}",
            "Bearer {token-wrong-checksum}",
            "Bearer {token-other}",
            "Bearer dop_v1_",
            "Bearer dop_v1_zz",
            "Basic {token}",
            "Basic {basic}",
            "Token {token}",
            "{token}",
            "Bearer{token}",
            "Bearer\t{token}",
            "Bearer {token}, Bearer {token}",
            "Bearer {namespace-key}",
            "Basic {namespace-key-basic}",
            "Bearer null",
            "Bearer ' OR 1=1 --",
        ];

    [Theory]
    [MemberData(nameof(Malformed))]
    public async Task What_is_no_valid_token_is_refused_with_the_same_words(string header)
    {
        using var caller = await world.CallerAsync();
        var (keyId, secret) = await world.Panel.IssueKeyAsync();
        var token = caller.Token;
        var value = header
            .Replace("{token}", token, StringComparison.Ordinal)
            .Replace("{TOKEN}", token.ToUpperInvariant(), StringComparison.Ordinal)
            .Replace("{token-less-one}", token[..^1], StringComparison.Ordinal)
            .Replace("{token-wrong-checksum}", token[..^1] + (token[^1] == '0' ? '1' : '0'), StringComparison.Ordinal)
            .Replace("{token-other}", Other(), StringComparison.Ordinal)
            .Replace("{basic}", Convert.ToBase64String(Encoding.ASCII.GetBytes(token + ":")), StringComparison.Ordinal)
            .Replace("{namespace-key}", $"{keyId}:{secret}", StringComparison.Ordinal)
            .Replace(
                "{namespace-key-basic}",
                Convert.ToBase64String(Encoding.ASCII.GetBytes($"{keyId}:{secret}")),
                StringComparison.Ordinal
            );

        var answer = await SendAsync(caller, value);

        Assert.Equal((401, Refused), (answer.Status, answer.Anonymous));
        answer.IsEnvelope();
        Assert.False(answer.Headers.ContainsKey("ratelimit-limit"));
    }

    [Fact]
    public async Task No_header_and_two_headers_are_refused()
    {
        using var caller = await world.CallerAsync();

        var none = await caller.SendAsync("GET", "/v2/account", change: r => r.Headers.Authorization = null);
        Assert.Equal((401, Refused), (none.Status, none.Anonymous));

        var two = await TestPanel.SendRawAsync(
            world.Panel.Panel,
            $"GET /v2/account HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {caller.Token}\r\n"
                + $"Authorization: Bearer {caller.Token}\r\nConnection: close\r\n\r\n"
        );
        Assert.StartsWith("HTTP/1.1 401 ", two, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Bearer")]
    [InlineData("bearer")]
    [InlineData("BEARER")]
    public async Task The_scheme_is_taken_in_any_case(string scheme)
    {
        using var caller = await world.CallerAsync();

        Assert.Equal(200, (await SendAsync(caller, $"{scheme} {caller.Token}")).Status);
    }

    [Fact]
    public async Task A_token_in_the_address_is_not_looked_at()
    {
        using var caller = await world.CallerAsync();
        var answer = await caller.SendAsync(
            "GET",
            $"/v2/account?access_token={caller.Token}&token={caller.Token}",
            change: r => r.Headers.Authorization = null
        );

        Assert.Equal(401, answer.Status);
    }

    [Fact]
    public async Task A_revoked_token_is_refused_on_the_next_call()
    {
        using var caller = await world.CallerAsync();
        using var other = await world.CallerAsync();
        Assert.Equal(200, (await caller.GetAsync("/v2/account")).Status);

        Assert.Equal(204, (await other.DeleteAsync($"/v2/tokens/{caller.Id}")).Status);

        var answer = await caller.GetAsync("/v2/account");
        Assert.Equal((401, Refused), (answer.Status, answer.Anonymous));
    }

    [Fact]
    public async Task A_token_can_revoke_itself()
    {
        using var caller = await world.CallerAsync();

        Assert.Equal(204, (await caller.DeleteAsync($"/v2/tokens/{caller.Id}")).Status);
        Assert.Equal(401, (await caller.GetAsync("/v2/account")).Status);
    }

    [Fact]
    public async Task A_token_ends_at_its_instant_and_without_a_fresh_snapshot_none_is_judged()
    {
        var clock = new FakeClock();
        await using var panel = new TestPanel(b => b.Services.AddSingleton<TimeProvider>(clock));
        await panel.InitializeAsync();
        var made = await panel
            .Get<CreateToken>()
            .ExecuteAsync(panel.Owner, new NewTokenRequest("short", "30d", [KeyScope.Api.WriteAlias]), Ct);
        using var secret = made.Value!.Value;
        using var caller = new ApiCaller(panel.Panel, secret.Reveal());

        clock.UtcNow = made.Value.Token.ExpiresAt!.Value - TimeSpan.FromTicks(1);
        Assert.Equal(200, (await caller.GetAsync("/v2/account")).Status);
        clock.UtcNow = made.Value.Token.ExpiresAt!.Value;
        var expired = await caller.GetAsync("/v2/account");
        Assert.Equal((401, Refused), (expired.Status, expired.Anonymous));

        // The store has not been read for longer than the lease: neither yes nor no.
        using var lasting = new ApiCaller(panel.Panel, panel.Token);
        Assert.Equal(200, (await lasting.GetAsync("/v2/account")).Status);
        clock.Advance(TimeSpan.FromSeconds(4));
        (await lasting.GetAsync("/v2/account")).IsError(
            503,
            "service_unavailable",
            "Tokens cannot be verified right now. Try again."
        );
        await panel.Get<KeySnapshots>().RefreshAsync(Ct);
        Assert.Equal(200, (await lasting.GetAsync("/v2/account")).Status);
    }

    [Fact]
    public async Task Every_endpoint_refuses_a_caller_without_a_token()
    {
        using var caller = await world.CallerAsync();
        var endpoints = ApiEndpoints.Of(world.Panel).ToList();
        Assert.True(endpoints.Count > 40, $"Only {endpoints.Count} endpoints were found.");

        foreach (var (method, path, _) in endpoints)
        {
            var answer = await caller.SendAsync(method, path, "{}", r => r.Headers.Authorization = null);
            Assert.Equal((method, path, 401, Refused), (method, path, answer.Status, answer.Anonymous));
        }
    }

    private static string Other()
    {
        using var other = ControlPanel.Verification.Formats.ApiTokenFormat.New(
            new ControlPanel.Verification.Secrets.SystemSecretSource()
        );
        return other.Reveal();
    }

    private static Task<ApiAnswer> SendAsync(ApiCaller caller, string header) =>
        caller.SendAsync(
            "GET",
            "/v2/account",
            change: r =>
            {
                r.Headers.Authorization = null;
                Assert.True(r.Headers.TryAddWithoutValidation("Authorization", header));
            }
        );
}
