using System.Net;
using ControlPanel.Data.Model;
using ControlPanel.Data.Operations.Functions;
using ControlPanel.Data.Usage;
using ControlPanel.Tests.Unit.Support;
using ControlPanel.Verification.Decisions;
using ControlPanel.Verification.Keys;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using static ControlPanel.Tests.Unit.Data.StoreFixture;

namespace ControlPanel.Tests.Unit.Data;

/// <summary>When, from where and how often: written behind the calls, forward only, and never in their way.</summary>
public sealed class UsageTests
{
    private static readonly IPAddress s_office = IPAddress.Parse("192.0.2.7");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [BothStores]
    public async Task Uses_are_counted_and_the_last_one_is_shown_with_address_and_client(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var (space, key, record) = await KeyAsync(store);
        var usage = store.Get<UsageRecorder>();
        var first = store.Clock.UtcNow;
        usage.RecordUse(record, s_office, "curl/8.5");
        store.Clock.Advance(TimeSpan.FromMinutes(61));
        usage.RecordUse(record, IPAddress.Parse("::ffff:198.51.100.9"), null);
        usage.RecordRefusal(record);
        await usage.FlushAsync(Ct);
        var row = await UsageAsync(store);
        Assert.Equal(
            (2, first.AddMinutes(61), "198.51.100.9", null),
            (row.Calls, row.LastUsedAt, row.LastAddress, row.LastClient)
        );
        usage.RecordUse(record, s_office, "curl/8.5");
        await usage.FlushAsync(Ct);
        Assert.Equal(3, (await UsageAsync(store)).Calls);

        var hours = await store.ReadAsync(db => db.KeyUsageHours.OrderBy(h => h.Hour).ToListAsync(Ct));
        Assert.Equal([(1, 0), (2, 1)], hours.Select(h => (h.Calls, h.Refused)));
        var radius = await store.Get<GetNamespaceKeyBlastRadius>().ExecuteAsync(store.Owner, space, key.Key.KeyId, Ct);
        Assert.Equal((3, store.Clock.UtcNow), (Must(radius).CallsLast24Hours, Must(radius).LastUsedAt));
        Assert.Equal(
            [("192.0.2.7", "curl/8.5", 2), ("198.51.100.9", "", 1)],
            Must(radius).Callers.Select(c => (c.Address, c.Client, c.Calls)).Order()
        );
    }

    [Theory]
    [BothStores]
    public async Task An_older_use_written_late_never_sets_the_last_use_back(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var (_, _, record) = await KeyAsync(store);
        using var late = new UsageRecorder(store.Store, store.Clock, NullLogger<UsageRecorder>.Instance);
        late.RecordUse(record, s_office, "old");
        store.Clock.Advance(TimeSpan.FromMinutes(5));
        store.Get<UsageRecorder>().RecordUse(record, IPAddress.Loopback, "new");
        await store.Get<UsageRecorder>().FlushAsync(Ct);
        await late.FlushAsync(Ct);
        var row = await UsageAsync(store);
        Assert.Equal(
            (2, store.Clock.UtcNow, "127.0.0.1", "new"),
            (row.Calls, row.LastUsedAt, row.LastAddress, row.LastClient)
        );
    }

    [Theory]
    [BothStores]
    public async Task Calls_by_the_hour_and_callers_go_when_they_are_old_and_the_last_use_stays(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var (_, _, record) = await KeyAsync(store);
        var usage = store.Get<UsageRecorder>();
        for (var day = 0; day < 5; day++)
        {
            usage.RecordUse(record, s_office, "curl/8.5");
            await usage.FlushAsync(Ct);
            store.Clock.Advance(TimeSpan.FromDays(1));
        }

        store.Clock.Advance(new RetentionRules().Usage - TimeSpan.FromDays(3) + TimeSpan.FromHours(1));
        await store.Get<UsageRetention>().PruneAsync(Ct);
        Assert.Equal(2, await store.ReadAsync(db => db.KeyUsageHours.CountAsync(Ct)));
        // Of a day that is not over yet at that age, the callers stay.
        Assert.InRange(await store.ReadAsync(db => db.KeyCallers.CountAsync(Ct)), 2, 3);

        store.Clock.Advance(TimeSpan.FromDays(5));
        await store.Get<UsageRetention>().PruneAsync(Ct);
        Assert.Equal(0, await store.ReadAsync(db => db.KeyUsageHours.CountAsync(Ct)));
        Assert.Equal(0, await store.ReadAsync(db => db.KeyCallers.CountAsync(Ct)));
        Assert.Equal(5, (await UsageAsync(store)).Calls);
    }

    [Theory]
    [BothStores]
    public async Task No_use_is_lost_between_a_flush_and_the_calls_that_run_meanwhile(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var (_, _, record) = await KeyAsync(store);
        var usage = store.Get<UsageRecorder>();
        using var stop = new CancellationTokenSource();
        using var started = new CountdownEvent(3);
        var calls = Enumerable
            .Range(0, 3)
            .Select(_ =>
                Task.Factory.StartNew(
                    () =>
                    {
                        usage.RecordUse(record, s_office, "loop");
                        var made = 1L;
                        started.Signal();
                        while (!stop.IsCancellationRequested)
                        {
                            usage.RecordUse(record, s_office, "loop");
                            made++;
                        }

                        return made;
                    },
                    Ct,
                    TaskCreationOptions.LongRunning,
                    TaskScheduler.Default
                )
            )
            .ToList();
        started.Wait(Ct);
        for (var flush = 0; flush < 80; flush++)
        {
            await usage.FlushAsync(Ct);
        }

        await stop.CancelAsync();
        var made = (await Task.WhenAll(calls)).Sum();
        await usage.FlushAsync(Ct);
        Assert.Equal(made, (await UsageAsync(store)).Calls);
    }

    [Theory]
    [BothStores]
    public async Task Writing_uses_while_revoking_brings_no_key_back(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var space = await store.NamespaceAsync("image-tools");
        var usage = store.Get<UsageRecorder>();
        for (var round = 0; round < 20; round++)
        {
            var key = await store.KeyAsync(space.Id, $"key-{round}");
            usage.RecordUse(store.Call(key).Key!, s_office, "race");
            var revoke = Task.Run(
                () => store.Get<RevokeNamespaceKey>().ExecuteAsync(store.Owner, space.Id, key.Key.KeyId, Ct),
                Ct
            );
            await usage.FlushAsync(Ct);
            Must(await revoke);
            Assert.Equal(DenialReason.Revoked, store.Call(key).Reason);
        }

        Assert.Equal(0, await store.ReadAsync(db => db.AccessKeys.CountAsync(k => k.RevokedAt == null, Ct)));
        Assert.Equal(20, await store.ReadAsync(db => db.KeyUsages.CountAsync(Ct)));
    }

    [Fact]
    public async Task What_gathered_is_written_at_stop()
    {
        await using var store = await StartAsync(StoreKind.Sqlite);
        var (_, _, record) = await KeyAsync(store);
        var usage = store.Get<UsageRecorder>();
        await usage.StartAsync(Ct);
        usage.RecordUse(record, s_office, "curl/8.5");
        await usage.StopAsync(Ct);
        Assert.Equal(1, (await UsageAsync(store)).Calls);
    }

    [Fact]
    public async Task A_store_that_cannot_be_written_fails_neither_calls_nor_the_stop()
    {
        await using var store = await StartAsync(StoreKind.Sqlite);
        var (_, key, record) = await KeyAsync(store);
        var usage = store.Get<UsageRecorder>();
        store.Faults.CannotWrite = true;
        usage.RecordUse(record, s_office, "curl/8.5");
        Assert.True(store.Call(key).IsAllowed);
        await Assert.ThrowsAsync<InvalidOperationException>(() => usage.FlushAsync(Ct));
        usage.RecordUse(record, s_office, "curl/8.5");
        await usage.StartAsync(Ct);
        await usage.StopAsync(Ct);
        store.Faults.CannotWrite = false;
        await usage.FlushAsync(Ct);
        Assert.Equal(2, (await UsageAsync(store)).Calls);
    }

    [Theory]
    [BothStores]
    public async Task Whatever_a_caller_calls_itself_is_kept_without_losing_what_is_written_with_it(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var (_, _, record) = await KeyAsync(store);
        var usage = store.Get<UsageRecorder>();
        string[] names =
        [
            "nul\0nul",
            "half \uD83D",
            new string('a', 255) + "\U0001F511",
            new string('b', 100_000),
            "'; DROP TABLE key_callers; --",
            "\u202Eright-to-left\r\n",
        ];
        foreach (var name in names)
        {
            usage.RecordUse(record, s_office, name);
            store.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        await usage.FlushAsync(Ct);
        Assert.Equal(names.Length, (await UsageAsync(store)).Calls);
        var kept = await store.ReadAsync(db => db.KeyCallers.Select(c => c.Client).ToListAsync(Ct));
        Assert.Equal(names.Length, kept.Count);
        Assert.Contains("nul\uFFFDnul", kept);
        Assert.Contains("half \uFFFD", kept);
        Assert.Contains(new string('a', 255), kept);
        Assert.Contains(new string('b', 256), kept);
    }

    [Fact]
    public async Task A_caller_that_changes_its_address_all_the_time_fills_neither_memory_nor_disk()
    {
        await using var store = await StartAsync(StoreKind.Sqlite);
        var (_, _, record) = await KeyAsync(store);
        var usage = store.Get<UsageRecorder>();
        for (var i = 0; i < 5_000; i++)
        {
            usage.RecordUse(record, new IPAddress([10, 0, (byte)(i / 256), (byte)i]), "scan");
        }

        await usage.FlushAsync(Ct);
        Assert.Equal(5_000, (await UsageAsync(store)).Calls);
        Assert.Equal(64, await store.ReadAsync(db => db.KeyCallers.CountAsync(Ct)));
    }

    private static async Task<(string Namespace, NewNamespaceKey Key, KeyRecord Record)> KeyAsync(StoreFixture store)
    {
        var space = await store.NamespaceAsync("image-tools");
        var key = await store.KeyAsync(space.Id, "deploy");
        return (space.Id, key, store.Call(key).Key!);
    }

    private static Task<KeyUsage> UsageAsync(StoreFixture store) => store.ReadAsync(db => db.KeyUsages.SingleAsync(Ct));
}
