using ControlPanel.Verification.SigV4;

namespace ControlPanel.Verification.S3;

/// <summary>What a request is addressed to.</summary>
public enum S3Level : byte
{
    /// <summary>Nothing; see <see cref="S3Address.Refusal"/>.</summary>
    Refused = 0,

    /// <summary>The service itself.</summary>
    Service,

    /// <summary>A bucket.</summary>
    Bucket,

    /// <summary>An object.</summary>
    Object,
}

/// <summary>Why a request addresses nothing that can be decided on, or asks for nothing that is offered.</summary>
public enum S3Refusal : byte
{
    /// <summary>Not refused.</summary>
    None = 0,

    /// <summary>
    /// Not an absolute path, a broken escape, a NUL, a raw byte outside ASCII, or not UTF-8 when decoded.
    /// </summary>
    MalformedTarget,

    /// <summary>The path begins with two slashes.</summary>
    EmptyBucket,

    /// <summary>An encoded slash inside the segment that names the bucket.</summary>
    EncodedSlashInBucket,

    /// <summary>A segment <c>.</c> or <c>..</c>.</summary>
    DotSegment,

    /// <summary>A key of nothing but slashes: some servers read it as the bucket.</summary>
    SlashOnlyKey,

    /// <summary>Not a bucket name by the rules of S3.</summary>
    BucketName,

    /// <summary>Another interface of the upstream.</summary>
    SideInterface,

    /// <summary>A method that this level does not have.</summary>
    Method,

    /// <summary>A copy or rename source that cannot be read with certainty, or one where none belongs.</summary>
    CopySource,

    /// <summary>A header said in the query where none belongs: outside of a presigned request, twice, or a source.</summary>
    HoistedHeader,
}

/// <summary>
/// The bucket and the key of a request, split after decoding because that is what upstreams do. The decision is made on
/// this value and the same raw target is forwarded.
/// </summary>
public readonly record struct S3Address
{
    /// <summary>What is addressed.</summary>
    public S3Level Level { get; private init; }

    /// <summary>The bucket, decoded; empty for the service.</summary>
    public string Bucket { get; private init; }

    /// <summary>The key, decoded; empty for a bucket.</summary>
    public string Key { get; private init; }

    /// <summary>Whether the bucket stood in the host name.</summary>
    public bool IsVirtualHost { get; private init; }

    /// <summary>Why nothing is addressed.</summary>
    public S3Refusal Refusal { get; private init; }

    /// <summary>Reads the address of a request.</summary>
    public static S3Address Read(in S3RequestHead head, S3Addressing addressing)
    {
        ArgumentNullException.ThrowIfNull(addressing);
        var target = head.Target.AsSpan();
        if (target.IsEmpty || target[0] != '/' || !PrintableAscii.IsAllOf(target) || target.Contains('#'))
        {
            return Refused(S3Refusal.MalformedTarget);
        }

        var rawPath = head.RawPath;
        if (!PercentEncoding.TryDecode(rawPath, out var path) || path.Contains('\0', StringComparison.Ordinal))
        {
            return Refused(S3Refusal.MalformedTarget);
        }

        if (!addressing.AllowDotSegments && DotSegments.AreIn(path))
        {
            return Refused(S3Refusal.DotSegment);
        }

        return VirtualHost.TryReadBucket(head.Find("host"), addressing.Domains, out var bucket)
            ? Make(bucket, path[1..], isVirtualHost: true)
            : ReadPathStyle(rawPath, path, addressing);
    }

    /// <summary>The raw target in path style, byte for byte what was sent behind the bucket.</summary>
    public string PathStyleTarget(in S3RequestHead head) => IsVirtualHost ? "/" + Bucket + head.Target : head.Target;

    private static S3Address ReadPathStyle(ReadOnlySpan<char> rawPath, string path, S3Addressing addressing)
    {
        if (path.Length == 1)
        {
            return new S3Address
            {
                Level = S3Level.Service,
                Bucket = "",
                Key = "",
            };
        }

        if (path[1] == '/')
        {
            return addressing.AllowEmptyBucket
                ? new S3Address
                {
                    Level = S3Level.Object,
                    Bucket = "",
                    Key = path[1..],
                }
                : Refused(S3Refusal.EmptyBucket);
        }

        var rawSegment = rawPath[1..];
        if (rawSegment.IndexOf('/') is var end and >= 0)
        {
            rawSegment = rawSegment[..end];
        }

        if (!addressing.AllowEncodedSlashInBucket && rawSegment.Contains("%2f", StringComparison.OrdinalIgnoreCase))
        {
            return Refused(S3Refusal.EncodedSlashInBucket);
        }

        var slash = path.IndexOf('/', 1);
        var bucket = slash < 0 ? path[1..] : path[1..slash];
        return addressing.SideInterfaces.Contains(bucket)
            ? Refused(S3Refusal.SideInterface)
            : Make(bucket, slash < 0 ? "" : path[(slash + 1)..], isVirtualHost: false);
    }

    private static S3Address Make(string bucket, string key, bool isVirtualHost)
    {
        if (!BucketName.IsValid(bucket))
        {
            return Refused(S3Refusal.BucketName);
        }

        if (key.Length > 0 && !key.AsSpan().ContainsAnyExcept('/'))
        {
            return Refused(S3Refusal.SlashOnlyKey);
        }

        return new S3Address
        {
            Level = key.Length == 0 ? S3Level.Bucket : S3Level.Object,
            Bucket = bucket,
            Key = key,
            IsVirtualHost = isVirtualHost,
        };
    }

    private static S3Address Refused(S3Refusal refusal) =>
        new()
        {
            Bucket = "",
            Key = "",
            Refusal = refusal,
        };
}
