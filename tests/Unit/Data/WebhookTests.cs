using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using ControlPanel.Data;
using ControlPanel.Data.Model;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Access;
using ControlPanel.Data.Operations.Functions;
using ControlPanel.Data.Operations.Inference;
using ControlPanel.Data.Operations.Sessions;
using ControlPanel.Data.Operations.Spaces;
using ControlPanel.Data.Operations.Teams;
using ControlPanel.Data.Operations.Tokens;
using ControlPanel.Data.Operations.Webhooks;
using ControlPanel.Data.Webhooks;
using ControlPanel.Verification.Formats;
using ControlPanel.Verification.Keys;
using ControlPanel.Verification.Secrets;
using Microsoft.EntityFrameworkCore;
using static ControlPanel.Tests.Unit.Data.StoreFixture;

namespace ControlPanel.Tests.Unit.Data;

/// <summary>What is laid out for receivers, who takes it, and what becomes of it: without a network.</summary>
public sealed partial class WebhookTests
{
    private const string Address = "https://hooks.example.com/in?token=of-the-receiver";

    private static readonly string[] s_all = [.. WebhookEvents.All.Select(e => e.Name)];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [BothStores]
    public async Task Every_change_that_is_told_is_told_with_what_receivers_need_and_no_secret(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var (owner, member) = (store.Owner, store.As(TeamRole.Member));
        var hook = await HookAsync(store);
        var space = await store.NamespaceAsync("image-tools");
        var key = await store.KeyAsync(space.Id, "deploy", "90d");
        var id = key.Key.KeyId;
        Must(await store.Get<RenameNamespaceKey>().ExecuteAsync(owner, space.Id, id, "ship", Ct));
        Must(await store.Get<SuspendNamespaceKey>().ExecuteAsync(owner, space.Id, id, suspended: true, Ct));
        Must(await store.Get<SuspendNamespaceKey>().ExecuteAsync(owner, space.Id, id, suspended: false, Ct));
        Must(await store.Get<RevokeNamespaceKey>().ExecuteAsync(owner, space.Id, id, Ct));
        var model = Must(
            await store
                .Get<CreateModelKey>()
                .ExecuteAsync(member, new NewModelKeyRequest("chat", null, false, null), Ct)
        );
        var again = Must(await store.Get<RegenerateModelKey>().ExecuteAsync(member, model.Key.Id, "chat", Ct));
        var token = Must(
            await store.Get<CreateToken>().ExecuteAsync(member, new NewTokenRequest("ci", "30d", ["function:read"]), Ct)
        );
        var spaces = Must(
            await store
                .Get<CreateSpacesKey>()
                .ExecuteAsync(owner, "backup", [new SpacesGrant("", SpacesGrant.FullAccess)], Ct)
        );
        Must(await store.Get<DeleteSpacesKey>().ExecuteAsync(owner, spaces.Key.AccessKeyId, Ct));
        Must(
            await store
                .Get<InvitePerson>()
                .ExecuteAsync(owner, new NewInvitation("nina@demo.test", TeamRole.Biller), Ct)
        );
        Must(
            await store
                .Get<ChangeRole>()
                .ExecuteAsync(owner, store.As(TeamRole.ResourceViewer).UserId, TeamRole.Modifier, Ct)
        );
        Must(await store.Get<RemoveMember>().ExecuteAsync(owner, new MemberRemoval(member.UserId), Ct));

        var told = await EventsAsync(store);
        // Those of one moment have no order.
        Assert.Equal(
            [
                "access_key.changed chat inference",
                "access_key.changed ship functions",
                "access_key.created backup spaces",
                "access_key.created chat inference",
                "access_key.created ci api",
                "access_key.created deploy functions",
                "access_key.regenerated chat inference",
                "access_key.resumed ship functions",
                "access_key.revoked backup spaces",
                "access_key.revoked ci api",
                "access_key.revoked ship functions",
                "access_key.suspended ship functions",
                "member.invited  ",
                "member.removed  ",
                "member.role_changed  ",
            ],
            told.Select(t => $"{t.Type} {Text(t.Data, "name")} {Text(t.Data, "family")}").Order(StringComparer.Ordinal)
        );
        var created = told.Single(t => Text(t.Data, "name") == "deploy").Data;
        Assert.Equal(
            (id, space.Id, "image-tools", "owner@demo.test", "panel", store.TeamId.ToString()),
            (
                Text(created, "key_id"),
                Text(created, "namespace"),
                Text(created, "where"),
                Text(created, "by"),
                Text(created, "door"),
                Text(created, "team")
            )
        );
        Assert.Equal("2027-02-19T12:00:00.000Z", Text(created, "expires_at"));
        var revoked = told.Single(t => t.Type == "access_key.revoked" && Text(t.Data, "name") == "ci").Data;
        Assert.Equal((token.Token.Id.ToString(), "member_removed"), (Text(revoked, "key_id"), Text(revoked, "reason")));
        var invited = told.Single(t => t.Type == "member.invited").Data;
        Assert.Equal(("nina@demo.test", "biller"), (Text(invited, "email"), Text(invited, "role")));
        var changed = told.Single(t => t.Type == "member.role_changed").Data;
        Assert.Equal(("resource_viewer", "modifier"), (Text(changed, "from"), Text(changed, "to")));

        string[] secrets =
        [
            key.Secret.Reveal(),
            model.Secret.Reveal(),
            again.Secret.Reveal(),
            token.Value.Reveal(),
            spaces.Secret.Reveal(),
            hook.Secret.Reveal(),
        ];
        var kept = await store.ReadAsync(async db =>
            string.Join(
                '\n',
                (await db.WebhookDeliveries.Select(d => d.Payload).ToListAsync(Ct)).Concat(
                    await db.AuditEntries.Select(a => a.Details + a.TargetName).ToListAsync(Ct)
                )
            )
        );
        Assert.All(secrets, s => Assert.DoesNotContain(s, kept, StringComparison.Ordinal));
        // What receivers put into their addresses is theirs.
        Assert.DoesNotContain("of-the-receiver", kept, StringComparison.Ordinal);
    }

    [Fact]
    public void Everything_that_is_done_to_keys_and_members_is_told()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "ControlPanel.sln")))
        {
            root = root.Parent!;
        }

        var actions = Directory
            .EnumerateFiles(
                Path.Combine(root.FullName, "src", "ControlPanel.Data", "Operations"),
                "*.cs",
                SearchOption.AllDirectories
            )
            .SelectMany(f => Action().Matches(File.ReadAllText(f)).Select(m => m.Groups["name"].Value))
            .ToHashSet(StringComparer.Ordinal);
        Assert.Contains("functions_key.resume", actions);
        // A rehearsal refuses for minutes and ends by itself: nothing that a program should act on.
        actions.ExceptWith(["legacy_credential.rehearse", "legacy_credential.restore"]);
        Assert.DoesNotContain(actions, a => WebhookEvents.Of(a) is null);
        Assert.Subset(s_all.ToHashSet(), actions.Select(a => WebhookEvents.Of(a)!).ToHashSet());
    }

    [Theory]
    [BothStores]
    public async Task Deleting_a_namespace_tells_of_every_key_of_it_and_retiring_of_its_legacy_credential(
        StoreKind kind
    )
    {
        await using var store = await StartAsync(kind);
        await HookAsync(store);
        var (kept, gone) = (await store.NamespaceAsync("kept"), await store.NamespaceAsync("gone"));
        await store.KeyAsync(gone.Id, "one");
        await store.KeyAsync(gone.Id, "two");
        var legacy = await store.LegacyAsync(kept.Id);
        var cutOff = new DateTimeOffset(2027, 3, 31, 0, 0, 0, TimeSpan.Zero);
        Must(await store.Get<SetLegacyCutOff>().ExecuteAsync(store.Owner, kept.Id, cutOff, Ct));
        Must(await store.Get<RetireLegacyCredential>().ExecuteAsync(store.Owner, kept.Id, "kept", Ct));
        Must(await store.Get<DeleteNamespace>().ExecuteAsync(store.Owner, gone.Id, Ct));

        var told = (await EventsAsync(store)).Where(t => t.Type != "access_key.created");
        Assert.Equal(
            [
                "access_key.revoked gone one namespace_deleted ",
                "access_key.revoked gone two namespace_deleted ",
                "legacy.cut_off kept  retired ",
                "legacy.cut_off_set kept   2027-03-31T00:00:00.000Z",
            ],
            told.Select(t =>
                    $"{t.Type} {Text(t.Data, "where")} {Text(t.Data, "name")} {Text(t.Data, "reason")} "
                    + Text(t.Data, "cut_off")
                )
                .Order(StringComparer.Ordinal)
        );
        var payloads = await store.ReadAsync(db => db.WebhookDeliveries.Select(d => d.Payload).ToListAsync(Ct));
        Assert.DoesNotContain(payloads, p => p.Contains(legacy.Uuid, StringComparison.Ordinal));
    }

    [Theory]
    [BothStores]
    public async Task Imported_legacy_credentials_are_told_by_their_namespace_and_nothing_of_themselves(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        await HookAsync(store);
        var space = await store.NamespaceAsync("image-tools");
        var uuid = Guid.NewGuid().ToString();
        using var key = FunctionsKeyFormat.NewLegacyKey(new SystemSecretSource());
        Must(
            await store
                .Get<ImportLegacyCredentials>()
                .ExecuteAsync(store.Owner, [new CredentialLine(1, space.Id, uuid, key)], ImportMode.AllOrNone, Ct)
        );
        var (type, data) = Assert.Single(await EventsAsync(store));
        Assert.Equal(
            ("access_key.created", "Legacy credential", "image-tools"),
            (type, Text(data, "name"), Text(data, "where"))
        );
        Assert.DoesNotContain(uuid, data.GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain(key.Reveal(), data.GetRawText(), StringComparison.Ordinal);
    }

    [Theory]
    [BothStores]
    public async Task Nothing_is_told_of_what_was_refused_or_undone_or_belongs_to_another_team(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        await HookAsync(store);
        var theirs = await store.NamespaceAsync("theirs", by: store.Stranger);
        await store.KeyAsync(theirs.Id, "theirs", by: store.Stranger);
        var space = await store.NamespaceAsync("image-tools");
        var viewer = store.As(TeamRole.ResourceViewer);
        var refused = await store
            .Get<CreateNamespaceKey>()
            .ExecuteAsync(viewer, new NewKeyRequest(space.Id, "no", null), Ct);
        Assert.IsType<Refusal.Forbidden>(refused.Refusal);

        // Everything was written and noted; then the last row meets one that is there.
        var there = await store.ReadAsync(db => db.Teams.AsNoTracking().FirstAsync(Ct));
        var undone = store
            .Get<OperationRunner>()
            .ChangeAsync<Done>(
                store.Owner,
                "member.remove",
                null,
                context =>
                {
                    context.Audit("member.remove", "member", Guid.NewGuid().ToString(), "undone@demo.test");
                    context.Db.Teams.Add(there);
                    return Task.FromResult<Outcome<Done>>(default(Done));
                },
                Ct
            );
        await Assert.ThrowsAnyAsync<DbUpdateException>(() => undone);
        Assert.Empty(await EventsAsync(store));

        await store.KeyAsync(space.Id, "done");
        Assert.Equal("done", Text(Assert.Single(await EventsAsync(store)).Data, "name"));
    }

    [Theory]
    [BothStores]
    public async Task A_webhook_is_told_only_of_what_it_subscribed_to_and_while_it_is_on(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var members = await HookAsync(store, "member.removed");
        var keys = await HookAsync(store, "access_key.created", "access_key.revoked");
        var space = await store.NamespaceAsync("image-tools");
        var key = await store.KeyAsync(space.Id, "deploy");
        Assert.Equal(
            [keys.Webhook.Id],
            await store.ReadAsync(db => db.WebhookDeliveries.Select(d => d.EndpointId).ToListAsync(Ct))
        );

        Must(await store.Get<TurnWebhook>().ExecuteAsync(store.Owner, keys.Webhook.Id, on: false, Ct));
        Must(await store.Get<RevokeNamespaceKey>().ExecuteAsync(store.Owner, space.Id, key.Key.KeyId, Ct));
        Assert.Single(await EventsAsync(store));
        // What waited waits no longer, and does not come late when it is on again.
        Must(await store.Get<TurnWebhook>().ExecuteAsync(store.Owner, keys.Webhook.Id, on: true, Ct));
        Assert.Empty(await store.Get<DeliveryQueue>().DueEndpointsAsync(Ct));
        Assert.Null(await store.Get<DeliveryQueue>().NextDueAsync(Ct));

        Must(await store.Get<RemoveWebhook>().ExecuteAsync(store.Owner, keys.Webhook.Id, Ct));
        Must(await store.Get<RemoveWebhook>().ExecuteAsync(store.Owner, members.Webhook.Id, Ct));
        Assert.Empty(await EventsAsync(store));
        Assert.Empty(Must(await store.Get<ListWebhooks>().ExecuteAsync(store.Owner, new PageRequest(), Ct)).Items);
    }

    [Theory]
    [BothStores]
    public async Task What_was_taken_is_taken_by_one_and_due_again_when_the_process_ended_before_it_was_done(
        StoreKind kind
    )
    {
        await using var store = await StartAsync(kind);
        var hook = await HookAsync(store);
        var queue = store.Get<DeliveryQueue>();
        Must(await store.Get<SendTestEvent>().ExecuteAsync(store.Owner, hook.Webhook.Id, Ct));
        Assert.Equal([hook.Webhook.Id], await queue.DueEndpointsAsync(Ct));

        var taken = (
            await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => queue.TakeAsync(hook.Webhook.Id, 4, Ct)))
        ).SelectMany(t => t);
        var first = Assert.Single(taken);
        Assert.Equal(1, first.Attempt);
        Assert.Empty(await queue.DueEndpointsAsync(Ct));

        // The process ended here. Another finds it when the time of the first is over.
        store.Clock.Advance(DeliveryQueue.TakenFor);
        var second = Assert.Single(await queue.TakeAsync(hook.Webhook.Id, 4, Ct));
        Assert.Equal((first.EventId, first.Payload, 2), (second.EventId, second.Payload, second.Attempt));

        // The first was only slow, and comes too late to say anything.
        await queue.NoteAsync(first, new DeliveryAnswer.Answered(500), Ct);
        Assert.Null(Assert.Single(await DeliveriesAsync(store, hook)).LastStatus);
        await queue.NoteAsync(second, new DeliveryAnswer.Answered(204), Ct);
        var delivered = Assert.Single(await DeliveriesAsync(store, hook));
        Assert.Equal((204, 2), (delivered.LastStatus, delivered.Attempts));
        Assert.NotNull(delivered.DeliveredAt);
        Assert.Null(delivered.NextAttemptAt);
    }

    [Theory]
    [BothStores]
    public async Task A_receiver_that_fails_is_tried_on_the_schedule_and_given_up_after_the_last(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var hook = await HookAsync(store);
        var queue = store.Get<DeliveryQueue>();
        var start = store.Clock.UtcNow;
        Must(await store.Get<SendTestEvent>().ExecuteAsync(store.Owner, hook.Webhook.Id, Ct));
        double[] pauses = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400];
        var payload = "";
        foreach (var seconds in pauses)
        {
            var taken = Assert.Single(await queue.TakeAsync(hook.Webhook.Id, 4, Ct));
            Assert.Equal(store.Clock.UtcNow.ToUnixTimeSeconds(), taken.Timestamp);
            payload = payload.Length == 0 ? taken.Payload : payload;
            Assert.Equal(payload, taken.Payload);
            await queue.NoteAsync(taken, new DeliveryAnswer.NotAnswered(DeliveryFault.NotReachable), Ct);
            Assert.Equal(store.Clock.UtcNow.AddSeconds(seconds), await queue.NextDueAsync(Ct));

            store.Clock.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromTicks(1));
            Assert.Empty(await queue.TakeAsync(hook.Webhook.Id, 4, Ct));
            store.Clock.Advance(TimeSpan.FromTicks(1));
        }

        var row = Assert.Single(
            Must(await store.Get<ListWebhooks>().ExecuteAsync(store.Owner, new PageRequest(), Ct)).Items
        );
        Assert.Equal((start, DeliveryFault.NotReachable, true), (row.FailingSince, row.LastFault, row.IsEnabled));
        var last = Assert.Single(await queue.TakeAsync(hook.Webhook.Id, 4, Ct));
        await queue.NoteAsync(last, new DeliveryAnswer.Answered(503), Ct);
        var given = Assert.Single(await DeliveriesAsync(store, hook));
        Assert.Equal((10, 503, store.Clock.UtcNow), (given.Attempts, given.LastStatus, given.GivenUpAt));
        Assert.Null(await queue.NextDueAsync(Ct));

        Must(await store.Get<DeliverAgain>().ExecuteAsync(store.Owner, given.Id, Ct));
        var again = Assert.Single(await queue.TakeAsync(hook.Webhook.Id, 4, Ct));
        Assert.Equal((given.EventId, payload, 1), (again.EventId, again.Payload, again.Attempt));
        await queue.NoteAsync(again, new DeliveryAnswer.Answered(200), Ct);
        row = Assert.Single(
            Must(await store.Get<ListWebhooks>().ExecuteAsync(store.Owner, new PageRequest(), Ct)).Items
        );
        Assert.Null(row.FailingSince);

        store.Clock.Advance(DeliveryQueue.Kept + TimeSpan.FromSeconds(1));
        await queue.PruneAsync(Ct);
        Assert.Empty(await DeliveriesAsync(store, hook));
    }

    [Theory]
    [BothStores]
    public async Task A_receiver_that_says_it_is_gone_is_turned_off_and_the_audit_log_says_so(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var hook = await HookAsync(store);
        var queue = store.Get<DeliveryQueue>();
        Must(await store.Get<SendTestEvent>().ExecuteAsync(store.Owner, hook.Webhook.Id, Ct));
        Must(await store.Get<SendTestEvent>().ExecuteAsync(store.Owner, hook.Webhook.Id, Ct));
        var taken = Assert.Single(await queue.TakeAsync(hook.Webhook.Id, 1, Ct));
        await queue.NoteAsync(taken, new DeliveryAnswer.Answered(410), Ct);

        var row = Assert.Single(
            Must(await store.Get<ListWebhooks>().ExecuteAsync(store.Owner, new PageRequest(), Ct)).Items
        );
        Assert.Equal((false, true), (row.IsEnabled, row.IsGone));
        Assert.All(await DeliveriesAsync(store, hook), d => Assert.NotNull(d.GivenUpAt));
        var entry = (await store.AuditAsync())[^1];
        Assert.Equal(
            ("webhook.turn_off", "system", "hooks.example.com", "done"),
            (entry.Action, entry.ActorName, entry.TargetName, entry.Result)
        );
        var verdict = Must(
            await store.Get<ControlPanel.Data.Operations.Audit.VerifyAuditChain>().ExecuteAsync(store.Owner, Ct)
        );
        Assert.IsType<ControlPanel.Data.Audit.ChainVerdict.Intact>(verdict);
        Assert.IsType<Refusal.Conflict>(
            (await store.Get<SendTestEvent>().ExecuteAsync(store.Owner, hook.Webhook.Id, Ct)).Refusal
        );
    }

    [Theory]
    [BothStores]
    public async Task A_rolled_secret_signs_beside_the_old_one_for_a_day(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var hook = await HookAsync(store);
        var old = hook.Secret.Reveal();
        Assert.StartsWith("whsec_", old, StringComparison.Ordinal);
        var known = new List<string> { old };
        Assert.Equal([old], await SignersAsync());
        var rolled = Must(await store.Get<RollWebhookSecret>().ExecuteAsync(store.Owner, hook.Webhook.Id, Ct));
        var fresh = rolled.Secret.Reveal();
        Assert.NotEqual(old, fresh);
        known.Add(fresh);
        Assert.Equal(store.Clock.UtcNow.AddHours(24), rolled.Webhook.OldSecretUntil);
        Assert.Equal([fresh, old], await SignersAsync());
        store.Clock.Advance(TimeSpan.FromHours(24) - TimeSpan.FromTicks(1));
        Assert.Equal([fresh, old], await SignersAsync());
        store.Clock.Advance(TimeSpan.FromTicks(1));
        Assert.Equal([fresh], await SignersAsync());

        // An envelope that was moved to another row opens nowhere, and nothing is sent unsigned.
        var other = await HookAsync(store);
        await store.TamperAsync(async db =>
        {
            var rows = await db.WebhookEndpoints.ToDictionaryAsync(e => e.Id, Ct);
            rows[hook.Webhook.Id].SealedSecret = rows[other.Webhook.Id].SealedSecret;
        });
        Assert.Null((await TestAsync()).Signature);

        async Task<TakenDelivery> TestAsync()
        {
            Must(await store.Get<SendTestEvent>().ExecuteAsync(store.Owner, hook.Webhook.Id, Ct));
            var taken = Assert.Single(await store.Get<DeliveryQueue>().TakeAsync(hook.Webhook.Id, 4, Ct));
            await store.Get<DeliveryQueue>().NoteAsync(taken, new DeliveryAnswer.Answered(200), Ct);
            return taken;
        }

        async Task<string[]> SignersAsync()
        {
            var taken = await TestAsync();
            return
            [
                .. taken
                    .Signature!.Split(' ')
                    .Select(signature => known.Single(secret => signature == Sign(secret, taken))),
            ];
        }
    }

    [Theory]
    [InlineData("http://example.com/")]
    [InlineData("https://user@example.com/")]
    [InlineData("https://user:pass@example.com/")]
    [InlineData("https://example.com/#part")]
    [InlineData("ftp://example.com/")]
    [InlineData("/hooks")]
    [InlineData("")]
    [InlineData("https://127.0.0.1/")]
    [InlineData("https://0x7f.1/")]
    [InlineData("https://2130706433/")]
    [InlineData("https://[::1]/")]
    [InlineData("https://[::ffff:10.0.0.1]/")]
    [InlineData("https://10.1.2.3/")]
    [InlineData("https://169.254.169.254/latest/meta-data")]
    [InlineData("https://localhost/")]
    [InlineData("https://panel.localhost./")]
    public async Task An_address_that_would_not_be_connected_to_is_refused(string address)
    {
        await using var store = await StartAsync(StoreKind.Sqlite);
        var outcome = await store.Get<CreateWebhook>().ExecuteAsync(store.Owner, new WebhookInput(address, s_all), Ct);
        var invalid = Assert.IsType<Refusal.Invalid>(outcome.Refusal);
        Assert.Equal("Address", Assert.Single(invalid.Errors).Field);
    }

    [Fact]
    public async Task Events_that_do_not_exist_and_too_many_webhooks_are_refused()
    {
        await using var store = await StartAsync(StoreKind.Sqlite);
        string[][] wrong =
        [
            [],
            ["webhook.test"],
            ["access_key.created", "access_key.exploded"],
        ];
        foreach (var events in wrong)
        {
            var outcome = await store
                .Get<CreateWebhook>()
                .ExecuteAsync(store.Owner, new WebhookInput(Address, events), Ct);
            Assert.Equal("Events", Assert.Single(Assert.IsType<Refusal.Invalid>(outcome.Refusal).Errors).Field);
        }

        for (var i = 0; i < CreateWebhook.MaxWebhooks; i++)
        {
            await HookAsync(store);
        }

        var over = await store.Get<CreateWebhook>().ExecuteAsync(store.Owner, new WebhookInput(Address, s_all), Ct);
        Assert.IsType<Refusal.LimitReached>(over.Refusal);
    }

    private static async Task<NewWebhookSecret> HookAsync(StoreFixture store, params string[] events) =>
        Must(
            await store
                .Get<CreateWebhook>()
                .ExecuteAsync(store.Owner, new WebhookInput(Address, events.Length == 0 ? s_all : events), Ct)
        );

    private static async Task<IReadOnlyList<DeliveryRow>> DeliveriesAsync(StoreFixture store, NewWebhookSecret hook) =>
        Must(await store.Get<ListDeliveries>().ExecuteAsync(store.Owner, hook.Webhook.Id, new PageRequest(), Ct)).Items;

    private static async Task<List<(string Type, JsonElement Data)>> EventsAsync(StoreFixture store)
    {
        var rows = await store.ReadAsync(db => db.WebhookDeliveries.OrderBy(d => d.Id).ToListAsync(Ct));
        return
        [
            .. rows.Select(row =>
            {
                var body = JsonDocument.Parse(row.Payload).RootElement;
                Assert.Equal(["type", "timestamp", "data"], body.EnumerateObject().Select(p => p.Name));
                Assert.Equal(row.Type, body.GetProperty("type").GetString());
                Assert.Equal(row.CreatedAt, body.GetProperty("timestamp").GetDateTimeOffset());
                return (row.Type, body.GetProperty("data"));
            }),
        ];
    }

    private static string? Text(JsonElement data, string name) =>
        data.TryGetProperty(name, out var value) ? value.GetString() : null;

    // By the letter of the standard: its bytes are what stands behind the prefix, decoded.
    private static string Sign(string secret, TakenDelivery taken) =>
        "v1,"
        + Convert.ToBase64String(
            HMACSHA256.HashData(
                Convert.FromBase64String(secret["whsec_".Length..]),
                Encoding.UTF8.GetBytes($"{taken.EventId}.{taken.Timestamp}.{taken.Payload}")
            )
        );

    [GeneratedRegex(
        "\"(?<name>(functions_key|spaces_key|model_key|token|access_key|member|legacy_credential)\\.[a-z_]+)\"",
        RegexOptions.ExplicitCapture
    )]
    private static partial Regex Action();
}
