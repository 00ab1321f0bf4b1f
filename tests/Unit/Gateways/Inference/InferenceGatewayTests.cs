using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;
using ControlPanel.Data.Operations.Inference;
using ControlPanel.Data.Operations.Networking;
using ControlPanel.Data.Usage;
using ControlPanel.Tests.Unit.Support;
using ControlPanel.Verification.Decisions;
using static ControlPanel.Tests.Unit.Gateways.Inference.ModelKeys;

namespace ControlPanel.Tests.Unit.Gateways.Inference;

/// <summary>The Inference door over real sockets, in front of the demo's model server.</summary>
public sealed class InferenceGatewayTests(TestPanel panel) : IClassFixture<TestPanel>
{
    private const string Mini = "openai-gpt-4o-mini";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_allowed_model_answers_and_another_is_refused_by_name()
    {
        using var client = panel.InferenceClient((await panel.IssueModelKeyAsync([Mini])).Secret);
        using var answer = await client.PostAsync("/v1/chat/completions", Chat(Mini), Ct);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("hello there", await answer.Content.ReadAsStringAsync(Ct));

        using var refused = await client.PostAsync("/v1/chat/completions", Chat("openai-gpt-4o"), Ct);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Equal("model_not_allowed", await refused.ErrorCodeAsync());
        var refusal = await panel.RefusalAsync(refused.Headers.GetValues("x-request-id").Single());
        Assert.Equal(DenialReason.ModelNotAllowed, refusal!.Reason);
        Assert.Equal("POST /v1/chat/completions with openai-gpt-4o", refusal.Operation);
    }

    [Theory]
    [InlineData("/v1/completions", """{"model":"demo-echo","prompt":"x"}""")]
    [InlineData("/v1/responses", """{"model":"demo-echo","input":"x"}""")]
    [InlineData("/v1/messages", """{"model":"demo-echo","max_tokens":9,"messages":[{"role":"user","content":"x"}]}""")]
    [InlineData("/v1/embeddings", """{"model":"gte-large","input":"x"}""")]
    [InlineData("/v1/async-invoke", """{"model_id":"demo-echo","input":{"prompt":"x"}}""")]
    public async Task Every_endpoint_answers_an_allowed_model_and_refuses_the_others(string path, string body)
    {
        using var allowed = panel.InferenceClient((await panel.IssueModelKeyAsync(["demo-echo", "gte-large"])).Secret);
        using var answer = await allowed.PostAsync(path, Json(body), Ct);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        using var other = panel.InferenceClient((await panel.IssueModelKeyAsync([Mini])).Secret);
        using var refused = await other.PostAsync(path, Json(body), Ct);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
    }

    [Fact]
    public async Task The_list_of_models_holds_exactly_what_the_key_may_call()
    {
        using var all = panel.InferenceClient((await panel.IssueModelKeyAsync()).Secret);
        Assert.Equal(8, (await IdsAsync(all)).Count);
        using var two = panel.InferenceClient((await panel.IssueModelKeyAsync([Mini, "gte-large"])).Secret);
        Assert.Equal([Mini, "gte-large"], await IdsAsync(two));
        Assert.Equal(HttpStatusCode.OK, (await two.GetAsync($"/v1/models/{Mini}", Ct)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await two.GetAsync("/v1/models/demo-echo", Ct)).StatusCode);
    }

    [Fact]
    public async Task The_batch_family_needs_the_batch_switch()
    {
        var (_, without) = await panel.IssueModelKeyAsync();
        var (_, with) = await panel.IssueModelKeyAsync(batch: true);
        string[] paths =
        [
            "/v1/files",
            "/v1/files/file-1",
            "/v1/files/file-1/content",
            "/v1/uploads",
            "/v1/uploads/u/parts",
            "/v1/batches",
            "/v1/batches/files",
            "/v1/batches/b/results",
            "/v1/messages/batches",
        ];
        using var refused = panel.InferenceClient(without);
        using var allowed = panel.InferenceClient(with);
        foreach (var path in paths)
        {
            using var no = await refused.GetAsync(path, Ct);
            Assert.Equal(HttpStatusCode.Forbidden, no.StatusCode);
            using var yes = await allowed.GetAsync(path, Ct);
            Assert.True(yes.StatusCode is HttpStatusCode.OK or HttpStatusCode.NotFound, $"{path}: {yes.StatusCode}");
            Assert.True(yes.Headers.Contains("X-Demo-Upstream"), path);
        }
    }

    [Fact]
    public async Task A_batch_of_either_family_runs()
    {
        using var client = panel.InferenceClient((await panel.IssueModelKeyAsync(batch: true)).Secret);
        const string line =
            """{"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":{"model":"openai-gpt-4o","messages":[{"role":"user","content":"hi"}]}}""";
        using var form = new MultipartFormDataContent
        {
            { new StringContent("batch"), "purpose" },
            { new ByteArrayContent(Encoding.UTF8.GetBytes(line)), "file", "b.jsonl" },
        };
        var file = await SendAsync(client, "/v1/files", form);
        var batch = await SendAsync(
            client,
            "/v1/batches",
            Json(
                $$"""{"input_file_id":"{{file.GetProperty("id")}}","endpoint":"/v1/chat/completions","completion_window":"24h"}"""
            )
        );
        Assert.Equal("completed", batch.GetProperty("status").GetString());

        var ticket = await SendAsync(client, "/v1/batches/files", Json("""{"file_name":"b.jsonl"}"""));
        using var plain = new HttpClient();
        using var put = await plain.PutAsync(ticket.GetProperty("upload_url").GetString(), new StringContent(line), Ct);
        Assert.Equal(HttpStatusCode.OK, put.StatusCode);
        batch = await SendAsync(
            client,
            "/v1/batches",
            Json(
                $$"""{"file_id":"{{ticket.GetProperty("file_id")}}","provider":"openai","completion_window":"24h","request_id":"r"}"""
            )
        );
        var results = await client.GetStringAsync($"/v1/batches/{batch.GetProperty("id")}/results", Ct);
        Assert.Contains("\"custom_id\":\"a\"", results);
    }

    [Fact]
    public async Task Everything_a_stranger_could_try_reads_the_same_in_openais_form()
    {
        var (id, deleted) = await panel.IssueModelKeyAsync();
        await panel.DeleteModelKeyAsync(id);
        var (other, old) = await panel.IssueModelKeyAsync();
        var renewed = await panel.Get<RegenerateModelKey>().ExecuteAsync(panel.Owner, other, null, Ct);
        Assert.True(renewed.IsDone);
        var functions = await panel.IssueKeyAsync();
        string[] credentials =
        [
            deleted,
            old,
            functions.Secret,
            functions.Id,
            "sk-do-" + new string('a', 46),
            "sk-live-1234567890",
            deleted[..^1],
        ];
        string? first = null;
        foreach (var credential in credentials)
        {
            using var client = panel.InferenceClient(credential);
            using var response = await client.PostAsync("/v1/chat/completions", Chat(Mini), Ct);
            var requestId = response.Headers.GetValues("x-request-id").Single();
            var face =
                (int)response.StatusCode
                + (await response.Content.ReadAsStringAsync(Ct)).Replace(requestId, "ID", StringComparison.Ordinal);
            Assert.StartsWith("401", face);
            Assert.Contains("\"code\":\"invalid_api_key\"", face);
            Assert.Equal(first ??= face, face);
        }
    }

    [Fact]
    public async Task Tokens_with_full_access_pass_and_narrower_ones_do_not()
    {
        using var full = panel.InferenceClient(await panel.IssueTokenAsync("api:write"));
        Assert.Equal(HttpStatusCode.OK, (await full.PostAsync("/v1/chat/completions", Chat(Mini), Ct)).StatusCode);
        foreach (
            var scopes in (string[][])
                [
                    ["api:read"],
                    ["genai:read", "genai:create"],
                ]
        )
        {
            using var narrow = panel.InferenceClient(await panel.IssueTokenAsync(scopes));
            using var response = await narrow.PostAsync("/v1/chat/completions", Chat(Mini), Ct);
            Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
            Assert.Equal("permission_denied", await response.ErrorCodeAsync());
        }
    }

    [Fact]
    public async Task The_key_may_stand_in_x_api_key_and_errors_there_are_anthropics()
    {
        var (id, secret) = await panel.IssueModelKeyAsync([Mini]);
        using var client = panel.InferenceClient(bearer: null);
        client.DefaultRequestHeaders.Add("x-api-key", secret);
        client.DefaultRequestHeaders.Add("anthropic-version", "2023-06-01");
        using var answer = await client.PostAsync("/v1/messages", Chat(Mini), Ct);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("\"type\":\"message\"", await answer.Content.ReadAsStringAsync(Ct));
        Assert.Equal(
            answer.Headers.GetValues("x-request-id").Single(),
            answer.Headers.GetValues("request-id").Single()
        );

        using var refused = await client.PostAsync("/v1/messages", Chat("openai-gpt-4o"), Ct);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        using var error = JsonDocument.Parse(await refused.Content.ReadAsStringAsync(Ct));
        Assert.Equal("error", error.RootElement.GetProperty("type").GetString());
        Assert.Equal("permission_error", error.RootElement.GetProperty("error").GetProperty("type").GetString());
        Assert.Equal(
            refused.Headers.GetValues("request-id").Single(),
            error.RootElement.GetProperty("request_id").GetString()
        );

        await panel.DeleteModelKeyAsync(id);
        using var gone = await client.PostAsync("/v1/messages", Chat(Mini), Ct);
        Assert.Equal(HttpStatusCode.Unauthorized, gone.StatusCode);
        Assert.Contains("authentication_error", await gone.Content.ReadAsStringAsync(Ct));
    }

    [Theory]
    [InlineData("Authorization: Bearer KEY\r\nx-api-key: KEY\r\n")]
    [InlineData("Authorization: Bearer KEY\r\nAuthorization: Bearer KEY\r\n")]
    [InlineData("x-api-key: KEY\r\nx-api-key: KEY\r\n")]
    [InlineData("Authorization: Basic KEY\r\n")]
    [InlineData("x-api-key: \r\n")]
    [InlineData("api-key: KEY\r\n")]
    [InlineData("Cookie: key=KEY\r\n")]
    [InlineData("")]
    public async Task Anything_but_one_bearer_or_one_api_key_is_refused(string headers)
    {
        var (_, secret) = await panel.IssueModelKeyAsync();
        var answer = await TestPanel.SendRawAsync(
            panel.Inference,
            $"GET /v1/models HTTP/1.1\r\nHost: x\r\n{headers.Replace("KEY", secret, StringComparison.Ordinal)}Connection: close\r\n\r\n"
        );
        Assert.StartsWith("HTTP/1.1 401", answer);
    }

    [Fact]
    public async Task A_refusal_before_the_body_ends_the_connection_that_waits_to_send_it()
    {
        var answer = await TestPanel.SendRawAsync(
            panel.Inference,
            "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                + "Content-Length: 30\r\nExpect: 100-continue\r\n\r\n"
        );
        Assert.StartsWith("HTTP/1.1 401", answer);
        Assert.Contains("Connection: close", answer);
        Assert.DoesNotContain("100 Continue", answer);
    }

    [Fact]
    public async Task A_key_of_a_network_works_from_inside_alone()
    {
        var inside = await panel.IssueModelKeyAsync(vpc: await panel.AddNetworkAsync("127.0.0.2/32", "fd00::/8"));
        using var client = panel.InferenceClient(inside.Secret);
        client.DefaultRequestHeaders.Add("X-Forwarded-For", "127.0.0.2");
        using var refused = await client.PostAsync("/v1/chat/completions", Chat(Mini), Ct);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Equal("network_not_allowed", await refused.ErrorCodeAsync());
        Assert.Equal(HttpStatusCode.Forbidden, (await client.GetAsync("/v1/models", Ct)).StatusCode);

        using var near = new HttpClient(Sources.From("127.0.0.2")) { BaseAddress = panel.Inference };
        near.DefaultRequestHeaders.Authorization = new("Bearer", inside.Secret);
        Assert.Equal(HttpStatusCode.OK, (await near.PostAsync("/v1/chat/completions", Chat(Mini), Ct)).StatusCode);
    }

    [Fact]
    public async Task A_stream_arrives_as_it_is_made_and_is_cut_when_its_key_is_deleted()
    {
        var (id, secret) = await panel.IssueModelKeyAsync([Mini]);
        using var client = panel.InferenceClient(secret);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
        {
            Content = Chat(Mini, "count to 200", stream: true),
        };
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Ct);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Ct));
        Assert.StartsWith("data: ", await reader.ReadLineAsync(Ct));
        await panel.DeleteModelKeyAsync(id);
        var cut = Stopwatch.StartNew();
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            while (await reader.ReadLineAsync(Ct) is { } line)
            {
                Assert.NotEqual("data: [DONE]", line);
            }
        });
        Assert.True(cut.Elapsed < TimeSpan.FromSeconds(3), $"cut after {cut.Elapsed}");
        using var after = await client.PostAsync("/v1/chat/completions", Chat(Mini), Ct);
        Assert.Equal(HttpStatusCode.Unauthorized, after.StatusCode);
    }

    [Fact]
    public async Task A_stream_of_a_network_key_is_cut_when_its_network_moves()
    {
        var network = await panel.AddNetworkAsync("127.0.0.0/8");
        var (_, secret) = await panel.IssueModelKeyAsync(vpc: network);
        using var client = panel.InferenceClient(secret);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
        {
            Content = Chat(Mini, "count to 200", stream: true),
        };
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Ct);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Ct));
        await reader.ReadLineAsync(Ct);
        var moved = await panel
            .Get<UpdateVpc>()
            .ExecuteAsync(
                panel.Owner,
                network,
                new VpcInput("moved-away", null, "nyc1", ["10.0.0.0/8"]),
                isDefault: null,
                Ct
            );
        Assert.True(moved.IsDone, moved.Refusal?.ToString());
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            while (await reader.ReadLineAsync(Ct) is not null) { }
        });
    }

    [Fact]
    public async Task A_regenerated_key_goes_on_with_its_new_secret_alone()
    {
        var (id, old) = await panel.IssueModelKeyAsync([Mini]);
        var outcome = await panel.Get<RegenerateModelKey>().ExecuteAsync(panel.Owner, id, confirmation: null, Ct);
        using var secret = outcome.Value!.Secret;
        using var before = panel.InferenceClient(old);
        using var now = panel.InferenceClient(secret.Reveal());
        Assert.Equal(HttpStatusCode.Unauthorized, (await before.GetAsync("/v1/models", Ct)).StatusCode);
        Assert.Equal([Mini], await IdsAsync(now));
    }

    [Theory]
    [InlineData("""{"messages":[]}""", HttpStatusCode.Forbidden, "permission_denied")]
    [InlineData(
        """{"model":"openai-gpt-4o-mini","model":"openai-gpt-4o"}""",
        HttpStatusCode.BadRequest,
        "ambiguous_model"
    )]
    [InlineData(
        """{"model":"openai-gpt-4o-mini","mod\u0065l":"openai-gpt-4o"}""",
        HttpStatusCode.BadRequest,
        "ambiguous_model"
    )]
    [InlineData(
        """{"model":"openai-gpt-4o-mini","models":["openai-gpt-4o"]}""",
        HttpStatusCode.Forbidden,
        "model_not_allowed"
    )]
    [InlineData("""{"model":7}""", HttpStatusCode.BadRequest, "invalid_model")]
    [InlineData("""["openai-gpt-4o-mini"]""", HttpStatusCode.BadRequest, "invalid_body")]
    [InlineData("\ufeff{\"model\":\"openai-gpt-4o-mini\"}", HttpStatusCode.BadRequest, "invalid_body")]
    [InlineData("", HttpStatusCode.BadRequest, "invalid_body")]
    [InlineData("not json", HttpStatusCode.BadRequest, "invalid_body")]
    public async Task A_body_whose_model_is_missing_or_unclear_is_refused_with_a_reason(
        string body,
        HttpStatusCode status,
        string code
    )
    {
        using var client = panel.InferenceClient((await panel.IssueModelKeyAsync([Mini])).Secret);
        using var response = await client.PostAsync("/v1/chat/completions", Json(body), Ct);
        Assert.Equal(status, response.StatusCode);
        Assert.Equal(code, await response.ErrorCodeAsync());
        Assert.False(response.Headers.Contains("X-Demo-Upstream"));
    }

    [Fact]
    public async Task Compressed_bodies_other_types_and_models_in_the_query_are_refused()
    {
        using var client = panel.InferenceClient((await panel.IssueModelKeyAsync()).Secret);
        using var compressed = Chat(Mini);
        compressed.Headers.ContentEncoding.Add("gzip");
        using var first = await client.PostAsync("/v1/chat/completions", compressed, Ct);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, first.StatusCode);
        using var form = new FormUrlEncodedContent([new("model", Mini)]);
        using var second = await client.PostAsync("/v1/chat/completions", form, Ct);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, second.StatusCode);
        using var third = await client.PostAsync("/v1/chat/completions?MODEL=openai-gpt-4o", Chat(Mini), Ct);
        Assert.Equal(HttpStatusCode.BadRequest, third.StatusCode);
    }

    [Theory]
    [InlineData("GET", "/v1/%66iles")]
    [InlineData("GET", "/v1/Files")]
    [InlineData("GET", "/v1/BATCHES/b")]
    [InlineData("GET", "/v1//files")]
    [InlineData("GET", "/v1/x/../files")]
    [InlineData("GET", "/v1/x/%2e%2e/files")]
    [InlineData("GET", "/v1/files;x=1")]
    [InlineData("GET", "/v1/models/%2e%2e%2ffiles")]
    [InlineData("GET", "/v1/models/../files")]
    [InlineData("GET", "/v1/models/a%00b")]
    [InlineData("GET", "/v1/models/a%252fb")]
    [InlineData("GET", "/v1/models/")]
    [InlineData("POST", "/v1/chat/completions/")]
    [InlineData("GET", "/V1/files")]
    [InlineData("GET", "/v1/messages/Batches")]
    [InlineData("GET", "/v1/fine_tuning/jobs")]
    [InlineData("POST", "/v1/moderations")]
    [InlineData("DELETE", "/v1/models/openai-gpt-4o")]
    [InlineData("GET", "/v1")]
    [InlineData("GET", "/")]
    [InlineData("GET", "/files")]
    [InlineData("GET", "http://other.example/v1/files")]
    public async Task A_path_that_is_unknown_or_could_be_read_differently_reaches_no_upstream(
        string method,
        string path
    )
    {
        var (_, secret) = await panel.IssueModelKeyAsync();
        var answer = await TestPanel.SendRawAsync(
            panel.Inference,
            $"{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {secret}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
        Assert.Matches("^HTTP/1.1 40[034]", answer);
        Assert.DoesNotContain("X-Demo-Upstream", answer);
    }

    [Fact]
    public async Task What_the_server_keeps_is_open_to_keys_for_all_models_alone()
    {
        using var scoped = panel.InferenceClient((await panel.IssueModelKeyAsync([Mini])).Secret);
        Assert.Equal(HttpStatusCode.Forbidden, (await scoped.GetAsync("/v1/responses/resp_1", Ct)).StatusCode);
        using var all = panel.InferenceClient((await panel.IssueModelKeyAsync()).Secret);
        using var answer = await all.GetAsync("/v1/responses/resp_1", Ct);
        Assert.True(answer.Headers.Contains("X-Demo-Upstream"));
    }

    [Fact]
    public async Task Use_and_refusals_are_counted_for_the_key()
    {
        var (id, secret) = await panel.IssueModelKeyAsync([Mini]);
        using var client = panel.InferenceClient(secret);
        client.DefaultRequestHeaders.UserAgent.ParseAdd("test-client/1.0");
        await client.PostAsync("/v1/chat/completions", Chat(Mini), Ct);
        await client.PostAsync("/v1/chat/completions", Chat("demo-echo"), Ct);
        await panel.Get<UsageRecorder>().FlushAsync(Ct);
        var row = await panel.Get<GetModelKey>().ExecuteAsync(panel.Owner, id, Ct);
        Assert.NotNull(row.Value!.LastUsedAt);
        Assert.Equal("127.0.0.1", row.Value.LastAddress);
        Assert.StartsWith("test-client", row.Value.LastClient);
    }

    private static async Task<JsonElement> SendAsync(HttpClient client, string path, HttpContent content)
    {
        using var response = await client.PostAsync(path, content, Ct);
        var text = await response.Content.ReadAsStringAsync(Ct);
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonDocument.Parse(text).RootElement;
    }

    private static async Task<List<string>> IdsAsync(HttpClient client)
    {
        using var list = JsonDocument.Parse(await client.GetStringAsync("/v1/models", Ct));
        return [.. list.RootElement.GetProperty("data").EnumerateArray().Select(m => m.GetProperty("id").GetString()!)];
    }
}
