using System.Net;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Access;
using ControlPanel.Data.Operations.Inference;
using ControlPanel.Data.Operations.Networking;
using ControlPanel.Data.Operations.Sessions;
using ControlPanel.Data.Operations.Spaces;
using ControlPanel.Data.Operations.Tokens;
using ControlPanel.Data.Snapshots;
using ControlPanel.Data.Usage;
using ControlPanel.Verification.Decisions;
using ControlPanel.Verification.Keys;
using Microsoft.EntityFrameworkCore;
using static ControlPanel.Tests.Unit.Data.StoreFixture;

namespace ControlPanel.Tests.Unit.Data;

/// <summary>Which narrower rights a key needs, the key that is made of them, and how its callers move.</summary>
public sealed class NarrowingTests
{
    private static readonly IPAddress s_office = IPAddress.Parse("192.0.2.7");
    private static readonly IPAddress s_other = IPAddress.Parse("198.51.100.9");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [BothStores]
    public async Task A_limited_key_is_proposed_the_buckets_and_rights_it_used_and_no_others(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var key = await SpacesKeyAsync(store, "aaa:readwrite", "bbb:readwrite", "ccc:read", "ddd:readwrite");
        await UseAsync(store, key, Bucket("aaa", BucketRight.ReadWrite), Bucket("ddd", BucketRight.ReadWrite));
        store.Clock.Advance(TimeSpan.FromDays(20));
        await UseAsync(store, key, Bucket("bbb", BucketRight.Read), Bucket(null, BucketRight.Read));
        await UseAsync(store, key, Bucket("aaa", BucketRight.ReadWrite));
        var recent = store.Clock.UtcNow;
        store.Clock.Advance(TimeSpan.FromDays(10));

        var proposal = Assert.IsType<Narrowing.Proposal>(await AskAsync(store, KeyFamily.Spaces, key));

        Assert.Equal((2, 4, "sync-narrowed"), (proposal.Used, proposal.Of, proposal.Name));
        Assert.Equal(
            [
                new RightChange("aaa", "readwrite", "readwrite", recent),
                new RightChange("bbb", "readwrite", "read", recent),
                new RightChange("ccc", "read", null, null),
                // Thirty days ago to the moment: no longer within them, but not hidden either.
                new RightChange("ddd", "readwrite", null, recent.AddDays(-20)),
            ],
            proposal.Rights
        );
    }

    [Theory]
    [BothStores]
    public async Task A_full_access_key_that_only_used_buckets_is_proposed_those(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var key = await SpacesKeyAsync(store, "full");
        await UseAsync(store, key, Bucket("bbb", BucketRight.ReadWrite), Bucket("aaa", BucketRight.Read));
        await WatchAsync(store, key, Bucket("bbb", BucketRight.Read), Bucket("aaa", BucketRight.Read));
        await UseAsync(store, key, Bucket("bbb", BucketRight.ReadWrite));

        var proposal = Assert.IsType<Narrowing.Proposal>(await AskAsync(store, KeyFamily.Spaces, key));

        Assert.Equal((2, 4), (proposal.Used, proposal.Of));
        Assert.Equal(
            [("", "fullaccess", null), ("aaa", null, "read"), ("bbb", null, "readwrite")],
            proposal.Rights.Select(r => (r.Resource, r.Present, r.Needed))
        );
    }

    [Theory]
    [InlineData(BroadNeed.BucketSettings, "aaa")]
    [InlineData(BroadNeed.ListsBuckets, "")]
    [InlineData(BroadNeed.UnknownBuckets, "elsewhere")]
    public async Task A_full_access_key_that_did_what_no_grant_allows_keeps_its_access_and_the_reason_is_said(
        BroadNeed why,
        string what
    )
    {
        await using var store = await StartAsync(StoreKind.Sqlite);
        var key = await SpacesKeyAsync(store, "full");
        var broad = why switch
        {
            BroadNeed.BucketSettings => Bucket("aaa", BucketRight.FullAccess),
            BroadNeed.ListsBuckets => Bucket(null, BucketRight.Read),
            _ => Bucket("elsewhere", BucketRight.Read),
        };
        await WatchAsync(store, key, broad, Bucket("bbb", BucketRight.Read));

        var answer = Assert.IsType<Narrowing.NeedsAll>(await AskAsync(store, KeyFamily.Spaces, key));
        Assert.Equal((why, what), (answer.Why, string.Join(',', answer.What)));
        Assert.IsType<Refusal.Invalid>(await RefusedAsync(store, store.Owner, KeyFamily.Spaces, key));

        // Once it has not done so for 30 days, it needs no more than the rest.
        store.Clock.Advance(TimeSpan.FromDays(29));
        await UseAsync(store, key, Bucket("bbb", BucketRight.Read));
        store.Clock.Advance(TimeSpan.FromDays(2));
        Assert.IsType<Narrowing.Proposal>(await AskAsync(store, KeyFamily.Spaces, key));
    }

    [Theory]
    [BothStores]
    public async Task Nothing_is_said_before_a_key_was_watched_for_thirty_days(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var key = await SpacesKeyAsync(store, "aaa:readwrite", "bbb:read");
        Assert.Equal(new Narrowing.NotYet(30), await AskAsync(store, KeyFamily.Spaces, key));
        store.Clock.Advance(TimeSpan.FromDays(29.5));
        // Never used so far: what it needs is known 30 days after its first use.
        Assert.Equal(new Narrowing.NotYet(1), await AskAsync(store, KeyFamily.Spaces, key));
        await UseAsync(store, key, Bucket("aaa", BucketRight.Read));
        Assert.Equal(new Narrowing.NotYet(30), await AskAsync(store, KeyFamily.Spaces, key));
        store.Clock.Advance(TimeSpan.FromDays(29.9));
        await UseAsync(store, key, Bucket("aaa", BucketRight.Read));
        Assert.Equal(new Narrowing.NotYet(1), await AskAsync(store, KeyFamily.Spaces, key));
        Assert.IsType<Refusal.Invalid>(await RefusedAsync(store, store.Owner, KeyFamily.Spaces, key));
        store.Clock.Advance(TimeSpan.FromDays(0.1));
        Assert.IsType<Narrowing.Proposal>(await AskAsync(store, KeyFamily.Spaces, key));
    }

    [Theory]
    [BothStores]
    public async Task Uses_from_before_needs_were_recorded_prove_nothing(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var key = await SpacesKeyAsync(store, "aaa:readwrite", "bbb:read");
        await UseAsync(store, key, Bucket("aaa", BucketRight.Read), Bucket("bbb", BucketRight.Read));
        await store.TamperAsync(db => db.KeyNeeds.ExecuteDeleteAsync(Ct));
        store.Clock.Advance(TimeSpan.FromDays(40));
        Assert.Equal(new Narrowing.NotYet(30), await AskAsync(store, KeyFamily.Spaces, key));
        await UseAsync(store, key, Bucket("aaa", BucketRight.Read));
        store.Clock.Advance(TimeSpan.FromDays(10));
        Assert.Equal(new Narrowing.NotYet(20), await AskAsync(store, KeyFamily.Spaces, key));
    }

    [Theory]
    [BothStores]
    public async Task Needless_fitting_and_idle_keys_are_told_apart(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var space = await store.NamespaceAsync("image-tools");
        var functions = (await store.KeyAsync(space.Id, "deploy")).Key.Id;
        var fits = await SpacesKeyAsync(store, "aaa:read");
        var idle = await SpacesKeyAsync(store, "aaa:read");
        var lists = await SpacesKeyAsync(store, "aaa:read");
        var suspended = await SpacesKeyAsync(store, "aaa:read");
        await store.TamperAsync(db =>
            db.AccessKeys.Where(k => k.Id == suspended)
                .ExecuteUpdateAsync(s => s.SetProperty(k => k.SuspendedUntil, DateTimeOffset.MaxValue), Ct)
        );
        await UseAsync(store, idle, Bucket("aaa", BucketRight.Read));
        await WatchAsync(store, fits, Bucket("aaa", BucketRight.Read));
        await UseAsync(store, lists, Bucket(null, BucketRight.Read));
        await WatchAsync(store, lists, Bucket(null, BucketRight.Read));
        await UseAsync(store, fits, Bucket("aaa", BucketRight.Read));

        Assert.IsType<Narrowing.OneThing>(await AskAsync(store, KeyFamily.Functions, functions));
        Assert.IsType<Narrowing.Fits>(await AskAsync(store, KeyFamily.Spaces, fits));
        Assert.IsType<Narrowing.Unneeded>(await AskAsync(store, KeyFamily.Spaces, idle));
        Assert.IsType<Narrowing.Unneeded>(await AskAsync(store, KeyFamily.Spaces, lists));
        Assert.IsType<Narrowing.NotInForce>(await AskAsync(store, KeyFamily.Spaces, suspended));
        foreach (var key in new[] { fits, idle, lists, suspended })
        {
            Assert.IsType<Refusal.Invalid>(await RefusedAsync(store, store.Owner, KeyFamily.Spaces, key));
        }
    }

    [Theory]
    [BothStores]
    public async Task A_model_key_is_proposed_the_models_it_called_and_loses_batches_it_never_used(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        await ModelsAsync(store, "m1", "m2", "m3");
        var all = await ModelKeyAsync(store, null, batch: true);
        var some = await ModelKeyAsync(store, ["m1", "m2"]);
        var unnamed = await ModelKeyAsync(store, null, batch: true);
        var batches = await ModelKeyAsync(store, null, batch: true);
        var unknown = await ModelKeyAsync(store, null);
        foreach (var _ in Enumerable.Range(0, 2))
        {
            await UseAsync(store, all, Model("m1"), Model("m2"), Catalogue());
            await UseAsync(store, some, Model("m2"));
            await UseAsync(store, unnamed, Model("m1"), Ask(InferenceEndpoint.Unscoped));
            await UseAsync(store, batches, Model("m1"), Ask(InferenceEndpoint.Batch));
            await UseAsync(store, unknown, Model("m1"), Model("m9"));
            store.Clock.Advance(TimeSpan.FromDays(16));
        }

        var proposal = Assert.IsType<Narrowing.Proposal>(await AskAsync(store, KeyFamily.Inference, all));
        Assert.Equal((2, 3), (proposal.Used, proposal.Of));
        Assert.Equal(
            [("", "all", null), ("", "batch", null), ("m1", null, "use"), ("m2", null, "use")],
            proposal.Rights.Select(r => (r.Resource, r.Present, r.Needed))
        );
        proposal = Assert.IsType<Narrowing.Proposal>(await AskAsync(store, KeyFamily.Inference, some));
        Assert.Equal(
            [("m1", "use", null), ("m2", "use", "use")],
            proposal.Rights.Select(r => (r.Resource, r.Present, r.Needed))
        );
        proposal = Assert.IsType<Narrowing.Proposal>(await AskAsync(store, KeyFamily.Inference, unnamed));
        Assert.Equal(
            [("", "all", "all"), ("", "batch", null)],
            proposal.Rights.Select(r => (r.Resource, r.Present, r.Needed))
        );
        Assert.Equal(
            BroadNeed.Batch,
            Assert.IsType<Narrowing.NeedsAll>(await AskAsync(store, KeyFamily.Inference, batches)).Why
        );
        var broad = Assert.IsType<Narrowing.NeedsAll>(await AskAsync(store, KeyFamily.Inference, unknown));
        Assert.Equal((BroadNeed.UnknownModels, "m9"), (broad.Why, Assert.Single(broad.What)));

        var made = Assert.IsType<Replacement.OfModelKey>(
            Must(await CreateAsync(store, store.Owner, KeyFamily.Inference, unnamed))
        );
        Assert.Equal((null, false), (made.Made.Key.Models, made.Made.Key.Batch));
    }

    [Theory]
    [BothStores]
    public async Task The_network_of_a_model_key_is_never_proposed_away_nor_widened(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        await ModelsAsync(store, "m1", "m2");
        var vpc = Must(
            await store
                .Get<CreateVpc>()
                .ExecuteAsync(store.Owner, new VpcInput("office", null, "nyc1", ["192.0.2.0/24"]), Ct)
        );
        var key = await ModelKeyAsync(store, ["m1", "m2"], vpc: vpc.Id);
        await WatchAsync(store, key, Model("m1"));

        var made = Assert.IsType<Replacement.OfModelKey>(
            Must(await CreateAsync(store, store.Owner, KeyFamily.Inference, key))
        );
        Assert.Equal(vpc.Id, made.Made.Key.VpcId);
        Assert.Equal(["m1"], made.Made.Key.Models);
    }

    [Theory]
    [BothStores]
    public async Task A_token_is_proposed_its_scopes_with_what_they_require_and_never_one_it_has_not(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var full = await TokenAsync(store, "api:write");
        var custom = await TokenAsync(store, "vpc:read", "vpc:create", "genai:read");
        var fits = await TokenAsync(store, "vpc:read");
        var admin = await TokenAsync(store, "function:admin");
        var reader = await TokenAsync(store, "api:read");
        var team = await TokenAsync(store, "api:write");
        var models = await TokenAsync(store, "api:write");
        foreach (var _ in Enumerable.Range(0, 2))
        {
            await UseAsync(store, full, Scopes("vpc:create"), Scopes());
            await UseAsync(store, custom, Scopes("vpc:read"));
            await UseAsync(store, fits, Scopes("vpc:read"));
            await UseAsync(store, admin, Scopes("function:read"));
            await UseAsync(store, reader, Scopes("vpc:read", "genai:read"));
            await UseAsync(store, team, Scopes("api:write"));
            await UseAsync(store, models, Model("m1"));
            store.Clock.Advance(TimeSpan.FromDays(16));
        }

        var proposal = Assert.IsType<Narrowing.Proposal>(await AskAsync(store, KeyFamily.Api, full));
        Assert.Equal((1, 0), (proposal.Used, proposal.Of));
        Assert.Equal(
            [
                ("", "api:write", null),
                ("actions:read", null, "required"),
                ("regions:read", null, "required"),
                ("sizes:read", null, "required"),
                ("vpc:create", null, "scope"),
                ("vpc:read", null, "required"),
            ],
            proposal.Rights.Select(r => (r.Resource, r.Present, r.Needed))
        );
        proposal = Assert.IsType<Narrowing.Proposal>(await AskAsync(store, KeyFamily.Api, custom));
        Assert.Equal(
            ["genai:read", "vpc:create"],
            proposal.Rights.Where(r => r.Needed is null).Select(r => r.Resource)
        );
        Assert.IsType<Narrowing.Fits>(await AskAsync(store, KeyFamily.Api, fits));
        // Reading alone would bring base scopes along that function:admin does not hold.
        Assert.IsType<Narrowing.Fits>(await AskAsync(store, KeyFamily.Api, admin));
        Assert.IsType<Narrowing.Proposal>(await AskAsync(store, KeyFamily.Api, reader));
        Assert.Equal(
            BroadNeed.UnlistedScopes,
            Assert.IsType<Narrowing.NeedsAll>(await AskAsync(store, KeyFamily.Api, team)).Why
        );
        Assert.Equal(
            BroadNeed.TokenCallsModels,
            Assert.IsType<Narrowing.NeedsAll>(await AskAsync(store, KeyFamily.Api, models)).Why
        );

        var made = Assert.IsType<Replacement.OfToken>(
            Must(await CreateAsync(store, store.Owner, KeyFamily.Api, full, expiresIn: "90d"))
        );
        Assert.Equal(["actions:read", "regions:read", "sizes:read", "vpc:create", "vpc:read"], made.Made.Token.Scopes);
        Assert.Equal(store.Clock.UtcNow.AddDays(90), made.Made.Token.ExpiresAt);
        Assert.IsType<Refusal.Invalid>(
            (
                await store.Get<CreateReplacement>().ExecuteAsync(store.Owner, KeyFamily.Api, custom, "x", "12h", Ct)
            ).Refusal
        );
    }

    [Theory]
    [BothStores]
    public async Task What_reads_but_is_not_listed_is_proposed_reading_alone(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var full = await TokenAsync(store, "api:write");
        var reader = await TokenAsync(store, "api:read");
        foreach (var _ in Enumerable.Range(0, 2))
        {
            await UseAsync(store, full, Scopes("warehouse:read"));
            await UseAsync(store, reader, Scopes("warehouse:read"));
            store.Clock.Advance(TimeSpan.FromDays(16));
        }

        var proposal = Assert.IsType<Narrowing.Proposal>(await AskAsync(store, KeyFamily.Api, full));
        Assert.Equal([("api:write", null), (null, "api:read")], proposal.Rights.Select(r => (r.Present, r.Needed)));
        Assert.IsType<Narrowing.NeedsAll>(await AskAsync(store, KeyFamily.Api, reader));
    }

    [Theory]
    [BothStores]
    public async Task The_replacement_is_the_actors_does_what_was_needed_and_remembers_what_it_replaces(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var key = await SpacesKeyAsync(store, "aaa:readwrite", "bbb:readwrite");
        await WatchAsync(store, key, Bucket("aaa", BucketRight.Read));
        var member = store.As(TeamRole.Member);

        var made = Assert
            .IsType<Replacement.OfSpacesKey>(Must(await CreateAsync(store, member, KeyFamily.Spaces, key)))
            .Made;
        var record = await RecordAsync(store, made.Key.Id);

        Assert.Equal([new SpacesGrant("aaa", "read")], made.Key.Grants);
        Assert.Equal(("narrow", member.UserId), (made.Key.Name, made.Key.CreatedById));
        Assert.True(Judge(store, record, Bucket("aaa", BucketRight.Read)));
        Assert.False(Judge(store, record, Bucket("aaa", BucketRight.ReadWrite)));
        Assert.False(Judge(store, record, Bucket("bbb", BucketRight.Read)));
        // The old one stays as it is.
        Assert.True(Judge(store, await RecordAsync(store, key), Bucket("bbb", BucketRight.ReadWrite)));
        Assert.Equal(
            key,
            await store.ReadAsync(db =>
                db.AccessKeys.Where(k => k.Id == made.Key.Id).Select(k => k.ReplacesId).SingleAsync(Ct)
            )
        );
        var entry = (await store.AuditAsync()).Last(a => a.TargetId == made.Key.AccessKeyId);
        Assert.Equal("spaces_key.create", entry.Action);
        Assert.Contains("\"replaces\":\"", entry.Details, StringComparison.Ordinal);
        Assert.DoesNotContain(
            made.Secret.Reveal(),
            string.Concat((await store.AuditAsync()).Select(a => a.Details)),
            StringComparison.Ordinal
        );
        made.Secret.Dispose();

        // One at a time; when it is gone, another one can be made.
        Assert.IsType<Refusal.Conflict>(await RefusedAsync(store, store.Owner, KeyFamily.Spaces, key));
        Must(await store.Get<DeleteSpacesKey>().ExecuteAsync(store.Owner, made.Key.AccessKeyId, Ct));
        Assert.True((await CreateAsync(store, store.Owner, KeyFamily.Spaces, key)).IsDone);
    }

    [Theory]
    [BothStores]
    public async Task Two_at_once_make_one_replacement(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var key = await SpacesKeyAsync(store, "aaa:readwrite", "bbb:readwrite");
        await WatchAsync(store, key, Bucket("aaa", BucketRight.Read));

        var outcomes = await Task.WhenAll(
            Enumerable
                .Range(0, 6)
                .Select(_ => Task.Run(() => CreateAsync(store, store.Owner, KeyFamily.Spaces, key), Ct))
        );

        Assert.Single(outcomes, o => o.IsDone);
        Assert.All(outcomes.Where(o => !o.IsDone), o => Assert.IsType<Refusal.Conflict>(o.Refusal));
        Assert.Equal(1, await store.ReadAsync(db => db.AccessKeys.CountAsync(k => k.ReplacesId == key, Ct)));
    }

    [Theory]
    [BothStores]
    public async Task A_replacement_is_made_by_the_rules_of_every_other_key(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var key = await SpacesKeyAsync(store, "aaa:readwrite", "bbb:readwrite");
        var other = await TokenAsync(store, "vpc:create", "genai:read");
        foreach (var _ in Enumerable.Range(0, 2))
        {
            await UseAsync(store, key, Bucket("aaa", BucketRight.Read));
            await UseAsync(store, other, Scopes("vpc:create"));
            store.Clock.Advance(TimeSpan.FromDays(16));
        }

        var before = await store.ReadAsync(db => db.AccessKeys.CountAsync(Ct));
        var create = store.Get<CreateReplacement>();
        foreach (var role in new[] { TeamRole.ResourceViewer, TeamRole.Biller, TeamRole.BillingViewer })
        {
            Assert.Equal(
                new Refusal.Forbidden("spaces_key:create_credentials"),
                (await create.ExecuteAsync(store.As(role), KeyFamily.Spaces, key, "narrow", null, Ct)).Refusal
            );
        }

        // At the API both the role and the token count, for making and for knowing.
        Assert.Equal(
            new Refusal.Forbidden("spaces_key:read"),
            (
                await create.ExecuteAsync(
                    store.Owner with
                    {
                        Token = new KeyScope.Api(["spaces_key:create_credentials"]),
                    },
                    KeyFamily.Spaces,
                    key,
                    "narrow",
                    null,
                    Ct
                )
            ).Refusal
        );
        // Networks are made by owners: nobody else gets a token for it, though they may look after their own.
        Assert.IsType<Refusal.Missing>(
            (await create.ExecuteAsync(store.As(TeamRole.Member), KeyFamily.Api, other, "narrow", null, Ct)).Refusal
        );
        Assert.IsType<Refusal.Missing>(
            (await create.ExecuteAsync(store.Stranger, KeyFamily.Spaces, key, "narrow", null, Ct)).Refusal
        );
        Assert.IsType<Refusal.Missing>(
            (await create.ExecuteAsync(store.Owner, KeyFamily.Inference, key, "narrow", null, Ct)).Refusal
        );
        Assert.IsType<Refusal.Invalid>(
            (await create.ExecuteAsync(store.Owner, KeyFamily.Spaces, key, " ", null, Ct)).Refusal
        );
        var session = Must(
            await store
                .Get<StartSession>()
                .ExecuteAsync(
                    new Actor(store.Owner.UserId, Guid.Empty, Door.Panel),
                    "Firefox",
                    SignInProof.Password,
                    Ct
                )
        );
        store.Clock.Advance(TimeSpan.FromMinutes(20));
        Assert.Equal(
            new Refusal.StepUpNeeded(),
            (
                await create.ExecuteAsync(
                    store.Owner with
                    {
                        SessionId = session.Id,
                    },
                    KeyFamily.Spaces,
                    key,
                    "narrow",
                    null,
                    Ct
                )
            ).Refusal
        );
        Assert.Equal(before, await store.ReadAsync(db => db.AccessKeys.CountAsync(Ct)));
    }

    [Theory]
    [BothStores]
    public async Task Scopes_beyond_the_actors_role_are_refused_as_for_any_token(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        // Made while its owner was an owner of the team.
        var token = await TokenAsync(store, "vpc:create", "genai:read");
        await store.TamperAsync(db =>
            db.AccessKeys.Where(k => k.Id == token)
                .ExecuteUpdateAsync(s => s.SetProperty(k => k.OwnerId, store.As(TeamRole.Member).UserId), Ct)
        );
        await WatchAsync(store, token, Scopes("vpc:create"));
        var refusal = await RefusedAsync(store, store.As(TeamRole.Member), KeyFamily.Api, token);
        Assert.Contains(
            Assert.IsType<Refusal.Invalid>(refusal).Errors,
            e => e.Message == "Your role does not carry vpc:create."
        );
    }

    [Theory]
    [BothStores]
    public async Task The_quota_of_keys_holds_for_replacements(StoreKind kind)
    {
        await using var store = await StartAsync(
            kind,
            s =>
                Microsoft.Extensions.DependencyInjection.OptionsServiceCollectionExtensions.Configure<SpacesLimits>(
                    s,
                    l => l.Keys = 1
                )
        );
        var key = await SpacesKeyAsync(store, "aaa:readwrite", "bbb:readwrite");
        await WatchAsync(store, key, Bucket("aaa", BucketRight.Read));
        Assert.IsType<Refusal.LimitReached>(await RefusedAsync(store, store.Owner, KeyFamily.Spaces, key));
    }

    [Theory]
    [BothStores]
    public async Task Callers_are_seen_to_move_one_by_one_and_the_old_key_is_safe_to_revoke_after_seven_silent_days(
        StoreKind kind
    )
    {
        await using var store = await StartAsync(kind);
        var old = await SpacesKeyAsync(store, "aaa:readwrite", "bbb:readwrite");
        var request = Bucket("aaa", BucketRight.Read);
        await UseAsync(store, old, request);
        store.Clock.Advance(TimeSpan.FromDays(31));
        await UseAsync(store, old, "web", Bucket("aaa", BucketRight.Read));
        await UseAsync(store, old, "web", Bucket("aaa", BucketRight.Read, s_other));
        await UseAsync(store, old, "backup", request);
        var made = Assert
            .IsType<Replacement.OfSpacesKey>(Must(await CreateAsync(store, store.Owner, KeyFamily.Spaces, old)))
            .Made.Key.Id;

        var progress = await ProgressAsync(store, old);
        Assert.Equal((old, made, 0, 3), (progress.Old.Id, progress.New.Id, progress.Moved, progress.Callers.Count));
        // Nobody has called since the new key is there.
        store.Clock.Advance(TimeSpan.FromMinutes(1));
        progress = await ProgressAsync(store, old);
        Assert.False(progress.IsSafe);

        await UseAsync(store, made, "web", request);
        await UseAsync(store, old, "backup", request);
        progress = await ProgressAsync(store, made);
        Assert.Equal(
            [
                ("192.0.2.7", "backup", CallerMove.OnOldKey),
                ("198.51.100.9", "web", CallerMove.Quiet),
                ("192.0.2.7", "web", CallerMove.Moved),
            ],
            progress.Callers.OrderBy(c => c.Move).Select(c => (c.Address, c.Client, c.Move))
        );
        Assert.Equal(store.Clock.UtcNow, progress.Old.LastUsedAt);

        // A caller that uses both has not moved until the old one rests.
        store.Clock.Advance(TimeSpan.FromMinutes(5));
        await UseAsync(store, made, "backup", request);
        Assert.Equal(1, (await ProgressAsync(store, old)).Moved);
        store.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(2, (await ProgressAsync(store, old)).Moved);

        store.Clock.Advance(TimeSpan.FromDays(6.9));
        progress = await ProgressAsync(store, old);
        Assert.False(progress.IsSafe);
        Assert.Equal(progress.Old.LastUsedAt!.Value.AddDays(7), progress.SafeAt);
        store.Clock.Advance(TimeSpan.FromDays(0.1));
        Assert.True((await ProgressAsync(store, old)).IsSafe);

        var publicId = progress.Old.PublicId;
        Must(await store.Get<DeleteSpacesKey>().ExecuteAsync(store.Owner, publicId, Ct));
        Assert.NotNull((await ProgressAsync(store, made)).Old.RevokedAt);
    }

    [Theory]
    [BothStores]
    public async Task A_key_in_the_middle_is_shown_both_ways_and_a_revoked_replacement_counts_no_more(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var first = await SpacesKeyAsync(store, "aaa:readwrite", "bbb:readwrite", "ccc:read");
        await WatchAsync(store, first, Bucket("aaa", BucketRight.Read), Bucket("bbb", BucketRight.Read));
        var second = await MadeAsync(first);
        await WatchAsync(store, second, Bucket("aaa", BucketRight.Read));
        var third = await MadeAsync(second);

        var both = Must(await store.Get<GetReplacements>().ExecuteAsync(store.Owner, KeyFamily.Spaces, second, Ct));
        Assert.Equal([(first, second), (second, third)], both.Select(p => (p.Old.Id, p.New.Id)));

        Must(await store.Get<RevokeKeys>().ExecuteAsync(store.Owner, KeyFamily.Spaces, [third], Ct));
        both = Must(await store.Get<GetReplacements>().ExecuteAsync(store.Owner, KeyFamily.Spaces, second, Ct));
        Assert.Equal([(first, second)], both.Select(p => (p.Old.Id, p.New.Id)));

        async Task<Guid> MadeAsync(Guid id) =>
            Assert
                .IsType<Replacement.OfSpacesKey>(Must(await CreateAsync(store, store.Owner, KeyFamily.Spaces, id)))
                .Made.Key.Id;
    }

    [Theory]
    [BothStores]
    public async Task Nobody_learns_of_a_key_that_is_not_theirs_to_know(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        await ModelsAsync(store, "m1", "m2");
        var member = store.As(TeamRole.Member);
        var key = await ModelKeyAsync(store, ["m1", "m2"], by: member);
        await WatchAsync(store, key, Model("m1"));
        var missing = new Refusal.Missing("access key");
        foreach (var actor in new[] { store.As(TeamRole.Modifier), store.Stranger })
        {
            Assert.Equal(missing, (await Narrow(actor)).Refusal);
            Assert.Equal(missing, (await Watch(actor, key)).Refusal);
            Assert.Equal(missing, await RefusedAsync(store, actor, KeyFamily.Inference, key));
        }

        // The owner replaces it by a key of their own, which the member does not get to know.
        var made = Assert
            .IsType<Replacement.OfModelKey>(Must(await CreateAsync(store, store.Owner, KeyFamily.Inference, key)))
            .Made.Key.Id;
        Assert.Empty(Must(await Watch(member, key)));
        Assert.Equal(missing, (await Watch(member, made)).Refusal);
        Assert.Single(Must(await Watch(store.Owner, key)));
        Assert.Single(Must(await Watch(store.Owner, made)));

        Task<Outcome<Narrowing>> Narrow(Actor actor) =>
            store.Get<GetNarrowing>().ExecuteAsync(actor, KeyFamily.Inference, key, Ct);

        Task<Outcome<IReadOnlyList<ReplacementProgress>>> Watch(Actor actor, Guid id) =>
            store.Get<GetReplacements>().ExecuteAsync(actor, KeyFamily.Inference, id, Ct);
    }

    [Fact]
    public async Task The_name_that_is_proposed_is_one_that_may_be_given()
    {
        await using var store = await StartAsync(StoreKind.Sqlite);
        foreach (var name in new[] { new string('n', 100), string.Concat(Enumerable.Repeat("🔑", 50)) })
        {
            var key = await NamedKeyAsync(store, name, "aaa:readwrite", "bbb:read");
            await WatchAsync(store, key, Bucket("aaa", BucketRight.Read));
            var proposal = Assert.IsType<Narrowing.Proposal>(await AskAsync(store, KeyFamily.Spaces, key));
            Assert.EndsWith("-narrowed", proposal.Name, StringComparison.Ordinal);
            Assert.True(proposal.Name.Length is > 80 and <= Names.MaxLength);
        }
    }

    private static AccessRequest Bucket(string? name, BucketRight right, IPAddress? from = null) =>
        AccessRequest.Spaces(name, right, null, from ?? s_office);

    private static AccessRequest Model(string id) => AccessRequest.Inference(InferenceEndpoint.Model, id, s_office);

    private static AccessRequest Catalogue() => Ask(InferenceEndpoint.Catalogue);

    private static AccessRequest Ask(InferenceEndpoint endpoint) => AccessRequest.Inference(endpoint, null, s_office);

    private static AccessRequest Scopes(params string[] scopes) => AccessRequest.Api(scopes, s_office);

    private static bool Judge(StoreFixture store, KeyRecord key, AccessRequest request) =>
        store.Get<Verifier>().Judge(key, request).IsAllowed;

    private static Task UseAsync(StoreFixture store, Guid key, params AccessRequest[] requests) =>
        UseAsync(store, key, "aws", requests);

    private static async Task UseAsync(StoreFixture store, Guid key, string client, params AccessRequest[] requests)
    {
        var record = await RecordAsync(store, key);
        foreach (var request in requests)
        {
            store.Get<UsageRecorder>().RecordUse(record, request, client);
        }

        await store.Get<UsageRecorder>().FlushAsync(Ct);
    }

    /// <summary>Uses it, and again when 31 days have gone by.</summary>
    private static async Task WatchAsync(StoreFixture store, Guid key, params AccessRequest[] requests)
    {
        await UseAsync(store, key, requests);
        store.Clock.Advance(TimeSpan.FromDays(31));
        await UseAsync(store, key, requests);
    }

    private static async Task<KeyRecord> RecordAsync(StoreFixture store, Guid id)
    {
        await store.Get<KeySnapshots>().RefreshAsync(Ct);
        var row = await store.ReadAsync(db => db.AccessKeys.SingleAsync(k => k.Id == id, Ct));
        Assert.True(store.Get<KeySnapshots>().TryGet(row.Family, LookupId.Read(row.LookupId), out var record));
        return record;
    }

    private static async Task<Narrowing> AskAsync(StoreFixture store, KeyFamily family, Guid id) =>
        Must(await store.Get<GetNarrowing>().ExecuteAsync(store.Owner, family, id, Ct));

    private static async Task<ReplacementProgress> ProgressAsync(StoreFixture store, Guid id) =>
        Assert.Single(Must(await store.Get<GetReplacements>().ExecuteAsync(store.Owner, KeyFamily.Spaces, id, Ct)));

    private static Task<Outcome<Replacement>> CreateAsync(
        StoreFixture store,
        Actor actor,
        KeyFamily family,
        Guid id,
        string? expiresIn = null
    ) => store.Get<CreateReplacement>().ExecuteAsync(actor, family, id, "narrow", expiresIn, Ct);

    private static async Task<Refusal?> RefusedAsync(StoreFixture store, Actor actor, KeyFamily family, Guid id) =>
        (await CreateAsync(store, actor, family, id)).Refusal;

    private static Task<Guid> SpacesKeyAsync(StoreFixture store, params string[] grants) =>
        NamedKeyAsync(store, "sync", grants);

    private static async Task<Guid> NamedKeyAsync(StoreFixture store, string name, params string[] grants)
    {
        if (!await store.ReadAsync(db => db.Buckets.AnyAsync(Ct)))
        {
            Must(await store.Get<AddBuckets>().ExecuteAsync(store.Owner, ["aaa", "bbb", "ccc", "ddd"], "nyc3", Ct));
        }

        using var secret = Must(
            await store
                .Get<CreateSpacesKey>()
                .ExecuteAsync(
                    store.Owner,
                    name,
                    grants is ["full"]
                        ? [new SpacesGrant("", SpacesGrant.FullAccess)]
                        : [.. grants.Select(g => new SpacesGrant(g.Split(':')[0], g.Split(':')[1]))],
                    Ct
                )
        ).Secret;
        return await store.ReadAsync(db =>
            db.AccessKeys.Where(k => k.Family == KeyFamily.Spaces)
                .OrderByDescending(k => k.ChangeVersion)
                .Select(k => k.Id)
                .FirstAsync(Ct)
        );
    }

    private static async Task ModelsAsync(StoreFixture store, params string[] ids) =>
        Must(
            await store
                .Get<AddModels>()
                .ExecuteAsync(
                    store.Owner,
                    [.. ids.Select(i => new ModelInput(i, i, "openai", "text", false, null))],
                    Ct
                )
        );

    private static async Task<Guid> ModelKeyAsync(
        StoreFixture store,
        IReadOnlyList<string>? models,
        bool batch = false,
        Guid? vpc = null,
        Actor? by = null
    ) =>
        Must(
            await store
                .Get<CreateModelKey>()
                .ExecuteAsync(by ?? store.Owner, new NewModelKeyRequest("bot", models, batch, vpc), Ct)
        ).Key.Id;

    private static async Task<Guid> TokenAsync(StoreFixture store, params string[] scopes) =>
        Must(
            await store.Get<CreateToken>().ExecuteAsync(store.Owner, new NewTokenRequest("ci", null, scopes), Ct)
        ).Token.Id;
}
