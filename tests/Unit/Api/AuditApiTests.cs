using System.Text.Json;

namespace ControlPanel.Tests.Unit.Api;

/// <summary>The audit log and the refused calls by API.</summary>
[Collection(nameof(ApiWorld))]
public sealed class AuditApiTests(ApiWorld world)
{
    [Fact]
    public async Task What_was_done_by_API_stands_there_with_its_request_id()
    {
        using var caller = await world.CallerAsync();
        var name = $"audited {Guid.NewGuid():N}";
        var made = await caller.PostAsync("/v2/spaces/keys", $$"""{"name":"{{name}}","grants":[]}""");
        Assert.Equal(201, made.Status);

        var answer = await caller.GetAsync($"/v2/audit?request_id={made.Headers["x-request-id"]}");

        Assert.Equal("entries,links,meta", ApiAnswer.Names(answer.Body));
        var entry = Assert.Single(answer.Body.GetProperty("entries").EnumerateArray());
        Assert.Equal(
            "sequence,at,who,door,action,target,result,details,address,request_id,group_id",
            ApiAnswer.Names(entry)
        );
        Assert.Equal(
            ("spaces_key.create", name, "done", "olivia@demo.test"),
            (
                entry.GetProperty("action").GetString(),
                entry.GetProperty("target").GetProperty("name").GetString(),
                entry.GetProperty("result").GetString(),
                entry.GetProperty("who").GetString()
            )
        );
        Assert.Equal(JsonValueKind.Object, entry.GetProperty("details").ValueKind);
    }

    [Fact]
    public async Task Filters_and_pages_are_those_of_the_page()
    {
        using var caller = await world.CallerAsync();
        var mark = $"mark{Guid.NewGuid():N}"[..20];
        foreach (var i in new[] { 1, 2, 3 })
        {
            await caller.PostAsync("/v2/spaces/keys", $$"""{"name":"{{mark}} {{i}}","grants":[]}""");
        }

        Assert.Equal([$"{mark} 3", $"{mark} 2"], await NamesAsync($"target={mark}&per_page=2"));
        Assert.Equal([$"{mark} 1"], await NamesAsync($"target={mark}&per_page=2&page=2"));
        Assert.Equal([$"{mark} 1", $"{mark} 2", $"{mark} 3"], await NamesAsync($"target={mark}&sort_direction=asc"));
        Assert.Equal(3, (await NamesAsync($"target={mark}&who=OLIVIA&action=spaces_key.&result=done")).Count);
        Assert.Empty(await NamesAsync($"target={mark}&result=refused"));
        Assert.Empty(await NamesAsync($"target={mark}&until=2020-01-01T00:00:00Z"));
        Assert.Equal(3, (await NamesAsync($"target={mark}&from=2020-01-01&until=2999-12-31T23:59:59.5%2B02:00")).Count);

        async Task<List<string?>> NamesAsync(string query)
        {
            var answer = await caller.GetAsync($"/v2/audit?{query}");
            Assert.True(answer.Status == 200, answer.Text);
            return
            [
                .. answer
                    .Body.GetProperty("entries")
                    .EnumerateArray()
                    .Select(e => e.GetProperty("target").GetProperty("name").GetString()),
            ];
        }
    }

    [Theory]
    [InlineData("from=yesterday", "from must be a time such as 2026-01-31T12:00:00Z")]
    [InlineData("until=1", "until must be a time such as 2026-01-31T12:00:00Z")]
    [InlineData("result=maybe", "result must be done or refused")]
    [InlineData("sort_direction=up", "sort_direction must be asc or desc")]
    public async Task A_filter_that_is_none_is_named(string query, string message)
    {
        using var caller = await world.CallerAsync();

        (await caller.GetAsync($"/v2/audit?{query}")).IsError(400, "bad_request", message);
    }

    [Fact]
    public async Task A_member_sees_their_own_doing_only()
    {
        using var owner = await world.CallerAsync();
        using var member = await world.CallerAsync("mateo@demo.test");
        var mark = $"mark{Guid.NewGuid():N}"[..20];
        await owner.PostAsync("/v2/spaces/keys", $$"""{"name":"{{mark}}","grants":[]}""");

        Assert.Equal(1, Total(await owner.GetAsync($"/v2/audit?target={mark}")));
        Assert.Equal(0, Total(await member.GetAsync($"/v2/audit?target={mark}")));
    }

    [Fact]
    public async Task A_refused_call_is_found_by_the_id_that_its_caller_was_told()
    {
        using var owner = await world.CallerAsync();
        using var weak = await world.CallerAsync(world.Panel.Owner, "tag:read");
        var refused = await weak.GetAsync("/v2/vpcs");
        Assert.Equal(403, refused.Status);
        var id = refused.Headers["x-request-id"];

        var answer = await owner.GetAsync($"/v2/access/decisions/{id}");

        var decision = answer.Body.GetProperty("decision");
        Assert.Equal(
            (id, "api", false, "scope_missing", "GET /v2/vpcs", weak.Id.ToString()),
            (
                decision.GetProperty("request_id").GetString(),
                decision.GetProperty("family").GetString(),
                decision.GetProperty("allowed").GetBoolean(),
                decision.GetProperty("reason").GetString(),
                decision.GetProperty("operation").GetString(),
                decision.GetProperty("key").GetProperty("id").GetString()
            )
        );
        Assert.False(decision.GetProperty("checks").EnumerateArray().Last().GetProperty("passed").GetBoolean());
        var list = await owner.GetAsync($"/v2/access/decisions?family=api&search={id}");
        Assert.Equal(
            id,
            Assert.Single(list.Body.GetProperty("decisions").EnumerateArray()).GetProperty("request_id").GetString()
        );
        Assert.Equal(0, Total(await owner.GetAsync($"/v2/access/decisions?family=spaces&search={id}")));
        using var member = await world.CallerAsync("mateo@demo.test");
        Assert.Equal(404, (await member.GetAsync($"/v2/access/decisions/{id}")).Status);
    }

    [Fact]
    public async Task A_program_that_holds_nothing_else_verifies_the_log()
    {
        using var watch = await world.CallerAsync(world.Panel.Owner, "activity:verify");

        var intact = (await watch.PostAsync("/v2/audit/verify", "")).Body.GetProperty("verdict");
        Assert.True(intact.GetProperty("is_intact").GetBoolean());
        Assert.True(intact.GetProperty("verified").GetInt64() > 0);
        Assert.Equal(403, (await watch.GetAsync("/v2/vpcs")).Status);

        using var member = await world.CallerAsync("mateo@demo.test");
        Assert.Equal(403, (await member.PostAsync("/v2/audit/verify", "")).Status);
    }

    [Fact]
    public async Task A_token_is_renamed_by_its_owner_and_by_an_owner_of_the_team()
    {
        using var owner = await world.CallerAsync();
        using var member = await world.CallerAsync("mateo@demo.test");

        var own = await member.PutAsync($"/v2/tokens/{member.Id}", """{"name":"  my own  "}""");
        Assert.Equal((200, "my own"), (own.Status, NameOf(own)));
        Assert.False(own.Body.GetProperty("token").TryGetProperty("value", out _));
        Assert.Equal("theirs", NameOf(await owner.PutAsync($"/v2/tokens/{member.Id}", """{"name":"theirs"}""")));
        Assert.Equal(404, (await member.PutAsync($"/v2/tokens/{owner.Id}", """{"name":"mine"}""")).Status);
        Assert.Equal(404, (await member.GetAsync($"/v2/tokens/{owner.Id}")).Status);
        var read = await owner.GetAsync($"/v2/tokens/{member.Id}");
        Assert.Equal("theirs", NameOf(read));
        Assert.False(read.Body.GetProperty("token").TryGetProperty("value", out _));
        Assert.Equal(400, (await member.PutAsync($"/v2/tokens/{member.Id}", """{"name":""}""")).Status);
        // Renaming changes nothing else.
        Assert.Equal(200, (await member.GetAsync("/v2/account")).Status);
        Assert.Contains(
            "theirs",
            (await owner.GetAsync("/v2/tokens?view=team&per_page=200")).Text,
            StringComparison.Ordinal
        );
        Assert.Equal(403, (await member.GetAsync("/v2/tokens?view=team")).Status);
        (await owner.GetAsync("/v2/tokens?view=all")).IsError(400, "bad_request", "view must be mine or team");

        static string? NameOf(ApiAnswer answer) => answer.Body.GetProperty("token").GetProperty("name").GetString();
    }

    private static int Total(ApiAnswer answer) =>
        answer.Status == 200 ? answer.Body.GetProperty("meta").GetProperty("total").GetInt32() : -1;
}
