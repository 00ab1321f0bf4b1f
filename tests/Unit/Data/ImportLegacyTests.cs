using ControlPanel.Commands;
using ControlPanel.Configuration;
using ControlPanel.Data.Audit;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Audit;
using ControlPanel.Data.Operations.Functions;
using ControlPanel.Data.Snapshots;
using ControlPanel.Hosting;
using ControlPanel.Verification.Decisions;
using ControlPanel.Verification.Formats;
using ControlPanel.Verification.Secrets;
using Microsoft.EntityFrameworkCore;
using static ControlPanel.Tests.Unit.Data.StoreFixture;

namespace ControlPanel.Tests.Unit.Data;

/// <summary>Shared credentials taken over from before access keys.</summary>
public sealed class ImportLegacyTests
{
    private static readonly Actor s_operator = new(Guid.Empty, Guid.Empty, Door.Command);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [BothStores]
    public async Task An_imported_credential_works_and_importing_it_again_changes_nothing(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var space = await store.NamespaceAsync("image-tools");
        var other = await store.NamespaceAsync("theirs", by: store.Stranger);
        LegacyEntry[] entries = [Entry(1, space.Id), Entry(2, other.Id)];

        Assert.Equal(new LegacyImport(2, 0, []), await ImportAsync(store, entries, dryRun: true), Alike);
        Assert.Equal(0, await store.ReadAsync(db => db.AccessKeys.CountAsync(Ct)));
        Assert.Equal(new LegacyImport(2, 0, []), await ImportAsync(store, entries), Alike);
        Assert.Equal(new LegacyImport(0, 2, []), await ImportAsync(store, entries), Alike);

        await store.Get<KeySnapshots>().RefreshAsync(Ct);
        Assert.All(entries, e => Assert.True(store.Call(e.Uuid, e.Key).IsAllowed));
        var read = Must(await store.Get<ReadLegacyCredentials>().ExecuteAsync(store.Owner, space.Id, Ct));
        Assert.Equal(entries[0].Key.Reveal(), Assert.Single(read).Key.Reveal());
        var log = await store.AuditAsync();
        Assert.Equal(
            [("legacy_credential.import", space.Id), ("legacy_credential.import", other.Id)],
            log.Skip(2).Select(e => (e.Action, e.TargetId)).OrderBy(e => e.TargetId == other.Id)
        );
        Assert.All(log, e => Assert.DoesNotContain(entries[0].Key.Reveal(), e.Details, StringComparison.Ordinal));
        Assert.IsType<ChainVerdict.Intact>(Must(await store.Get<VerifyAuditChain>().ExecuteAsync(store.Owner, Ct)));
    }

    [Theory]
    [BothStores]
    public async Task Everything_wrong_is_said_with_its_line_and_nothing_is_taken(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var space = await store.NamespaceAsync("image-tools");
        var has = await store.NamespaceAsync("has-one");
        var retired = await store.NamespaceAsync("retired");
        await store.LegacyAsync(has.Id);
        var (uuid, key) = await store.LegacyAsync(retired.Id);
        Must(await store.Get<RetireLegacyCredential>().ExecuteAsync(store.Owner, retired.Id, "retired", Ct));
        var good = Entry(1, space.Id);

        var import = await ImportAsync(
            store,
            [
                good,
                Entry(2, space.Id),
                Entry(3, has.Id),
                new LegacyEntry(4, retired.Id, uuid, key),
                Entry(5, "fn-nowhere"),
                new LegacyEntry(6, space.Id, "no-uuid", good.Key),
                new LegacyEntry(7, space.Id, good.Uuid, new Secret("short")),
            ]
        );

        Assert.Equal((0, 0), (import.Added, import.Known));
        Assert.Equal(Enumerable.Range(2, 6), import.Faults.Select(f => f.Line));
        await store.Get<KeySnapshots>().RefreshAsync(Ct);
        Assert.False(store.Call(good.Uuid, good.Key).IsAllowed);
        Assert.Equal(DenialReason.Revoked, store.Call(uuid, key).Reason);
    }

    [Fact]
    public async Task Only_the_command_line_imports()
    {
        await using var store = await StartAsync(StoreKind.Sqlite);
        var space = await store.NamespaceAsync("image-tools");
        foreach (var door in new[] { Door.Panel, Door.Api, Door.System })
        {
            var outcome = await store
                .Get<ImportLegacyCredentials>()
                .ExecuteAsync(store.Owner with { Door = door }, [Entry(1, space.Id)], dryRun: false, Ct);
            Assert.Equal(new Refusal.Missing("import"), outcome.Refusal);
        }
    }

    [Fact]
    public async Task A_file_is_read_line_by_line_and_a_line_that_is_none_is_named_without_its_key()
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(
                file,
                "namespace,uuid,key\n\n# old ones\n fn-1 , u-1 , k-1 \nfn-2,u-2,k-2\n",
                Ct
            );
            Assert.Equal(
                [(4, "fn-1", "u-1", "k-1"), (5, "fn-2", "u-2", "k-2")],
                (await ImportCommand.ReadAsync(file, Ct)).Select(e => (e.Line, e.NamespaceId, e.Uuid, e.Key.Reveal()))
            );
            await File.WriteAllTextAsync(file, "fn-1,u-1,k-1\nfn-2,the-secret-key\n", Ct);
            var refused = await Assert.ThrowsAsync<StartRefusedException>(() => ImportCommand.ReadAsync(file, Ct));
            Assert.Contains("line 2", refused.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("the-secret-key", refused.Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }

        await Assert.ThrowsAsync<StartRefusedException>(() => ImportCommand.ReadAsync("/no/such/file", Ct));
    }

    [Fact]
    public void The_command_line_of_imports_and_seeds_is_read()
    {
        Assert.Equal(
            new StartCommand.ImportLegacy("/home/ann/old.csv", "/srv/panel", DryRun: true),
            StartCommand.Parse(["import", "legacy", "old.csv", "--dry-run", "--data", "/srv/panel"], "/home/ann")
        );
        Assert.Equal(
            new StartCommand.Seed("/home/ann/data", 10, 20),
            StartCommand.Parse(["seed", "--keys", "10", "--audit", "20"], "/home/ann")
        );
        string[][] wrong =
        [
            ["import"],
            ["import", "legacy"],
            ["import", "legacy", "--dry-run"],
            ["import", "models", "x"],
            ["import", "legacy", "x", "--all"],
            ["import", "legacy", "x", "--data"],
            ["seed"],
            ["seed", "--keys", "-1"],
            ["seed", "--keys", "99999999"],
            ["seed", "--keys", "1", "--wat", "2"],
            ["seed", "--data", "--keys"],
        ];
        Assert.All(wrong, args => Assert.IsType<StartCommand.Invalid>(StartCommand.Parse(args, "/home/ann")));
    }

    private static bool Alike(LegacyImport expected, LegacyImport actual) =>
        (expected.Added, expected.Known) == (actual.Added, actual.Known)
        && expected.Faults.SequenceEqual(actual.Faults);

    private static LegacyEntry Entry(int line, string namespaceId)
    {
        var random = new SystemSecretSource();
        var bytes = new byte[16];
        random.Fill(bytes);
        return new LegacyEntry(line, namespaceId, new Guid(bytes).ToString(), FunctionsKeyFormat.NewLegacyKey(random));
    }

    private static async Task<LegacyImport> ImportAsync(
        StoreFixture store,
        IReadOnlyList<LegacyEntry> entries,
        bool dryRun = false
    ) => Must(await store.Get<ImportLegacyCredentials>().ExecuteAsync(s_operator, entries, dryRun, Ct));
}
