using System.Net;
using ControlPanel.Data.Model;
using ControlPanel.Data.Usage;
using ControlPanel.Tests.Unit.Support;
using ControlPanel.Verification.Decisions;
using ControlPanel.Verification.Keys;
using Microsoft.EntityFrameworkCore;
using static ControlPanel.Tests.Unit.Data.StoreFixture;

namespace ControlPanel.Tests.Unit.Data;

/// <summary>What accepted calls needed of a key: kept with its use, once for each different thing, and bounded.</summary>
public sealed class KeyNeedTests
{
    private static readonly IPAddress s_office = IPAddress.Parse("192.0.2.7");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [BothStores]
    public async Task What_calls_needed_is_kept_with_when_it_was_first_and_last_needed(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var record = await KeyAsync(store);
        var usage = store.Get<UsageRecorder>();
        var start = store.Clock.UtcNow;
        usage.RecordUse(record, AccessRequest.Spaces("a", BucketRight.Read, null, s_office), "aws");
        usage.RecordUse(record, AccessRequest.Spaces("a", BucketRight.ReadWrite, "b", s_office), "aws");
        store.Clock.Advance(TimeSpan.FromHours(1));
        usage.RecordUse(record, AccessRequest.Spaces("a", BucketRight.Read, null, s_office), "aws");
        await usage.FlushAsync(Ct);
        store.Clock.Advance(TimeSpan.FromHours(1));
        usage.RecordUse(
            record,
            AccessRequest.Spaces("a", BucketRight.ReadWrite, "b", s_office, BucketRight.ReadWrite),
            "aws"
        );
        usage.RecordUse(record, AccessRequest.Spaces(null, BucketRight.Read, null, s_office), "aws");
        usage.RecordUse(record, AccessRequest.Spaces("c", BucketRight.FullAccess, null, s_office), "aws");
        await usage.FlushAsync(Ct);

        Assert.Equal(
            [
                ("", "list", 1L, start.AddHours(2), start.AddHours(2)),
                ("a", "read", 2L, start, start.AddHours(1)),
                ("a", "readwrite", 2L, start, start.AddHours(2)),
                ("b", "read", 1L, start, start),
                ("b", "readwrite", 1L, start.AddHours(2), start.AddHours(2)),
                ("c", "fullaccess", 1L, start.AddHours(2), start.AddHours(2)),
            ],
            (await NeedsAsync(store)).Select(n => (n.Resource, n.Permission, n.Calls, n.FirstSeenAt, n.LastSeenAt))
        );
    }

    [Theory]
    [InlineData(KeyFamily.Inference, "gpt", "use")]
    [InlineData(KeyFamily.Api, "", "all")]
    public async Task A_call_of_a_model_needs_the_model_and_of_a_token_everything(
        KeyFamily family,
        string resource,
        string permission
    )
    {
        await using var store = await StartAsync(StoreKind.Sqlite);
        var record = await KeyAsync(store, family);
        store
            .Get<UsageRecorder>()
            .RecordUse(record, AccessRequest.Inference(InferenceEndpoint.Model, "gpt", s_office), "openai");
        await store.Get<UsageRecorder>().FlushAsync(Ct);
        Assert.Equal([(resource, permission)], (await NeedsAsync(store)).Select(n => (n.Resource, n.Permission)));
    }

    [Fact]
    public async Task Batches_calls_without_a_model_lists_and_scopes_are_told_apart()
    {
        await using var store = await StartAsync(StoreKind.Sqlite);
        var record = await KeyAsync(store, KeyFamily.Inference);
        var usage = store.Get<UsageRecorder>();
        foreach (var endpoint in Enum.GetValues<InferenceEndpoint>())
        {
            usage.RecordUse(record, AccessRequest.Inference(endpoint, null, s_office), "openai");
        }

        usage.RecordUse(record, AccessRequest.Api(["vpc:read", "genai:read"], s_office), "doctl");
        usage.RecordUse(record, AccessRequest.Api([], s_office), "doctl");
        await usage.FlushAsync(Ct);
        Assert.Equal(
            [
                ("", "all", 2L),
                ("", "batch", 1L),
                ("", "none", 2L),
                ("genai:read", "scope", 1L),
                ("vpc:read", "scope", 1L),
            ],
            (await NeedsAsync(store)).Select(n => (n.Resource, n.Permission, n.Calls))
        );
    }

    [Theory]
    [BothStores]
    public async Task What_is_kept_of_one_key_is_bounded_within_a_flush_and_on_disk_and_says_so(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var record = await KeyAsync(store, KeyFamily.Inference);
        var usage = store.Get<UsageRecorder>();
        Call(0, 200);
        await usage.FlushAsync(Ct);
        Assert.Equal(200, (await NeedsAsync(store)).Count);
        Call(150, 600);
        await usage.FlushAsync(Ct);

        var needs = await NeedsAsync(store);
        // 200 of before, 55 new ones, and the row that says that there were others.
        Assert.Equal(256, needs.Count);
        Assert.Contains(needs, n => n.Permission == KeyNeed.Many && n.LastSeenAt == store.Clock.UtcNow);
        // A known one still counts.
        Assert.Equal(2, needs.Single(n => n.Resource == "model-150").Calls);

        // Room is made by what nobody needed for long.
        store.Clock.Advance(TimeSpan.FromDays(91));
        Call(1000, 1001);
        await usage.FlushAsync(Ct);
        Assert.Equal(["model-1000"], (await NeedsAsync(store)).Select(n => n.Resource));

        void Call(int from, int to)
        {
            for (var i = from; i < to; i++)
            {
                usage.RecordUse(
                    record,
                    AccessRequest.Inference(InferenceEndpoint.Model, $"model-{i}", s_office),
                    "openai"
                );
            }
        }
    }

    [Theory]
    [BothStores]
    public async Task Names_that_no_database_stores_or_that_are_too_long_lose_nothing_that_is_written_with_them(
        StoreKind kind
    )
    {
        await using var store = await StartAsync(kind);
        var record = await KeyAsync(store, KeyFamily.Inference);
        var usage = store.Get<UsageRecorder>();
        foreach (var model in new[] { "a\0b", "\ud800", new string('x', 5000), new string('x', 6000) })
        {
            usage.RecordUse(record, AccessRequest.Inference(InferenceEndpoint.Model, model, s_office), "openai");
        }

        await usage.FlushAsync(Ct);
        Assert.Equal([1L, 1L, 2L], (await NeedsAsync(store)).OrderBy(n => n.Resource.Length).Select(n => n.Calls));
        Assert.Equal(4, (await store.ReadAsync(db => db.KeyUsages.SingleAsync(Ct))).Calls);
    }

    [Fact]
    public async Task Recording_what_is_known_already_allocates_nothing()
    {
        await using var store = await StartAsync(StoreKind.Sqlite);
        var record = await KeyAsync(store, KeyFamily.Api);
        var usage = store.Get<UsageRecorder>();
        IReadOnlyList<string> scopes = ["vpc:read", "genai:read"];
        var asked = AccessRequest.Api(scopes, s_office);
        usage.RecordUse(record, asked, "doctl");
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            usage.RecordUse(record, asked, "doctl");
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static Task<List<KeyNeed>> NeedsAsync(StoreFixture store) =>
        store.ReadAsync(async db =>
            (await db.KeyNeeds.ToListAsync(Ct))
                .OrderBy(n => n.Resource, StringComparer.Ordinal)
                .ThenBy(n => n.Permission, StringComparer.Ordinal)
                .ToList()
        );

    // A row that the needs belong to; what it is worth is not asked here.
    private static async Task<KeyRecord> KeyAsync(StoreFixture store, KeyFamily family = KeyFamily.Spaces)
    {
        var space = await store.NamespaceAsync("image-tools");
        var key = await store.KeyAsync(space.Id, "deploy");
        var record = store.Call(key).Key!;
        return new KeyRecord
        {
            Id = record.Id,
            Family = family,
            LookupId = record.LookupId,
            TeamId = record.TeamId,
            Scope = record.Scope,
        };
    }
}
