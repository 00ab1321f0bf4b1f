using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Access;
using ControlPanel.Data.Operations.Functions;
using ControlPanel.Data.Operations.Inference;
using ControlPanel.Data.Operations.Tokens;
using ControlPanel.Verification.Decisions;
using ControlPanel.Verification.Keys;
using Microsoft.EntityFrameworkCore;
using static ControlPanel.Tests.Unit.Data.StoreFixture;

namespace ControlPanel.Tests.Unit.Data;

/// <summary>Many keys at once: each authorized as if it were alone, all in one transaction.</summary>
public sealed class RevokeKeysTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [BothStores]
    public async Task All_of_them_are_refused_on_their_next_call_and_share_one_audit_group(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var space = await store.NamespaceAsync("image-tools");
        var doomed = new List<NewNamespaceKey>();
        for (var i = 0; i < 12; i++)
        {
            doomed.Add(await store.KeyAsync(space.Id, $"old-{i}"));
        }

        var kept = await store.KeyAsync(space.Id, "kept");
        Assert.All(doomed, k => Assert.True(store.Call(k).IsAllowed));
        var before = (await store.AuditAsync()).Count;

        var done = Must(await RevokeAsync(store, store.Owner, KeyFamily.Functions, doomed.Select(k => k.Key.Id)));

        Assert.All(doomed, k => Assert.Equal(DenialReason.Revoked, store.Call(k).Reason));
        Assert.True(store.Call(kept).IsAllowed);
        Assert.Equal(doomed.Select(k => new KeyRevocation(k.Key.Id, IsRevoked: true)), done.Keys);
        Assert.Equal(await store.VersionAsync(), done.Receipt.Version);
        var entries = (await store.AuditAsync()).Skip(before).ToList();
        Assert.Equal(doomed.Select(k => k.Key.KeyId), entries.Select(e => e.TargetId));
        Assert.All(entries, e => Assert.Equal(("functions_key.revoke", "done"), (e.Action, e.Result)));
        Assert.Single(entries.Select(e => e.GroupId).Distinct());
    }

    [Theory]
    [BothStores]
    public async Task A_key_that_is_not_there_or_not_theirs_is_reported_and_stops_no_other(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var space = await store.NamespaceAsync("image-tools");
        var theirs = await store.NamespaceAsync("theirs", by: store.Stranger);
        var key = await store.KeyAsync(space.Id, "old");
        var gone = await store.KeyAsync(space.Id, "gone");
        Must(await store.Get<RevokeNamespaceKey>().ExecuteAsync(store.Owner, space.Id, gone.Key.KeyId, Ct));
        var foreign = await store.KeyAsync(theirs.Id, "foreign", by: store.Stranger);
        var (uuid, shared) = await store.LegacyAsync(space.Id);
        var legacy = await store.ReadAsync(db => db.AccessKeys.SingleAsync(k => k.IsLegacy, Ct));
        var model = await ModelKeyAsync(store, store.Owner);
        var nowhere = Guid.CreateVersion7(store.Clock.UtcNow);

        var done = Must(
            await RevokeAsync(
                store,
                store.Owner,
                KeyFamily.Functions,
                [gone.Key.Id, foreign.Key.Id, key.Key.Id, legacy.Id, model, nowhere, key.Key.Id]
            )
        );

        Assert.Equal([key.Key.Id], done.Keys.Where(k => k.IsRevoked).Select(k => k.Id));
        Assert.Equal(6, done.Keys.Count);
        Assert.Equal(DenialReason.Revoked, store.Call(key).Reason);
        Assert.True(store.Call(foreign).IsAllowed);
        Assert.True(store.Call(uuid, shared).IsAllowed);
        Assert.Null((await store.ReadAsync(db => db.AccessKeys.SingleAsync(k => k.Id == model, Ct))).RevokedAt);
    }

    [Theory]
    [BothStores]
    public async Task Each_key_needs_what_revoking_it_alone_needs(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var member = store.As(TeamRole.Member);
        var own = await ModelKeyAsync(store, member);
        var others = await ModelKeyAsync(store, store.Owner);
        var token = Must(
            await store.Get<CreateToken>().ExecuteAsync(store.Owner, new NewTokenRequest("ci", "30d", ["api:read"]), Ct)
        ).Token.Id;

        Assert.Equal(new Refusal.Forbidden("genai:delete"), await RefusalAsync(TeamRole.Modifier));
        Assert.Equal(new Refusal.Forbidden("genai:delete"), await RefusalAsync(TeamRole.ResourceViewer));
        Assert.IsType<Refusal.Forbidden>(await RefusalAsync(TeamRole.Biller));
        Assert.Equal(("model_key.delete", "refused"), Last(await store.AuditAsync()));
        var done = Must(await RevokeAsync(store, member, KeyFamily.Inference, [own, others]));
        Assert.Equal([own], done.Keys.Where(k => k.IsRevoked).Select(k => k.Id));
        Assert.False(Must(await RevokeAsync(store, member, KeyFamily.Api, [token])).Keys[0].IsRevoked);
        Assert.True(Must(await RevokeAsync(store, store.Owner, KeyFamily.Api, [token])).Keys[0].IsRevoked);
        Assert.Equal(("token.revoke", "done"), Last(await store.AuditAsync()));

        async Task<Refusal?> RefusalAsync(TeamRole role) =>
            (await RevokeAsync(store, store.As(role), KeyFamily.Inference, [own])).Refusal;

        static (string, string) Last(List<ControlPanel.Data.Model.AuditEntry> log) => (log[^1].Action, log[^1].Result);
    }

    [Fact]
    public async Task None_and_too_many_are_refused()
    {
        await using var store = await StartAsync(StoreKind.Sqlite);
        Assert.IsType<Refusal.Invalid>((await RevokeAsync(store, store.Owner, KeyFamily.Spaces, [])).Refusal);
        var many = Enumerable.Range(0, RevokeKeys.MaxKeys + 1).Select(_ => Guid.CreateVersion7(store.Clock.UtcNow));
        Assert.IsType<Refusal.Invalid>((await RevokeAsync(store, store.Owner, KeyFamily.Spaces, many)).Refusal);
    }

    private static Task<Outcome<KeyRevocations>> RevokeAsync(
        StoreFixture store,
        Actor who,
        KeyFamily family,
        IEnumerable<Guid> ids
    ) => store.Get<RevokeKeys>().ExecuteAsync(who, family, [.. ids], Ct);

    private static async Task<Guid> ModelKeyAsync(StoreFixture store, Actor who) =>
        Must(
            await store
                .Get<CreateModelKey>()
                .ExecuteAsync(who, new NewModelKeyRequest("bot", null, Batch: false, VpcId: null), Ct)
        ).Key.Id;
}
