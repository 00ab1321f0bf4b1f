using System.Text;
using ControlPanel.Data;
using ControlPanel.Data.Model;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Spaces;
using ControlPanel.Data.Providers;
using ControlPanel.Data.Snapshots;
using ControlPanel.Demo.ObjectStore;
using ControlPanel.Verification.Secrets;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Demo;

/// <summary>The demo team's buckets, and the store in the process behind them.</summary>
public sealed class DemoBuckets(
    IControlPanelStore store,
    AddBuckets addBuckets,
    CreateSpacesKey createKey,
    DemoObjectStore objects,
    SecretSealer sealer,
    TimeProvider clock
)
{
    private const string Region = "nyc3";

    /// <summary>The buckets of the demo.</summary>
    public static IReadOnlyList<string> Names { get; } = ["raw-photos", "final-photos", "marketing-materials"];

    /// <summary>Makes the buckets and a few objects in them; once for each data folder.</summary>
    internal async Task SeedAsync(Actor owner, CancellationToken ct)
    {
        var added = await addBuckets.ExecuteAsync(owner, Names, Region, ct);
        if (!added.IsDone)
        {
            throw new InvalidOperationException($"The demo buckets could not be made: {added.Refusal}");
        }

        await AddKeyAsync(owner, ct);
        objects.Seed("raw-photos", "2026/beach.svg", "image/svg+xml", Picture("#f4d58d", "#4a90c2"));
        objects.Seed("raw-photos", "2026/forest.svg", "image/svg+xml", Picture("#2f5d3a", "#bcd8c1"));
        objects.Seed("raw-photos", "2026/night.svg", "image/svg+xml", Picture("#0b132b", "#5bc0be"));
        objects.Seed("final-photos", "beach-final.svg", "image/svg+xml", Picture("#f7e3af", "#3f7fae"));
        objects.Seed("marketing-materials", "slogans.txt", "text/plain; charset=utf-8", "Every photo, everywhere.\n"u8);
        objects.Seed("marketing-materials", "press/readme.md", "text/markdown", "# Press kit\n\nLogos follow.\n"u8);
    }

    // A job that runs every other week and may do far more than it does.
    private async Task AddKeyAsync(Actor owner, CancellationToken ct)
    {
        var made = await createKey.ExecuteAsync(
            owner,
            "gallery-publisher",
            [new SpacesGrant("", SpacesGrant.FullAccess)],
            ct
        );
        if (!made.IsDone)
        {
            throw new InvalidOperationException($"The demo key could not be made: {made.Refusal}");
        }

        made.Value.Secret.Dispose();
        await using var transaction = await store.BeginWriteAsync(ct);
        var key = await transaction.Db.AccessKeys.SingleAsync(k => k.Id == made.Value.Key.Id, ct);
        var last = clock.GetUtcNow().AddDays(-8);
        key.CreatedAt = last.AddDays(-56);
        DemoWorld.AddUse(transaction.Db, key.Id, key.CreatedAt, last, 640, "127.0.0.1", "gallery-publisher/2.4");
        DemoWorld.AddCaller(transaction.Db, key.Id, last.AddDays(-14), 12, "10.20.0.31", "gallery-publisher/2.3");
        DemoWorld.AddNeeds(
            transaction.Db,
            key.Id,
            key.CreatedAt,
            last,
            ("raw-photos", KeyNeed.Read, 480),
            ("final-photos", KeyNeed.ReadWrite, 120),
            ("final-photos", KeyNeed.Read, 40)
        );
        await transaction.CommitAsync(ct);
    }

    /// <summary>Points the team at the store: its port and credential are new at every start.</summary>
    internal async Task ConnectAsync(CancellationToken ct)
    {
        await using var transaction = await store.BeginWriteAsync(ct);
        var version = await transaction.TickAsync(ct);
        var buckets = await transaction
            .Db.Buckets.Where(b => b.RemovedAt == null && Names.Contains(b.Name))
            .ToListAsync(ct);
        if (buckets is not [var one, ..])
        {
            return;
        }

        var row = await transaction.Db.Upstreams.FirstOrDefaultAsync(
            u => u.TeamId == one.TeamId && u.Kind == SpacesUpstreamSettings.Kind && u.RemovedAt == null,
            ct
        );
        if (row is null)
        {
            row = new Upstream
            {
                Id = Guid.CreateVersion7(clock.GetUtcNow()),
                TeamId = one.TeamId,
                Kind = SpacesUpstreamSettings.Kind,
                CreatedAt = clock.GetUtcNow(),
            };
            transaction.Db.Upstreams.Add(row);
        }

        row.Name = "Demo store";
        row.Url = objects.Address.GetLeftPart(UriPartial.Authority);
        row.Settings = new SpacesUpstreamSettings(DemoObjectStore.Region, objects.AccessKeyId).Write();
        row.CredentialVersion++;
        row.SealedCredential = sealer
            .Seal(
                Encoding.UTF8.GetBytes(objects.SecretKey),
                SealBindings.Upstream(row.Id, row.TeamId, row.CredentialVersion)
            )
            .Envelope.ToArray();
        row.ChangeVersion = version;
        await transaction.CommitAsync(ct);
    }

    private static ReadOnlySpan<byte> Picture(string ground, string sky) =>
        Encoding.UTF8.GetBytes(
            $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 80" role="img" aria-label="Demo picture">
              <rect width="120" height="80" fill="{sky}"/><path d="M0 80V50q30-24 60 0t60 0v30z" fill="{ground}"/>
            </svg>

            """
        );
}
