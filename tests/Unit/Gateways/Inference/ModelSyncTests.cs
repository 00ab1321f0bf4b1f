using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Inference;
using ControlPanel.Data.Snapshots;
using ControlPanel.Shared;
using ControlPanel.Tests.Unit.Support;

namespace ControlPanel.Tests.Unit.Gateways.Inference;

/// <summary>What model servers offer beyond the catalogue, and which servers a team may have.</summary>
public sealed class ModelSyncTests(TestPanel panel) : IClassFixture<TestPanel>, IAsyncLifetime
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private ModelSync Sync => panel.Get<ModelSync>();

    public async ValueTask InitializeAsync() => await panel.RemoveUpstreamsAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task What_the_catalogue_lacks_is_found_and_can_be_added()
    {
        await using var server = await RecordingModelServer.StartAsync();
        server.Models =
            """{"data":[{"id":"openai-gpt-4o"},{"id":"zeta","owned_by":"acme"},{"id":"alpha","display_name":"Alpha"},{"id":"not usable"},{"id":"alpha"}]}""";
        await panel.UseUpstreamAsync(server.Address);
        var found = (await Sync.FindNewAsync(panel.Owner, Ct)).Value!;
        Assert.Equal(["zeta", "alpha"], found.Select(m => m.ModelId));
        Assert.Equal(["acme", "second"], found.Select(m => m.Provider));
        Assert.Equal("Bearer upstream-secret", server.Seen.Single().Headers["Authorization"]);

        var added = await panel.Get<AddModels>().ExecuteAsync(panel.Owner, found, Ct);
        Assert.Equal(2, added.Value);
        Assert.Empty((await Sync.FindNewAsync(panel.Owner, Ct)).Value!);
    }

    [Fact]
    public async Task Only_owners_may_ask_and_without_an_answer_that_is_said()
    {
        Assert.IsType<Refusal.Invalid>((await Sync.FindNewAsync(panel.Owner, Ct)).Refusal);
        await using var server = await RecordingModelServer.StartAsync();
        await panel.UseUpstreamAsync(server.Address);
        foreach (var email in (string[])["mateo@demo.test", "rosa@demo.test", "vera@demo.test", "bill@demo.test"])
        {
            var refusal = (await Sync.FindNewAsync(await panel.ActorAsync(email), Ct)).Refusal;
            Assert.IsType<Refusal.Forbidden>(refusal);
        }

        Assert.Empty(server.Seen);
        server.Models = "no json";
        Assert.IsType<Refusal.Invalid>((await Sync.FindNewAsync(panel.Owner, Ct)).Refusal);
    }

    [Theory]
    [InlineData("", "a key")]
    [InlineData("ftp://models.example.com", "key")]
    [InlineData("models.example.com", "key")]
    [InlineData("https://user:pass@models.example.com", "key")]
    [InlineData("https://models.example.com/v1", "key")]
    [InlineData("https://models.example.com/?a=b", "key")]
    [InlineData("https://models.example.com", "two words")]
    [InlineData("https://models.example.com", "línea")]
    public async Task Unusable_servers_are_refused(string url, string credential) =>
        Assert.IsType<Refusal.Invalid>((await SetAsync(null, "x", url, credential)).Refusal);

    [Fact]
    public async Task A_credential_goes_to_the_server_it_was_given_for_and_is_never_given_out()
    {
        var made = (await SetAsync(null, "main", "https://a.example.com/", "secret-a")).Value!;
        Assert.True(made.HasCredential);
        Assert.Equal("https://a.example.com", made.Url);
        Assert.IsType<Refusal.Invalid>((await SetAsync(made.Id, "main", "https://b.example.com", null)).Refusal);
        Assert.True((await SetAsync(made.Id, "renamed", "https://a.example.com", null)).IsDone);
        Assert.True((await SetAsync(made.Id, "main", "https://b.example.com", "secret-b")).IsDone);
        var route = panel.Get<IInferenceDirectory>().RoutesOf(panel.Owner.TeamId)!.For("anything")!;
        Assert.Equal("https://b.example.com/", route.Address.ToString());
        Assert.Equal("secret-b", route.Credential!.Reveal());
        Assert.DoesNotContain(
            "secret-b",
            (await SetAsync(made.Id, "main", "https://b.example.com", null)).Value!.ToString()
        );
    }

    [Fact]
    public async Task Which_server_answers_is_never_a_guess()
    {
        Assert.True((await SetAsync(null, "rest", "https://a.example.com", "k")).IsDone);
        Assert.IsType<Refusal.Invalid>((await SetAsync(null, "rest too", "https://b.example.com", "k")).Refusal);
        Assert.True((await SetAsync(null, "one", "https://b.example.com", "k", "Acme")).IsDone);
        Assert.IsType<Refusal.Invalid>((await SetAsync(null, "two", "https://c.example.com", "k", " acme ")).Refusal);
        var members = await panel
            .Get<SetInferenceUpstream>()
            .ExecuteAsync(
                await panel.ActorAsync("mateo@demo.test"),
                null,
                new InferenceUpstreamInput("x", "https://d.example.com", ["Else"], UpstreamHeader.Bearer, "k"),
                Ct
            );
        Assert.IsType<Refusal.Forbidden>(members.Refusal);
    }

    private Task<Outcome<InferenceUpstreamRow>> SetAsync(
        Guid? id,
        string name,
        string url,
        string? credential,
        params string[] providers
    ) =>
        panel
            .Get<SetInferenceUpstream>()
            .ExecuteAsync(
                panel.Owner,
                id,
                new InferenceUpstreamInput(name, url, providers, UpstreamHeader.Bearer, credential),
                Ct
            );
}
