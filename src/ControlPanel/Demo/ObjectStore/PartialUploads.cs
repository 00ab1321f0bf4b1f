using System.Collections.Concurrent;
using System.Security.Cryptography;
using ControlPanel.Verification.Secrets;

namespace ControlPanel.Demo.ObjectStore;

/// <summary>A part of an upload that is not complete.</summary>
internal sealed record StoredPart(int Number, string Path, long Size, byte[] Md5, DateTimeOffset ReceivedAt)
{
    public string ETag => Convert.ToHexStringLower(Md5);
}

/// <summary>An upload in parts.</summary>
internal sealed class PartialUpload(
    string id,
    string bucket,
    string key,
    DateTimeOffset startedAt,
    IReadOnlyDictionary<string, string> headers
)
{
    public string Id => id;

    public string Bucket => bucket;

    public string Key => key;

    public DateTimeOffset StartedAt => startedAt;

    public IReadOnlyDictionary<string, string> Headers => headers;

    public ConcurrentDictionary<int, StoredPart> Parts { get; } = new();
}

/// <summary>The uploads in parts that are under way. They end with the process.</summary>
internal sealed class PartialUploads(ISecretSource random)
{
    private readonly ConcurrentDictionary<string, PartialUpload> _uploads = new(StringComparer.Ordinal);

    public PartialUpload Begin(
        string bucket,
        string key,
        DateTimeOffset now,
        IReadOnlyDictionary<string, string> headers
    )
    {
        Span<byte> bytes = stackalloc byte[16];
        random.Fill(bytes);
        var upload = new PartialUpload(Convert.ToHexStringLower(bytes), bucket, key, now, headers);
        _uploads[upload.Id] = upload;
        return upload;
    }

    public PartialUpload? Find(string? id, string bucket, string key) =>
        id is not null
        && _uploads.TryGetValue(id, out var upload)
        && upload.Bucket == bucket
        && string.Equals(upload.Key, key, StringComparison.Ordinal)
            ? upload
            : null;

    public IReadOnlyList<PartialUpload> In(string bucket, string prefix) =>
        [
            .. _uploads
                .Values.Where(u => u.Bucket == bucket && u.Key.StartsWith(prefix, StringComparison.Ordinal))
                .OrderBy(u => u.Key, StringComparer.Ordinal)
                .ThenBy(u => u.StartedAt),
        ];

    /// <summary>Keeps a part; one of the same number is replaced.</summary>
    public static void Add(PartialUpload upload, StoredPart part)
    {
        StoredPart? before = null;
        upload.Parts.AddOrUpdate(
            part.Number,
            part,
            (_, known) =>
            {
                before = known;
                return part;
            }
        );
        if (before is not null)
        {
            File.Delete(before.Path);
        }
    }

    /// <summary>Puts parts together, in order, into one file.</summary>
    public static async Task<(ReceivedBytes Bytes, string ETag)> JoinAsync(
        IReadOnlyList<StoredPart> parts,
        string path,
        CancellationToken ct
    )
    {
#pragma warning disable CA5351 // The ETag of an upload in parts is the MD5 of their MD5s; nothing relies on it.
        using var md5s = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
#pragma warning restore CA5351
        long size = 0;
        await using (var joined = File.Create(path))
        {
            foreach (var part in parts)
            {
                await using var bytes = File.OpenRead(part.Path);
                await bytes.CopyToAsync(joined, ct);
                md5s.AppendData(part.Md5);
                size += part.Size;
            }
        }

        var md5 = md5s.GetHashAndReset();
        return (new ReceivedBytes(path, size, md5), $"{Convert.ToHexStringLower(md5)}-{parts.Count}");
    }

    /// <summary>Ends an upload and drops its parts.</summary>
    public void End(PartialUpload upload)
    {
        _uploads.TryRemove(upload.Id, out _);
        foreach (var part in upload.Parts.Values)
        {
            File.Delete(part.Path);
        }
    }
}
