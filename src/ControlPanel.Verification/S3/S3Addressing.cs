using System.Collections.Frozen;

namespace ControlPanel.Verification.S3;

/// <summary>
/// How a bucket and a key are found in a request. Upstreams differ in how they read odd paths, so what any of them
/// could read as another bucket is refused unless the upstream is known to be safe.
/// </summary>
public sealed record S3Addressing
{
    /// <summary>Path style only, everything odd refused.</summary>
    public static S3Addressing Default { get; } = new();

    /// <summary>
    /// The domains under which <c>bucket.domain</c> names a bucket, lower case, without port. The domain itself is
    /// path style.
    /// </summary>
    public IReadOnlyList<string> Domains { get; init; } = [];

    /// <summary>
    /// Whether a key may have the segments <c>.</c> and <c>..</c>. RGW, Swift and AWS take them as text; s3rver walks
    /// up with them, out of the bucket.
    /// </summary>
    public bool AllowDotSegments { get; init; }

    /// <summary>
    /// Whether <c>/bucket%2Fkey</c> is read as upstreams read it (split after decoding). No client sends it.
    /// </summary>
    public bool AllowEncodedSlashInBucket { get; init; }

    /// <summary>
    /// Whether a path that begins with <c>//</c> is let through, then only for full access. moto reads
    /// <c>//bucket/key</c> as that bucket.
    /// </summary>
    public bool AllowEmptyBucket { get; init; }

    /// <summary>
    /// First path segments that are other interfaces of the upstream on the same port: RGW's administration and Swift,
    /// Swift's own, MinIO's and moto's. With the owner's key they would be wide open.
    /// </summary>
    public FrozenSet<string> SideInterfaces { get; init; } =
        FrozenSet.Create(
            StringComparer.OrdinalIgnoreCase,
            ["admin", "auth", "healthcheck", "info", "minio", "moto-api", "recon", "swift", "v1", "v1.0", "v2", "v3"]
        );
}
