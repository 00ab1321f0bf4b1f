using System.Text.Json;
using ControlPanel.Data.Operations;

namespace ControlPanel.Tests.Unit.Api;

[Collection(nameof(ApiWorld))]
public sealed class ApiPagingTests(ApiWorld world)
{
    private string Origin => world.Panel.Panel.GetLeftPart(UriPartial.Authority);

    [Fact]
    public async Task Links_lead_through_all_pages_and_only_those_that_apply_are_there()
    {
        using var caller = await world.CallerAsync();
        var total = Regions.All.Count;
        Assert.True(total > 6);
        var pages = (total + 3) / 4;
        var seen = new List<string>();

        string? next = "/v2/regions?per_page=4";
        for (var page = 1; page <= pages; page++)
        {
            var answer = await caller.GetAsync(next!);
            Assert.Equal(total, answer.Body.GetProperty("meta").GetProperty("total").GetInt32());
            seen.AddRange(
                answer.Body.GetProperty("regions").EnumerateArray().Select(r => r.GetProperty("slug").GetString()!)
            );
            var links = answer.Body.GetProperty("links").GetProperty("pages");
            Assert.Equal(
                page == 1 ? "next,last"
                    : page == pages ? "first,prev"
                    : "first,prev,next,last",
                ApiAnswer.Names(links)
            );
            foreach (var link in links.EnumerateObject())
            {
                Assert.StartsWith($"{Origin}/v2/regions?", link.Value.GetString(), StringComparison.Ordinal);
                Assert.Contains("per_page=4", link.Value.GetString(), StringComparison.Ordinal);
            }

            next = links.TryGetProperty("next", out var link_) ? link_.GetString() : null;
        }

        Assert.Null(next);
        Assert.Equal(Regions.All.Select(r => r.Slug), seen);
    }

    [Fact]
    public async Task One_page_has_no_links()
    {
        using var caller = await world.CallerAsync();

        var answer = await caller.GetAsync("/v2/regions?per_page=200");

        Assert.Equal("{}", answer.Body.GetProperty("links").GetRawText());
    }

    [Fact]
    public async Task Without_numbers_it_is_the_first_page_of_twenty()
    {
        using var caller = await world.CallerAsync();
        for (var i = 0; i < 21; i++)
        {
            Assert.Equal(
                201,
                (await caller.PostAsync("/v2/spaces/keys", """{"name":"page filler","grants":[]}""")).Status
            );
        }

        var answer = await caller.GetAsync("/v2/spaces/keys?name=page+filler&sort=name&sort_direction=asc");

        Assert.Equal(20, answer.Body.GetProperty("keys").GetArrayLength());
        // What was asked for is asked for on the next page too.
        var next = answer.Body.GetProperty("links").GetProperty("pages").GetProperty("next").GetString()!;
        Assert.Contains("sort=name&sort_direction=asc", next, StringComparison.Ordinal);
        var rest = await caller.GetAsync(next);
        Assert.Equal(1, rest.Body.GetProperty("keys").GetArrayLength());
        foreach (var list in new[] { answer, rest })
        {
            foreach (var key in list.Body.GetProperty("keys").EnumerateArray())
            {
                await caller.DeleteAsync($"/v2/spaces/keys/{key.GetProperty("access_key").GetString()}");
            }
        }
    }

    [Theory]
    [InlineData("page=0&per_page=3", 3)]
    [InlineData("page=-5&per_page=3", 3)]
    [InlineData("page=&per_page=3", 3)]
    [InlineData("page=1&per_page=0", 1)]
    [InlineData("page=2147483647&per_page=200", 0)]
    [InlineData("page=9223372036854775807&per_page=200", 0)]
    public async Task Numbers_out_of_range_are_the_nearest_in_range(string query, int items)
    {
        using var caller = await world.CallerAsync();

        var answer = await caller.GetAsync($"/v2/regions?{query}");

        Assert.Equal((200, items), (answer.Status, answer.Body.GetProperty("regions").GetArrayLength()));
    }

    [Fact]
    public async Task A_page_after_the_last_is_empty_and_leads_back()
    {
        using var caller = await world.CallerAsync();

        var answer = await caller.GetAsync("/v2/regions?page=50&per_page=4");

        Assert.Equal("[]", answer.Body.GetProperty("regions").GetRawText());
        Assert.Equal("first,prev", ApiAnswer.Names(answer.Body.GetProperty("links").GetProperty("pages")));
        var back = await caller.GetAsync(
            answer.Body.GetProperty("links").GetProperty("pages").GetProperty("prev").GetString()!
        );
        Assert.NotEqual(0, back.Body.GetProperty("regions").GetArrayLength());
    }

    [Fact]
    public async Task Model_lists_name_the_page_before_as_their_clients_expect()
    {
        using var caller = await world.CallerAsync();

        var answer = await caller.GetAsync("/v2/gen-ai/models?page=2&per_page=1");

        var links = answer.Body.GetProperty("links").GetProperty("pages");
        Assert.True(links.TryGetProperty("previous", out _));
        Assert.False(links.TryGetProperty("prev", out _));
        var meta = answer.Body.GetProperty("meta");
        Assert.Equal(2, meta.GetProperty("page").GetInt32());
        Assert.Equal(meta.GetProperty("total").GetInt32(), meta.GetProperty("pages").GetInt32());
        Assert.Equal(JsonValueKind.Array, answer.Body.GetProperty("models").ValueKind);
    }
}
