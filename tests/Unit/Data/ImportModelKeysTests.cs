using System.Security.Cryptography;
using System.Text;
using ControlPanel.Data.Audit;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Access;
using ControlPanel.Data.Operations.Audit;
using ControlPanel.Data.Operations.Inference;
using ControlPanel.Data.Operations.Teams;
using ControlPanel.Data.Snapshots;
using ControlPanel.Verification.Decisions;
using ControlPanel.Verification.Formats;
using ControlPanel.Verification.Keys;
using ControlPanel.Verification.Secrets;
using Microsoft.EntityFrameworkCore;
using static ControlPanel.Tests.Unit.Data.StoreFixture;

namespace ControlPanel.Tests.Unit.Data;

/// <summary>Model keys taken over from an earlier issuer, by themselves or by their hash.</summary>
public sealed class ImportModelKeysTests
{
    private const string First = "sk-do-v1-0123456789abcdefABCDEF_-aaaaaaaaaaaaaaaa";
    private const string Second = "sk-do-v1-0123456789abcdefABCDEF_-bbbbbbbbbbbbbbbb";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [BothStores]
    public async Task A_key_works_alike_whether_it_came_itself_or_by_its_hash(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        CredentialLine[] lines = [Line(1, "old bot", First, "MEMBER@demo.test"), Line(2, "old job", Hash(Second))];

        Assert.Equal((2, 0), Counts(await ImportAsync(store, lines, ImportMode.DryRun)));
        Assert.Equal(0, await store.ReadAsync(db => db.AccessKeys.CountAsync(Ct)));
        Assert.Equal((2, 0), Counts(await ImportAsync(store, lines)));
        Assert.Equal((0, 2), Counts(await ImportAsync(store, lines)));
        // The other way round they are the same keys.
        Assert.Equal((0, 2), Counts(await ImportAsync(store, [Line(1, "x", Hash(First)), Line(2, "y", Second)])));
        await store.Get<KeySnapshots>().RefreshAsync(Ct);
        Assert.All([First, Second], key => Assert.True(Ask(store, key).IsAllowed));

        // The row is not changed by use, and no row holds the hash that came in the file.
        var rows = await store.ReadAsync(db => db.AccessKeys.OrderBy(k => k.Name).ToListAsync(Ct));
        Assert.Equal(["old bot", "old job"], rows.Select(r => r.Name));
        Assert.Equal([store.As(TeamRole.Member).UserId, null], rows.Select(r => r.OwnerId));
        Assert.All(
            rows,
            r =>
            {
                Assert.True(r.IsLegacy && r.CoversAll && !r.Batch && r.VpcId is null && r.SealedSecret is null);
                Assert.DoesNotContain(Convert.ToHexString(r.SecretMac!), (string[])[Hash(First), Hash(Second)]);
            }
        );
        var listed = Must(
            await store.Get<ListModelKeys>().ExecuteAsync(store.Owner, ModelKeyTab.Legacy, new PageRequest(), Ct)
        );
        Assert.Equal(2, listed.Total);
        // Who owns none of them sees their own alone.
        var members = await store
            .Get<ListModelKeys>()
            .ExecuteAsync(store.As(TeamRole.Member), ModelKeyTab.Legacy, new PageRequest(), Ct);
        Assert.Equal("old bot", Assert.Single(Must(members).Items).Name);
    }

    [Theory]
    [BothStores]
    public async Task The_hash_opens_nothing_and_neither_does_anything_like_the_key(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        await ImportAsync(store, [Line(1, "by hash", Hash(First)), Line(2, "itself", Second)]);
        await store.Get<KeySnapshots>().RefreshAsync(Ct);
        string[] wrong =
        [
            Hash(First),
            $"sha256:{Hash(First)}",
            $"sk-do-{Hash(First)}",
            $"sk-do-{Hash(Second)}",
            First[..^1],
            First + "a",
            First.ToUpperInvariant(),
            "sk-do-short",
        ];
        Assert.All(
            wrong,
            text => Assert.True(Ask(store, text).Reason is DenialReason.BadFormat or DenialReason.Malformed, text)
        );
        // At the other doors it is no key at all.
        Assert.Equal(DenialReason.BadFormat, Ask(store, First, AccessRequest.Api(["genai:read"], null)).Reason);
    }

    [Theory]
    [BothStores]
    public async Task A_deleted_key_is_refused_with_a_receipt_and_no_import_brings_it_back(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        await ImportAsync(store, [Line(1, "old bot", Hash(First))]);
        var id = await store.ReadAsync(db => db.AccessKeys.Select(k => k.Id).SingleAsync(Ct));
        await store.Get<KeySnapshots>().RefreshAsync(Ct);
        Assert.True(Ask(store, First).IsAllowed);
        Must(await store.Get<DeleteModelKey>().ExecuteAsync(store.Owner, id, "old bot", Ct));
        await store.Get<KeySnapshots>().RefreshAsync(Ct);
        Assert.Equal(DenialReason.Revoked, Ask(store, First).Reason);
        foreach (var text in (string[])[First, Hash(First)])
        {
            var again = await ImportAsync(store, [Line(1, "old bot", text)]);
            Assert.Equal("This key was deleted; it does not come back.", Assert.Single(again.Faults).Message);
        }
    }

    [Theory]
    [BothStores]
    public async Task A_key_of_ours_that_was_deleted_is_not_let_in_again_by_its_hash(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var made = Must(
            await store
                .Get<CreateModelKey>()
                .ExecuteAsync(store.Owner, new NewModelKeyRequest("ours", null, Batch: false, VpcId: null), Ct)
        );
        var ours = made.Secret.Reveal();
        Assert.Equal((0, 1), Counts(await ImportAsync(store, [Line(1, "ours", ours)])));
        Must(await store.Get<DeleteModelKey>().ExecuteAsync(store.Owner, made.Key.Id, "ours", Ct));
        Assert.Single((await ImportAsync(store, [Line(1, "ours", ours)])).Faults);
        // Of a hash alone nobody can tell whose it is; the engine looks at keys of ours first.
        Assert.Equal((1, 0), Counts(await ImportAsync(store, [Line(1, "again", Hash(ours))])));
        await store.Get<KeySnapshots>().RefreshAsync(Ct);
        Assert.Equal(DenialReason.Revoked, Ask(store, ours).Reason);
    }

    [Theory]
    [BothStores]
    public async Task A_new_secret_ends_the_imported_one(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        await ImportAsync(store, [Line(1, "old bot", First)]);
        var id = await store.ReadAsync(db => db.AccessKeys.Select(k => k.Id).SingleAsync(Ct));
        var fresh = Must(await store.Get<RegenerateModelKey>().ExecuteAsync(store.Owner, id, "old bot", Ct));
        await store.Get<KeySnapshots>().RefreshAsync(Ct);
        Assert.Equal(DenialReason.Revoked, Ask(store, First).Reason);
        Assert.True(Ask(store, fresh.Secret.Reveal()).IsAllowed);
    }

    [Theory]
    [BothStores]
    public async Task Everything_wrong_is_said_with_its_line_and_without_the_key(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        await ImportAsync(store, [Line(1, "theirs", Second)], by: store.Stranger);
        CredentialLine[] lines =
        [
            Line(1, "good", First),
            Line(2, "twice", Hash(First)),
            Line(3, "", "sk-do-00000000000000000001"),
            Line(4, "stranger's", "sk-do-00000000000000000002", "stranger@demo.test"),
            Line(5, "short", "sk-do-0000000000000000003"),
            Line(6, "no hash", new string('g', 64)),
            Line(7, "elsewhere", Second),
            Line(8, "elsewhere", Hash(Second)),
            new CredentialLine(9, "", "", Secret: null),
        ];
        var look = await ImportAsync(store, lines, ImportMode.DryRun);
        Assert.Equal(1, look.Added);
        Assert.Equal(Enumerable.Range(2, 8), look.Faults.Select(f => f.Line));
        Assert.All(look.Faults, f => Assert.DoesNotContain("sk-do-0", f.Message, StringComparison.Ordinal));
        Assert.Equal(0, (await ImportAsync(store, lines, ImportMode.AllOrNone)).Added);
        Assert.Equal(1, await store.ReadAsync(db => db.AccessKeys.CountAsync(Ct)));
        Assert.Equal(1, (await ImportAsync(store, lines)).Added);
        Assert.Equal(2, await store.ReadAsync(db => db.AccessKeys.CountAsync(Ct)));
    }

    [Theory]
    [BothStores]
    public async Task The_log_names_every_key_in_one_group_and_holds_no_secret(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        await ImportAsync(store, [Line(1, "a", First), Line(2, "b", Hash(Second), "owner@demo.test")]);
        var log = (await store.AuditAsync()).Where(e => e.Action == "model_key.import").ToList();
        Assert.Equal(["a", "b"], log.Select(e => e.TargetName));
        Assert.Single(log.Select(e => e.GroupId).Distinct());
        Assert.Equal(
            ["""{"owner":"","by":"secret"}""", """{"owner":"owner@demo.test","by":"hash"}"""],
            log.Select(e => e.Details)
        );
        Assert.IsType<ChainVerdict.Intact>(Must(await store.Get<VerifyAuditChain>().ExecuteAsync(store.Owner, Ct)));
    }

    [Theory]
    [BothStores]
    public async Task The_operator_imports_for_the_team_that_was_named(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var operate = store.Get<ImportModelKeys>();
        var nowhere = new Actor(Guid.Empty, Guid.NewGuid(), Door.Command);
        CredentialLine[] lines = [Line(1, "old bot", Hash(First))];
        Assert.Equal(
            new Refusal.Missing("team"),
            (await operate.ExecuteAsync(nowhere, lines, ImportMode.AllOrNone, Ct)).Refusal
        );
        var here = nowhere with { TeamId = store.TeamId };
        Assert.Equal(1, Must(await operate.ExecuteAsync(here, lines, ImportMode.AllOrNone, Ct)).Added);
        await store.Get<KeySnapshots>().RefreshAsync(Ct);
        Assert.True(Ask(store, First).IsAllowed);
        Assert.Equal("operator", Assert.Single(await store.AuditAsync()).ActorName);
    }

    [Theory]
    [BothStores]
    public async Task A_key_can_go_with_its_owner_and_one_of_nobody_stays(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        await ImportAsync(store, [Line(1, "hers", First, "member@demo.test"), Line(2, "nobody's", Second)]);
        var member = store.As(TeamRole.Member).UserId;
        var theirs = Must(await store.Get<GetMemberRemoval>().ExecuteAsync(store.Owner, member, Ct)).Undecided;
        Must(
            await store
                .Get<RemoveMember>()
                .ExecuteAsync(store.Owner, new MemberRemoval(member, [Assert.Single(theirs).Id]), Ct)
        );
        await store.Get<KeySnapshots>().RefreshAsync(Ct);
        Assert.False(Ask(store, First).IsAllowed);
        Assert.True(Ask(store, Second).IsAllowed);
    }

    [Fact]
    public async Task Trying_an_imported_key_of_another_team_says_what_is_said_of_one_that_never_was()
    {
        await using var store = await StartAsync(StoreKind.Sqlite);
        await ImportAsync(store, [Line(1, "theirs", First)], by: store.Stranger);
        await store.Get<KeySnapshots>().RefreshAsync(Ct);
        async Task<TryResult> TryAsync(Actor actor, string text) =>
            Must(await store.Get<TryKey>().ExecuteAsync(actor, new TryInput(KeyId: null, text), Ct));

        Assert.Equal("theirs", (await TryAsync(store.Stranger, First)).KeyName);
        var (foreign, never) = (await TryAsync(store.Owner, First), await TryAsync(store.Owner, Second));
        Assert.Equal(never with { Steps = [] }, foreign with { Steps = [] });
        Assert.Equal(never.Steps, foreign.Steps);
    }

    [Fact]
    public void A_master_key_that_was_rotated_still_knows_what_it_took()
    {
        using var hasher = new SecretHasher(Root);
        using var stranger = new SecretHasher(new MasterKey([new(1, new byte[MasterKey.Size])]));
        var digest = new byte[Digest256.Size];
        ModelKeyFormat.HashImported(Encoding.ASCII.GetBytes(First), digest);
        Assert.Equal(Hash(First), Convert.ToHexStringLower(digest));
        var (imported, ours, theirs) = (new byte[32], new byte[32], new byte[32]);
        Assert.True(hasher.TryHashImported(1, KeyFamily.Inference, digest, imported));
        Assert.True(hasher.TryHashBearer(1, KeyFamily.Inference, digest, ours));
        Assert.True(stranger.TryHashImported(1, KeyFamily.Inference, digest, theirs));
        Assert.Equal(
            HMACSHA256.HashData(Root.Derive(1, "verify"), (byte[])[0x80 | (byte)KeyFamily.Inference, .. digest]),
            imported
        );
        Assert.NotEqual(ours, imported);
        Assert.NotEqual(theirs, imported);
        Assert.False(hasher.TryHashImported(2, KeyFamily.Inference, digest, imported));
        Assert.Equal(new byte[32], imported);
    }

    private static string Hash(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(key)));

    private static CredentialLine Line(int number, string name, string key, string owner = "") =>
        new(number, name, owner, new Secret(key));

    private static (int Added, int Known) Counts(ImportResult result)
    {
        Assert.Empty(result.Faults);
        return (result.Added, result.Known);
    }

    private static async Task<ImportResult> ImportAsync(
        StoreFixture store,
        IReadOnlyList<CredentialLine> lines,
        ImportMode mode = ImportMode.LeaveOutRefused,
        Actor? by = null
    ) => Must(await store.Get<ImportModelKeys>().ExecuteAsync(by ?? store.Owner, lines, mode, Ct));

    private static Decision Ask(StoreFixture store, string key, AccessRequest? request = null)
    {
        Span<byte> buffer = stackalloc byte[PresentedCredential.BufferSize];
        return store
            .Get<Verifier>()
            .Decide(
                PresentedCredential.Bearer(key, buffer),
                request ?? AccessRequest.Inference(InferenceEndpoint.Catalogue, model: null, source: null)
            );
    }
}
