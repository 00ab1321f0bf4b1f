using ControlPanel.Data.Model;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Functions;
using ControlPanel.Data.Snapshots;
using ControlPanel.Data.Usage;
using ControlPanel.Tests.Unit.Support;
using ControlPanel.Verification.Decisions;
using ControlPanel.Verification.Keys;
using Microsoft.EntityFrameworkCore;
using static ControlPanel.Tests.Unit.Data.StoreFixture;

namespace ControlPanel.Tests.Unit.Data;

/// <summary>Namespace access keys, on both databases.</summary>
public sealed class NamespaceKeyTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [BothStores]
    public async Task A_new_key_works_at_once_and_its_secret_is_stored_nowhere(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var space = await store.NamespaceAsync("image-tools");
        var before = await store.VersionAsync();
        var made = await store.KeyAsync(space.Id, " ci-cd-key ", "30d");
        Assert.True(store.Call(made).IsAllowed);
        Assert.Equal(before + 1, await store.VersionAsync());
        Assert.Equal(("ci-cd-key", "owner@demo.test"), (made.Key.Name, made.Key.CreatedBy));
        Assert.Equal(store.Clock.UtcNow.AddDays(30), made.Key.ExpiresAt);
        Assert.Matches("^dof_v1_[0-9a-f]{32}$", made.Key.KeyId);

        var row = await store.ReadAsync(db => db.AccessKeys.SingleAsync(Ct));
        Assert.Null(row.SealedSecret);
        Assert.NotEqual(made.Secret.Bytes.ToArray(), row.SecretMac);
        Assert.Equal(before + 1, row.ChangeVersion);
        var secret = made.Secret.Reveal();
        var entry = (await store.AuditAsync())[^1];
        Assert.Equal(
            ("functions_key.create", made.Key.KeyId, "ci-cd-key", "done"),
            (entry.Action, entry.TargetId, entry.TargetName, entry.Result)
        );
        Assert.DoesNotContain(secret, entry.Details, StringComparison.Ordinal);
        if (kind == StoreKind.Sqlite)
        {
            foreach (var file in Directory.EnumerateFiles(Path.GetDirectoryName(store.Place)!))
            {
                await using var stream = new FileStream(
                    file,
                    FileMode.Open,
                    FileAccess.Read,
                    FileShare.ReadWrite | FileShare.Delete
                );
                using var reader = new StreamReader(stream, System.Text.Encoding.Latin1);
                Assert.DoesNotContain(secret, await reader.ReadToEndAsync(Ct), StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [BothStores]
    public async Task A_key_is_refused_from_the_tick_of_its_expiry_on(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var space = await store.NamespaceAsync("image-tools");
        var made = await store.KeyAsync(space.Id, "short", "1h");
        store.Clock.UtcNow = made.Key.ExpiresAt!.Value.AddTicks(-1);
        Assert.True(store.Call(made).IsAllowed);
        store.Clock.UtcNow = made.Key.ExpiresAt.Value;
        Assert.Equal(DenialReason.Expired, store.Call(made).Reason);

        // Stored to the tick, on a database that rounds instants to microseconds as well.
        store.Clock.UtcNow = new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero).AddTicks(3);
        var odd = await store.KeyAsync(space.Id, "odd", "1h");
        var listed = await ListAsync(store, space.Id, new PageRequest { Search = "odd" });
        Assert.Equal(store.Clock.UtcNow.AddHours(1), Assert.Single(listed.Items).ExpiresAt);
        Assert.Equal(3, odd.Key.ExpiresAt!.Value.Ticks % 10);
    }

    [Theory]
    [InlineData(null, "The access key name must not be empty.")]
    [InlineData("   ", "The access key name must not be empty.")]
    [InlineData("x101", "The access key name must not be longer than 100 characters.")]
    [InlineData("a\u0000b", "control characters")]
    [InlineData("a\r\nb", "control characters")]
    [InlineData("a\u202Eb", "text-direction marks")]
    [InlineData("a\u200Fb", "text-direction marks")]
    [InlineData("a\u2028b", "line breaks")]
    [InlineData("\uD800", "not valid text")]
    public async Task A_bad_name_is_refused_with_the_rule(string? name, string rule)
    {
        await using var store = await StartAsync(StoreKind.Sqlite);
        var space = await store.NamespaceAsync("image-tools");
        name = name == "x101" ? new string('x', 101) : name;
        var made = await store
            .Get<CreateNamespaceKey>()
            .ExecuteAsync(store.Owner, new NewKeyRequest(space.Id, name, null), Ct);
        var error = Assert.Single(Assert.IsType<Refusal.Invalid>(made.Refusal).Errors);
        Assert.Equal("Name", error.Field);
        Assert.Contains(rule, error.Message, StringComparison.Ordinal);

        var key = await store.KeyAsync(space.Id, "good");
        var renamed = await store
            .Get<RenameNamespaceKey>()
            .ExecuteAsync(store.Owner, space.Id, key.Key.KeyId, name, Ct);
        Assert.Equal([error], Assert.IsType<Refusal.Invalid>(renamed.Refusal).Errors);
        var label = await store.Get<CreateNamespace>().ExecuteAsync(store.Owner, new NewNamespace(name, "nyc1"), Ct);
        Assert.Equal("Label", Assert.Single(Assert.IsType<Refusal.Invalid>(label.Refusal).Errors).Field);
    }

    [Theory]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("'; DROP TABLE access_keys; --")]
    [InlineData("Ключ 🔑 مفتاح")]
    public async Task A_name_that_only_looks_dangerous_is_kept_as_it_is(string name)
    {
        await using var store = await StartAsync(StoreKind.Sqlite);
        var space = await store.NamespaceAsync("image-tools");
        await store.KeyAsync(space.Id, name);
        Assert.Equal(name, Assert.Single((await ListAsync(store, space.Id, new PageRequest())).Items).Name);
        Assert.Single((await ListAsync(store, space.Id, new PageRequest { Search = name[..3] })).Items);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0h")]
    [InlineData("30m")]
    [InlineData("-1d")]
    [InlineData("1.5d")]
    [InlineData("+1d")]
    [InlineData("1 d")]
    [InlineData("١d")]
    [InlineData("3651d")]
    [InlineData("87601h")]
    [InlineData("9999999999999d")]
    [InlineData("99999999999999999999999d")]
    public async Task A_bad_expiration_is_refused_with_the_rule(string expiresIn)
    {
        await using var store = await StartAsync(StoreKind.Sqlite);
        var space = await store.NamespaceAsync("image-tools");
        var made = await store
            .Get<CreateNamespaceKey>()
            .ExecuteAsync(store.Owner, new NewKeyRequest(space.Id, "key", expiresIn), Ct);
        Assert.Equal("ExpiresIn", Assert.Single(Assert.IsType<Refusal.Invalid>(made.Refusal).Errors).Field);
        Assert.Equal(0, await store.ReadAsync(db => db.AccessKeys.CountAsync(Ct)));
    }

    [Theory]
    [InlineData("1h", 1)]
    [InlineData("3650d", 87_600)]
    [InlineData("87600h", 87_600)]
    [InlineData(" 12h ", 12)]
    public async Task The_shortest_and_the_longest_expiration_are_exact(string expiresIn, int hours)
    {
        await using var store = await StartAsync(StoreKind.Sqlite);
        var space = await store.NamespaceAsync("image-tools");
        var made = await store.KeyAsync(space.Id, "key", expiresIn);
        Assert.Equal(store.Clock.UtcNow.AddHours(hours), made.Key.ExpiresAt);
    }

    [Theory]
    [BothStores]
    public async Task A_name_stands_once_among_the_living_keys_of_a_namespace(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var space = await store.NamespaceAsync("image-tools");
        var other = await store.NamespaceAsync("other");
        var first = await store.KeyAsync(space.Id, "deploy");
        var second = await store.KeyAsync(space.Id, "build");
        await store.KeyAsync(other.Id, "deploy");
        var create = store.Get<CreateNamespaceKey>();
        var rename = store.Get<RenameNamespaceKey>();
        Assert.IsType<Refusal.Conflict>(
            (await create.ExecuteAsync(store.Owner, new NewKeyRequest(space.Id, "deploy", null), Ct)).Refusal
        );
        Assert.IsType<Refusal.Conflict>(
            (await rename.ExecuteAsync(store.Owner, space.Id, second.Key.KeyId, "deploy", Ct)).Refusal
        );
        Must(await rename.ExecuteAsync(store.Owner, space.Id, first.Key.KeyId, "deploy", Ct));

        Must(await store.Get<RevokeNamespaceKey>().ExecuteAsync(store.Owner, space.Id, first.Key.KeyId, Ct));
        Must(await rename.ExecuteAsync(store.Owner, space.Id, second.Key.KeyId, "deploy", Ct));
        Assert.True(store.Call(second).IsAllowed);
        var entry = (await store.AuditAsync())[^1];
        Assert.Equal(
            ("functions_key.rename", "deploy", """{"from":"build"}"""),
            (entry.Action, entry.TargetName, entry.Details)
        );

        // Many at once: one wins, nobody sees a database error.
        var outcomes = await Task.WhenAll(
            Enumerable
                .Range(0, 8)
                .Select(_ =>
                    Task.Run(() => create.ExecuteAsync(store.Owner, new NewKeyRequest(space.Id, "race", null), Ct), Ct)
                )
        );
        Assert.Single(outcomes, o => o.IsDone);
        Assert.All(outcomes.Where(o => !o.IsDone), o => Assert.IsType<Refusal.Conflict>(o.Refusal));
    }

    [Theory]
    [BothStores]
    public async Task Suspending_refuses_and_resuming_allows_each_by_the_time_of_its_receipt(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var space = await store.NamespaceAsync("image-tools");
        var key = await store.KeyAsync(space.Id, "deploy");
        var suspend = store.Get<SuspendNamespaceKey>();
        var version = await store.VersionAsync();
        var receipt = Must(await suspend.ExecuteAsync(store.Owner, space.Id, key.Key.KeyId, suspended: true, Ct));
        Assert.Equal((version + 1, 1), (receipt.Version, receipt.Nodes.Count));
        Assert.Equal(DenialReason.Suspended, store.Call(key).Reason);
        Assert.Equal(KeyStatus.Suspended, Assert.Single((await ListAsync(store, space.Id, new())).Items).Status);
        store.Clock.UtcNow = store.Clock.UtcNow.AddYears(5000);
        Assert.Equal(DenialReason.Suspended, store.Call(key).Reason);
        Must(await suspend.ExecuteAsync(store.Owner, space.Id, key.Key.KeyId, suspended: false, Ct));
        Assert.True(store.Call(key).IsAllowed);
        Assert.Equal(
            ["functions_key.suspend", "functions_key.resume"],
            (await store.AuditAsync()).TakeLast(2).Select(e => e.Action)
        );
    }

    [Theory]
    [BothStores]
    public async Task Revoking_is_for_ever(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var space = await store.NamespaceAsync("image-tools");
        var key = await store.KeyAsync(space.Id, "deploy");
        var id = key.Key.KeyId;
        Must(await store.Get<RevokeNamespaceKey>().ExecuteAsync(store.Owner, space.Id, id, Ct));
        Assert.Equal(DenialReason.Revoked, store.Call(key).Reason);
        var audit = await store.AuditAsync();
        Assert.Equal(("functions_key.revoke", id), (audit[^1].Action, audit[^1].TargetId));

        var missing = new Refusal.Missing("access key");
        Assert.Equal(
            missing,
            (await store.Get<RevokeNamespaceKey>().ExecuteAsync(store.Owner, space.Id, id, Ct)).Refusal
        );
        Assert.Equal(
            missing,
            (
                await store.Get<SuspendNamespaceKey>().ExecuteAsync(store.Owner, space.Id, id, suspended: false, Ct)
            ).Refusal
        );
        Assert.Equal(
            missing,
            (await store.Get<RenameNamespaceKey>().ExecuteAsync(store.Owner, space.Id, id, "new", Ct)).Refusal
        );
        Assert.Empty((await ListAsync(store, space.Id, new())).Items);
        Assert.Equal(DenialReason.Revoked, store.Call(key).Reason);
        Assert.Equal(audit.Count, (await store.AuditAsync()).Count);
        var row = await store.ReadAsync(db => db.AccessKeys.SingleAsync(Ct));
        Assert.Equal(
            (store.Clock.UtcNow, store.Owner.UserId, "revoked"),
            (row.RevokedAt, row.RevokedBy, row.RevokeReason)
        );
    }

    [Theory]
    [BothStores]
    public async Task The_list_pages_sorts_searches_and_filters_in_the_database(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var space = await store.NamespaceAsync("image-tools");
        (string Name, string? Expires, TeamRole By)[] keys =
        [
            ("delta", null, TeamRole.Owner),
            ("alpha", "1h", TeamRole.Member),
            ("charlie", "30d", TeamRole.Owner),
            ("bravo", "5d", TeamRole.Modifier),
        ];
        var made = new Dictionary<string, NewNamespaceKey>(StringComparer.Ordinal);
        foreach (var (name, expires, by) in keys)
        {
            made[name] = await store.KeyAsync(space.Id, name, expires, store.As(by));
            store.Clock.Advance(TimeSpan.FromMinutes(1));
        }

        Must(
            await store
                .Get<SuspendNamespaceKey>()
                .ExecuteAsync(store.Owner, space.Id, made["charlie"].Key.KeyId, suspended: true, Ct)
        );
        foreach (var used in new[] { "bravo", "delta" })
        {
            var decision = store.Call(made[used]);
            store.Get<UsageRecorder>().RecordUse(decision.Key!, System.Net.IPAddress.Loopback, "curl/8");
            store.Clock.Advance(TimeSpan.FromSeconds(1));
            await store.Get<KeySnapshots>().RefreshAsync(Ct);
        }

        await store.Get<UsageRecorder>().FlushAsync(Ct);
        store.Clock.Advance(TimeSpan.FromHours(1));

        Assert.Equal("bravo charlie alpha delta of 4", await NamesAsync(new()));
        Assert.Equal("delta alpha charlie bravo of 4", await NamesAsync(new(Sort: "created")));
        Assert.Equal("alpha bravo charlie delta of 4", await NamesAsync(new(Sort: "name")));
        Assert.Equal("delta charlie bravo alpha of 4", await NamesAsync(new(Sort: "name", Descending: true)));
        Assert.Equal("alpha bravo charlie delta of 4", await NamesAsync(new(Sort: "expires")));
        Assert.Equal("delta charlie bravo alpha of 4", await NamesAsync(new(Sort: "expires", Descending: true)));
        Assert.StartsWith(
            "delta bravo ",
            await NamesAsync(new(Sort: "last_used", Descending: true)),
            StringComparison.Ordinal
        );
        Assert.EndsWith(" bravo delta of 4", await NamesAsync(new(Sort: "last_used")), StringComparison.Ordinal);
        Assert.StartsWith("alpha bravo ", await NamesAsync(new(Sort: "created_by")), StringComparison.Ordinal);
        Assert.EndsWith(
            " bravo alpha of 4",
            await NamesAsync(new(Sort: "created_by", Descending: true)),
            StringComparison.Ordinal
        );
        Assert.Equal("bravo charlie of 4", await NamesAsync(new(1, 2, "name")));
        Assert.Equal("bravo of 1", await NamesAsync(new() { Search = "RAV" }));
        Assert.Equal("charlie of 1", await NamesAsync(new() { Search = made["charlie"].Key.KeyId[^20..] }));
        Assert.Equal(" of 0", await NamesAsync(new() { Search = "_" + "%" }));
        Assert.Equal("delta of 1", await NamesAsync(new(), KeyStatus.Active));
        Assert.Equal("bravo of 1", await NamesAsync(new(), KeyStatus.ExpiresSoon));
        Assert.Equal("charlie of 1", await NamesAsync(new(), KeyStatus.Suspended));
        Assert.Equal("alpha of 1", await NamesAsync(new(), KeyStatus.Expired));
        foreach (var row in (await ListAsync(store, space.Id, new())).Items)
        {
            Assert.Contains(row.Name, await NamesAsync(new(), row.Status), StringComparison.Ordinal);
        }

        async Task<string> NamesAsync(PageRequest request, KeyStatus? status = null)
        {
            var page = await ListAsync(store, space.Id, request, status);
            return $"{string.Join(' ', page.Items.Select(n => n.Name))} of {page.Total}";
        }
    }

    [Theory]
    [BothStores]
    public async Task What_another_team_has_reads_like_what_does_not_exist(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var space = await store.NamespaceAsync("image-tools");
        var key = await store.KeyAsync(space.Id, "deploy");
        await store.LegacyAsync(space.Id, rehearsing: true);
        var ours = (space.Id, key.Key.KeyId);
        var nothing = (Id: "fn-00000000-0000-4000-8000-000000000000", KeyId: "dof_v1_" + new string('0', 32));
        var audit = (await store.AuditAsync()).Count;
        foreach (var (name, ask) in FunctionsOperations.OnOneNamespace)
        {
            var foreign = await ask(store, store.Stranger, ours.Id, ours.KeyId);
            Assert.IsType<Refusal.Missing>(foreign);
            Assert.Equal((name, await ask(store, store.Stranger, nothing.Id, nothing.KeyId)), (name, foreign));
            // A key is looked for in its own namespace only.
            Assert.Equal((name, await ask(store, store.Owner, nothing.Id, ours.KeyId)), (name, foreign));
        }

        Assert.True(store.Call(key).IsAllowed);
        Assert.Equal(audit, (await store.AuditAsync()).Count);
    }

    [Theory]
    [BothStores]
    public async Task Who_left_or_was_signed_out_does_nothing_more(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var space = await store.NamespaceAsync("image-tools");
        var member = store.As(TeamRole.Member);
        var session = new PersonSession
        {
            Id = Guid.CreateVersion7(store.Clock.UtcNow),
            UserId = member.UserId,
            TeamId = store.TeamId,
            CreatedAt = store.Clock.UtcNow,
            AuthenticatedAt = store.Clock.UtcNow,
        };
        await store.TamperAsync(db =>
        {
            db.Sessions.Add(session);
            return Task.CompletedTask;
        });
        var signedIn = member with { SessionId = session.Id };
        await store.KeyAsync(space.Id, "one", by: signedIn);
        await store.TamperAsync(db =>
            db.Sessions.ExecuteUpdateAsync(set => set.SetProperty(s => s.EndedAt, store.Clock.UtcNow), Ct)
        );
        var create = store.Get<CreateNamespaceKey>();
        Assert.IsType<Refusal.NotAMember>(
            (await create.ExecuteAsync(signedIn, new NewKeyRequest(space.Id, "two", null), Ct)).Refusal
        );

        // Somebody else's session is no session of the actor's.
        Assert.IsType<Refusal.NotAMember>(
            (
                await create.ExecuteAsync(
                    store.Owner with
                    {
                        SessionId = session.Id,
                    },
                    new NewKeyRequest(space.Id, "two", null),
                    Ct
                )
            ).Refusal
        );
        Assert.IsType<Refusal.NotAMember>(
            (
                await store
                    .Get<ListNamespaces>()
                    .ExecuteAsync(store.Stranger with { TeamId = store.TeamId }, new PageRequest(), Ct)
            ).Refusal
        );
        var entry = (await store.AuditAsync())[^1];
        Assert.Equal(("functions_key.create", "refused"), (entry.Action, entry.Result));
        Assert.Equal(1, await store.ReadAsync(db => db.AccessKeys.CountAsync(Ct)));
    }

    private static async Task<Page<NamespaceKeyRow>> ListAsync(
        StoreFixture store,
        string namespaceId,
        PageRequest page,
        KeyStatus? status = null
    ) => Must(await store.Get<ListNamespaceKeys>().ExecuteAsync(store.Owner, namespaceId, page, status, Ct));
}
