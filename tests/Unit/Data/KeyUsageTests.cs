using System.Net;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Access;
using ControlPanel.Data.Operations.Functions;
using ControlPanel.Data.Operations.Inference;
using ControlPanel.Data.Operations.Tokens;
using ControlPanel.Data.Usage;
using ControlPanel.Tests.Unit.Support;
using ControlPanel.Verification.Keys;
using static ControlPanel.Tests.Unit.Data.StoreFixture;

namespace ControlPanel.Tests.Unit.Data;

/// <summary>What a key's detail and the lists say about its use.</summary>
public sealed class KeyUsageTests
{
    private static readonly IPAddress s_office = IPAddress.Parse("192.0.2.7");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [BothStores]
    public async Task Calls_and_refusals_lie_in_the_hours_and_days_they_happened_in(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var space = await store.NamespaceAsync("image-tools");
        var key = await store.KeyAsync(space.Id, "deploy", "90d");
        var record = store.Call(key).Key!;
        var usage = store.Get<UsageRecorder>();
        var start = store.Clock.UtcNow;
        usage.RecordUse(record, s_office, "curl/8.5");
        store.Clock.Advance(TimeSpan.FromDays(28));
        usage.RecordUse(record, s_office, "curl/8.5");
        usage.RecordRefusal(record);
        store.Clock.Advance(TimeSpan.FromHours(23));
        usage.RecordUse(record, IPAddress.Parse("198.51.100.9"), "npm");
        usage.RecordUse(record, IPAddress.Parse("198.51.100.9"), "npm");
        await usage.FlushAsync(Ct);

        var view = await GetAsync(store, store.Owner, KeyFamily.Functions, key.Key.Id);

        Assert.Equal((24, 30), (view.Hours.Count, view.Days.Count));
        Assert.Equal((2, 0), (view.Hours[^1].Calls, view.Hours[^1].Refused));
        Assert.Equal((1, 1), (view.Hours[0].Calls, view.Hours[0].Refused));
        Assert.Equal(start.AddDays(28), view.Hours[0].From);
        Assert.Equal(3, view.Hours.Sum(h => h.Calls));
        // Noon plus 23 hours is the next day.
        Assert.Equal([1L, 1L, 2L], view.Days.Where(d => d.Calls > 0).Select(d => d.Calls));
        Assert.Equal((2L, start.Date.AddDays(29)), (view.Days[^1].Calls, view.Days[^1].From.UtcDateTime));
        Assert.Equal(1, view.Days.Sum(d => d.Refused));
        Assert.Equal(
            [("198.51.100.9", "npm", 2L), ("192.0.2.7", "curl/8.5", 2L)],
            view.Callers.Select(c => (c.Address, c.Client, c.Calls))
        );
        Assert.Equal((start, store.Clock.UtcNow, 4L), (view.FirstUsedAt, view.LastUsedAt, view.TotalCalls));
        Assert.Equal(("198.51.100.9", "npm"), (view.LastAddress, view.LastClient));
        Assert.Equal(("deploy", "image-tools", "owner@demo.test"), (view.Name, view.Place, view.CreatedBy));
        Assert.Equal((start.AddDays(90), KeyStatus.Active), (view.ExpiresAt, view.Status));

        // A day later the oldest hours and days have left the picture.
        store.Clock.Advance(TimeSpan.FromDays(2));
        view = await GetAsync(store, store.Owner, KeyFamily.Functions, key.Key.Id);
        Assert.Equal((0L, 3L, 4L), (view.Hours.Sum(h => h.Calls), view.Days.Sum(d => d.Calls), view.TotalCalls));
    }

    [Theory]
    [BothStores]
    public async Task A_key_that_was_never_used_says_so(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var space = await store.NamespaceAsync("image-tools");
        var key = await store.KeyAsync(space.Id, "deploy");

        var view = await GetAsync(store, store.Owner, KeyFamily.Functions, key.Key.Id);

        Assert.Equal((null, null, 0L), (view.FirstUsedAt, view.LastUsedAt, view.TotalCalls));
        Assert.Empty(view.Callers);
        Assert.All(view.Hours.Concat(view.Days), s => Assert.Equal((0, 0), (s.Calls, s.Refused)));
    }

    [Theory]
    [BothStores]
    public async Task The_use_of_a_key_is_shown_to_nobody_who_may_not_know_the_key(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var space = await store.NamespaceAsync("image-tools");
        var own = store.As(TeamRole.Member);
        var functions = (await store.KeyAsync(space.Id, "deploy")).Key.Id;
        var model = Must(
            await store
                .Get<CreateModelKey>()
                .ExecuteAsync(own, new NewModelKeyRequest("bot", null, Batch: false, VpcId: null), Ct)
        ).Key.Id;
        var token = Must(
            await store.Get<CreateToken>().ExecuteAsync(own, new NewTokenRequest("ci", "30d", ["api:read"]), Ct)
        ).Token.Id;
        var missing = new Refusal.Missing("access key");

        foreach (
            var (family, id) in new[]
            {
                (KeyFamily.Functions, functions),
                (KeyFamily.Inference, model),
                (KeyFamily.Api, token),
            }
        )
        {
            Assert.Equal(id, (await GetAsync(store, store.Owner, family, id)).Id);
            Assert.Equal(id, (await GetAsync(store, own, family, id)).Id);
            Assert.Equal(missing, await AskAsync(store.Stranger, family, id));
            Assert.IsType<Refusal.Forbidden>(await AskAsync(store.As(TeamRole.Biller), family, id));
            // Under the permission of another family there is no such key.
            var other = family == KeyFamily.Spaces ? KeyFamily.Functions : KeyFamily.Spaces;
            Assert.Equal(missing, await AskAsync(store.Owner, other, id));
        }

        // Keys of the team are everybody's to see, a person's own keys are theirs and the owners'.
        Assert.Null(await AskAsync(store.As(TeamRole.Modifier), KeyFamily.Functions, functions));
        Assert.Equal(missing, await AskAsync(store.As(TeamRole.Modifier), KeyFamily.Inference, model));
        Assert.Equal(missing, await AskAsync(store.As(TeamRole.Modifier), KeyFamily.Api, token));

        async Task<Refusal?> AskAsync(Actor who, KeyFamily family, Guid id) =>
            (await store.Get<GetKeyUsage>().ExecuteAsync(who, family, id, Ct)).Refusal;
    }

    [Theory]
    [BothStores]
    public async Task The_list_counts_the_calls_of_24_hours_of_each_key_on_the_page(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var space = await store.NamespaceAsync("image-tools");
        var busy = await store.KeyAsync(space.Id, "busy");
        var once = await store.KeyAsync(space.Id, "once");
        await store.KeyAsync(space.Id, "quiet");
        var usage = store.Get<UsageRecorder>();
        var busyRecord = store.Call(busy).Key!;
        usage.RecordUse(store.Call(once).Key!, s_office, "curl");
        store.Clock.Advance(TimeSpan.FromHours(3));
        for (var i = 0; i < 5; i++)
        {
            usage.RecordUse(busyRecord, s_office, "curl");
        }

        usage.RecordRefusal(busyRecord);
        await usage.FlushAsync(Ct);

        var rows = await ListAsync();
        Assert.Equal((5L, 5L), (rows["busy"].Total, rows["busy"].Hours[^1]));
        Assert.Equal((1L, 1L), (rows["once"].Total, rows["once"].Hours[^4]));
        Assert.Equal(0, rows["quiet"].Total);

        store.Clock.Advance(TimeSpan.FromHours(21));
        rows = await ListAsync();
        Assert.Equal((5L, 0L), (rows["busy"].Total, rows["once"].Total));

        async Task<Dictionary<string, RecentCalls>> ListAsync() =>
            Must(
                await store
                    .Get<ListNamespaceKeys>()
                    .ExecuteAsync(store.Owner, space.Id, new PageRequest(), status: null, Ct)
            )
                .Items.ToDictionary(r => r.Name, r => r.Recent, StringComparer.Ordinal);
    }

    private static async Task<KeyUsageView> GetAsync(StoreFixture store, Actor who, KeyFamily family, Guid id) =>
        Must(await store.Get<GetKeyUsage>().ExecuteAsync(who, family, id, Ct));
}
