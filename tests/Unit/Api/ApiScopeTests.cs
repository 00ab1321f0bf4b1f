using ControlPanel.Data.Operations.Tokens;
using ControlPanel.Verification.Keys;

namespace ControlPanel.Tests.Unit.Api;

/// <summary>A token's rights are its scopes and its owner's role, both.</summary>
[Collection(nameof(ApiWorld))]
public sealed class ApiScopeTests(ApiWorld world)
{
    // Any valid token may ask about itself.
    private const string Introspection = "/v1/oauth/token/info";

    [Fact]
    public async Task Every_endpoint_names_the_scope_that_a_token_lacks()
    {
        var all = ScopeCatalog.All.Select(s => s.Name).ToList();
        var checkedEndpoints = 0;
        foreach (var group in ApiEndpoints.Of(world.Panel).GroupBy(e => string.Join(",", e.Scopes)))
        {
            if (group.Key.Length == 0)
            {
                Assert.All(group, e => Assert.Equal(Introspection, e.Path));
                continue;
            }

            var needed = group.Key;
            Assert.DoesNotContain(',', needed);
            // Every scope but this one and those that would bring it along.
            var others = all.Where(s => !ScopeCatalog.WithRequired([s]).Contains(needed)).ToArray();
            using var without = await world.CallerAsync(world.Panel.Owner, others);
            foreach (var (method, path, _) in group)
            {
                var answer = await without.SendAsync(method, path, "{}");
                Assert.True(answer.Status == 403, $"{method} {path} answered {answer.Status} without {needed}.");
                answer.IsError(
                    403,
                    "forbidden",
                    $"You are not authorized to perform this operation. It requires the scope {needed}."
                );
                checkedEndpoints++;
            }
        }

        Assert.True(checkedEndpoints > 40, $"Only {checkedEndpoints} endpoints were checked.");
    }

    [Fact]
    public async Task Every_endpoint_is_satisfied_by_its_own_scope()
    {
        foreach (var group in ApiEndpoints.Of(world.Panel).GroupBy(e => string.Join(",", e.Scopes)))
        {
            using var with = await world.CallerAsync(world.Panel.Owner, group.Key.Length == 0 ? "tag:read" : group.Key);
            foreach (var (method, path, _) in group)
            {
                var answer = await with.SendAsync(method, path, "{}");
                Assert.False(
                    answer.Status is 401 or 403 or >= 500,
                    $"{method} {path} answered {answer.Status} with {group.Key}: {answer.Text}"
                );
            }
        }
    }

    [Fact]
    public async Task Reading_everything_changes_nothing()
    {
        using var reader = await world.CallerAsync(world.Panel.Owner, KeyScope.Api.ReadAlias);
        foreach (var (method, path, scopes) in ApiEndpoints.Of(world.Panel))
        {
            var answer = await reader.SendAsync(method, path, "{}");
            var mayRead = scopes.All(s => s.EndsWith(":read", StringComparison.Ordinal));
            Assert.True(
                mayRead ? answer.Status is not (401 or 403) : answer.Status == 403,
                $"{method} {path} answered {answer.Status} to a token that may read."
            );
        }
    }

    [Theory]
    [InlineData("vera@demo.test", "POST", "/v2/functions/namespaces", """{"label":"x","region":"nyc1"}""")]
    [InlineData("vera@demo.test", "POST", "/v2/spaces/keys", """{"name":"x","grants":[]}""")]
    [InlineData("mateo@demo.test", "POST", "/v2/vpcs", """{"name":"x","region":"nyc1","ip_range":"10.9.0.0/24"}""")]
    public async Task A_role_bounds_what_full_access_may_do(string email, string method, string path, string body)
    {
        using var caller = await world.CallerAsync(email);

        var answer = await caller.SendAsync(method, path, body);

        Assert.Equal(403, answer.Status);
        answer.IsEnvelope();
        Assert.Contains("Your role in the team does not carry", answer.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/v2/vpcs")]
    [InlineData("/v2/regions")]
    [InlineData("/v2/account")]
    public async Task A_role_that_may_read_reads(string path)
    {
        using var caller = await world.CallerAsync("vera@demo.test");

        Assert.Equal(200, (await caller.GetAsync(path)).Status);
    }

    [Theory]
    [InlineData("""{"name":"x","scopes":["nothing:read"]}""")]
    [InlineData("""{"name":"x","scopes":[]}""")]
    [InlineData("""{"name":"x"}""")]
    [InlineData("""{"name":"","scopes":["vpc:read"]}""")]
    [InlineData("""{"name":"x","scopes":["vpc:read"],"expires_in":"31d"}""")]
    public async Task A_token_with_a_wrong_scope_name_or_lifetime_is_not_made(string body)
    {
        using var caller = await world.CallerAsync();

        var answer = await caller.PostAsync("/v2/tokens", body);

        Assert.Equal((400, "bad_request"), (answer.Status, answer.Body.GetProperty("id").GetString()));
    }

    [Fact]
    public async Task A_scope_brings_what_it_requires_and_the_token_shows_its_value_once()
    {
        using var caller = await world.CallerAsync();

        var made = await caller.PostAsync(
            "/v2/tokens",
            """{"name":"vpc reader","scopes":["vpc:read"],"expires_in":"30d"}"""
        );

        Assert.Equal(201, made.Status);
        var token = made.Body.GetProperty("token");
        Assert.Matches("^dop_v1_[0-9a-f]{64}$", token.GetProperty("value").GetString());
        Assert.Equal(
            ["actions:read", "regions:read", "sizes:read", "vpc:read"],
            token.GetProperty("scopes").EnumerateArray().Select(s => s.GetString()).Order(StringComparer.Ordinal)
        );
        var list = await caller.GetAsync("/v2/tokens?per_page=200");
        Assert.DoesNotContain("dop_v1_", list.Text, StringComparison.Ordinal);
        Assert.Contains(token.GetProperty("id").GetString()!, list.Text, StringComparison.Ordinal);
    }
}
