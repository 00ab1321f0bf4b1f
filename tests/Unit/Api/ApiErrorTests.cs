using System.Text;

namespace ControlPanel.Tests.Unit.Api;

/// <summary>Every refusal is the contract's envelope, whatever was sent.</summary>
[Collection(nameof(ApiWorld))]
public sealed class ApiErrorTests(ApiWorld world)
{
    [Theory]
    [InlineData("GET", "/v2/nothing")]
    [InlineData("GET", "/v2")]
    [InlineData("GET", "/v2/")]
    [InlineData("POST", "/v2/account")]
    [InlineData("DELETE", "/v2/functions/namespaces")]
    [InlineData("PURGE", "/v2/vpcs")]
    [InlineData("GET", "/v1/nothing")]
    [InlineData("GET", "/v2/functions/namespaces/x/keys/y")]
    [InlineData("GET", "/v2/spaces/keys/a/b")]
    public async Task An_unknown_route_or_method_answers_404_in_the_envelope(string method, string path)
    {
        using var caller = await world.CallerAsync();

        (await caller.SendAsync(method, path)).IsError(
            404,
            "not_found",
            "The resource you were accessing could not be found."
        );
    }

    [Theory]
    [InlineData("{")]
    [InlineData("nonsense")]
    [InlineData("{\"name\":}")]
    [InlineData("{} {}")]
    [InlineData("null")]
    [InlineData("\u0000")]
    [InlineData("{'name':'x'}")]
    public async Task A_body_that_is_no_json_object_is_refused(string body)
    {
        using var caller = await world.CallerAsync();
        foreach (var path in new[] { "/v2/spaces/keys", "/v2/vpcs", "/v2/tokens", "/v2/functions/namespaces" })
        {
            (await caller.PostAsync(path, body)).IsError(400, "bad_request", "error parsing request body");
        }
    }

    [Theory]
    [InlineData("/v2/spaces/keys", """{"name":5}""", "name")]
    [InlineData("/v2/spaces/keys", """{"name":"x","grants":"all"}""", "grants")]
    [InlineData("/v2/spaces/keys", """{"name":"x","grants":[{"bucket":1}]}""", "grants[0].bucket")]
    [InlineData("/v2/vpcs", """{"name":"x","default":"yes"}""", "default")]
    [InlineData("/v2/tokens", """{"scopes":{"a":1}}""", "scopes")]
    [InlineData("/v2/inference/model_access_keys", """{"vpc_uuid":"here"}""", "vpc_uuid")]
    public async Task A_wrong_type_is_refused_naming_the_field(string path, string body, string field)
    {
        using var caller = await world.CallerAsync();

        (await caller.PostAsync(path, body)).IsError(
            400,
            "bad_request",
            $"error parsing request body: {field} has a wrong type"
        );
    }

    [Theory]
    [InlineData("/v2/spaces/keys", """{"name":"x","grants":[null]}""")]
    [InlineData("/v2/tokens", """{"name":"x","scopes":[null]}""")]
    [InlineData("/v2/vpcs", """{"name":"x","region":"nyc1","ip_ranges":[null]}""")]
    [InlineData("/v2/inference/model_access_keys", """{"name":"x","models":[null]}""")]
    [InlineData("/v2/functions/namespaces", """{"label":"x","region":"x\u0000"}""")]
    public async Task Nothing_in_the_place_of_something_is_refused(string path, string body)
    {
        using var caller = await world.CallerAsync();

        var answer = await caller.PostAsync(path, body);

        Assert.Equal((400, "bad_request"), (answer.Status, answer.Body.GetProperty("id").GetString()));
    }

    [Fact]
    public async Task Deep_nesting_is_refused()
    {
        using var caller = await world.CallerAsync();
        var deep = new StringBuilder().Insert(0, "[", 5_000).Append(']', 5_000);

        foreach (var path in new[] { "/v2/spaces/keys", "/v2/functions/namespaces", "/v2/inference/model_access_keys" })
        {
            var answer = await caller.PostAsync(path, $$"""{"name":"x","models":{{deep}},"label":{{deep}}}""");
            Assert.Equal((400, "bad_request"), (answer.Status, answer.Body.GetProperty("id").GetString()));
        }
    }

    [Fact]
    public async Task A_body_over_one_mebibyte_is_refused_with_and_without_its_length()
    {
        using var caller = await world.CallerAsync();
        var large = "{\"name\":\"" + new string('x', 1024 * 1024) + "\"}";

        var stated = await caller.PostAsync("/v2/spaces/keys", large);
        stated.IsError(413, "payload_too_large", "The request body must not be larger than 1 MiB.");

        var chunked = await caller.SendAsync(
            "POST",
            "/v2/spaces/keys",
            large,
            r => r.Headers.TransferEncodingChunked = true
        );
        chunked.IsError(413, "payload_too_large", "The request body must not be larger than 1 MiB.");
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData(null)]
    public async Task A_body_is_json_whatever_its_content_type_says(string? type)
    {
        using var caller = await world.CallerAsync();

        var answer = await caller.SendAsync(
            "POST",
            "/v2/spaces/keys",
            """{"name":"any type","grants":[]}""" + "\n",
            r =>
            {
                r.Content!.Headers.Remove("Content-Type");
                if (type is not null)
                {
                    r.Content.Headers.TryAddWithoutValidation("Content-Type", type);
                }
            }
        );

        Assert.Equal(201, answer.Status);
    }

    [Theory]
    [InlineData("page=x")]
    [InlineData("page=1.5")]
    [InlineData("per_page=many")]
    [InlineData("page=99999999999999999999")]
    public async Task A_page_that_is_no_number_is_refused(string query)
    {
        using var caller = await world.CallerAsync();
        foreach (var path in new[] { "/v2/vpcs", "/v2/spaces/keys", "/v2/regions", "/v2/gen-ai/models", "/v2/tokens" })
        {
            var answer = await caller.GetAsync($"{path}?{query}");
            answer.IsError(400, "bad_request", $"{query.Split('=')[0]} must be a whole number");
        }
    }

    [Fact]
    public async Task What_a_caller_wrote_is_not_repeated_as_markup_or_header()
    {
        using var caller = await world.CallerAsync();

        var answer = await caller.PostAsync(
            "/v2/spaces/keys",
            """{"name":"<script>alert(1)</script>\r\nX-Evil: 1","grants":[]}"""
        );

        Assert.Equal(400, answer.Status);
        answer.IsEnvelope();
        Assert.DoesNotContain("<script>", answer.Text, StringComparison.Ordinal);
        Assert.False(answer.Headers.ContainsKey("X-Evil"));
    }
}
