using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using ControlPanel.Data.Operations.Inference;
using ControlPanel.Tests.Unit.Support;
using ControlPanel.Tests.Unit.Verification.Inference;
using Microsoft.Extensions.Configuration;
using static ControlPanel.Tests.Unit.Gateways.Inference.ModelKeys;

namespace ControlPanel.Tests.Unit.Gateways.Inference;

/// <summary>What reaches a model server behind the Inference door, to the byte, and what never does.</summary>
public sealed class InferenceForwardingTests(InferenceForwardingTests.Fixture fixture)
    : IClassFixture<InferenceForwardingTests.Fixture>,
        IAsyncLifetime
{
    private const int Limit = 4096;
    private const string Mini = "openai-gpt-4o-mini";

    private readonly TestPanel _panel = fixture.Panel;
    private RecordingModelServer _server = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>One panel for all tests of the class; each has a model server of its own.</summary>
    public sealed class Fixture : IAsyncLifetime
    {
        internal TestPanel Panel { get; } =
            new(builder =>
                builder.Configuration.AddInMemoryCollection(
                    new Dictionary<string, string?>
                    {
                        ["ControlPanel:Inference:MaxBodyBytes"] = Limit.ToString(CultureInfo.InvariantCulture),
                        ["ControlPanel:Inference:AllowUnknownPaths"] = "true",
                        ["ControlPanel:TrustedProxies:0"] = "127.0.0.3/32",
                    }
                )
            );

        public ValueTask InitializeAsync() => Panel.InitializeAsync();

        public ValueTask DisposeAsync() => Panel.DisposeAsync();
    }

    public async ValueTask InitializeAsync()
    {
        _server = await RecordingModelServer.StartAsync();
        await _panel.RemoveUpstreamsAsync();
        await _panel.UseUpstreamAsync(_server.Address);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("""{"model":"openai-gpt-4o-mini","messages":[]}""")]
    [InlineData(
        " {\r\n\t\"x\" : 1.0e5 , \"y\":\"\\ud83d\\ude00 \\u00e9 é\", \"model\"  :  \"openai-gpt-4o-min\\u0069\" } \n"
    )]
    [InlineData("""{"seed":123456789012345678901234567890,"a":{"model":"x"},"model":"openai-gpt-4o-mini","a2":[]}""")]
    public async Task The_body_reaches_the_server_unchanged(string body)
    {
        using var client = _panel.InferenceClient((await _panel.IssueModelKeyAsync([Mini])).Secret);
        using var whole = await client.PostAsync("/v1/chat/completions?a=%2F+b", Json(body), Ct);
        Assert.Equal(HttpStatusCode.OK, whole.StatusCode);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = Json(body) };
        request.Headers.TransferEncodingChunked = true;
        using var chunked = await client.SendAsync(request, Ct);
        Assert.Equal(HttpStatusCode.OK, chunked.StatusCode);

        Assert.Equal(2, _server.Seen.Count);
        Assert.Equal("/v1/chat/completions?a=%2F+b", _server.Seen.First().Target);
        foreach (var seen in _server.Seen)
        {
            Assert.Equal(Encoding.UTF8.GetBytes(body), seen.Body);
            Assert.Equal("application/json; charset=utf-8", seen.Headers["Content-Type"]);
            Assert.Equal(seen.Body.Length.ToString(CultureInfo.InvariantCulture), seen.Headers["Content-Length"]);
        }
    }

    [Fact]
    public async Task A_form_reaches_the_server_unchanged_wherever_its_model_stands()
    {
        using var client = _panel.InferenceClient((await _panel.IssueModelKeyAsync([Mini])).Secret);
        foreach (
            var (path, last) in ((string, bool)[])[("/v1/audio/transcriptions", true), ("/v1/images/edits", false)]
        )
        {
            using var form = new MultipartFormDataContent();
            if (!last)
            {
                form.Add(new StringContent(Mini), "model");
            }

            form.Add(new ByteArrayContent([0, 13, 10, 45, 45, 255]), "file", "a.wav");
            if (last)
            {
                form.Add(new StringContent(Mini), "model");
            }

            var sent = await form.ReadAsByteArrayAsync(Ct);
            using var answer = await client.PostAsync(path, form, Ct);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal(sent, _server.Seen.Last().Body);
        }

        using var without = new MultipartFormDataContent { { new ByteArrayContent([1]), "image", "a.png" } };
        using var refused = await client.PostAsync("/v1/images/variations", without, Ct);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Contains("names none", await refused.Content.ReadAsStringAsync(Ct));
        Assert.Equal(2, _server.Seen.Count);
    }

    [Fact]
    public async Task No_mutated_body_reaches_the_server_with_another_model_than_the_one_that_was_allowed()
    {
        using var client = _panel.InferenceClient(
            (await _panel.IssueModelKeyAsync([await _panel.AddModelAsync("allowed")])).Secret
        );
        var random = new Random(20261123);
        for (var i = 0; i < TestScale.Of(10_000); i++)
        {
            using var content = new ByteArrayContent(BodyMutations.Json(random));
            content.Headers.ContentType = new("application/json");
            using var answer = await client.PostAsync("/v1/chat/completions", content, Ct);
            Assert.True((int)answer.StatusCode is 200 or 400 or 403, answer.StatusCode.ToString());
        }

        Assert.NotEmpty(_server.Seen);
        foreach (var seen in _server.Seen)
        {
            using var body = JsonDocument.Parse(seen.Body);
            Assert.Equal(
                ["allowed"],
                body.RootElement.EnumerateObject()
                    .Where(p => p.Name.Equals("model", StringComparison.OrdinalIgnoreCase))
                    .Select(p => p.Value.GetString())
            );
        }
    }

    [Fact]
    public async Task The_server_sees_its_own_credential_and_nothing_of_the_clients()
    {
        var (_, secret) = await _panel.IssueModelKeyAsync();
        using var client = _panel.InferenceClient(secret);
        string[] spoofed =
        [
            "X-Forwarded-For",
            "X-Forwarded-User",
            "Forwarded",
            "X-Real-IP",
            "X-Auth-User",
            "X-ControlPanel-Key",
            "X_Forwarded_For",
            "Cookie",
            "Proxy-Authorization",
            "api-key",
            "x-goog-api-key",
            "OpenAI-Organization",
            "OpenAI-Project",
        ];
        foreach (var name in spoofed)
        {
            client.DefaultRequestHeaders.TryAddWithoutValidation(name, "spoofed");
        }

        client.DefaultRequestHeaders.Add("x-stainless-lang", "js");
        using var answer = await client.PostAsync("/v1/chat/completions", Chat(Mini), Ct);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var seen = Assert.Single(_server.Seen);
        Assert.Equal("Bearer upstream-secret", seen.Headers["Authorization"]);
        Assert.Equal("js", seen.Headers["x-stainless-lang"]);
        Assert.DoesNotContain(seen.Headers, h => h.Value.Contains("spoofed", StringComparison.Ordinal));
        Assert.DoesNotContain(seen.Headers, h => h.Value.Contains(secret, StringComparison.Ordinal));

        Assert.NotEqual("the-upstreams-own", answer.Headers.GetValues("x-request-id").Single());
        Assert.False(answer.Headers.Contains("openai-organization"));
        Assert.False(answer.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task A_key_in_x_api_key_never_reaches_the_server()
    {
        var (_, secret) = await _panel.IssueModelKeyAsync();
        using var client = _panel.InferenceClient(bearer: null);
        client.DefaultRequestHeaders.Add("x-api-key", secret);
        using var answer = await client.PostAsync("/v1/messages", Chat(Mini), Ct);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var seen = Assert.Single(_server.Seen);
        Assert.False(seen.Headers.ContainsKey("x-api-key"));
        Assert.Equal("Bearer upstream-secret", seen.Headers["Authorization"]);
    }

    [Fact]
    public async Task A_token_arrives_before_the_server_has_made_the_next_one()
    {
        _server.Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var client = _panel.InferenceClient((await _panel.IssueModelKeyAsync()).Secret);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/responses") { Content = Chat(Mini) };
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Ct);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Ct));
        Assert.Equal("data: first", await reader.ReadLineAsync(Ct).AsTask().WaitAsync(TimeSpan.FromSeconds(10), Ct));
        _server.Gate.SetResult();
        Assert.Equal("\ndata: second\n\n", await reader.ReadToEndAsync(Ct));
    }

    [Fact]
    public async Task Bodies_beyond_the_limit_are_refused_and_files_are_not_limited()
    {
        using var client = _panel.InferenceClient((await _panel.IssueModelKeyAsync(batch: true)).Secret);
        var fits = Body(Limit);
        foreach (var chunked in (bool[])[false, true])
        {
            using var good = await SendAsync(client, fits, chunked);
            Assert.Equal(HttpStatusCode.OK, good.StatusCode);
            using var bad = await SendAsync(client, Body(Limit + 1), chunked);
            Assert.Equal(HttpStatusCode.RequestEntityTooLarge, bad.StatusCode);
            Assert.Equal("request_too_large", await bad.ErrorCodeAsync());
        }

        Assert.Equal(2, _server.Seen.Count);
        using var form = new MultipartFormDataContent { { new ByteArrayContent(new byte[Limit * 8]), "file", "b" } };
        using var file = await client.PostAsync("/v1/files", form, Ct);
        Assert.Equal(HttpStatusCode.OK, file.StatusCode);
        Assert.True(_server.Seen.Last().Body.Length > Limit * 8);

        static string Body(int length)
        {
            const string start = "{\"model\":\"openai-gpt-4o-mini\",\"input\":\"";
            return start + new string('x', length - start.Length - 2) + "\"}";
        }
    }

    [Theory]
    [InlineData("/v1/models/anthropic%2Fclaude-3.5", "anthropic/claude-3.5")]
    [InlineData("/v1/models/anthropic/claude-3.5", "anthropic/claude-3.5")]
    [InlineData("/v1/models/a%3ab%40c?x=%2e", "a:b@c")]
    public async Task A_models_entry_is_asked_for_as_it_was_spelled_and_judged_by_its_id(string target, string id)
    {
        var (_, secret) = await _panel.IssueModelKeyAsync([await _panel.AddModelAsync(id)]);
        var answer = await GetRawAsync(target, secret);
        Assert.StartsWith("HTTP/1.1 200", answer);
        Assert.Equal(target, Assert.Single(_server.Seen).Target);
        var (_, other) = await _panel.IssueModelKeyAsync([Mini]);
        Assert.StartsWith("HTTP/1.1 403", await GetRawAsync(target, other));
        Assert.Single(_server.Seen);
    }

    [Fact]
    public async Task Unknown_paths_are_open_to_keys_for_all_models_where_the_operator_wants_it()
    {
        var (_, all) = await _panel.IssueModelKeyAsync();
        var (_, scoped) = await _panel.IssueModelKeyAsync([Mini]);
        Assert.StartsWith("HTTP/1.1 200", await GetRawAsync("/v1/fine_tuning/jobs", all));
        Assert.StartsWith("HTTP/1.1 403", await GetRawAsync("/v1/fine_tuning/jobs", scoped));
        Assert.StartsWith("HTTP/1.1 401", await GetRawAsync("/v1/fine_tuning/jobs", scoped[..^1]));
        // The batch switch cannot be gone around by a spelling that only the server understands.
        foreach (
            var disguise in (string[])
                ["/v1/%66iles", "/v1/Files", "/v1/x/..%2ffiles", "/v1//files", "/v1/files;a", "/v1/BATCHES", "/files"]
        )
        {
            Assert.Matches("^HTTP/1.1 40[034]", await GetRawAsync(disguise, all));
        }

        Assert.Single(_server.Seen);
    }

    [Fact]
    public async Task The_filtered_list_is_whole_json_with_its_own_length_and_no_foreign_tag()
    {
        _server.Models =
            """{"object":"list","data":[{"id":"openai-gpt-4o","object":"model"},{"id":"openai-gpt-4o-mini","object":"model","extra":{"é":1}},{"object":"no id"},7]}""";
        using var client = _panel.InferenceClient((await _panel.IssueModelKeyAsync([Mini])).Secret);
        using var list = await client.GetAsync("/v1/models", Ct);
        Assert.Null(list.Headers.ETag);
        var text = await list.Content.ReadAsStringAsync(Ct);
        Assert.Equal(Encoding.UTF8.GetByteCount(text), list.Content.Headers.ContentLength);
        using var json = JsonDocument.Parse(text);
        var only = Assert.Single(json.RootElement.GetProperty("data").EnumerateArray());
        Assert.Equal(1, only.GetProperty("extra").GetProperty("é").GetInt32());

        foreach (var broken in (string[])["", "[]x", """{"data":[{"id":"openai-gpt-4o-mini","id":"other"}]}"""])
        {
            _server.Models = broken;
            using var failed = await client.GetAsync("/v1/models", Ct);
            Assert.Equal(HttpStatusCode.BadGateway, failed.StatusCode);
            Assert.Equal("upstream_error", await failed.ErrorCodeAsync());
        }
    }

    [Fact]
    public async Task Each_model_goes_to_the_server_of_its_provider()
    {
        await using var second = await RecordingModelServer.StartAsync();
        await _panel.UseUpstreamAsync(second.Address, "Anthropic");
        using var client = _panel.InferenceClient((await _panel.IssueModelKeyAsync()).Secret);
        await client.PostAsync("/v1/chat/completions", Chat("anthropic-claude-3.5-haiku"), Ct);
        Assert.Single(second.Seen);
        Assert.Empty(_server.Seen);
        await client.PostAsync("/v1/chat/completions", Chat(Mini), Ct);
        await client.PostAsync("/v1/chat/completions", Chat("in-no-catalogue"), Ct);
        Assert.Equal(2, _server.Seen.Count);

        // Each server is believed about its own models alone.
        second.Models = """{"data":[{"id":"anthropic-claude-3.5-haiku"},{"id":"openai-gpt-4o"}]}""";
        _server.Models = """{"data":[{"id":"openai-gpt-4o"},{"id":"anthropic-claude-3.5-haiku"}]}""";
        using var list = JsonDocument.Parse(await client.GetStringAsync("/v1/models", Ct));
        Assert.Equal(
            ["anthropic-claude-3.5-haiku", "openai-gpt-4o"],
            list.RootElement.GetProperty("data").EnumerateArray().Select(m => m.GetProperty("id").GetString()).Order()
        );
    }

    [Fact]
    public async Task Without_a_server_the_answer_says_so()
    {
        using var client = _panel.InferenceClient((await _panel.IssueModelKeyAsync()).Secret);
        await _server.DisposeAsync();
        using var dead = await client.PostAsync("/v1/chat/completions", Chat(Mini), Ct);
        Assert.Equal(HttpStatusCode.BadGateway, dead.StatusCode);
        Assert.Equal("upstream_error", await dead.ErrorCodeAsync());

        await _panel.RemoveUpstreamsAsync();
        using var none = await client.PostAsync("/v1/chat/completions", Chat(Mini), Ct);
        Assert.Equal(HttpStatusCode.BadGateway, none.StatusCode);
        Assert.Equal("no_upstream", await none.ErrorCodeAsync());
    }

    [Fact]
    public async Task A_trusted_proxy_says_where_its_client_is_and_nobody_else_does()
    {
        var (_, secret) = await _panel.IssueModelKeyAsync(vpc: await _panel.AddNetworkAsync("10.1.0.0/16"));
        Assert.Equal(HttpStatusCode.OK, await CallFromAsync("127.0.0.3", "10.1.2.3"));
        Assert.Equal(HttpStatusCode.OK, await CallFromAsync("127.0.0.3", "203.0.113.9, 10.1.2.3"));
        Assert.Equal(HttpStatusCode.Forbidden, await CallFromAsync("127.0.0.3", "10.1.2.3, 203.0.113.9"));
        Assert.Equal(HttpStatusCode.Forbidden, await CallFromAsync("127.0.0.1", "10.1.2.3"));

        async Task<HttpStatusCode> CallFromAsync(string source, string forwardedFor)
        {
            using var client = new HttpClient(Sources.From(source)) { BaseAddress = _panel.Inference };
            client.DefaultRequestHeaders.Authorization = new("Bearer", secret);
            client.DefaultRequestHeaders.Add("X-Forwarded-For", forwardedFor);
            using var answer = await client.PostAsync("/v1/chat/completions", Chat(Mini), Ct);
            return answer.StatusCode;
        }
    }

    private Task<string> GetRawAsync(string target, string secret) =>
        TestPanel.SendRawAsync(
            _panel.Inference,
            $"GET {target} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {secret}\r\nConnection: close\r\n\r\n"
        );

    private static async Task<HttpResponseMessage> SendAsync(HttpClient client, string body, bool chunked)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/embeddings") { Content = Json(body) };
        request.Headers.TransferEncodingChunked = chunked;
        return await client.SendAsync(request, Ct);
    }
}
