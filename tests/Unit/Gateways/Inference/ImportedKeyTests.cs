using System.Net;
using System.Security.Cryptography;
using System.Text;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Inference;
using ControlPanel.Tests.Unit.Support;
using ControlPanel.Verification.Secrets;
using static ControlPanel.Tests.Unit.Gateways.Inference.ModelKeys;

namespace ControlPanel.Tests.Unit.Gateways.Inference;

/// <summary>Keys of an earlier issuer at the Inference door, over real sockets.</summary>
public sealed class ImportedKeyTests(TestPanel panel) : IClassFixture<TestPanel>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_imported_key_calls_every_model_until_it_is_deleted(bool byHash)
    {
        var key = $"sk-do-v1-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24))}_{(byHash ? "h" : "s")}-";
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(key)));
        using var client = panel.InferenceClient(key);
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/v1/models", Ct)).StatusCode);

        var imported = await panel
            .Get<ImportModelKeys>()
            .ExecuteAsync(
                panel.Owner,
                [new CredentialLine(1, $"old {key[^6..]}", "", new Secret(byHash ? hash : key))],
                ImportMode.AllOrNone,
                Ct
            );
        Assert.Equal(1, imported.Value!.Added);
        using var answer = await client.PostAsync("/v1/chat/completions", Chat("demo-echo"), Ct);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await client.GetAsync("/v1/files", Ct)).StatusCode);
        foreach (var other in (string[])[hash, $"sk-do-{hash}", key + "a"])
        {
            using var wrong = panel.InferenceClient(other);
            Assert.Equal(HttpStatusCode.Unauthorized, (await wrong.GetAsync("/v1/models", Ct)).StatusCode);
        }

        var listed = await panel
            .Get<ListModelKeys>()
            .ExecuteAsync(panel.Owner, ModelKeyTab.Legacy, new PageRequest { Search = $"old {key[^6..]}" }, Ct);
        var row = Assert.Single(listed.Value!.Items);
        var receipt = await panel.Get<DeleteModelKey>().ExecuteAsync(panel.Owner, row.Id, row.Name, Ct);
        Assert.NotEmpty(receipt.Value!.Nodes);
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/v1/models", Ct)).StatusCode);
    }
}
