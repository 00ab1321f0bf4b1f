using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Functions;
using ControlPanel.Verification.Decisions;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using static ControlPanel.Tests.Unit.Data.StoreFixture;

namespace ControlPanel.Tests.Unit.Data;

/// <summary>The way out of the shared credential of a namespace: rehearse, restore, retire.</summary>
public sealed class LegacyCutOffTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [BothStores]
    public async Task A_rehearsal_refuses_for_ten_minutes_and_ends_by_itself(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var space = await store.NamespaceAsync("image-tools");
        var (uuid, key) = await store.LegacyAsync(space.Id);
        var own = await store.KeyAsync(space.Id, "deploy");
        Assert.True(store.Call(uuid, key).IsAllowed);
        var receipt = Must(await store.Get<RehearseLegacyCutOff>().ExecuteAsync(store.Owner, space.Id, Ct));
        Assert.Equal((await store.VersionAsync(), 1), (receipt.Version, receipt.Nodes.Count));
        var end = store.Clock.UtcNow.AddMinutes(10);
        Assert.Equal(DenialReason.Suspended, store.Call(uuid, key).Reason);
        Assert.True(store.Call(own).IsAllowed);
        var view = Must(await store.Get<GetNamespace>().ExecuteAsync(store.Owner, space.Id, Ct)).Legacy;
        Assert.Equal((LegacyState.Rehearsing, end), (view.State, view.RehearsalEnds));

        store.Clock.UtcNow = end.AddTicks(-1);
        Assert.Equal(DenialReason.Suspended, store.Call(uuid, key).Reason);
        store.Clock.UtcNow = end;
        Assert.True(store.Call(uuid, key).IsAllowed);
        view = Must(await store.Get<GetNamespace>().ExecuteAsync(store.Owner, space.Id, Ct)).Legacy;
        Assert.Equal((LegacyState.Idle, null), (view.State, view.RehearsalEnds));
        var entry = (await store.AuditAsync())[^1];
        Assert.Equal(
            ("legacy_credential.rehearse", space.Id, "image-tools"),
            (entry.Action, entry.TargetId, entry.TargetName)
        );
    }

    [Theory]
    [BothStores]
    public async Task A_rehearsal_can_be_ended_before_its_time_but_only_one_that_runs(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var space = await store.NamespaceAsync("image-tools");
        var (uuid, key) = await store.LegacyAsync(space.Id);
        var restore = store.Get<RestoreLegacyCredential>();
        Assert.Equal(new Refusal.Missing("rehearsal"), (await restore.ExecuteAsync(store.Owner, space.Id, Ct)).Refusal);
        Must(await store.Get<RehearseLegacyCutOff>().ExecuteAsync(store.Owner, space.Id, Ct));
        Must(await restore.ExecuteAsync(store.Owner, space.Id, Ct));
        Assert.True(store.Call(uuid, key).IsAllowed);
        Assert.Equal("legacy_credential.restore", (await store.AuditAsync())[^1].Action);
    }

    [Theory]
    [BothStores]
    public async Task Retiring_needs_the_label_and_is_for_ever(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var space = await store.NamespaceAsync("image-tools");
        var (uuid, key) = await store.LegacyAsync(space.Id);
        var retire = store.Get<RetireLegacyCredential>();
        foreach (var typed in new[] { null, "", "image", "IMAGE-TOOLS", "webhooks" })
        {
            var refused = await retire.ExecuteAsync(store.Owner, space.Id, typed, Ct);
            Assert.Equal("Label", Assert.Single(Assert.IsType<Refusal.Invalid>(refused.Refusal).Errors).Field);
        }

        Assert.True(store.Call(uuid, key).IsAllowed);
        var receipt = Must(await retire.ExecuteAsync(store.Owner, space.Id, " image-tools ", Ct));
        Assert.Equal(await store.VersionAsync(), receipt.Version);
        Assert.Equal(DenialReason.Revoked, store.Call(uuid, key).Reason);
        var row = await store.ReadAsync(db => db.AccessKeys.SingleAsync(Ct));
        Assert.Equal(("retired", null), (row.RevokeReason, row.SealedSecret));
        Assert.Empty(Must(await store.Get<ReadLegacyCredentials>().ExecuteAsync(store.Owner, space.Id, Ct)));
        var view = Must(await store.Get<GetNamespace>().ExecuteAsync(store.Owner, space.Id, Ct)).Legacy;
        Assert.Equal((LegacyState.Retired, store.Clock.UtcNow), (view.State, view.RetiredAt));

        // Nothing brings it back.
        var gone = new Refusal.Missing("legacy credential");
        Assert.Equal(gone, (await retire.ExecuteAsync(store.Owner, space.Id, "image-tools", Ct)).Refusal);
        Assert.Equal(gone, (await store.Get<RehearseLegacyCutOff>().ExecuteAsync(store.Owner, space.Id, Ct)).Refusal);
        Assert.IsType<Refusal.Missing>(
            (await store.Get<RestoreLegacyCredential>().ExecuteAsync(store.Owner, space.Id, Ct)).Refusal
        );
        Assert.Equal(DenialReason.Revoked, store.Call(uuid, key).Reason);
    }

    [Theory]
    [BothStores]
    public async Task The_shared_credential_is_readable_until_it_is_retired(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var space = await store.NamespaceAsync("image-tools");
        var other = await store.NamespaceAsync("other");
        var (uuid, key) = await store.LegacyAsync(space.Id);
        await store.LegacyAsync(other.Id);
        var read = store.Get<ReadLegacyCredentials>();
        Assert.Equal(2, Must(await read.ExecuteAsync(store.Owner, null, Ct)).Count);
        var one = Assert.Single(Must(await read.ExecuteAsync(store.Owner, space.Id, Ct)));
        Assert.Equal((space.Id, uuid, key.Reveal()), (one.NamespaceId, one.Uuid, one.Key.Reveal()));
        Assert.Empty(Must(await read.ExecuteAsync(store.Stranger, null, Ct)));
    }

    [Theory]
    [BothStores]
    public async Task From_its_cut_off_date_on_it_is_refused_and_until_then_the_date_can_be_changed(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var space = await store.NamespaceAsync("image-tools");
        var (uuid, key) = await store.LegacyAsync(space.Id);
        var own = await store.KeyAsync(space.Id, "deploy");
        var set = store.Get<SetLegacyCutOff>();
        var day = store.Clock.UtcNow.AddDays(10);
        foreach (var wrong in new[] { store.Clock.UtcNow, day.AddDays(-11), day.AddYears(11) })
        {
            Assert.IsType<Refusal.Invalid>((await set.ExecuteAsync(store.Owner, space.Id, wrong, Ct)).Refusal);
        }

        Must(await set.ExecuteAsync(store.Owner, space.Id, day.AddDays(-5), Ct));
        Assert.Equal((day.AddDays(-5), false), await CutOffAsync());
        Must(await set.ExecuteAsync(store.Owner, space.Id, cutOff: null, Ct));
        Assert.Equal((null, false), await CutOffAsync());
        var receipt = Must(await set.ExecuteAsync(store.Owner, space.Id, day, Ct));
        Assert.Equal(await store.VersionAsync(), receipt.Version);
        Assert.Equal("legacy_credential.set_cut_off", (await store.AuditAsync())[^1].Action);

        store.Clock.UtcNow = day.AddTicks(-1);
        Assert.True(store.Call(uuid, key).IsAllowed);
        store.Clock.UtcNow = day;
        Assert.Equal(DenialReason.Expired, store.Call(uuid, key).Reason);
        Assert.True(store.Call(own).IsAllowed);
        var view = Must(await store.Get<GetNamespace>().ExecuteAsync(store.Owner, space.Id, Ct)).Legacy;
        Assert.Equal(LegacyState.Retired, view.State);
        Assert.Empty(Must(await store.Get<ReadLegacyCredentials>().ExecuteAsync(store.Owner, null, Ct)));

        // What is over stays over.
        Assert.Equal(
            new Refusal.Missing("legacy credential"),
            (await set.ExecuteAsync(store.Owner, space.Id, day.AddDays(1), Ct)).Refusal
        );

        async Task<(DateTimeOffset?, bool)> CutOffAsync()
        {
            var legacy = Must(await store.Get<GetNamespace>().ExecuteAsync(store.Owner, space.Id, Ct)).Legacy;
            return (legacy.CutOff, legacy.IsDefaultCutOff);
        }
    }

    [Theory]
    [BothStores]
    public async Task The_installations_date_counts_where_a_namespace_has_none_of_its_own(StoreKind kind)
    {
        var day = new DateTimeOffset(2027, 3, 31, 0, 0, 0, TimeSpan.Zero);
        await using var store = await StartAsync(kind, s => s.AddSingleton(new LegacyRules { CutOff = day }));
        var plain = await store.NamespaceAsync("plain");
        var later = await store.NamespaceAsync("later");
        var (plainId, plainKey) = await store.LegacyAsync(plain.Id);
        var (laterId, laterKey) = await store.LegacyAsync(later.Id);
        var own = await store.KeyAsync(plain.Id, "deploy");
        var set = store.Get<SetLegacyCutOff>();
        Must(await set.ExecuteAsync(store.Owner, later.Id, day.AddDays(30), Ct));
        var view = Must(await store.Get<GetNamespace>().ExecuteAsync(store.Owner, plain.Id, Ct)).Legacy;
        Assert.Equal((day, true), (view.CutOff, view.IsDefaultCutOff));

        store.Clock.UtcNow = day.AddTicks(-1);
        Assert.True(store.Call(plainId, plainKey).IsAllowed);
        store.Clock.UtcNow = day;
        Assert.Equal(DenialReason.Expired, store.Call(plainId, plainKey).Reason);
        Assert.True(store.Call(laterId, laterKey).IsAllowed);
        Assert.True(store.Call(own).IsAllowed);
        var rows = Must(await store.Get<ListNamespaces>().ExecuteAsync(store.Owner, new PageRequest(), Ct)).Items;
        Assert.Equal(
            [("later", LegacyState.Idle), ("plain", LegacyState.Retired)],
            rows.Select(r => (r.Label, r.Legacy)).Order()
        );
        Assert.Equal(
            laterId,
            Assert.Single(Must(await store.Get<ReadLegacyCredentials>().ExecuteAsync(store.Owner, null, Ct))).Uuid
        );
        Assert.IsType<Refusal.Invalid>((await set.ExecuteAsync(store.Owner, later.Id, cutOff: null, Ct)).Refusal);
        Assert.IsType<Refusal.Missing>((await set.ExecuteAsync(store.Owner, plain.Id, day.AddDays(60), Ct)).Refusal);
    }
}
