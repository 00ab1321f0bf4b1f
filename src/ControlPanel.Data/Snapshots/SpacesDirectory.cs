using System.Collections.Concurrent;
using System.Text.Json;
using ControlPanel.Data.Model;
using ControlPanel.Verification.Secrets;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Snapshots;

/// <summary>A bucket as the gateway knows it.</summary>
public sealed record BucketRecord(string Name, Guid TeamId, string Region, DateTimeOffset CreatedAt);

/// <summary>The S3 store behind a team's buckets, with the credential that only the gateway knows.</summary>
/// <param name="SecretKey">Signs the requests towards the store; never sent anywhere.</param>
/// <param name="AllowDotSegments">Whether the store takes <c>.</c> and <c>..</c> in keys as text.</param>
public sealed record SpacesUpstream(
    Guid Id,
    Guid TeamId,
    Uri Address,
    string Region,
    string AccessKeyId,
    Secret SecretKey,
    int CredentialVersion,
    bool AllowDotSegments
);

/// <summary>What a gateway asks about buckets.</summary>
public interface ISpacesDirectory
{
    /// <summary>The bucket, unless it is not in the panel.</summary>
    BucketRecord? FindBucket(string name);

    /// <summary>A team's buckets, by name.</summary>
    IReadOnlyList<BucketRecord> BucketsOf(Guid teamId);

    /// <summary>The store behind a team's buckets; <see langword="null"/> while none is set up or its credential cannot be opened.</summary>
    SpacesUpstream? UpstreamOf(Guid teamId);
}

/// <summary>The kind-specific settings of a Spaces upstream, kept as JSON in its row.</summary>
/// <param name="Region">The region in the scope of the signatures.</param>
/// <param name="AccessKeyId">The store's own access key id.</param>
public sealed record SpacesUpstreamSettings(string Region, string AccessKeyId, bool AllowDotSegments = false)
{
    /// <summary>The <see cref="Upstream.Kind"/> of these rows.</summary>
    public const string Kind = "spaces";

    /// <summary>The settings of a row; <see langword="null"/> when they cannot be read.</summary>
    public static SpacesUpstreamSettings? Read(string json)
    {
        try
        {
            return
                JsonSerializer.Deserialize<SpacesUpstreamSettings>(json)
                    is { Region.Length: > 0, AccessKeyId.Length: > 0 } settings
                ? settings
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The settings as they are kept.</summary>
    public string Write() => JsonSerializer.Serialize(this);
}

/// <summary>The part of a snapshot that knows buckets and the stores behind them.</summary>
internal sealed class SpacesDirectory(SecretSealer sealer) : ISpacesDirectory
{
    private readonly ConcurrentDictionary<string, BucketRecord> _buckets = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Guid, SpacesUpstream> _upstreams = new();

    public BucketRecord? FindBucket(string name) => _buckets.GetValueOrDefault(name);

    public IReadOnlyList<BucketRecord> BucketsOf(Guid teamId) =>
        [.. _buckets.Values.Where(b => b.TeamId == teamId).OrderBy(b => b.Name, StringComparer.Ordinal)];

    public SpacesUpstream? UpstreamOf(Guid teamId) => _upstreams.GetValueOrDefault(teamId);

    public void Clear()
    {
        _buckets.Clear();
        _upstreams.Clear();
    }

    /// <summary>Takes over everything that changed after a version.</summary>
    public async Task ApplyAsync(ControlPanelDb db, long known, CancellationToken ct)
    {
        // In the order of the changes: a name may have been removed by one team and added by another since.
        var buckets = await db
            .Buckets.Where(b => b.ChangeVersion > known)
            .OrderBy(b => b.ChangeVersion)
            .ToListAsync(ct);
        foreach (var row in buckets.OrderBy(b => b.RemovedAt is null))
        {
            if (row.RemovedAt is null)
            {
                _buckets[row.Name] = new BucketRecord(row.Name, row.TeamId, row.Region, row.CreatedAt);
            }
            else
            {
                _buckets.TryRemove(row.Name, out _);
            }
        }

        var upstreams = await db
            .Upstreams.Where(u => u.Kind == SpacesUpstreamSettings.Kind && u.ChangeVersion > known)
            .OrderBy(u => u.ChangeVersion)
            .ToListAsync(ct);
        foreach (var row in upstreams.OrderBy(u => u.RemovedAt is null))
        {
            if (row.RemovedAt is null && ToRecord(row) is { } upstream)
            {
                _upstreams[row.TeamId] = upstream;
            }
            else
            {
                _upstreams.TryRemove(row.TeamId, out _);
            }
        }
    }

    private SpacesUpstream? ToRecord(Upstream row)
    {
        if (
            SpacesUpstreamSettings.Read(row.Settings) is not { } settings
            || !Uri.TryCreate(row.Url, UriKind.Absolute, out var address)
            || row.SealedCredential is not { } envelope
            || !SealedSecret.TryRead(envelope, out var credential)
            || !sealer.TryOpen(
                credential!,
                SealBindings.Upstream(row.Id, row.TeamId, row.CredentialVersion),
                out var opened
            )
        )
        {
            return null;
        }

        return new SpacesUpstream(
            row.Id,
            row.TeamId,
            address,
            settings.Region,
            settings.AccessKeyId,
            opened,
            row.CredentialVersion,
            settings.AllowDotSegments
        );
    }
}
