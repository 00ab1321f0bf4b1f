using System.Text.Json;
using ControlPanel.Data.Expirations;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Functions;
using ControlPanel.Data.Operations.Teams;
using ControlPanel.Data.Operations.Webhooks;
using ControlPanel.Data.Webhooks;
using ControlPanel.Verification.Keys;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using static ControlPanel.Tests.Unit.Data.StoreFixture;

namespace ControlPanel.Tests.Unit.Data;

/// <summary>What is told of keys that come to their end: once for each mark, by webhooks and by mail.</summary>
public sealed class ExpirationMarkTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [BothStores]
    public async Task Each_mark_of_a_key_is_told_once_and_its_end_as_well(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        await HookAsync(store);
        var space = await store.NamespaceAsync("image-tools");
        var key = await store.KeyAsync(space.Id, "deploy", "90d");
        await store.KeyAsync(space.Id, "for-ever");
        var revoked = await store.KeyAsync(space.Id, "revoked", "90d");
        Must(await store.Get<RevokeNamespaceKey>().ExecuteAsync(store.Owner, space.Id, revoked.Key.KeyId, Ct));
        var end = key.Key.ExpiresAt!.Value;
        foreach (var days in new[] { 30, 7, 1, 0 })
        {
            var before = await ToldAsync(store);
            store.Clock.UtcNow = end.AddDays(-days) - TimeSpan.FromTicks(1);
            Assert.Equal(0, await store.Get<ExpirationMarks>().MarkAsync(Ct));
            Assert.Equal(before, await ToldAsync(store));

            store.Clock.UtcNow = end.AddDays(-days);
            // Several at once, as several nodes would: one of them notes it.
            var marked = await Task.WhenAll(
                Enumerable.Range(0, 4).Select(_ => store.Get<ExpirationMarks>().MarkAsync(Ct))
            );
            Assert.Equal(1, marked.Sum());
            string[] told =
            [
                .. before,
                days == 0 ? "access_key.expired deploy 0" : $"access_key.expiring deploy {days}",
            ];
            Assert.Equal(told.Order(StringComparer.Ordinal), await ToldAsync(store));
        }

        store.Clock.Advance(TimeSpan.FromDays(200));
        Assert.Equal(0, await store.Get<ExpirationMarks>().MarkAsync(Ct));
        await store.Get<ExpirationMarks>().PruneAsync(Ct);
        Assert.Equal(0, await store.ReadAsync(db => db.ExpirationMarks.CountAsync(Ct)));
        Assert.Equal(0, await store.Get<ExpirationMarks>().MarkAsync(Ct));
    }

    [Fact]
    public async Task Two_nodes_of_one_store_tell_of_a_mark_once()
    {
        Assert.SkipWhen(PostgresCluster.Programs is null, PostgresCluster.NotInstalled);
        await using var one = await StartAsync(StoreKind.Postgres);
        await using var two = await one.OpenSecondAsync();
        await HookAsync(one);
        var space = await one.NamespaceAsync("image-tools");
        for (var i = 0; i < 20; i++)
        {
            await one.KeyAsync(space.Id, $"key {i}", "90d");
        }

        one.Clock.Advance(TimeSpan.FromDays(84));
        var marked = await Task.WhenAll(
            Enumerable
                .Range(0, 8)
                .Select(i => Task.Run(() => (i % 2 == 0 ? one : two).Get<ExpirationMarks>().MarkAsync(Ct), Ct))
        );
        Assert.Equal(20, marked.Sum());
        Assert.Equal(
            Enumerable.Range(0, 20).Select(i => $"access_key.expiring key {i} 7").Order(StringComparer.Ordinal),
            await ToldAsync(one)
        );
    }

    [Theory]
    [BothStores]
    public async Task What_was_passed_while_the_server_was_away_is_told_once_as_it_is_now(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        await HookAsync(store);
        var space = await store.NamespaceAsync("image-tools");
        // A key for less than a mark was never so far from its end that coming nearer would be news.
        await store.KeyAsync(space.Id, "hours", "12h");
        await store.KeyAsync(space.Id, "weeks", "30d");
        await store.KeyAsync(space.Id, "months", "90d");
        Assert.Equal(2, await store.Get<ExpirationMarks>().MarkAsync(Ct));
        Assert.Empty(await ToldAsync(store));

        store.Clock.Advance(TimeSpan.FromDays(29.5));
        await store.Get<ExpirationMarks>().MarkAsync(Ct);
        // The end of the first is so long ago that it is no news either.
        Assert.Equal(["access_key.expiring weeks 1"], await ToldAsync(store));
        store.Clock.Advance(TimeSpan.FromDays(54));
        await store.Get<ExpirationMarks>().MarkAsync(Ct);
        Assert.Equal(["access_key.expiring months 7", "access_key.expiring weeks 1"], await ToldAsync(store));
    }

    [Theory]
    [BothStores]
    public async Task A_legacy_credential_is_told_of_before_its_cut_off_and_at_it_with_or_without_a_date_of_its_own(
        StoreKind kind
    )
    {
        var start = new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
        await using var store = await StartAsync(
            kind,
            s => s.AddSingleton(new LegacyRules { CutOff = start.AddDays(60) })
        );
        await HookAsync(store);
        var (own, other) = (await store.NamespaceAsync("own-date"), await store.NamespaceAsync("default-date"));
        await store.LegacyAsync(own.Id);
        await store.LegacyAsync(other.Id);
        Must(
            await store
                .Get<SetLegacyCutOff>()
                .ExecuteAsync(store.Owner, own.Id, new DateTimeOffset(2026, 12, 31, 0, 0, 0, TimeSpan.Zero), Ct)
        );
        store.Clock.UtcNow = start.AddDays(34);
        await store.Get<ExpirationMarks>().MarkAsync(Ct);
        store.Clock.UtcNow = start.AddDays(40);
        await store.Get<ExpirationMarks>().MarkAsync(Ct);
        store.Clock.UtcNow = start.AddDays(60);
        await store.Get<ExpirationMarks>().MarkAsync(Ct);
        await store.Get<ExpirationMarks>().MarkAsync(Ct);
        Assert.Equal(
            [
                "access_key.expiring Legacy credential 30 default-date",
                "access_key.expiring Legacy credential 7 own-date",
                "legacy.cut_off Legacy credential 0 default-date",
                "legacy.cut_off Legacy credential 0 own-date",
            ],
            await ToldAsync(store, withPlace: true)
        );
    }

    [Theory]
    [BothStores]
    public async Task People_are_mailed_of_new_marks_once_and_at_most_once_a_day(StoreKind kind)
    {
        await using var store = await StartAsync(kind, s => s.AddSingleton(new ExpirationRules { Mail = true }));
        var (marks, notices) = (store.Get<ExpirationMarks>(), store.Get<ExpirationNotices>());
        var member = store.As(TeamRole.Member);
        var space = await store.NamespaceAsync("image-tools");
        await store.KeyAsync(space.Id, "owners", "90d");
        await store.KeyAsync(space.Id, "members", "90d", by: member);
        await store.KeyAsync(space.Id, "later", "91d", by: member);
        Assert.Null(await notices.TakeAsync(Ct));

        store.Clock.Advance(TimeSpan.FromDays(83.5));
        await marks.MarkAsync(Ct);
        var mails = await SendAllAsync();
        Assert.Equal(["member@demo.test: later members", "owner@demo.test: later members owners"], mails);
        Assert.Empty(await SendAllAsync());

        // Seven days before the end of the last; the day is not over.
        store.Clock.Advance(TimeSpan.FromHours(12));
        await marks.MarkAsync(Ct);
        Assert.Empty(await SendAllAsync());
        store.Clock.Advance(TimeSpan.FromHours(12));
        await marks.MarkAsync(Ct);
        Assert.Equal(["member@demo.test: later", "owner@demo.test: later"], await SendAllAsync());

        // A mail that the server did not take is tried again, and not at once.
        store.Clock.Advance(TimeSpan.FromDays(4.5));
        await marks.MarkAsync(Ct);
        var failed = await notices.TakeAsync(Ct);
        await notices.NoteAsync(failed!, isSent: false, Ct);
        Assert.Single(await SendAllAsync());
        store.Clock.Advance(ExpirationNotices.RetryPause);
        Assert.Single(await SendAllAsync());
        Assert.Empty(await SendAllAsync());

        async Task<string[]> SendAllAsync()
        {
            var sent = new List<string>();
            while (await notices.TakeAsync(Ct) is { } mail)
            {
                Assert.All(
                    mail.Lines,
                    l => Assert.Equal(mail.Email == "member@demo.test" || l.Name == "owners", l.IsOwn)
                );
                sent.Add(
                    $"{mail.Email}: {string.Join(' ', mail.Lines.Select(l => l.Name).Order(StringComparer.Ordinal))}"
                );
                await notices.NoteAsync(mail, isSent: true, Ct);
            }

            return [.. sent.Order(StringComparer.Ordinal)];
        }
    }

    [Theory]
    [BothStores]
    public async Task The_last_day_of_a_key_does_not_wait_for_tomorrows_mail(StoreKind kind)
    {
        await using var store = await StartAsync(kind, s => s.AddSingleton(new ExpirationRules { Mail = true }));
        var (marks, notices) = (store.Get<ExpirationMarks>(), store.Get<ExpirationNotices>());
        var space = await store.NamespaceAsync("image-tools");
        await store.KeyAsync(space.Id, "in a week", "90d");
        store.Clock.Advance(TimeSpan.FromHours(2));
        await store.KeyAsync(space.Id, "tomorrow", "84d");
        store.Clock.Advance(TimeSpan.FromDays(83) - TimeSpan.FromHours(2));
        await marks.MarkAsync(Ct);
        var first = await notices.TakeAsync(Ct);
        Assert.Equal(["tomorrow", "in a week"], first!.Lines.Select(l => l.Name));
        await notices.NoteAsync(first, isSent: true, Ct);

        // The last day of the other begins; the mail of the seven days was two hours ago.
        store.Clock.Advance(TimeSpan.FromHours(2));
        await marks.MarkAsync(Ct);
        var second = await notices.TakeAsync(Ct);
        Assert.Equal(["tomorrow"], second!.Lines.Select(l => l.Name));
        await notices.NoteAsync(second, isSent: true, Ct);
        await marks.MarkAsync(Ct);
        Assert.Null(await notices.TakeAsync(Ct));
    }

    [Theory]
    [BothStores]
    public async Task Nobody_is_mailed_of_what_is_not_theirs_any_more_or_without_a_mail_server(StoreKind kind)
    {
        await using var store = await StartAsync(kind, s => s.AddSingleton(new ExpirationRules { Mail = true }));
        var notices = store.Get<ExpirationNotices>();
        var (member, modifier) = (store.As(TeamRole.Member), store.As(TeamRole.Modifier));
        var space = await store.NamespaceAsync("image-tools");
        await store.KeyAsync(space.Id, "of a former member", "90d", by: member);
        var revoked = await store.KeyAsync(space.Id, "revoked", "90d", by: modifier);
        store.Clock.Advance(TimeSpan.FromDays(60));
        Assert.Equal(2, await store.Get<ExpirationMarks>().MarkAsync(Ct));
        Assert.Equal(4, await store.ReadAsync(db => db.ExpirationNotices.CountAsync(Ct)));
        Must(await store.Get<RemoveMember>().ExecuteAsync(store.Owner, new MemberRemoval(member.UserId), Ct));
        Must(await store.Get<RevokeNamespaceKey>().ExecuteAsync(store.Owner, space.Id, revoked.Key.KeyId, Ct));
        Assert.Null(await notices.TakeAsync(Ct));
        Assert.Equal(0, await store.ReadAsync(db => db.ExpirationNotices.CountAsync(Ct)));

        await using var without = await StartAsync(kind);
        var other = await without.NamespaceAsync("image-tools");
        await without.KeyAsync(other.Id, "deploy", "90d");
        without.Clock.Advance(TimeSpan.FromDays(60));
        Assert.Equal(1, await without.Get<ExpirationMarks>().MarkAsync(Ct));
        Assert.Equal(0, await without.ReadAsync(db => db.ExpirationNotices.CountAsync(Ct)));
    }

    [Fact]
    public async Task A_mail_that_was_taken_by_a_process_that_ended_is_taken_again()
    {
        await using var store = await StartAsync(
            StoreKind.Sqlite,
            s => s.AddSingleton(new ExpirationRules { Mail = true })
        );
        var notices = store.Get<ExpirationNotices>();
        var space = await store.NamespaceAsync("image-tools");
        await store.KeyAsync(space.Id, "deploy", "90d");
        store.Clock.Advance(TimeSpan.FromDays(60));
        await store.Get<ExpirationMarks>().MarkAsync(Ct);
        var taken = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => notices.TakeAsync(Ct)));
        Assert.Single(taken, t => t is not null);
        Assert.Null(await notices.TakeAsync(Ct));
        store.Clock.Advance(ExpirationNotices.TakenFor + TimeSpan.FromTicks(1));
        Assert.NotNull(await notices.TakeAsync(Ct));
    }

    private static async Task HookAsync(StoreFixture store) =>
        Must(
            await store
                .Get<CreateWebhook>()
                .ExecuteAsync(
                    store.Owner,
                    new WebhookInput(
                        "https://hooks.example.com/",
                        [WebhookEvents.KeyExpiring, WebhookEvents.KeyExpired, WebhookEvents.LegacyCutOff]
                    ),
                    Ct
                )
        );

    private static async Task<string[]> ToldAsync(StoreFixture store, bool withPlace = false)
    {
        var rows = await store.ReadAsync(db => db.WebhookDeliveries.ToListAsync(Ct));
        return
        [
            .. rows.Select(r =>
                {
                    var data = JsonDocument.Parse(r.Payload).RootElement.GetProperty("data");
                    var days = data.TryGetProperty("days", out var d) ? d.GetInt32() : 0;
                    var place = withPlace ? $" {data.GetProperty("where").GetString()}" : "";
                    return $"{r.Type} {data.GetProperty("name").GetString()} {days}{place}";
                })
                .Order(StringComparer.Ordinal),
        ];
    }
}
