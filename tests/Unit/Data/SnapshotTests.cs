using ControlPanel.Data.Nodes;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Functions;
using ControlPanel.Data.Snapshots;
using ControlPanel.Verification.Decisions;
using ControlPanel.Verification.Keys;
using ControlPanel.Verification.Secrets;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using static ControlPanel.Tests.Unit.Data.StoreFixture;

namespace ControlPanel.Tests.Unit.Data;

/// <summary>What a node knows, for how long it may believe it, and what a receipt is worth.</summary>
public sealed class SnapshotTests
{
    private static readonly TimeSpan s_lease = new SnapshotOptions().Lease;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [BothStores]
    public async Task No_call_that_starts_after_the_receipt_succeeds(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var space = await store.NamespaceAsync("image-tools");
        for (var round = 0; round < 15; round++)
        {
            var key = await store.KeyAsync(space.Id, $"key-{round}");
            var receiptIsThere = 0;
            var (before, after) = (0, 0);
            using var stop = new CancellationTokenSource();
            var callers = Enumerable
                .Range(0, 2)
                .Select(_ =>
                    Task.Run(
                        () =>
                        {
                            while (!stop.IsCancellationRequested)
                            {
                                var late = Volatile.Read(ref receiptIsThere) == 1;
                                if (store.Call(key).IsAllowed)
                                {
                                    Interlocked.Increment(ref late ? ref after : ref before);
                                }
                            }
                        },
                        Ct
                    )
                )
                .ToList();
            while (Volatile.Read(ref before) < 10)
            {
                await Task.Yield();
            }

            var outcome = await store.Get<RevokeNamespaceKey>().ExecuteAsync(store.Owner, space.Id, key.Key.KeyId, Ct);
            Volatile.Write(ref receiptIsThere, 1);
            for (var i = 0; i < 100; i++)
            {
                Assert.Equal(DenialReason.Revoked, store.Call(key).Reason);
            }

            await stop.CancelAsync();
            await Task.WhenAll(callers);
            Assert.Equal(0, after);
            var receipt = Must(outcome);
            Assert.Equal(receipt.Version, store.Get<KeySnapshots>().AppliedVersion);
            Assert.False(receipt.Nodes[0].ByLease);
        }
    }

    [Theory]
    [BothStores]
    public async Task When_the_lease_is_over_nothing_is_allowed_until_the_store_was_read_again(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var space = await store.NamespaceAsync("image-tools");
        var key = await store.KeyAsync(space.Id, "deploy");
        store.Clock.Advance(s_lease - TimeSpan.FromTicks(1));
        Assert.True(store.Call(key).IsAllowed);
        store.Clock.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(DenialReason.CannotVerify, store.Call(key).Reason);

        store.Faults.CannotRead = true;
        var refresh = store.Get<KeySnapshots>();
        await Assert.ThrowsAsync<InvalidOperationException>(() => refresh.RefreshAsync(Ct));
        Assert.Equal(DenialReason.CannotVerify, store.Call(key).Reason);
        store.Faults.CannotRead = false;
        await refresh.RefreshAsync(Ct);
        Assert.True(store.Call(key).IsAllowed);
    }

    [Fact]
    public async Task A_stepped_wall_clock_neither_stretches_nor_ends_the_lease()
    {
        await using var store = await StartAsync(StoreKind.Sqlite);
        var space = await store.NamespaceAsync("image-tools");
        var key = await store.KeyAsync(space.Id, "deploy");
        store.Clock.UtcNow = store.Clock.UtcNow.AddHours(1);
        Assert.True(store.Call(key).IsAllowed);
        store.Clock.Timestamp += s_lease.Ticks;
        store.Clock.UtcNow = store.Clock.UtcNow.AddHours(-2);
        Assert.Equal(DenialReason.CannotVerify, store.Call(key).Reason);
    }

    [Fact]
    public async Task A_slow_read_does_not_stretch_the_lease()
    {
        await using var store = await StartAsync(StoreKind.Sqlite);
        var snapshots = store.Get<KeySnapshots>();
        store.Faults.InSnapshot = () => store.Clock.Advance(s_lease - TimeSpan.FromMilliseconds(1));
        await snapshots.RefreshAsync(Ct);
        Assert.True(snapshots.IsFresh);
        store.Clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.False(snapshots.IsFresh);
        store.Faults.InSnapshot = () => store.Clock.Advance(s_lease);
        await snapshots.RefreshAsync(Ct);
        Assert.False(snapshots.IsFresh);
    }

    [Fact]
    public async Task Before_the_first_load_nothing_is_allowed()
    {
        await using var store = await OpenAsync(StoreKind.Sqlite, place: null);
        Assert.False(store.Get<KeySnapshots>().IsFresh);
        Assert.Equal(-1, store.Get<KeySnapshots>().AppliedVersion);
    }

    [Fact]
    public async Task The_refresher_outlives_a_store_that_fails()
    {
        await using var store = await StartAsync(StoreKind.Sqlite);
        var signal = store.Get<ChangeSignal>();
        var snapshots = store.Get<KeySnapshots>();
        using var refresher = new SnapshotRefresher(
            snapshots,
            signal,
            store.Clock,
            Options.Create(new SnapshotOptions()),
            NullLogger<SnapshotRefresher>.Instance
        );
        store.Faults.CannotRead = true;
        await refresher.StartAsync(Ct);
        store.Clock.Advance(s_lease);
        for (var i = 0; i < 5; i++)
        {
            signal.Wake();
            await Task.Yield();
        }

        Assert.False(snapshots.IsFresh);
        store.Faults.CannotRead = false;
        var applied = new TaskCompletionSource();
        snapshots.Applied += _ => applied.TrySetResult();
        var space = await store.NamespaceAsync("image-tools");
        await applied.Task.WaitAsync(TimeSpan.FromSeconds(10), Ct);
        Assert.True(snapshots.IsFresh);
        Assert.NotNull(snapshots.Find(space.Id));
        await refresher.StopAsync(Ct);
    }

    [Theory]
    [BothStores]
    public async Task An_older_backup_under_a_running_node_is_noticed_and_loaded_anew(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var space = await store.NamespaceAsync("image-tools");
        var old = await store.KeyAsync(space.Id, "old");
        var young = await store.KeyAsync(space.Id, "young");
        Assert.True(store.Call(young).IsAllowed);

        // The backup is from before the young key.
        await store.TamperAsync(async db =>
        {
            await db.AccessKeys.Where(k => k.Id == young.Key.Id).ExecuteDeleteAsync(Ct);
            await db.ChangeClocks.ExecuteUpdateAsync(set => set.SetProperty(c => c.Version, c => c.Version - 1), Ct);
        });
        await store.Get<KeySnapshots>().RefreshAsync(Ct);
        Assert.Equal(DenialReason.UnknownKey, store.Call(young).Reason);
        Assert.True(store.Call(old).IsAllowed);

        // The same number of changes, but another history.
        await store.TamperAsync(async db =>
        {
            await db.AccessKeys.Where(k => k.Id == old.Key.Id).ExecuteDeleteAsync(Ct);
            var epoch = Guid.CreateVersion7(store.Clock.UtcNow);
            await db.ChangeClocks.ExecuteUpdateAsync(set => set.SetProperty(c => c.Epoch, epoch), Ct);
        });
        await store.Get<KeySnapshots>().RefreshAsync(Ct);
        Assert.Equal(DenialReason.UnknownKey, store.Call(old).Reason);
    }

    [Fact]
    public async Task A_receipt_waits_for_the_lease_when_the_store_can_no_longer_be_read()
    {
        await using var store = await StartAsync(StoreKind.Sqlite);
        var space = await store.NamespaceAsync("image-tools");
        var key = await store.KeyAsync(space.Id, "deploy");
        var refused = 0;
        store.Faults.InSnapshot = () =>
        {
            refused++;
            throw new IOException("The disk is gone.");
        };
        var revoke = store.Get<RevokeNamespaceKey>().ExecuteAsync(store.Owner, space.Id, key.Key.KeyId, Ct);
        while (Volatile.Read(ref refused) < 3)
        {
            await Task.Delay(5, Ct);
        }

        // Committed, but this node does not know it yet and may still say yes: so there is no receipt.
        Assert.True(store.Call(key).IsAllowed);
        Assert.False(revoke.IsCompleted);
        store.Clock.Advance(s_lease);
        var receipt = Must(await revoke);
        Assert.True(Assert.Single(receipt.Nodes).ByLease);
        Assert.Equal(s_lease, receipt.Elapsed);
        Assert.False(store.Call(key).IsAllowed);
        store.Faults.InSnapshot = null;
        await store.Get<KeySnapshots>().RefreshAsync(Ct);
        Assert.Equal(DenialReason.Revoked, store.Call(key).Reason);
    }

    [Theory]
    [BothStores]
    public async Task A_new_node_knows_all_that_was_ever_revoked(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var space = await store.NamespaceAsync("image-tools");
        var revoked = await store.KeyAsync(space.Id, "revoked");
        var living = await store.KeyAsync(space.Id, "living");
        Must(await store.Get<RevokeNamespaceKey>().ExecuteAsync(store.Owner, space.Id, revoked.Key.KeyId, Ct));
        using var fresh = new KeySnapshots(
            store.Store,
            store.Get<SecretSealer>(),
            store.Get<NodeRegister>(),
            store.Clock,
            Options.Create(new SnapshotOptions()),
            new LegacyRules()
        );
        await fresh.RefreshAsync(Ct);
        Assert.Equal(2, fresh.Count);
        Assert.True(fresh.TryGet(KeyFamily.Functions, LookupOf(revoked), out var known) && known.IsRevoked);
        Assert.True(fresh.TryGet(KeyFamily.Functions, LookupOf(living), out known) && !known.IsRevoked);
    }

    [Fact]
    public void An_older_record_never_replaces_a_newer_one_and_none_is_lost_when_the_table_grows()
    {
        var table = new KeyTable();
        var random = new Support.RepeatableSecretSource();
        var ids = new List<LookupId>();
        for (var i = 0; i < 5_000; i++)
        {
            var bytes = new byte[16];
            random.Fill(bytes);
            ids.Add(LookupId.Read(bytes));
            table.Apply(Record(ids[^1], version: 7, revoked: i % 2 == 0));
        }

        for (var i = 0; i < ids.Count; i++)
        {
            table.Apply(Record(ids[i], version: 6, revoked: false));
            Assert.True(table.TryGet(ids[i], out var known));
            Assert.Equal(i % 2 == 0, known.IsRevoked);
        }

        table.Apply(Record(ids[0], version: 8, revoked: false));
        Assert.True(table.TryGet(ids[0], out var newer) && !newer.IsRevoked);
        Assert.Equal(ids.Count, table.Count);

        static KeyRecord Record(LookupId id, long version, bool revoked) =>
            new()
            {
                Id = Guid.Empty,
                Family = KeyFamily.Functions,
                LookupId = id,
                TeamId = Guid.Empty,
                Scope = new KeyScope.Namespace("fn-1"),
                SecretMac = default,
                MasterKeyVersion = 1,
                IsRevoked = revoked,
                ChangeVersion = version,
            };
    }

    private static LookupId LookupOf(NewNamespaceKey key) =>
        LookupId.Read(Convert.FromHexString(key.Key.KeyId["dof_v1_".Length..]));
}
