using ControlPanel.Tests.Unit.Support;

namespace ControlPanel.Tests.Unit.Api;

/// <summary>What browsers, caches and proxies are told, and what they are not.</summary>
[Collection(nameof(ApiWorld))]
public sealed class ApiHeaderTests(ApiWorld world)
{
    [Fact]
    public async Task No_other_origin_may_read_an_answer()
    {
        using var caller = await world.CallerAsync();
        foreach (var (method, path, _) in ApiEndpoints.Of(world.Panel))
        {
            var asked = await caller.SendAsync("OPTIONS", path, change: r => Preflight(r, method));
            Assert.Equal(404, asked.Status);
            asked.IsEnvelope();
            AssertClosed(asked);
        }

        foreach (var path in new[] { "/v2/account", "/v2/nothing", "/v2/spaces/keys", "/openapi/v1.json" })
        {
            AssertClosed(await caller.SendAsync("GET", path, change: r => Preflight(r, "GET")));
        }

        static void Preflight(HttpRequestMessage request, string method)
        {
            request.Headers.Add("Origin", "https://evil.example");
            request.Headers.Add("Access-Control-Request-Method", method);
            request.Headers.Add("Access-Control-Request-Headers", "authorization,content-type");
        }

        static void AssertClosed(ApiAnswer answer) =>
            Assert.DoesNotContain(
                answer.Headers.Keys,
                h => h.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase)
            );
    }

    [Fact]
    public async Task Answers_are_kept_by_no_cache_carry_no_validator_and_are_not_compressed()
    {
        using var caller = await world.CallerAsync();
        foreach (var (_, path, _) in ApiEndpoints.Of(world.Panel).Where(e => e.Method == "GET"))
        {
            var answer = await caller.SendAsync(
                "GET",
                path,
                change: r =>
                {
                    r.Headers.TryAddWithoutValidation("If-None-Match", "*");
                    r.Headers.TryAddWithoutValidation("If-Modified-Since", "Sat, 01 Jan 2101 00:00:00 GMT");
                    r.Headers.TryAddWithoutValidation("Accept-Encoding", "gzip, br");
                }
            );
            Assert.NotEqual(304, answer.Status);
            Assert.Equal("no-store", answer.Headers["Cache-Control"]);
            Assert.False(answer.Headers.ContainsKey("ETag"), path);
            Assert.False(answer.Headers.ContainsKey("Content-Encoding"), path);
            Assert.False(answer.Headers.ContainsKey("Set-Cookie"), path);
        }
    }

    [Fact]
    public async Task Links_are_those_of_the_address_that_a_trusted_proxy_was_called_by()
    {
        await using var behind = new TestPanel(builder =>
            builder.Configuration["ControlPanel:TrustedProxies:0"] = "127.0.0.0/8"
        );
        await behind.InitializeAsync();
        using var through = new ApiCaller(behind.Panel, behind.Token);
        Assert.Equal("https://panel.example.com/v2/regions?page=2&per_page=4", await NextAsync(through));

        // Nobody else's word counts.
        using var direct = await world.CallerAsync();
        Assert.Equal($"{world.Panel.Panel}v2/regions?page=2&per_page=4", await NextAsync(direct));

        static async Task<string?> NextAsync(ApiCaller caller)
        {
            var answer = await caller.SendAsync(
                "GET",
                "/v2/regions?per_page=4",
                change: r =>
                {
                    r.Headers.Add("X-Forwarded-For", "203.0.113.9");
                    r.Headers.Add("X-Forwarded-Proto", "https");
                    r.Headers.Add("X-Forwarded-Host", "panel.example.com");
                }
            );
            return answer.Body.GetProperty("links").GetProperty("pages").GetProperty("next").GetString();
        }
    }

    [Theory]
    [InlineData("per_page=201", 1, 200)]
    [InlineData("per_page=0", 1, 1)]
    [InlineData("page=999999", 999_999, 20)]
    public async Task A_page_beyond_what_there_is_says_where_the_real_ones_are(string query, int page, int perPage)
    {
        using var caller = await world.CallerAsync();
        var answer = await caller.GetAsync($"/v2/regions?{query}");
        var total = answer.Body.GetProperty("meta").GetProperty("total").GetInt32();
        Assert.Equal(
            Math.Clamp(total - ((page - 1L) * perPage), 0, perPage),
            answer.Body.GetProperty("regions").GetArrayLength()
        );
        var links = answer.Body.GetProperty("links");
        if (page > 1)
        {
            // All of them fit on one page: there is nowhere to go from one that does not exist.
            Assert.Equal("{}", links.GetRawText());
        }
        else if (perPage < total)
        {
            Assert.Equal("next,last", ApiAnswer.Names(links.GetProperty("pages")));
        }
    }
}
