using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Functions;
using ControlPanel.Data.Snapshots;
using ControlPanel.Verification.Decisions;
using ControlPanel.Verification.Keys;
using Microsoft.EntityFrameworkCore;
using static ControlPanel.Tests.Unit.Data.StoreFixture;

namespace ControlPanel.Tests.Unit.Data;

/// <summary>Namespaces, on both databases.</summary>
public sealed class NamespaceTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [BothStores]
    public async Task A_created_namespace_is_listed_read_audited_and_known_to_the_gateways(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var before = await store.VersionAsync();
        var made = await store.NamespaceAsync("  image-tools ", "NYC1");
        Assert.Equal(("image-tools", "nyc1", 0), (made.Label, made.Region, made.LiveKeys));
        Assert.Matches("^fn-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$", made.Id);
        Assert.Equal(before + 1, await store.VersionAsync());

        var page = Must(await store.Get<ListNamespaces>().ExecuteAsync(store.Owner, new PageRequest(), Ct));
        Assert.Equal([made], page.Items);
        Assert.Equal(1, page.Total);
        var view = Must(await store.Get<GetNamespace>().ExecuteAsync(store.Owner, made.Id, Ct));
        Assert.Equal((made.Id, "image-tools", LegacyState.Retired), (view.Id, view.Label, view.Legacy.State));

        var entry = Assert.Single(await store.AuditAsync());
        Assert.Equal(
            ("namespace.create", "namespace", made.Id, "image-tools", "done", "owner@demo.test", "panel", "req-1"),
            (
                entry.Action,
                entry.TargetKind,
                entry.TargetId,
                entry.TargetName,
                entry.Result,
                entry.ActorName,
                entry.Door,
                entry.RequestId
            )
        );
        Assert.Equal((store.TeamId, store.Owner.UserId, "127.0.0.1"), (entry.TeamId, entry.ActorId, entry.Address));

        await store.Get<KeySnapshots>().RefreshAsync(Ct);
        Assert.Equal("image-tools", store.Get<INamespaceDirectory>().Find(made.Id)?.Label);
    }

    [Theory]
    [BothStores]
    public async Task A_page_holds_what_it_asked_for_and_the_total_counts_all_pages(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        string[] regions = ["sfo3", "ams3", "nyc1", "fra1", "blr1"];
        for (var i = 0; i < 5; i++)
        {
            var made = await store.NamespaceAsync($"tools-{i}", regions[i]);
            for (var key = 0; key < i % 3; key++)
            {
                await store.KeyAsync(made.Id, $"key-{key}");
            }

            store.Clock.Advance(TimeSpan.FromMinutes(1));
        }

        await store.NamespaceAsync("theirs", by: store.Stranger);
        Assert.Equal("tools-0 tools-1 of 5", await PageAsync(new PageRequest(0, 2)));
        Assert.Equal("tools-4 of 5", await PageAsync(new PageRequest(4, 2)));
        Assert.Equal(" of 5", await PageAsync(new PageRequest(5, 2)));
        Assert.Equal("tools-4 tools-3 of 5", await PageAsync(new PageRequest(0, 2, "label", Descending: true)));
        Assert.Equal("tools-1 tools-4 tools-3 tools-2 tools-0 of 5", await PageAsync(new PageRequest(Sort: "region")));
        Assert.Equal("tools-0 of 5", await PageAsync(new PageRequest(0, 1, "created")));
        Assert.Equal("tools-4 of 5", await PageAsync(new PageRequest(0, 1, "created", Descending: true)));
        Assert.Equal(
            "tools-2 tools-1 tools-4 tools-0 tools-3 of 5",
            await PageAsync(new PageRequest(Sort: "keys", Descending: true))
        );

        // An unknown sort, a negative start and a size beyond the limit are no reason to fail.
        Assert.Equal(
            "tools-0 tools-1 tools-2 tools-3 tools-4 of 5",
            await PageAsync(new PageRequest(-3, 100_000, "'; drop table"))
        );
        Assert.Equal("tools-0 of 5", await PageAsync(new PageRequest(0, 0)));

        Assert.Equal("tools-3 of 1", await PageAsync(new PageRequest { Search = " OLS-3 " }));
        Assert.Equal(" of 0", await PageAsync(new PageRequest { Search = "%" }));
        Assert.Equal(" of 0", await PageAsync(new PageRequest { Search = "tools_3" }));
        Assert.Equal(" of 0", await PageAsync(new PageRequest { Search = "theirs" }));

        async Task<string> PageAsync(PageRequest request)
        {
            var page = Must(await store.Get<ListNamespaces>().ExecuteAsync(store.Owner, request, Ct));
            return $"{string.Join(' ', page.Items.Select(n => n.Label))} of {page.Total}";
        }
    }

    [Theory]
    [BothStores]
    public async Task Every_broken_rule_of_a_new_namespace_is_named_and_nothing_is_written(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        await store.NamespaceAsync("image-tools");
        var version = await store.VersionAsync();
        var create = store.Get<CreateNamespace>();
        var all = await create.ExecuteAsync(
            store.Owner,
            new NewNamespace("\u202Eevil", "moon1", "ftp://example.com", "no-colon"),
            Ct
        );
        Assert.Equal(
            ["Label", "Region", "UpstreamUrl", "UpstreamCredential"],
            Assert.IsType<Refusal.Invalid>(all.Refusal).Errors.Select(e => e.Field)
        );

        var again = await create.ExecuteAsync(store.Owner, new NewNamespace("image-tools", "ams3"), Ct);
        Assert.Equal("Label", Assert.IsType<Refusal.Conflict>(again.Refusal).Field);
        Assert.Equal(version, await store.VersionAsync());
        Assert.Single(await store.AuditAsync());

        // Another team's labels are its own business, and a deleted namespace's label is free.
        await store.NamespaceAsync("image-tools", by: store.Stranger);
        var row = await store.ReadAsync(db => db.Namespaces.FirstAsync(n => n.TeamId == store.TeamId, Ct));
        Must(await store.Get<DeleteNamespace>().ExecuteAsync(store.Owner, row.Id, Ct));
        await store.NamespaceAsync("image-tools");
    }

    [Theory]
    [BothStores]
    public async Task Two_who_create_one_label_at_once_get_one_namespace(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var outcomes = await Task.WhenAll(
            Enumerable
                .Range(0, 8)
                .Select(_ =>
                    Task.Run(
                        () =>
                            store
                                .Get<CreateNamespace>()
                                .ExecuteAsync(store.Owner, new NewNamespace("same", "nyc1"), Ct),
                        Ct
                    )
                )
        );
        Assert.Single(outcomes, o => o.IsDone);
        Assert.All(outcomes.Where(o => !o.IsDone), o => Assert.IsType<Refusal.Conflict>(o.Refusal));
        Assert.Equal(1, await store.ReadAsync(db => db.Namespaces.CountAsync(Ct)));
    }

    [Theory]
    [BothStores]
    public async Task Deleting_a_namespace_refuses_all_its_keys_by_the_time_of_the_receipt(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var doomed = await store.NamespaceAsync("doomed");
        var other = await store.NamespaceAsync("other");
        var first = await store.KeyAsync(doomed.Id, "first");
        var second = await store.KeyAsync(doomed.Id, "second", "7d");
        var safe = await store.KeyAsync(other.Id, "safe");
        Assert.True(store.Call(first).IsAllowed);
        var receipt = Must(await store.Get<DeleteNamespace>().ExecuteAsync(store.Owner, doomed.Id, Ct));
        Assert.Equal(await store.VersionAsync(), receipt.Version);
        Assert.Equal(DenialReason.Revoked, store.Call(first).Reason);
        Assert.Equal(DenialReason.Revoked, store.Call(second).Reason);
        Assert.True(store.Call(safe).IsAllowed);
        Assert.Null(store.Get<INamespaceDirectory>().Find(doomed.Id));
        var entry = (await store.AuditAsync())[^1];
        Assert.Equal(("namespace.delete", """{"revokedKeys":2}"""), (entry.Action, entry.Details));
        Assert.IsType<Refusal.Missing>(
            (await store.Get<DeleteNamespace>().ExecuteAsync(store.Owner, doomed.Id, Ct)).Refusal
        );
        Assert.IsType<Refusal.Missing>(
            (await store.Get<GetNamespace>().ExecuteAsync(store.Owner, doomed.Id, Ct)).Refusal
        );
    }

    [Theory]
    [BothStores]
    public async Task A_new_upstream_address_never_gets_the_old_ones_credential(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var made = Must(
            await store
                .Get<CreateNamespace>()
                .ExecuteAsync(
                    store.Owner,
                    new NewNamespace("behind", "nyc1", "https://one.example.com/", "user:pass"),
                    Ct
                )
        );
        var set = store.Get<SetNamespaceUpstream>();
        var moved = await set.ExecuteAsync(store.Owner, made.Id, "https://two.example.com", null, Ct);
        Assert.Equal("UpstreamCredential", Assert.Single(Assert.IsType<Refusal.Invalid>(moved.Refusal).Errors).Field);
        Must(await set.ExecuteAsync(store.Owner, made.Id, "https://one.example.com", null, Ct));
        Must(await set.ExecuteAsync(store.Owner, made.Id, "https://two.example.com", "else:where", Ct));
        await store.Get<KeySnapshots>().RefreshAsync(Ct);
        var known = store.Get<INamespaceDirectory>().Find(made.Id)!;
        Assert.Equal(new Uri("https://two.example.com"), known.Upstream);
        Assert.Equal($"Basic {Convert.ToBase64String("else:where"u8)}", known.UpstreamAuthorization!.Reveal());

        // Nothing that was written down knows the credential.
        var audit = await store.AuditAsync();
        Assert.Equal(2, audit.Count(e => e.Action == "namespace.set_upstream"));
        Assert.DoesNotContain(audit, e => e.Details.Contains("where", StringComparison.Ordinal));
        Must(await set.ExecuteAsync(store.Owner, made.Id, "", null, Ct));
        var view = Must(await store.Get<GetNamespace>().ExecuteAsync(store.Owner, made.Id, Ct));
        Assert.Equal((null, false), (view.UpstreamUrl, view.HasUpstreamCredential));
    }
}
