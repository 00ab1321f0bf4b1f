using ControlPanel.Data;
using ControlPanel.Data.Audit;
using ControlPanel.Data.Model;
using ControlPanel.Data.Operations.Functions;
using ControlPanel.Data.Providers;
using ControlPanel.Verification.Secrets;
using Microsoft.EntityFrameworkCore;
using static ControlPanel.Tests.Unit.Data.StoreFixture;

namespace ControlPanel.Tests.Unit.Data;

/// <summary>An audit log that was touched without the master key does not fit its own chain.</summary>
public sealed class AuditChainTests
{
    private const long Entries = 6;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [BothStores]
    public async Task An_untouched_log_fits(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        Assert.Equal(new ChainVerdict.Intact(0), await VerifyAsync(store));
        await WriteAsync(store);
        Assert.Equal(new ChainVerdict.Intact(Entries), await VerifyAsync(store));
    }

    public static TheoryData<string> Changes =>
        new(
            "team_id = NULL",
            "at = at + 1",
            "actor_id = NULL",
            "actor_name = 'mateo@demo.test'",
            "door = 'api'",
            "action = 'functions_key.resume'",
            "target_kind = 'namespace'",
            "target_id = 'fn-1'",
            "target_name = target_name || ' '",
            "result = 'refused'",
            "details = '[]'",
            "address = '192.0.2.1'",
            "request_id = ''",
            "group_id = (SELECT group_id FROM audit_entries WHERE sequence = 1)",
            "mac = (SELECT mac FROM audit_entries WHERE sequence = 3)"
        );

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task A_changed_field_of_an_entry_is_found_at_that_entry(string change)
    {
        await using var store = await StartAsync(StoreKind.Sqlite);
        await WriteAsync(store);
        await SqlAsync(store, $"UPDATE audit_entries SET {change} WHERE sequence = 4");
        Assert.Equal(new ChainVerdict.Broken(4, ChainFault.Altered, 3), await VerifyAsync(store));
    }

    [Theory]
    [BothStores]
    public async Task A_removed_entry_is_found_and_so_is_closing_the_gap(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        await WriteAsync(store);
        await SqlAsync(store, "DELETE FROM audit_entries WHERE sequence = 4");
        Assert.Equal(new ChainVerdict.Broken(4, ChainFault.Missing, 3), await VerifyAsync(store));
        await SqlAsync(store, "UPDATE audit_entries SET sequence = 4 WHERE sequence = 5");
        await SqlAsync(store, "UPDATE audit_entries SET sequence = 5 WHERE sequence = 6");
        Assert.Equal(new ChainVerdict.Broken(4, ChainFault.Altered, 3), await VerifyAsync(store));
    }

    [Theory]
    [BothStores]
    public async Task A_removed_beginning_is_found(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        await WriteAsync(store);
        await SqlAsync(store, "DELETE FROM audit_entries WHERE sequence <= 2");
        Assert.Equal(new ChainVerdict.Broken(1, ChainFault.Missing, 0), await VerifyAsync(store));
    }

    [Theory]
    [BothStores]
    public async Task Two_entries_that_changed_places_are_found(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        await WriteAsync(store);
        await SqlAsync(store, "UPDATE audit_entries SET sequence = 100 WHERE sequence = 3");
        await SqlAsync(store, "UPDATE audit_entries SET sequence = 3 WHERE sequence = 4");
        await SqlAsync(store, "UPDATE audit_entries SET sequence = 4 WHERE sequence = 100");
        Assert.Equal(new ChainVerdict.Broken(3, ChainFault.Altered, 2), await VerifyAsync(store));
    }

    [Theory]
    [BothStores]
    public async Task A_log_rebuilt_without_the_master_key_is_found_at_its_first_entry(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        await WriteAsync(store);
        var forger = new AuditChain(new MasterKey([new(1, new byte[MasterKey.Size])]), store.Clock);
        await store.TamperAsync(async db =>
        {
            byte[] previous = [];
            foreach (var entry in await db.AuditEntries.OrderBy(a => a.Sequence).ToListAsync(Ct))
            {
                entry.ActorName = "somebody.else@demo.test";
                entry.Mac = previous = forger.Mac(entry, previous);
            }
        });
        Assert.Equal(new ChainVerdict.Broken(1, ChainFault.Altered, 0), await VerifyAsync(store));
    }

    [Theory]
    [BothStores]
    public async Task An_entry_of_an_unknown_master_key_is_named_as_such(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        await WriteAsync(store);
        await SqlAsync(store, "UPDATE audit_entries SET master_key_version = 9 WHERE sequence = 2");
        Assert.Equal(new ChainVerdict.Broken(2, ChainFault.UnknownMasterKey, 1), await VerifyAsync(store));
    }

    [Theory]
    [BothStores]
    public async Task A_cut_end_is_found_by_its_anchor(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        await WriteAsync(store);
        var head = (await store.AuditAsync())[^1];
        await store.TamperAsync(db =>
        {
            db.AuditAnchors.Add(
                new AuditAnchor
                {
                    Sequence = head.Sequence,
                    Mac = head.Mac,
                    At = store.Clock.UtcNow,
                }
            );
            return Task.CompletedTask;
        });
        Assert.Equal(new ChainVerdict.Intact(Entries), await VerifyAsync(store));
        await SqlAsync(store, "DELETE FROM audit_entries WHERE sequence >= 5");
        Assert.Equal(new ChainVerdict.Broken(5, ChainFault.Missing, 4), await VerifyAsync(store));

        // Growing again over the cut does not hide it: the anchor knows the content, not only the number.
        await store.NamespaceAsync("again");
        await store.NamespaceAsync("and again");
        Assert.Equal(new ChainVerdict.Broken(6, ChainFault.Altered, 5), await VerifyAsync(store));
    }

    private static async Task WriteAsync(StoreFixture store)
    {
        var space = await store.NamespaceAsync("image-tools");
        for (var i = 0; i < 3; i++)
        {
            store.Clock.Advance(TimeSpan.FromSeconds(1));
            var key = await store.KeyAsync(space.Id, $"key-{i}");
            if (i < 2)
            {
                Must(await store.Get<RevokeNamespaceKey>().ExecuteAsync(store.Owner, space.Id, key.Key.KeyId, Ct));
            }
        }
    }

    private static Task SqlAsync(StoreFixture store, string sql) =>
        store.TamperAsync(db => db.Database.ExecuteSqlRawAsync(sql, Ct));

    private static async Task<ChainVerdict> VerifyAsync(StoreFixture store)
    {
        await using var db = store.Store.OpenRead();
        return await store.Get<AuditChain>().VerifyAsync(db, Ct);
    }
}
