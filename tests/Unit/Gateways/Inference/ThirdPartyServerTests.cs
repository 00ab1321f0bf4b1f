using System.ClientModel;
using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;
using ControlPanel.Tests.Unit.Support;
using OpenAI;
using OpenAI.Chat;

namespace ControlPanel.Tests.Unit.Gateways.Inference;

/// <summary>The Inference door in front of a model server that others wrote, called by OpenAI's own client and by hand.</summary>
public sealed class ThirdPartyServerTests(TestPanel panel) : IClassFixture<TestPanel>
{
    private const string Allowed = "acme/allowed";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Allowed_models_answer_also_streaming_and_others_never_reach_the_server()
    {
        await using var server = await Aimock.StartAsync(TimeSpan.Zero, Ct);
        await panel.UseUpstreamAsync(server.Address);
        await panel.AddModelAsync(Allowed);
        await panel.AddModelAsync("acme/other");
        var client = Client((await panel.IssueModelKeyAsync([Allowed])).Secret);
        var answer = await client
            .GetChatClient(Allowed)
            .CompleteChatAsync([new UserChatMessage("hello")], cancellationToken: Ct);
        Assert.Equal("one two three four five six", answer.Value.Content[0].Text);

        List<string> pieces = [];
        await foreach (
            var update in client
                .GetChatClient(Allowed)
                .CompleteChatStreamingAsync([new UserChatMessage("hello")], cancellationToken: Ct)
        )
        {
            pieces.AddRange(update.ContentUpdate.Select(c => c.Text).Where(t => t.Length > 0));
        }

        Assert.Equal("one two three four five six", string.Concat(pieces));
        Assert.True(pieces.Count > 3, "It did not come in pieces.");

        var other = await Assert.ThrowsAsync<ClientResultException>(() =>
            client.GetChatClient("acme/other").CompleteChatAsync([new UserChatMessage("hello")], cancellationToken: Ct)
        );
        Assert.Equal(403, other.Status);
        Assert.Contains("model_not_allowed", other.Message, StringComparison.Ordinal);
        Assert.All(
            await server.JournalAsync(Ct),
            e => Assert.Equal(Allowed, e.GetProperty("body").GetProperty("model").GetString())
        );
        Assert.Equal(2, (await server.JournalAsync(Ct)).Count);
    }

    [Fact]
    public async Task The_server_sees_our_credential_and_the_clients_body_as_it_was()
    {
        await using var server = await Aimock.StartAsync(TimeSpan.Zero, Ct);
        await panel.UseUpstreamAsync(server.Address);
        await panel.AddModelAsync(Allowed);
        var (_, secret) = await panel.IssueModelKeyAsync([Allowed]);
        const string body =
            "{ \"x_unknown\" : [1, \"\\u00fc\"],\"messages\":[{\"content\":\"hello\",\"role\":\"user\"}],\r\n"
            + "\t\"model\":\"acme/allowed\" , \"temperature\":0.50 }";

        // The server itself turns the client's key down: whoever is answered came with ours.
        using var direct = new HttpClient { BaseAddress = server.Address };
        direct.DefaultRequestHeaders.Authorization = new("Bearer", secret);
        using var refused = await direct.PostAsync("/v1/chat/completions", ModelKeys.Json(body), Ct);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);

        using var client = panel.InferenceClient(secret);
        using var answer = await client.PostAsync("/v1/chat/completions", ModelKeys.Json(body), Ct);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var entry = (await server.JournalAsync(Ct))[^1];
        var headers = entry.GetProperty("headers");
        Assert.Equal(
            Encoding.UTF8.GetByteCount(body),
            int.Parse(
                headers.GetProperty("content-length").GetString()!,
                System.Globalization.CultureInfo.InvariantCulture
            )
        );
        using var sent = JsonDocument.Parse(body);
        Assert.All(
            sent.RootElement.EnumerateObject(),
            p => Assert.True(JsonElement.DeepEquals(p.Value, entry.GetProperty("body").GetProperty(p.Name)), p.Name)
        );
        Assert.DoesNotContain(secret, entry.GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain(
            headers.EnumerateObject(),
            h => h.Name.StartsWith("x-controlpanel", StringComparison.OrdinalIgnoreCase) || h.Name == "x-api-key"
        );
    }

    [Fact]
    public async Task The_first_token_comes_while_the_server_still_speaks()
    {
        // Seven pieces, 300 ms apart: a gateway that gathered them would show the first only after two seconds.
        await using var server = await Aimock.StartAsync(TimeSpan.FromMilliseconds(300), Ct);
        await panel.UseUpstreamAsync(server.Address);
        await panel.AddModelAsync(Allowed);
        var (_, secret) = await panel.IssueModelKeyAsync([Allowed]);
        using var direct = new HttpClient { BaseAddress = server.Address };
        direct.DefaultRequestHeaders.Authorization = new("Bearer", Aimock.Key);
        using var through = panel.InferenceClient(secret);
        await FirstTokenAsync(through);
        var alone = await FirstTokenAsync(direct);
        var gateway = await FirstTokenAsync(through);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"First token after {gateway.First.TotalMilliseconds:0} ms through the gateway, "
                + $"{alone.First.TotalMilliseconds:0} ms from the server alone; "
                + $"last after {gateway.Last.TotalMilliseconds:0} and {alone.Last.TotalMilliseconds:0} ms."
        );
        Assert.True(
            gateway.Last - gateway.First > TimeSpan.FromMilliseconds(900),
            $"The pieces came together: first after {gateway.First}, last after {gateway.Last}."
        );
    }

    private static async Task<(TimeSpan First, TimeSpan Last)> FirstTokenAsync(HttpClient client)
    {
        var clock = Stopwatch.StartNew();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
        {
            Content = ModelKeys.Chat(Allowed, "hello", stream: true),
        };
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Ct);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Ct));
        TimeSpan? first = null;
        while (await reader.ReadLineAsync(Ct) is { } line)
        {
            if (line.Contains("\"content\":\"one", StringComparison.Ordinal))
            {
                first ??= clock.Elapsed;
            }
        }

        return (first ?? throw new InvalidOperationException("Nothing was said."), clock.Elapsed);
    }

    private OpenAIClient Client(string secret) =>
        new(
            new ApiKeyCredential(secret),
            new OpenAIClientOptions
            {
                Endpoint = new Uri(panel.Inference, "/v1"),
                RetryPolicy = new System.ClientModel.Primitives.ClientRetryPolicy(0),
            }
        );
}
