using System.Collections.Concurrent;
using ControlPanel.Data.Audit;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Audit;
using ControlPanel.Data.Operations.Functions;
using ControlPanel.Data.Providers;
using ControlPanel.Data.Snapshots;
using ControlPanel.Data.Usage;
using ControlPanel.Tests.Unit.Support;
using ControlPanel.Verification.Keys;
using ControlPanel.Verification.Secrets;
using Microsoft.EntityFrameworkCore;
using static ControlPanel.Tests.Unit.Data.StoreFixture;

namespace ControlPanel.Tests.Unit.Data;

/// <summary>What both databases must be under load, under broken-off work and under strange text.</summary>
public sealed class StoreTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [BothStores]
    public async Task Many_writers_at_once_all_succeed_and_every_change_has_a_version_of_its_own(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var space = await store.NamespaceAsync("image-tools");
        var record = store.Call(await store.KeyAsync(space.Id, "used")).Key!;
        var version = await store.VersionAsync();
        const int Writers = 12;
        const int Each = 5;
        await Task.WhenAll(
            Enumerable
                .Range(0, Writers)
                .Select(writer =>
                    Task.Run(
                        async () =>
                        {
                            for (var i = 0; i < Each; i++)
                            {
                                await store.KeyAsync(space.Id, $"key-{writer}-{i}");
                                store.Get<UsageRecorder>().RecordUse(record, null, "load");
                                await store.Get<UsageRecorder>().FlushAsync(Ct);
                                Must(
                                    await store
                                        .Get<ListNamespaceKeys>()
                                        .ExecuteAsync(store.Owner, space.Id, new PageRequest(), null, Ct)
                                );
                            }
                        },
                        Ct
                    )
                )
        );
        Assert.Equal(version + (Writers * Each), await store.VersionAsync());
        var versions = await store.ReadAsync(db => db.AccessKeys.Select(k => k.ChangeVersion).ToListAsync(Ct));
        Assert.Equal(versions.Count, versions.Distinct().Count());
        await using var db = store.Store.OpenRead();
        Assert.Equal(new ChainVerdict.Intact(2 + (Writers * Each)), await store.Get<AuditChain>().VerifyAsync(db, Ct));
    }

    [Theory]
    [BothStores]
    public async Task Work_that_is_broken_off_anywhere_leaves_all_of_a_change_or_nothing(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var space = await store.NamespaceAsync("image-tools");
        var create = store.Get<CreateNamespaceKey>();
        var random = new RepeatableSecretSource();
        var broken = 0;
        for (var round = 0; round < 60; round++)
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
            var delay = new byte[1];
            random.Fill(delay);
            var work = Task.Run(
                () => create.ExecuteAsync(store.Owner, new NewKeyRequest(space.Id, $"key-{round}", null), stop.Token),
                Ct
            );
            await Task.Delay(TimeSpan.FromMicroseconds(delay[0] * 20), Ct);
            await stop.CancelAsync();
            try
            {
                await work;
            }
            catch (Exception e) when (e is OperationCanceledException || StoreFaults.IsFromStore(e))
            {
                broken++;
            }
        }

        // The store is as usable as before, and what is there is whole.
        await store.KeyAsync(space.Id, "afterwards");
        var keys = await store.ReadAsync(db => db.AccessKeys.Select(k => k.PublicId).Order().ToListAsync(Ct));
        var entries = await store.AuditAsync();
        Assert.Equal(keys, entries.Where(e => e.Action == "functions_key.create").Select(e => e.TargetId).Order());
        Assert.Equal(entries.Count + 1, await store.VersionAsync());
        await using var db = store.Store.OpenRead();
        Assert.Equal(new ChainVerdict.Intact(entries.Count), await store.Get<AuditChain>().VerifyAsync(db, Ct));
        Assert.True(broken > 0, "Nothing was broken off; the delays are too long.");
    }

    [Theory]
    [BothStores]
    public async Task Text_that_no_database_stores_finds_nothing_and_breaks_nothing(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var space = await store.NamespaceAsync("image-tools");
        var key = await store.KeyAsync(space.Id, "deploy");
        foreach (var strange in new[] { "a\0b", "\uD83D", "\uDD11x", space.Id + "\0", "\0" })
        {
            var list = await store
                .Get<ListNamespaces>()
                .ExecuteAsync(store.Owner, new PageRequest { Search = strange + "x" }, Ct);
            Assert.Empty(Must(list).Items);
            Assert.IsType<Refusal.Missing>(
                (await store.Get<GetNamespace>().ExecuteAsync(store.Owner, strange, Ct)).Refusal
            );
            Assert.IsType<Refusal.Missing>(
                (await store.Get<RevokeNamespaceKey>().ExecuteAsync(store.Owner, space.Id, strange, Ct)).Refusal
            );
            Assert.IsType<Refusal.Missing>(
                (await store.Get<ExplainRequest>().ExecuteAsync(store.Owner, strange, Ct)).Refusal
            );
            var filter = new AuditFilter
            {
                Actor = strange,
                Action = strange,
                Target = strange,
                RequestId = strange,
            };
            Assert.Empty(Must(await store.Get<ListAuditEntries>().ExecuteAsync(store.Owner, new(), filter, Ct)).Items);
        }

        // What a caller calls itself reaches the log of changes as well.
        var odd = store.Owner with
        {
            RequestId = "req\0\uD83D",
        };
        Must(await store.Get<RenameNamespaceKey>().ExecuteAsync(odd, space.Id, key.Key.KeyId, "renamed", Ct));
        Assert.True(store.Call(key).IsAllowed);
        await using var db = store.Store.OpenRead();
        Assert.Equal(new ChainVerdict.Intact(3), await store.Get<AuditChain>().VerifyAsync(db, Ct));
    }

    [Theory]
    [BothStores]
    public async Task A_store_of_a_newer_version_is_refused_with_one_line(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        await store.TamperAsync(db =>
            db.Database.ExecuteSqlRawAsync(
                """
                INSERT INTO "__EFMigrationsHistory" VALUES ('20990101000000_FromTheFuture', '99.0.0')
                """,
                Ct
            )
        );
        var refused = await Assert.ThrowsAsync<StoreRefusedException>(() => OpenAsync(kind, store.Place));
        Assert.Contains("newer version", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
    }

    [Fact]
    public async Task Every_commit_on_PostgreSQL_is_synchronous_whatever_the_server_is_set_to()
    {
        Assert.SkipWhen(PostgresCluster.Programs is null, PostgresCluster.NotInstalled);
        await using var store = await StartAsync(StoreKind.Postgres);
        await using var transaction = await store.Store.BeginWriteAsync(Ct);
        var setting = await transaction
            .Db.Database.SqlQuery<string>($"SELECT current_setting('synchronous_commit') AS \"Value\"")
            .SingleAsync(Ct);
        Assert.Equal("on", setting);
        await using var db = store.Store.OpenRead();
        var server = await db
            .Database.SqlQuery<string>($"SELECT current_setting('synchronous_commit') AS \"Value\"")
            .SingleAsync(Ct);
        Assert.Equal("off", server);
    }

    [Fact]
    public async Task A_crash_of_the_database_server_loses_nothing_acknowledged_and_stops_no_node()
    {
        Assert.SkipWhen(PostgresCluster.Programs is null, PostgresCluster.NotInstalled);
        await using var cluster = new PostgresCluster();
        await using var store = await StartAsync(StoreKind.Postgres, place: await cluster.CreateDatabaseAsync(Ct));
        await store.StartNodeAsync();
        var space = await store.NamespaceAsync("image-tools");
        var acknowledged = new ConcurrentBag<(string Id, bool IsRevoked)>();
        for (var crash = 0; crash < 2; crash++)
        {
            var before = acknowledged.Count;
            using var stop = new CancellationTokenSource();
            var writers = Enumerable
                .Range(0, 3)
                .Select(w => Task.Run(() => WriteAsync($"{crash}-{w}", stop.Token), Ct))
                .ToList();
            while (acknowledged.Count < before + 30)
            {
                await Task.Delay(1, Ct);
            }

            await cluster.CrashAsync(Ct);
            // Who only waited for the acknowledgement of a commit notices nothing and would go on for ever.
            await stop.CancelAsync();
            await Task.WhenAll(writers);

            // The same process goes on with the same store.
            var key = await store.KeyAsync(space.Id, $"after {crash}");
            Assert.True(store.Call(key).IsAllowed);
            acknowledged.Add((key.Key.KeyId, false));
        }

        var keys = await store.ReadAsync(db =>
            db.AccessKeys.ToDictionaryAsync(k => k.PublicId, k => k.RevokedAt is not null, Ct)
        );
        foreach (var (id, isRevoked) in acknowledged)
        {
            Assert.True(keys.TryGetValue(id, out var wasRevoked), $"{id} was acknowledged and is lost.");
            Assert.True(!isRevoked || wasRevoked, $"{id} was acknowledged as revoked and lives.");
        }

        var audit = await store.AuditAsync();
        Assert.Equal(keys.Count, audit.Count(a => a.Action == "functions_key.create"));
        await using var db = store.Store.OpenRead();
        Assert.Equal(new ChainVerdict.Intact(audit.Count), await store.Get<AuditChain>().VerifyAsync(db, Ct));

        async Task WriteAsync(string name, CancellationToken stopped)
        {
            try
            {
                for (var i = 0; !stopped.IsCancellationRequested; i++)
                {
                    var made = await store.KeyAsync(space.Id, $"{name}-{i}");
                    acknowledged.Add((made.Key.KeyId, false));
                    Must(await store.Get<RevokeNamespaceKey>().ExecuteAsync(store.Owner, space.Id, made.Key.KeyId, Ct));
                    acknowledged.Add((made.Key.KeyId, true));
                }
            }
            catch (Exception e) when (StoreFaults.IsFromStore(e))
            {
                // The crash; whoever wrote was told that it failed.
            }
        }
    }

    [Fact]
    public async Task A_connection_lost_within_a_change_is_a_fault_of_the_store_whichever_command_finds_it()
    {
        Assert.SkipWhen(PostgresCluster.Programs is null, PostgresCluster.NotInstalled);
        await using var store = await StartAsync(StoreKind.Postgres);
        await using var transaction = await store.Store.BeginWriteAsync(Ct);
        await transaction.TickAsync(Ct);
        var backend = await transaction
            .Db.Database.SqlQueryRaw<int>("SELECT pg_backend_pid() AS \"Value\"")
            .SingleAsync(Ct);
        await store.TamperAsync(db =>
            db.Database.ExecuteSqlAsync($"SELECT pg_terminate_backend({backend}, 10000)", Ct)
        );

        // The first meets the broken connection, the others the transaction that ended with it.
        for (var i = 0; i < 3; i++)
        {
            var fault = await Assert.ThrowsAnyAsync<Exception>(() => transaction.TickAsync(Ct));
            Assert.True(StoreFaults.IsFromStore(fault), fault.ToString());
        }

        var late = await Assert.ThrowsAnyAsync<Exception>(() => transaction.CommitAsync(Ct));
        Assert.True(StoreFaults.IsFromStore(late), late.ToString());
    }

    [Fact]
    public async Task A_full_disk_refuses_changes_and_nothing_else()
    {
        await using var store = await StartAsync(StoreKind.Sqlite);
        var space = await store.NamespaceAsync("image-tools");
        var key = await store.KeyAsync(space.Id, "deploy");
        await LimitAsync("PRAGMA max_page_count = 1");
        var refused = 0;
        for (var i = 0; i < 500 && refused < 3; i++)
        {
            try
            {
                await store.KeyAsync(space.Id, $"key-{i}");
            }
            catch (Exception e) when (StoreFaults.IsFromStore(e))
            {
                refused++;
            }
        }

        Assert.Equal(3, refused);
        store.Get<UsageRecorder>().RecordUse(store.Call(key).Key!, null, "curl/8.5");
        store.Clock.Advance(TimeSpan.FromSeconds(2));
        await store.Get<KeySnapshots>().RefreshAsync(Ct);
        store.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.True(store.Call(key).IsAllowed);

        await LimitAsync("PRAGMA max_page_count = 1000000");
        await store.KeyAsync(space.Id, "room again");
        var audit = await store.AuditAsync();
        Assert.Equal(
            await store.ReadAsync(db => db.AccessKeys.CountAsync(Ct)),
            audit.Count(a => a.Action == "functions_key.create")
        );
        await using var db = store.Store.OpenRead();
        Assert.Equal(new ChainVerdict.Intact(audit.Count), await store.Get<AuditChain>().VerifyAsync(db, Ct));

        // Never below the size that the file has, so this is the disk being full as of now.
        Task LimitAsync(string pragma) => store.TamperAsync(db => db.Database.ExecuteSqlRawAsync(pragma, Ct));
    }
}
