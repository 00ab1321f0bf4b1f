using System.ClientModel;
using ControlPanel.Tests.Unit.Support;
using OpenAI;
using OpenAI.Chat;

namespace ControlPanel.Tests.Unit.Gateways.Inference;

/// <summary>OpenAI's own .NET client, unmodified but for its address, against the Inference door.</summary>
public sealed class DotNetClientTests(TestPanel panel) : IClassFixture<TestPanel>
{
    private const string Mini = "openai-gpt-4o-mini";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_chats_streams_embeds_and_lists_what_its_key_may_call()
    {
        var client = Client((await panel.IssueModelKeyAsync([Mini, "gte-large"])).Secret);
        var answer = await client
            .GetChatClient(Mini)
            .CompleteChatAsync([new UserChatMessage("good morning")], cancellationToken: Ct);
        Assert.Contains("good morning", answer.Value.Content[0].Text);

        var streamed = "";
        var updates = 0;
        await foreach (
            var update in client
                .GetChatClient(Mini)
                .CompleteChatStreamingAsync([new UserChatMessage("good evening")], cancellationToken: Ct)
        )
        {
            updates++;
            streamed += string.Concat(update.ContentUpdate.Select(c => c.Text));
        }

        Assert.True(updates > 3);
        Assert.Contains("good evening", streamed);

        var embedding = await client.GetEmbeddingClient("gte-large").GenerateEmbeddingAsync("x", cancellationToken: Ct);
        Assert.Equal(1f, embedding.Value.ToFloats().ToArray().Sum(v => v * v), 0.001f);

        var models = await client.GetOpenAIModelClient().GetModelsAsync(Ct);
        Assert.Equal([Mini, "gte-large"], models.Value.Select(m => m.Id));
    }

    [Fact]
    public async Task It_reads_our_refusals()
    {
        var (id, secret) = await panel.IssueModelKeyAsync([Mini]);
        var client = Client(secret);
        var other = await Assert.ThrowsAsync<ClientResultException>(() =>
            client.GetChatClient("openai-gpt-4o").CompleteChatAsync([new UserChatMessage("x")], cancellationToken: Ct)
        );
        Assert.Equal(403, other.Status);
        Assert.Contains("model_not_allowed", other.Message);

        await panel.DeleteModelKeyAsync(id);
        var revoked = await Assert.ThrowsAsync<ClientResultException>(() =>
            client.GetChatClient(Mini).CompleteChatAsync([new UserChatMessage("x")], cancellationToken: Ct)
        );
        Assert.Equal(401, revoked.Status);
        Assert.Contains("Incorrect API key provided", revoked.Message);
    }

    private OpenAIClient Client(string key) =>
        new(new ApiKeyCredential(key), new OpenAIClientOptions { Endpoint = new Uri(panel.Inference, "/v1") });
}
