using System.Text.Json;

namespace ControlPanel.Tests.Unit.Api;

[Collection(nameof(ApiWorld))]
public sealed class AccountApiTests(ApiWorld world)
{
    [Fact]
    public async Task A_token_tells_about_itself_in_the_types_that_doctl_insists_on()
    {
        using var caller = await world.CallerAsync(world.Panel.Owner, "vpc:read");

        var info = (await caller.GetAsync("/v1/oauth/token/info")).Body;

        Assert.Equal("resource_owner_id,scopes,expires_in_seconds,application,created_at", ApiAnswer.Names(info));
        Assert.True(info.GetProperty("resource_owner_id").TryGetInt64(out var owner) && owner >= 0);
        Assert.Equal(JsonValueKind.Null, info.GetProperty("expires_in_seconds").ValueKind);
        Assert.Contains("vpc:read", info.GetProperty("scopes").EnumerateArray().Select(s => s.GetString()));
        Assert.True(info.GetProperty("created_at").TryGetInt64(out var created));
        Assert.InRange(created, world.Panel.Get<TimeProvider>().GetUtcNow().ToUnixTimeSeconds() - 600, long.MaxValue);
        Assert.Equal(JsonValueKind.String, info.GetProperty("application").GetProperty("uid").ValueKind);
    }

    [Fact]
    public async Task The_account_names_person_and_team_and_lists_the_scopes_in_a_header()
    {
        using var caller = await world.CallerAsync(world.Panel.Owner, "account:read", "vpc:read");

        var answer = await caller.GetAsync("/v2/account");

        var account = answer.Body.GetProperty("account");
        Assert.Equal("olivia@demo.test", account.GetProperty("email").GetString());
        Assert.Equal("active", account.GetProperty("status").GetString());
        Assert.Equal("Acme Photos", account.GetProperty("team").GetProperty("name").GetString());
        Assert.Equal(
            "account:read, actions:read, regions:read, sizes:read, vpc:read",
            answer.Headers["X-OAuth-Scopes"]
        );
        // Withheld without the scope that they belong to.
        Assert.False(account.TryGetProperty("droplet_limit", out _));
    }

    [Fact]
    public async Task The_team_is_its_one_project()
    {
        using var caller = await world.CallerAsync(world.Panel.Owner, "project:read");

        var list = await caller.GetAsync("/v2/projects");
        var project = Assert.Single(list.Body.GetProperty("projects").EnumerateArray());
        Assert.Equal(world.Panel.Owner.TeamId.ToString(), project.GetProperty("id").GetString());
        foreach (var id in new[] { "default", project.GetProperty("id").GetString() })
        {
            var one = await caller.GetAsync($"/v2/projects/{id}");
            Assert.Equal(project.GetRawText(), one.Body.GetProperty("project").GetRawText());
        }
    }
}
