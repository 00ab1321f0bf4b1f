using System.Net;
using ControlPanel.Data.Usage;
using ControlPanel.Verification.Decisions;
using ControlPanel.Verification.Keys;
using Microsoft.EntityFrameworkCore;
using static ControlPanel.Tests.Unit.Data.StoreFixture;

namespace ControlPanel.Tests.Unit.Data;

/// <summary>Why a request was refused, for its owner to look up; bounded whatever arrives.</summary>
public sealed class RefusalLogTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [BothStores]
    public async Task A_refusal_of_a_known_key_is_kept_with_its_reason_and_its_own_request_id(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var space = await store.NamespaceAsync("image-tools");
        var key = await store.KeyAsync(space.Id, "deploy");
        var record = store.Call(key).Key!;
        var log = store.Get<RefusalLog>();
        log.Record(Refused("req-a", DenialReason.WrongSecret, record));
        log.Record(Refused("req-b", DenialReason.WrongSecret, record));
        await log.FlushAsync(Ct);
        var rows = await store.ReadAsync(db => db.RefusedUses.OrderBy(r => r.RequestId).ToListAsync(Ct));
        Assert.Equal(["req-a", "req-b"], rows.Select(r => r.RequestId));
        Assert.All(
            rows,
            r =>
                Assert.Equal(
                    (store.TeamId, key.Key.Id, DenialReason.WrongSecret, "192.0.2.1", "curl/8.5", store.Clock.UtcNow),
                    (r.TeamId, r.KeyId, r.Reason, r.Address, r.Client, r.At)
                )
        );
    }

    [Theory]
    [BothStores]
    public async Task Noise_from_one_address_is_one_entry_with_a_count(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var log = store.Get<RefusalLog>();
        for (var i = 0; i < 1_000; i++)
        {
            log.Record(Refused($"req-{i}", DenialReason.UnknownKey, key: null));
        }

        log.Record(Refused("req-other", DenialReason.BadFormat, key: null));
        await log.FlushAsync(Ct);
        var rows = await store.ReadAsync(db => db.RefusedUses.OrderBy(r => r.Id).ToListAsync(Ct));
        Assert.Equal(
            [("req-0", 1_000), ("req-other", 1)],
            rows.Select(r => (r.RequestId, r.Count)).OrderByDescending(r => r.Count)
        );
        Assert.All(rows, r => Assert.Null(r.TeamId));
    }

    [Fact]
    public async Task Many_different_refusals_at_once_are_kept_up_to_the_bound()
    {
        await using var store = await StartAsync(StoreKind.Sqlite);
        var log = store.Get<RefusalLog>();
        for (var i = 0; i < RefusalLog.MaxGathered + 500; i++)
        {
            var address = new IPAddress([10, 0, (byte)(i / 256), (byte)i]);
            log.Record(Refused($"req-{i}", DenialReason.UnknownKey, key: null) with { Address = address });
        }

        await log.FlushAsync(Ct);
        Assert.Equal(RefusalLog.MaxGathered, await store.ReadAsync(db => db.RefusedUses.CountAsync(Ct)));
    }

    [Theory]
    [BothStores]
    public async Task Whatever_a_caller_sends_is_kept_without_losing_what_is_written_with_it(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var log = store.Get<RefusalLog>();
        log.Record(Refused("req-good", DenialReason.NoCredential, key: null));
        log.Record(
            Refused("req-\0" + new string('x', 5_000), DenialReason.Malformed, key: null) with
            {
                Operation = "GET " + new string('é', 507) + "\U0001F511",
                Client = "nul\0 half\uD83D",
            }
        );
        await log.FlushAsync(Ct);
        var rows = await store.ReadAsync(db => db.RefusedUses.OrderBy(r => r.Reason).ToListAsync(Ct));
        Assert.Equal([DenialReason.NoCredential, DenialReason.Malformed], rows.Select(r => r.Reason));
        Assert.Equal("GET " + new string('é', 507), rows[1].Operation);
        Assert.Equal("nul\uFFFD half\uFFFD", rows[1].Client);
    }

    [Fact]
    public async Task What_gathered_is_written_at_stop_and_a_failing_store_stops_nothing()
    {
        await using var store = await StartAsync(StoreKind.Sqlite);
        var log = store.Get<RefusalLog>();
        store.Faults.CannotWrite = true;
        log.Record(Refused("req-lost", DenialReason.NoCredential, key: null));
        await Assert.ThrowsAsync<InvalidOperationException>(() => log.FlushAsync(Ct));
        store.Faults.CannotWrite = false;
        await log.StartAsync(Ct);
        log.Record(Refused("req-kept", DenialReason.NoCredential, key: null));
        await log.StopAsync(Ct);
        Assert.Equal("req-kept", await store.ReadAsync(db => db.RefusedUses.Select(r => r.RequestId).SingleAsync(Ct)));
    }

    private static RefusedRequest Refused(string requestId, DenialReason reason, KeyRecord? key) =>
        new(
            requestId,
            KeyFamily.Functions,
            reason,
            key,
            "POST actions/demo/hello",
            IPAddress.Parse("192.0.2.1"),
            "curl/8.5"
        );
}
