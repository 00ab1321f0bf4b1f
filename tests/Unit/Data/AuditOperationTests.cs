using System.Net;
using ControlPanel.Data.Audit;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Audit;
using ControlPanel.Data.Operations.Functions;
using ControlPanel.Data.Usage;
using ControlPanel.Verification.Decisions;
using ControlPanel.Verification.Keys;
using Microsoft.EntityFrameworkCore;
using static ControlPanel.Tests.Unit.Data.StoreFixture;

namespace ControlPanel.Tests.Unit.Data;

/// <summary>Reading, verifying and explaining: the operations behind Activity.</summary>
public sealed class AuditOperationTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(TeamRole.Owner, true, true)]
    [InlineData(TeamRole.Member, true, false)]
    [InlineData(TeamRole.Modifier, true, false)]
    [InlineData(TeamRole.ResourceViewer, true, false)]
    [InlineData(TeamRole.Biller, false, false)]
    [InlineData(TeamRole.BillingViewer, false, false)]
    public async Task A_role_reads_and_verifies_as_the_table_says(TeamRole role, bool reads, bool verifies)
    {
        await using var store = await StartAsync(StoreKind.Sqlite);
        var actor = store.As(role);
        var list = await store.Get<ListAuditEntries>().ExecuteAsync(actor, new(), new AuditFilter(), Ct);
        Assert.Equal(reads ? null : new Refusal.Forbidden("activity:read"), list.Refusal);
        var explain = await store.Get<ExplainRequest>().ExecuteAsync(actor, "nothing", Ct);
        Assert.Equal(reads ? new Refusal.Missing("request") : new Refusal.Forbidden("activity:read"), explain.Refusal);
        var verify = await store.Get<VerifyAuditChain>().ExecuteAsync(actor, Ct);
        Assert.Equal(verifies ? null : new Refusal.Forbidden("activity:verify"), verify.Refusal);
    }

    [Theory]
    [BothStores]
    public async Task The_log_pages_and_filters_in_the_database(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var start = store.Clock.UtcNow;
        var space = await store.NamespaceAsync("Image-Tools");
        for (var i = 0; i < 3; i++)
        {
            store.Clock.Advance(TimeSpan.FromMinutes(1));
            var by = store.As(TeamRole.Member) with { RequestId = $"call-{i}" };
            await store.KeyAsync(space.Id, $"key-{i}", by: by);
        }

        await store.Get<CreateNamespace>().ExecuteAsync(store.As(TeamRole.Biller), new("x", "nyc1"), Ct);
        await store.NamespaceAsync("theirs", by: store.Stranger);

        Assert.Equal("5 4 3 2 1 of 5", await PageAsync(new(), new()));
        Assert.Equal("1 2 of 5", await PageAsync(new(0, 2, "time"), new()));
        Assert.Equal("3 2 of 5", await PageAsync(new(2, 2), new()));
        Assert.Equal("4 3 2 of 3", await PageAsync(new(), new() { Actor = "MEMBER@" }));
        Assert.Equal("1 of 1", await PageAsync(new(), new() { Action = "namespace.create", Result = AuditChain.Done }));
        Assert.Equal("5 of 1", await PageAsync(new(), new() { Result = AuditChain.Refused }));
        Assert.Equal("4 3 2 of 3", await PageAsync(new(), new() { Action = "functions_key." }));
        Assert.Equal("1 of 1", await PageAsync(new(), new() { Target = space.Id }));
        Assert.Equal("1 of 1", await PageAsync(new(), new() { Target = "image-t" }));
        Assert.Equal("3 of 1", await PageAsync(new(), new() { RequestId = "call-1" }));
        Assert.Equal(
            "3 2 of 2",
            await PageAsync(new(), new() { From = start.AddMinutes(1), Until = start.AddMinutes(3) })
        );
        Assert.Equal(" of 0", await PageAsync(new(), new() { Target = "%" }));
        Assert.Equal("4 3 2 of 3", await PageAsync(new(), new(), TeamRole.Member));
        Assert.Equal(" of 0", await PageAsync(new(), new() { Target = space.Id }, TeamRole.Member));

        var first = Must(
            await store.Get<ListAuditEntries>().ExecuteAsync(store.Owner, new(0, 1, "time"), new AuditFilter(), Ct)
        ).Items[0];
        Assert.Equal(
            (start, "owner@demo.test", "panel", "namespace", space.Id, "Image-Tools", "127.0.0.1"),
            (first.At, first.Actor, first.Door, first.TargetKind, first.TargetId, first.TargetName, first.Address)
        );

        async Task<string> PageAsync(PageRequest page, AuditFilter filter, TeamRole role = TeamRole.Owner)
        {
            var rows = Must(await store.Get<ListAuditEntries>().ExecuteAsync(store.As(role), page, filter, Ct));
            return $"{string.Join(' ', rows.Items.Select(r => r.Sequence))} of {rows.Total}";
        }
    }

    [Theory]
    [BothStores]
    public async Task Verifying_counts_all_entries_or_names_the_first_that_does_not_fit(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        await store.NamespaceAsync("one");
        await store.NamespaceAsync("theirs", by: store.Stranger);
        await store.NamespaceAsync("two");
        var verify = store.Get<VerifyAuditChain>();
        Assert.Equal(new ChainVerdict.Intact(3), Must(await verify.ExecuteAsync(store.Owner, Ct)));
        await store.TamperAsync(db =>
            db.AuditEntries.Where(a => a.Sequence == 2)
                .ExecuteUpdateAsync(set => set.SetProperty(a => a.TargetName, "ours"), Ct)
        );
        Assert.Equal(
            new ChainVerdict.Broken(2, ChainFault.Altered, 1),
            Must(await verify.ExecuteAsync(store.Owner, Ct))
        );
    }

    [Theory]
    [BothStores]
    public async Task Anchors_follow_the_end_of_the_log_and_never_a_cut_one(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var anchoring = store.Get<AuditAnchoring>();
        await anchoring.AnchorAsync(Ct);
        Assert.Empty(await AnchorsAsync());
        await store.NamespaceAsync("one");
        await anchoring.AnchorAsync(Ct);
        await anchoring.AnchorAsync(Ct);
        await store.NamespaceAsync("two");
        await anchoring.StartAsync(Ct);
        await anchoring.StopAsync(Ct);
        Assert.Equal([1, 2], await AnchorsAsync());

        await store.TamperAsync(db => db.AuditEntries.Where(a => a.Sequence == 2).ExecuteDeleteAsync(Ct));
        await anchoring.AnchorAsync(Ct);
        Assert.Equal([1, 2], await AnchorsAsync());
        Assert.Equal(
            new ChainVerdict.Broken(2, ChainFault.Missing, 1),
            Must(await store.Get<VerifyAuditChain>().ExecuteAsync(store.Owner, Ct))
        );

        Task<List<long>> AnchorsAsync() =>
            store.ReadAsync(db => db.AuditAnchors.Select(a => a.Sequence).Order().ToListAsync(Ct));
    }

    [Theory]
    [BothStores]
    public async Task A_refused_request_is_explained_step_by_step_at_once(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var space = await store.NamespaceAsync("image-tools");
        var key = await store.KeyAsync(space.Id, "deploy", "1h", store.As(TeamRole.Member));
        var record = store.Call(key).Key!;
        store.Get<RefusalLog>().Record(Refused("req-expired", DenialReason.Expired, record));

        var explained = await ExplainAsync(store.Owner, " req-expired ");
        Assert.Equal(
            (DenialReason.Expired, "POST actions/demo/hello", "192.0.2.1", "curl/8.5", 1),
            (explained.Reason, explained.Operation, explained.Address, explained.Client, explained.Count)
        );
        Assert.Equal(new RefusedKey(key.Key.Id, key.Key.KeyId, "deploy", "member@demo.test", space.Id), explained.Key);
        Assert.Equal(
            [
                (Check.Freshness, true),
                (Check.Format, true),
                (Check.Known, true),
                (Check.Secret, true),
                (Check.State, true),
                (Check.Owner, true),
                (Check.Expiry, false),
            ],
            explained.Steps.Select(s => (s.Check, s.Passed))
        );

        async Task<RequestExplanation> ExplainAsync(Actor actor, string id) =>
            Must(await store.Get<ExplainRequest>().ExecuteAsync(actor, id, Ct));
    }

    [Theory]
    [BothStores]
    public async Task Who_may_know_a_refused_request_finds_it_and_nobody_else(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var space = await store.NamespaceAsync("image-tools");
        var own = store.Call(await store.KeyAsync(space.Id, "own", by: store.As(TeamRole.Member))).Key!;
        var log = store.Get<RefusalLog>();
        log.Record(Refused("req-key", DenialReason.WrongSecret, own));
        log.Record(Refused("req-noise", DenialReason.UnknownKey, key: null));

        Assert.Equal("owner member", await FindersAsync("req-key"));
        Assert.Equal("owner stranger", await FindersAsync("req-noise"));
        Assert.Equal("", await FindersAsync("req-none"));
        Assert.Equal("", await FindersAsync(""));
        Assert.Equal("", await FindersAsync("%"));

        async Task<string> FindersAsync(string id)
        {
            var explain = store.Get<ExplainRequest>();
            (string Name, Actor Actor)[] all =
            [
                ("owner", store.Owner),
                ("member", store.As(TeamRole.Member)),
                ("modifier", store.As(TeamRole.Modifier)),
                ("stranger", store.Stranger),
            ];
            var found = new List<string>();
            foreach (var (name, actor) in all)
            {
                var outcome = await explain.ExecuteAsync(actor, id, Ct);
                if (outcome.IsDone)
                {
                    found.Add(name);
                }
                else
                {
                    Assert.Equal(new Refusal.Missing("request"), outcome.Refusal);
                }
            }

            return string.Join(' ', found);
        }
    }

    [Fact]
    public void Every_reason_has_its_steps_and_the_last_one_is_the_one_that_failed()
    {
        foreach (var reason in Enum.GetValues<DenialReason>().Except([DenialReason.None]))
        {
            var steps = RefusalSteps.For(reason);
            Assert.False(steps[^1].Passed);
            Assert.All(steps.SkipLast(1), s => Assert.True(s.Passed));
            Assert.Equal(Enumerable.Range(0, steps.Count), steps.Select(s => (int)s.Check));
            Assert.All(steps, s => Assert.NotEmpty(s.Detail));
        }
    }

    [Fact]
    public void The_steps_told_later_are_those_that_the_engine_took()
    {
        using var engine = new Support.TestEngine();
        var held = engine.FunctionsKey(expiry: Expiry.From(engine.Clock.UtcNow));
        var revoked = engine.FunctionsKey(revoked: true);
        var elsewhere = engine.FunctionsKey("fn-elsewhere");
        var left = engine.FunctionsKey(owner: engine.Person(TeamRole.Member, active: false));
        foreach (var key in new[] { held, revoked, elsewhere, left })
        {
            var trace = new DecisionTrace();
            var decision = engine.Decide(
                key.Header,
                AccessRequest.Functions(Support.TestEngine.Namespace, IPAddress.Loopback),
                trace
            );
            Assert.Equal(
                trace.Steps.Select(s => (s.Check, s.Passed)),
                RefusalSteps.For(decision.Reason).Select(s => (s.Check, s.Passed))
            );
        }
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
