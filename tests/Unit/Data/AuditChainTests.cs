using ControlPanel.Data;
using ControlPanel.Data.Audit;
using ControlPanel.Data.Model;
using ControlPanel.Data.Operations.Functions;
using ControlPanel.Data.Providers;
using ControlPanel.Tests.Unit.Support;
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

    /// <summary>The full size is 1,000, with <c>CONTROLPANEL_TEST_SCALE=1</c>.</summary>
    [Theory]
    [BothStores]
    public async Task A_thousand_tamperings_are_found_each_at_its_first_entry(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        for (var i = 0; i < 8; i++)
        {
            await store.NamespaceAsync($"space-{i}");
            store.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        await WriteAsync(store);
        var log = await store.AuditAsync();
        var chain = store.Get<AuditChain>();
        await store.TamperAsync(db =>
        {
            db.AuditAnchors.Add(
                new AuditAnchor
                {
                    Sequence = log.Count,
                    Mac = log[^1].Mac,
                    At = store.Clock.UtcNow,
                }
            );
            return Task.CompletedTask;
        });
        // Fixed, so that a failure comes again.
        var random = new Random(1);
        var kinds = new Dictionary<string, int>();
        for (var round = 0; round < TestScale.Of(1_000); round++)
        {
            await using var transaction = await store.Store.BeginWriteAsync(Ct);
            var (what, first) = await TamperAsync(transaction.Db, log.Count, random);
            kinds[what] = kinds.GetValueOrDefault(what) + 1;
            transaction.Db.ChangeTracker.Clear();
            var verdict = await chain.VerifyAsync(transaction.Db, Ct);
            Assert.True(
                verdict is ChainVerdict.Broken broken && broken.Sequence == first && broken.Verified == first - 1,
                $"round {round}: {what} at {first}: {verdict}"
            );
            // Not committed: the next round finds the log as it was.
        }

        Assert.Equal(new ChainVerdict.Intact(log.Count), await VerifyAsync(store));
        Assert.True(kinds.Count >= 5, string.Join(", ", kinds));
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

    // Does one thing to the log that somebody with the database alone could do, and says where it must show.
    private static async Task<(string What, long First)> TamperAsync(ControlPanelDb db, int entries, Random random)
    {
        var one = random.Next(1, entries + 1);
        var other = random.Next(1, entries);
        other += other >= one ? 1 : 0;
        var log = await db.AuditEntries.OrderBy(a => a.Sequence).ToListAsync(Ct);
        var (entry, second) = (log[one - 1], log[other - 1]);
        switch (random.Next(6))
        {
            case 0:
                var field = random.Next(s_edits.Length);
                s_edits[field](entry, random);
                await db.SaveChangesAsync(Ct);
                return ($"field {field}", one);
            case 1:
                var mac = (byte[])entry.Mac.Clone();
                mac[random.Next(mac.Length)] ^= (byte)(1 << random.Next(8));
                entry.Mac = mac;
                await db.SaveChangesAsync(Ct);
                return ("MAC", one);
            case 2:
                await db.AuditEntries.Where(a => a.Sequence == one).ExecuteDeleteAsync(Ct);
                return ("removed", one);
            case 3:
                await db.AuditEntries.Where(a => a.Sequence >= one).ExecuteDeleteAsync(Ct);
                return ("end cut", one);
            case 4:
                // Somebody removes an entry and closes the gap.
                await db.AuditEntries.Where(a => a.Sequence == one).ExecuteDeleteAsync(Ct);
                for (var sequence = one + 1; sequence <= entries; sequence++)
                {
                    await db
                        .AuditEntries.Where(a => a.Sequence == sequence)
                        .ExecuteUpdateAsync(s => s.SetProperty(a => a.Sequence, sequence - 1), Ct);
                }

                return ("gap closed", one);
            default:
                // One entry's content, MAC included, in the place of another.
                (second.Action, second.TargetId, second.TargetName) = (entry.Action, entry.TargetId, entry.TargetName);
                (second.At, second.GroupId, second.Details) = (entry.At, entry.GroupId, entry.Details);
                second.Mac = entry.Mac;
                await db.SaveChangesAsync(Ct);
                return ("replaced", other);
        }
    }

    private static readonly Action<AuditEntry, Random>[] s_edits =
    [
        (e, _) => e.At = e.At.AddMilliseconds(1),
        (e, _) => e.TeamId = e.TeamId is null ? Guid.NewGuid() : null,
        (e, _) => e.ActorId = e.ActorId is null ? Guid.NewGuid() : null,
        (e, r) => e.ActorName = Edit(e.ActorName, r),
        (e, r) => e.Door = Edit(e.Door, r),
        (e, r) => e.Action = Edit(e.Action, r),
        (e, r) => e.TargetKind = Edit(e.TargetKind, r),
        (e, r) => e.TargetId = Edit(e.TargetId, r),
        (e, r) => e.TargetName = Edit(e.TargetName, r),
        (e, r) => e.Result = Edit(e.Result, r),
        (e, r) => e.Details = Edit(e.Details, r),
        (e, r) => e.Address = Edit(e.Address, r),
        (e, r) => e.RequestId = Edit(e.RequestId, r),
        (e, _) => e.GroupId = Guid.NewGuid(),
        // One character from the end of a field to the beginning of the next: the same text as a whole.
        (e, _) => (e.Action, e.TargetKind) = (e.Action[..^1], e.Action[^1] + e.TargetKind),
    ];

    private static string Edit(string text, Random random)
    {
        var at = random.Next(text.Length + 1);
        return random.Next(3) switch
        {
            0 when at < text.Length => text.Remove(at, 1),
            1 when at < text.Length => text[..at] + (char)(text[at] ^ 1) + text[(at + 1)..],
            _ => text.Insert(at, "x"),
        };
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
