using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Access;
using ControlPanel.Data.Operations.Functions;
using ControlPanel.Data.Operations.Tokens;
using ControlPanel.Verification.Keys;
using static ControlPanel.Tests.Unit.Data.StoreFixture;

namespace ControlPanel.Tests.Unit.Data;

/// <summary>Who is told of keys that are about to expire, and when.</summary>
public sealed class ExpiringKeysTests
{
    private static readonly TimeSpan s_month = TimeSpan.FromDays(30);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [BothStores]
    public async Task A_key_is_told_of_from_30_days_before_its_end_until_it_ends_or_is_revoked(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var space = await store.NamespaceAsync("image-tools");
        var key = await store.KeyAsync(space.Id, "deploy", "90d");
        await store.KeyAsync(space.Id, "for-ever");
        var revoked = await store.KeyAsync(space.Id, "revoked", "90d");
        Must(await store.Get<RevokeNamespaceKey>().ExecuteAsync(store.Owner, space.Id, revoked.Key.KeyId, Ct));
        var end = key.Key.ExpiresAt!.Value;

        Assert.Equal(new ExpiringCounts(0, 0, 0), await CountAtAsync(end - s_month - TimeSpan.FromTicks(1)));
        Assert.Equal(new ExpiringCounts(0, 0, 1), await CountAtAsync(end - s_month));
        Assert.Equal(new ExpiringCounts(0, 1, 1), await CountAtAsync(end - TimeSpan.FromDays(7)));
        Assert.Equal(new ExpiringCounts(1, 1, 1), await CountAtAsync(end - TimeSpan.FromDays(1)));
        Assert.Equal(new ExpiringCounts(1, 1, 1), await CountAtAsync(end - TimeSpan.FromTicks(1)));
        var row = Assert.Single((await ListAsync(store, store.Owner)).Items);
        Assert.Equal(
            ("deploy", "image-tools", "owner@demo.test", (DateTimeOffset?)end),
            (row.Name, row.PlaceName, row.CreatedBy, row.ExpiresAt)
        );
        Assert.Equal(new ExpiringCounts(0, 0, 0), await CountAtAsync(end));
        Assert.Empty((await ListAsync(store, store.Owner)).Items);

        async Task<ExpiringCounts> CountAtAsync(DateTimeOffset at)
        {
            store.Clock.UtcNow = at;
            return Must(await store.Get<CountExpiringKeys>().ExecuteAsync(store.Owner, Ct));
        }
    }

    [Theory]
    [BothStores]
    public async Task Whoever_made_a_key_is_told_of_it_and_owners_of_all_keys_of_their_team(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var space = await store.NamespaceAsync("image-tools");
        var (owner, member, viewer) = (store.Owner, store.As(TeamRole.Member), store.As(TeamRole.ResourceViewer));
        await store.KeyAsync(space.Id, "owners", "7d");
        await store.KeyAsync(space.Id, "members", "1d", by: member);
        Must(
            await store.Get<CreateToken>().ExecuteAsync(viewer, new NewTokenRequest("viewers", "30d", ["api:read"]), Ct)
        );

        Assert.Equal(["members", "owners", "viewers"], await NamesAsync(owner));
        Assert.Equal(["members"], await NamesAsync(member));
        Assert.Equal(["viewers"], await NamesAsync(viewer));
        Assert.Empty(await NamesAsync(store.As(TeamRole.Biller)));
        Assert.Empty(await NamesAsync(store.Stranger));
        Assert.Equal(new ExpiringCounts(1, 1, 1), Must(await CountAsync(member)));
        Assert.Equal(new ExpiringCounts(1, 2, 3), Must(await CountAsync(owner)));

        Task<Outcome<ExpiringCounts>> CountAsync(Actor who) => store.Get<CountExpiringKeys>().ExecuteAsync(who, Ct);
        async Task<IEnumerable<string>> NamesAsync(Actor who) =>
            (await ListAsync(store, who)).Items.Select(k => k.Name);
    }

    private static async Task<Page<ConcernedKey>> ListAsync(StoreFixture store, Actor who) =>
        Must(await store.Get<ListExpiringKeys>().ExecuteAsync(who, s_month, new PageRequest(), Ct));
}
