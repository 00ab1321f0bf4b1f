using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Access;
using ControlPanel.Data.Operations.Functions;
using ControlPanel.Data.Operations.Tokens;
using ControlPanel.Tests.Unit.Support;
using ControlPanel.Verification.Keys;

namespace ControlPanel.Tests.Unit.Data;

/// <summary>What the search of the whole panel finds, and for whom.</summary>
public sealed class FindTests : IAsyncLifetime
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private TestPanel Panel { get; } = new();

    public async ValueTask InitializeAsync() => await Panel.InitializeAsync();

    public async ValueTask DisposeAsync() => await Panel.DisposeAsync();

    [Fact]
    public async Task Namespaces_buckets_people_and_keys_are_found_by_part_of_their_name()
    {
        Assert.Contains(await FindAsync(Panel.Owner, "IMAGE-to"), f => f is { Kind: FoundKind.Namespace });
        Assert.Contains(await FindAsync(Panel.Owner, "raw-pho"), f => f is { Kind: FoundKind.Bucket });
        Assert.Contains(
            await FindAsync(Panel.Owner, "mateo@"),
            f => f is { Kind: FoundKind.Person, Role: TeamRole.Member }
        );
        var key = await CreateAsync("found-by-name");
        Assert.Contains(await FindAsync(Panel.Owner, "D-BY-N"), f => f.Id == key.Key.Id.ToString());
        Assert.Contains(await FindAsync(Panel.Owner, key.Key.KeyId), f => f.Id == key.Key.Id.ToString());
        Assert.Empty(await FindAsync(Panel.Owner, " "));
        Assert.Empty(await FindAsync(Panel.Owner, "%"));
    }

    [Fact]
    public async Task A_pasted_credential_finds_its_key_for_who_may_see_it_and_nothing_for_others()
    {
        var made = await Panel
            .Get<CreateToken>()
            .ExecuteAsync(Panel.Owner, new NewTokenRequest("found-by-secret", null, ["api:write"]), Ct);
        Assert.True(made.IsDone, made.Refusal?.ToString());
        await Panel.Get<ControlPanel.Data.Snapshots.KeySnapshots>().RefreshAsync(Ct);

        var found = Assert.Single(await FindAsync(Panel.Owner, made.Value.Value.Reveal()));
        Assert.Equal("found-by-secret", found.Name);
        Assert.Empty(await FindAsync(await Panel.ActorAsync("mateo@demo.test"), made.Value.Value.Reveal()));
    }

    [Fact]
    public async Task Who_may_not_look_at_keys_finds_nothing() =>
        Assert.IsType<Refusal.Forbidden>(
            (
                await Panel.Get<FindAnything>().ExecuteAsync(await Panel.ActorAsync("bill@demo.test"), "image", Ct)
            ).Refusal
        );

    private async Task<IReadOnlyList<Found>> FindAsync(Actor actor, string search) =>
        (await Panel.Get<FindAnything>().ExecuteAsync(actor, search, Ct)).Value!;

    private async Task<NewNamespaceKey> CreateAsync(string name) =>
        (
            await Panel
                .Get<CreateNamespaceKey>()
                .ExecuteAsync(Panel.Owner, new NewKeyRequest(Panel.NamespaceId, name, "30d"), Ct)
        ).Value!;
}
