using ControlPanel.Verification.SigV4;

namespace ControlPanel.Verification.S3;

/// <summary>
/// The object a copy reads from. Three spellings are in use: <c>bucket/key</c>, <c>/bucket/key</c> and
/// <c>bucket%2Fkey</c>, each with an optional <c>?versionId=</c>.
/// </summary>
/// <param name="Bucket">The bucket, decoded.</param>
/// <param name="Key">The key, decoded.</param>
/// <param name="VersionId">The version, or <see langword="null"/>.</param>
public sealed record CopySource(string Bucket, string Key, string? VersionId)
{
    private const string VersionMark = "?versionId=";

    /// <summary>
    /// Reads a source. The version is split off the raw value, then the rest is decoded, one slash at its start
    /// dropped, and split at the first slash: as upstreams do.
    /// </summary>
    public static CopySource? TryRead(string value, S3Addressing addressing)
    {
        var raw = value.AsSpan().Trim();
        string? version = null;
        if (raw.IndexOf('?') is var mark and >= 0)
        {
            if (
                !raw[mark..].StartsWith(VersionMark, StringComparison.Ordinal)
                || !PercentEncoding.TryDecode(raw[(mark + VersionMark.Length)..], out version)
                || version.Length == 0
                || version.AsSpan().ContainsAny('&', '?', '/')
            )
            {
                return null;
            }

            raw = raw[..mark];
        }

        if (!PercentEncoding.TryDecode(raw, out var path) || path.AsSpan().ContainsAny('\0', '\r', '\n'))
        {
            return null;
        }

        var start = path.StartsWith('/') ? 1 : 0;
        var slash = path.IndexOf('/', start);
        if (slash < 0 || slash == path.Length - 1)
        {
            return null;
        }

        var bucket = path[start..slash];
        var key = path[(slash + 1)..];
        return
            BucketName.IsValid(bucket)
            && key.AsSpan().ContainsAnyExcept('/')
            && (addressing.AllowDotSegments || !DotSegments.AreIn(path))
            ? new CopySource(bucket, key, version)
            : null;
    }
}
