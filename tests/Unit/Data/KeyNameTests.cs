using ControlPanel.Data.Model;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Access;
using ControlPanel.Data.Operations.Inference;
using ControlPanel.Shared;
using ControlPanel.Verification.Keys;
using Microsoft.EntityFrameworkCore;
using static ControlPanel.Tests.Unit.Data.StoreFixture;

namespace ControlPanel.Tests.Unit.Data;

/// <summary>How keys of all families are called where they stand side by side.</summary>
public sealed class KeyNameTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [BothStores]
    public async Task A_legacy_model_key_keeps_its_name_everywhere_and_a_shared_credential_has_none(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var space = await store.NamespaceAsync("image-tools");
        await store.LegacyAsync(space.Id);
        var model = Must(
            await store
                .Get<CreateModelKey>()
                .ExecuteAsync(store.Owner, new NewModelKeyRequest("prototype", null, false, null), Ct)
        ).Key.Id;
        await store.TamperAsync(async db =>
        {
            var key = await db.AccessKeys.SingleAsync(k => k.Id == model, Ct);
            key.IsLegacy = true;
            key.ExpiresAt = store.Clock.UtcNow.AddDays(3);
            foreach (var id in await db.AccessKeys.Select(k => k.Id).ToListAsync(Ct))
            {
                db.KeyUsages.Add(
                    new KeyUsage
                    {
                        KeyId = id,
                        FirstUsedAt = store.Clock.UtcNow,
                        LastUsedAt = store.Clock.UtcNow,
                        Calls = 1,
                    }
                );
            }
        });
        const string shared = "Legacy credential";

        var chosen = Must(await store.Get<FindKeys>().ExecuteAsync(store.Owner, null, 10, Ct));
        Assert.Equal([shared, "prototype"], chosen.Select(k => k.Name));
        var found = Must(await store.Get<FindAnything>().ExecuteAsync(store.Owner, "proto", Ct));
        Assert.Equal([("prototype", true)], found.Select(f => (f.Name, f.IsLegacy)));
        var used = Must(
            await store
                .Get<ListConcernedKeys>()
                .ExecuteAsync(store.Owner, KeyConcern.LegacyInUse, new PageRequest(), Ct)
        );
        Assert.Equal([shared, "prototype"], used.Items.OrderBy(k => k.Family).Select(k => k.Name));
        var ending = Must(
            await store
                .Get<ListExpiringKeys>()
                .ExecuteAsync(store.Owner, TimeSpan.FromDays(30), new PageRequest { Search = "PROTO" }, Ct)
        );
        Assert.Equal(["prototype"], ending.Items.Select(k => k.Name));
        Assert.Equal(
            "prototype",
            Must(await store.Get<GetKeyUsage>().ExecuteAsync(store.Owner, KeyFamily.Inference, model, Ct)).Name
        );
    }

    [Fact]
    public void Each_is_looked_for_where_it_is_listed()
    {
        Assert.Equal(
            "/inference/manage/legacy?q=prototype",
            KeyAddresses.Of(KeyFamily.Inference, "prototype", "", isOwn: true, isLegacy: true)
        );
        Assert.Equal(
            "/functions/fn-1/settings",
            KeyAddresses.Of(KeyFamily.Functions, "Legacy credential", "fn-1", isOwn: false, isLegacy: true)
        );
        // A name that somebody chose names a key like any other.
        Assert.Equal(
            "/functions/fn-1/settings?q=Legacy%20credential",
            KeyAddresses.Of(KeyFamily.Functions, "Legacy credential", "fn-1", isOwn: true, isLegacy: false)
        );
    }
}
