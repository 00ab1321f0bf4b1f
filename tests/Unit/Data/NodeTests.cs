using System.Diagnostics;
using ControlPanel.Data.Nodes;
using ControlPanel.Data.Operations.Functions;
using ControlPanel.Data.Snapshots;
using ControlPanel.Verification.Decisions;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using static ControlPanel.Tests.Unit.Data.StoreFixture;

namespace ControlPanel.Tests.Unit.Data;

/// <summary>Several nodes on one PostgreSQL: acknowledged means refused on every one of them.</summary>
public sealed class NodeTests
{
    // So long that what happens within a test is never the polling, which runs three times in each lease.
    private static readonly TimeSpan s_long = TimeSpan.FromMinutes(10);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_receipt_names_both_nodes_and_comes_in_milliseconds()
    {
        SkipWithoutPostgres();
        await using var a = await StartAsync(StoreKind.Postgres, Node("A", s_long));
        await using var b = await a.OpenSecondAsync(Node("B", s_long));
        await a.StartNodeAsync();
        await b.StartNodeAsync();
        await UntilOnTheListAsync(a, "A", "B");
        var space = await a.NamespaceAsync("image-tools");
        for (var round = 0; round < 10; round++)
        {
            var (here, there) = round % 2 == 0 ? (a, b) : (b, a);
            var key = await here.KeyAsync(space.Id, $"key-{round}");
            // Made here, it works there the moment its maker knows it.
            Assert.True(there.Call(key).IsAllowed);
            var started = Stopwatch.GetTimestamp();
            var receipt = await RevokeAsync(here, space.Id, key);
            Assert.Equal(DenialReason.Revoked, there.Call(key).Reason);
            Assert.Equal(["A", "B"], receipt.Nodes.Select(n => n.Node).Order());
            Assert.All(receipt.Nodes, n => Assert.False(n.ByLease));
            Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromMinutes(1), "It was the polling.");
        }
    }

    [Fact]
    public async Task No_call_that_starts_on_the_other_node_after_the_receipt_succeeds()
    {
        SkipWithoutPostgres();
        await using var a = await StartAsync(StoreKind.Postgres, Node("A", s_long));
        await using var b = await a.OpenSecondAsync(Node("B", s_long));
        await a.StartNodeAsync();
        await b.StartNodeAsync();
        await UntilOnTheListAsync(a, "A", "B");
        var space = await a.NamespaceAsync("image-tools");
        for (var round = 0; round < 10; round++)
        {
            var key = await a.KeyAsync(space.Id, $"key-{round}");
            var receiptIsThere = 0;
            var (before, after) = (0, 0);
            using var stop = new CancellationTokenSource();
            var caller = Task.Factory.StartNew(
                () =>
                {
                    while (!stop.IsCancellationRequested)
                    {
                        var late = Volatile.Read(ref receiptIsThere) == 1;
                        if (b.Call(key).IsAllowed)
                        {
                            Interlocked.Increment(ref late ? ref after : ref before);
                        }
                    }
                },
                Ct,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default
            );
            await RevokeAsync(a, space.Id, key);
            Volatile.Write(ref receiptIsThere, 1);
            Assert.Equal(DenialReason.Revoked, b.Call(key).Reason);
            await stop.CancelAsync();
            await caller;
            Assert.Equal(0, after);
        }
    }

    [Fact]
    public async Task A_frozen_node_is_waited_for_until_its_lease_is_over()
    {
        SkipWithoutPostgres();
        var lease = TimeSpan.FromSeconds(3);
        await using var a = await StartAsync(StoreKind.Postgres, Node("A", lease));
        // It has loaded once and then hangs: it neither listens nor looks nor reports.
        await using var b = await a.OpenSecondAsync(Node("B", lease));
        var space = await a.NamespaceAsync("image-tools");
        var created = a.KeyAsync(space.Id, "deploy");
        await b.Get<KeySnapshots>().RefreshAsync(Ct);
        await UntilOnTheListAsync(a, "A", "B");
        while (!created.IsCompleted)
        {
            await b.Get<KeySnapshots>().RefreshAsync(Ct);
            await b.Get<NodeRegister>().ReportAsync(b.Get<KeySnapshots>().AppliedVersion, Ct);
        }

        var key = await created;
        Assert.True(b.Call(key).IsAllowed);

        var revoke = RevokeAsync(a, space.Id, key);
        while (a.Call(key).IsAllowed)
        {
            await Task.Delay(5, Ct);
        }

        // As long as the frozen node can still say yes, there is no receipt.
        a.Clock.Advance(lease - TimeSpan.FromTicks(1));
        Assert.True(b.Call(key).IsAllowed);
        await Task.Delay(100, Ct);
        Assert.False(revoke.IsCompleted);
        a.Clock.Advance(TimeSpan.FromMilliseconds(251));
        var receipt = await revoke;
        Assert.Equal(DenialReason.CannotVerify, b.Call(key).Reason);
        Assert.Equal([("A", false), ("B", true)], receipt.Nodes.Select(n => (n.Node, n.ByLease)));
        Assert.True(receipt.Elapsed >= lease);
    }

    [Fact]
    public async Task A_deaf_node_still_applies_within_its_polling()
    {
        SkipWithoutPostgres();
        var lease = TimeSpan.FromSeconds(3);
        await using var a = await StartAsync(StoreKind.Postgres, Node("A", lease));
        await using var b = await a.OpenSecondAsync(Node("B", lease));
        b.Faults.IsDeaf = true;
        await a.StartNodeAsync();
        await b.StartNodeAsync();
        await UntilOnTheListAsync(a, "A", "B");
        var space = await a.NamespaceAsync("image-tools");
        var key = await a.KeyAsync(space.Id, "deploy");
        var receipt = await RevokeAsync(a, space.Id, key);
        Assert.Equal(DenialReason.Revoked, b.Call(key).Reason);
        Assert.Equal(2, receipt.Nodes.Count);
        Assert.All(receipt.Nodes, n => Assert.False(n.ByLease));
    }

    [Fact]
    public async Task A_listener_that_was_cut_off_listens_again_and_misses_nothing()
    {
        SkipWithoutPostgres();
        await using var a = await StartAsync(StoreKind.Postgres, Node("A", s_long));
        await using var b = await a.OpenSecondAsync(Node("B", s_long));
        await a.StartNodeAsync();
        await b.StartNodeAsync();
        await UntilOnTheListAsync(a, "A", "B");
        var space = await a.NamespaceAsync("image-tools");
        for (var round = 0; round < 2; round++)
        {
            var key = await a.KeyAsync(space.Id, $"key-{round}");
            await PostgresCluster.ExecuteOnAsync(
                a.Place,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    + "WHERE datname = current_database() AND query LIKE 'LISTEN%'",
                Ct
            );
            // With a lease of minutes only the listener, once it is back, can bring this about.
            var receipt = await RevokeAsync(a, space.Id, key);
            Assert.All(receipt.Nodes, n => Assert.False(n.ByLease));
            Assert.Equal(DenialReason.Revoked, b.Call(key).Reason);
        }
    }

    [Fact]
    public async Task A_node_that_stops_leaves_and_says_yes_no_more()
    {
        SkipWithoutPostgres();
        await using var a = await StartAsync(StoreKind.Postgres, Node("A", s_long));
        await using var b = await a.OpenSecondAsync(Node("B", s_long));
        await a.StartNodeAsync();
        await b.StartNodeAsync();
        await UntilOnTheListAsync(a, "A", "B");
        var space = await a.NamespaceAsync("image-tools");
        var key = await a.KeyAsync(space.Id, "deploy");
        await b.StopNodeAsync();
        Assert.Equal(DenialReason.CannotVerify, b.Call(key).Reason);
        Assert.Equal(["A"], await NamesAsync(a));
        var receipt = await RevokeAsync(a, space.Id, key);
        Assert.Equal("A", Assert.Single(receipt.Nodes).Node);
    }

    [Fact]
    public async Task A_node_that_is_not_on_the_list_cannot_say_yes()
    {
        SkipWithoutPostgres();
        var lease = TimeSpan.FromSeconds(3);
        await using var a = await StartAsync(StoreKind.Postgres, Node("A", lease));
        await using var b = await a.OpenSecondAsync(Node("B", lease));
        Assert.Equal(["A"], await NamesAsync(a));
        await b.Get<KeySnapshots>().RefreshAsync(Ct);
        Assert.Equal(["A", "B"], await NamesAsync(a));

        // Struck off behind its back, it is on the list again before its lease is renewed.
        await a.TamperAsync(db => db.VerifyingNodes.Where(n => n.Name == "B").ExecuteDeleteAsync(Ct));
        await b.Get<KeySnapshots>().RefreshAsync(Ct);
        Assert.Equal(["A", "B"], await NamesAsync(a));

        // One that cannot report gets no lease, though it could read.
        await a.TamperAsync(db => db.VerifyingNodes.Where(n => n.Name == "B").ExecuteDeleteAsync(Ct));
        b.Faults.CannotWrite = true;
        a.Clock.Advance(lease);
        await Assert.ThrowsAsync<InvalidOperationException>(() => b.Get<KeySnapshots>().RefreshAsync(Ct));
        Assert.False(b.Get<KeySnapshots>().IsFresh);

        // Nor does one whose last report is too old for the others to believe.
        b.Faults.CannotWrite = false;
        await b.Get<KeySnapshots>().RefreshAsync(Ct);
        Assert.True(b.Get<KeySnapshots>().IsFresh);
        b.Faults.CannotWrite = true;
        a.Clock.Advance(3 * lease);
        await Assert.ThrowsAsync<InvalidOperationException>(() => b.Get<KeySnapshots>().RefreshAsync(Ct));
    }

    [Fact]
    public async Task A_node_that_died_is_struck_off_only_after_its_last_lease()
    {
        SkipWithoutPostgres();
        var lease = TimeSpan.FromSeconds(3);
        await using var a = await StartAsync(StoreKind.Postgres, Node("A", lease));
        await using var b = await a.OpenSecondAsync(Node("B", lease));
        await b.Get<KeySnapshots>().RefreshAsync(Ct);
        var register = a.Get<NodeRegister>();
        Assert.Empty(await register.StrikeOffSilentAsync(Ct));
        a.Clock.Advance(6 * lease);
        Assert.Empty(await register.StrikeOffSilentAsync(Ct));
        Assert.False(b.Get<KeySnapshots>().IsFresh);
        await b.Get<NodeRegister>().ReportAsync(0, Ct);
        a.Clock.Advance(TimeSpan.FromTicks(1));
        Assert.Empty(await register.StrikeOffSilentAsync(Ct));
        a.Clock.Advance(6 * lease + TimeSpan.FromTicks(1));
        Assert.Equal(["B"], await register.StrikeOffSilentAsync(Ct));
        Assert.Equal(["A"], await NamesAsync(a));
    }

    private static Action<IServiceCollection> Node(string name, TimeSpan lease) =>
        services => services.AddSingleton(Options.Create(new SnapshotOptions { NodeName = name, Lease = lease }));

    private static async Task<Receipt> RevokeAsync(StoreFixture node, string namespaceId, NewNamespaceKey key) =>
        Must(await node.Get<RevokeNamespaceKey>().ExecuteAsync(node.Owner, namespaceId, key.Key.KeyId, Ct));

    private static Task<List<string>> NamesAsync(StoreFixture node) =>
        node.ReadAsync(db => db.VerifyingNodes.Select(n => n.Name).Order().ToListAsync(Ct));

    private static async Task UntilOnTheListAsync(StoreFixture node, params string[] names)
    {
        while (!names.SequenceEqual(await NamesAsync(node)))
        {
            await Task.Delay(10, Ct);
        }
    }

    private static void SkipWithoutPostgres() =>
        Assert.SkipWhen(PostgresCluster.Programs is null, PostgresCluster.NotInstalled);
}
