using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using ControlPanel.Data.Operations.Inference;
using ControlPanel.Data.Operations.Networking;
using ControlPanel.Data.Operations.Tokens;
using ControlPanel.Data.Snapshots;
using ControlPanel.Tests.Unit.Support;

namespace ControlPanel.Tests.Unit.Gateways.Inference;

/// <summary>What tests of the Inference door do with a panel.</summary>
internal static class ModelKeys
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Issues a model key.</summary>
    /// <param name="models"><see langword="null"/> means all.</param>
    public static async Task<(Guid Id, string Secret)> IssueModelKeyAsync(
        this TestPanel panel,
        string[]? models = null,
        bool batch = false,
        Guid? vpc = null
    )
    {
        var outcome = await panel
            .Get<CreateModelKey>()
            .ExecuteAsync(panel.Owner, new NewModelKeyRequest($"key-{Guid.NewGuid():N}", models, batch, vpc), Ct);
        Assert.True(outcome.IsDone, outcome.Refusal?.ToString());
        using var secret = outcome.Value.Secret;
        return (outcome.Value.Key.Id, secret.Reveal());
    }

    /// <summary>Deletes a model key and waits for the receipt.</summary>
    public static async Task DeleteModelKeyAsync(this TestPanel panel, Guid id)
    {
        var outcome = await panel.Get<DeleteModelKey>().ExecuteAsync(panel.Owner, id, confirmation: null, Ct);
        Assert.True(outcome.IsDone, outcome.Refusal?.ToString());
    }

    /// <summary>Issues an API token.</summary>
    public static async Task<string> IssueTokenAsync(this TestPanel panel, params string[] scopes)
    {
        var outcome = await panel
            .Get<CreateToken>()
            .ExecuteAsync(panel.Owner, new NewTokenRequest($"t-{Guid.NewGuid():N}", null, scopes), Ct);
        Assert.True(outcome.IsDone, outcome.Refusal?.ToString());
        using var secret = outcome.Value.Value;
        return secret.Reveal();
    }

    /// <summary>Makes a network.</summary>
    public static async Task<Guid> AddNetworkAsync(this TestPanel panel, params string[] ranges)
    {
        var outcome = await panel
            .Get<CreateVpc>()
            .ExecuteAsync(panel.Owner, new VpcInput($"vpc-{Guid.NewGuid():N}", null, "nyc1", ranges), Ct);
        Assert.True(outcome.IsDone, outcome.Refusal?.ToString());
        return outcome.Value.Id;
    }

    /// <summary>Points the team at a model server instead of the demo's, or adds one for some providers.</summary>
    public static async Task UseUpstreamAsync(this TestPanel panel, Uri address, params string[] providers)
    {
        var present = (await panel.Get<ListInferenceUpstreams>().ExecuteAsync(panel.Owner, Ct)).Value!.FirstOrDefault(
            u => u.Providers.Order().SequenceEqual(providers.Order())
        );
        var outcome = await panel
            .Get<SetInferenceUpstream>()
            .ExecuteAsync(
                panel.Owner,
                present?.Id,
                new InferenceUpstreamInput(
                    present?.Name ?? "second",
                    address.GetLeftPart(UriPartial.Authority),
                    providers,
                    UpstreamHeader.Bearer,
                    "upstream-secret"
                ),
                Ct
            );
        Assert.True(outcome.IsDone, outcome.Refusal?.ToString());
    }

    /// <summary>Puts a model into the catalogue, unless it is there.</summary>
    public static async Task<string> AddModelAsync(this TestPanel panel, string id)
    {
        await panel
            .Get<AddModels>()
            .ExecuteAsync(panel.Owner, [new ModelInput(id, null, "Acme", null, BatchCapable: false, null)], Ct);
        return id;
    }

    /// <summary>Takes every model server from the team.</summary>
    public static async Task RemoveUpstreamsAsync(this TestPanel panel)
    {
        foreach (var upstream in (await panel.Get<ListInferenceUpstreams>().ExecuteAsync(panel.Owner, Ct)).Value!)
        {
            var outcome = await panel.Get<RemoveInferenceUpstream>().ExecuteAsync(panel.Owner, upstream.Id, Ct);
            Assert.True(outcome.IsDone, outcome.Refusal?.ToString());
        }

        await panel.Get<KeySnapshots>().RefreshAsync(Ct);
    }

    /// <summary>A client of the Inference door.</summary>
    public static HttpClient InferenceClient(this TestPanel panel, string? bearer)
    {
        var client = new HttpClient { BaseAddress = panel.Inference };
        if (bearer is not null)
        {
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
        }

        return client;
    }

    /// <summary>A JSON body.</summary>
    public static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    /// <summary>A chat with one sentence.</summary>
    public static StringContent Chat(string model, string prompt = "hello there", bool stream = false) =>
        Json(
            JsonSerializer.Serialize(
                new
                {
                    messages = new[] { new { role = "user", content = prompt } },
                    model,
                    stream,
                }
            )
        );

    /// <summary>The code of an error in OpenAI's form.</summary>
    public static async Task<string?> ErrorCodeAsync(this HttpResponseMessage response)
    {
        using var body = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Ct));
        return body.RootElement.GetProperty("error").GetProperty("code").GetString();
    }
}
