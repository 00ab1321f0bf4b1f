using System.Text;
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
        CredentialLine[] entries = [Entry(1, space.Id), Entry(2, other.Id)];

        Assert.Equal(new ImportResult(2, 0, []), await ImportAsync(store, entries, dryRun: true), Alike);
        Assert.Equal(0, await store.ReadAsync(db => db.AccessKeys.CountAsync(Ct)));
        Assert.Equal(new ImportResult(2, 0, []), await ImportAsync(store, entries), Alike);
        Assert.Equal(new ImportResult(0, 2, []), await ImportAsync(store, entries), Alike);

        await store.Get<KeySnapshots>().RefreshAsync(Ct);
        Assert.All(entries, e => Assert.True(store.Call(e.Second, e.Secret!).IsAllowed));
        var read = Must(await store.Get<ReadLegacyCredentials>().ExecuteAsync(store.Owner, space.Id, Ct));
        Assert.Equal(entries[0].Secret!.Reveal(), Assert.Single(read).Key.Reveal());
        var log = await store.AuditAsync();
        Assert.Equal(
            [("legacy_credential.import", space.Id), ("legacy_credential.import", other.Id)],
            log.Skip(2).Select(e => (e.Action, e.TargetId)).OrderBy(e => e.TargetId == other.Id)
        );
        Assert.All(log, e => Assert.DoesNotContain(entries[0].Secret!.Reveal(), e.Details, StringComparison.Ordinal));
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
                new CredentialLine(4, retired.Id, uuid, key),
                Entry(5, "fn-nowhere"),
                new CredentialLine(6, space.Id, "no-uuid", good.Secret),
                new CredentialLine(7, space.Id, good.Second, new Secret("short")),
            ]
        );

        Assert.Equal((0, 0), (import.Added, import.Known));
        Assert.Equal(Enumerable.Range(2, 6), import.Faults.Select(f => f.Line));
        await store.Get<KeySnapshots>().RefreshAsync(Ct);
        Assert.False(store.Call(good.Second, good.Secret!).IsAllowed);
        Assert.Equal(DenialReason.Revoked, store.Call(uuid, key).Reason);
    }

    [Theory]
    [BothStores]
    public async Task An_owner_imports_for_the_own_team_alone_and_leaves_out_what_was_refused(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var space = await store.NamespaceAsync("image-tools");
        var theirs = await store.NamespaceAsync("theirs", by: store.Stranger);
        CredentialLine[] lines = [Entry(1, space.Id), Entry(2, theirs.Id), new(3, "", "", null)];
        var before = await store.VersionAsync();

        var look = Must(await ByOwnerAsync(store, lines, ImportMode.DryRun));
        Assert.Equal((1, 0), (look.Added, look.Known));
        Assert.Equal(
            [
                new LineFault(2, "There is no such namespace."),
                new LineFault(3, "Three values are needed: namespace,uuid,key."),
            ],
            look.Faults
        );
        Assert.Equal(before, await store.VersionAsync());
        Assert.Equal(0, Must(await ByOwnerAsync(store, lines, ImportMode.AllOrNone)).Added);
        Assert.Equal(0, await store.ReadAsync(db => db.AccessKeys.CountAsync(Ct)));

        Assert.Equal(look, Must(await ByOwnerAsync(store, lines, ImportMode.LeaveOutRefused)), Alike);
        Assert.Equal(1, Must(await ByOwnerAsync(store, lines, ImportMode.LeaveOutRefused)).Known);
        await store.Get<KeySnapshots>().RefreshAsync(Ct);
        Assert.True(store.Call(lines[0].Second, lines[0].Secret!).IsAllowed);
        Assert.False(store.Call(lines[1].Second, lines[1].Secret!).IsAllowed);
        var entry = Assert.Single(await store.AuditAsync(), e => e.Action == "legacy_credential.import");
        Assert.Equal((store.Owner.UserId, space.Id), (entry.ActorId!.Value, entry.TargetId));
    }

    [Theory]
    [BothStores]
    public async Task Ten_thousand_credentials_are_one_group_of_the_log(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var spaces = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            spaces.Add((await store.NamespaceAsync($"space-{i}")).Id);
        }

        // The size of a whole file, most of it refused: what counts is that it is looked at as one.
        CredentialLine[] lines =
        [
            .. spaces.Select((id, i) => Entry(i + 1, id)),
            .. Enumerable.Range(4, CredentialFile.MaxLines - 3).Select(i => Entry(i, "fn-nowhere")),
        ];
        var done = Must(await ByOwnerAsync(store, lines, ImportMode.LeaveOutRefused));
        Assert.Equal((3, CredentialFile.MaxLines - 3), (done.Added, done.Faults.Count));
        var log = (await store.AuditAsync()).Where(e => e.Action == "legacy_credential.import").ToList();
        Assert.Equal(3, log.Count);
        Assert.Single(log.Select(e => e.GroupId).Distinct());
    }

    [Fact]
    public async Task A_file_is_read_line_by_line_and_one_that_is_none_is_kept_without_its_key()
    {
        var path = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(
                path,
                "\uFEFFNamespace,UUID,key\r\n\r\n# old ones\r\n fn-1 , u-1 , k-1 \r\nfn-2,the-secret-key\n"
                    + "\"a \"\"b\"\", c\",\"o@x.test\",\"k-3\"",
                Ct
            );
            using var file = await ImportCommand.ReadAsync(path, ImportLegacyCredentials.Heading, Ct);
            Assert.Equal(
                [(4, "fn-1", "u-1", "k-1"), (5, "", "", null), (6, "a \"b\", c", "o@x.test", "k-3")],
                file.Lines.Select(l => (l.Number, l.First, l.Second, l.Secret?.Reveal()))
            );
            Assert.DoesNotContain(file.Lines, l => l.ToString().Contains("k-", StringComparison.Ordinal));

            await File.WriteAllBytesAsync(path, new byte[CredentialFile.MaxBytes + 1], Ct);
            await Assert.ThrowsAsync<StartRefusedException>(() =>
                ImportCommand.ReadAsync(path, ImportLegacyCredentials.Heading, Ct)
            );
        }
        finally
        {
            File.Delete(path);
        }

        await Assert.ThrowsAsync<StartRefusedException>(() =>
            ImportCommand.ReadAsync("/no/such/file", ImportLegacyCredentials.Heading, Ct)
        );
    }

    [Fact]
    public void A_file_is_bounded_in_bytes_and_in_lines()
    {
        Assert.IsType<Refusal.Invalid>(CredentialFile.Read(new byte[CredentialFile.MaxBytes + 1], "h").Refusal);
        var lines = string.Concat(Enumerable.Repeat("a,b,c\n", CredentialFile.MaxLines));
        using var most = CredentialFile.Read(Encoding.UTF8.GetBytes(lines), "h").Value;
        Assert.Equal(CredentialFile.MaxLines, most!.Lines.Count);
        Assert.IsType<Refusal.Invalid>(CredentialFile.Read(Encoding.UTF8.GetBytes(lines + "a,b,c"), "h").Refusal);
    }

    [Fact]
    public void The_command_line_of_imports_and_seeds_is_read()
    {
        Assert.Equal(
            new StartCommand.ImportLegacy("/home/ann/old.csv", "/srv/panel", DryRun: true),
            StartCommand.Parse(["import", "legacy", "old.csv", "--dry-run", "--data", "/srv/panel"], "/home/ann")
        );
        Assert.Equal(
            new StartCommand.ImportModels("/home/ann/m.csv", "/home/ann/data", DryRun: false, "Acme Photos"),
            StartCommand.Parse(["import", "legacy-models", "m.csv", "--team", "Acme Photos"], "/home/ann")
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
            ["import", "legacy", "x", "--team", "t"],
            ["import", "legacy-models"],
            ["import", "legacy-models", "x", "--team"],
            ["import", "legacy-models", "x", "--team", "--dry-run"],
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

    private static bool Alike(ImportResult expected, ImportResult actual) =>
        (expected.Added, expected.Known) == (actual.Added, actual.Known)
        && expected.Faults.SequenceEqual(actual.Faults);

    private static CredentialLine Entry(int line, string namespaceId)
    {
        var random = new SystemSecretSource();
        var bytes = new byte[16];
        random.Fill(bytes);
        return new CredentialLine(
            line,
            namespaceId,
            new Guid(bytes).ToString(),
            FunctionsKeyFormat.NewLegacyKey(random)
        );
    }

    private static async Task<ImportResult> ImportAsync(
        StoreFixture store,
        IReadOnlyList<CredentialLine> lines,
        bool dryRun = false
    ) =>
        Must(
            await store
                .Get<ImportLegacyCredentials>()
                .ExecuteAsync(s_operator, lines, dryRun ? ImportMode.DryRun : ImportMode.AllOrNone, Ct)
        );

    private static Task<Outcome<ImportResult>> ByOwnerAsync(
        StoreFixture store,
        IReadOnlyList<CredentialLine> lines,
        ImportMode mode
    ) => store.Get<ImportLegacyCredentials>().ExecuteAsync(store.Owner, lines, mode, Ct);
}
