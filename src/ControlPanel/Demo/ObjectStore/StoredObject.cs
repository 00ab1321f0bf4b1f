namespace ControlPanel.Demo.ObjectStore;

/// <summary>An object of the demo store: what is kept beside its bytes.</summary>
/// <param name="Blob">The name of the file that holds the bytes; a new one for every write.</param>
/// <param name="ETag">Without quotes.</param>
/// <param name="Headers">The headers that were stored with it, by lower-case name.</param>
internal sealed record StoredObject(
    string Key,
    string Blob,
    long Size,
    string ETag,
    DateTimeOffset ModifiedAt,
    IReadOnlyDictionary<string, string> Headers
);

/// <summary>Bytes that were received into a file and not yet given a name.</summary>
/// <param name="Path">The file.</param>
/// <param name="Md5">The MD5 of the bytes: the ETag of S3, not a protection.</param>
internal sealed record ReceivedBytes(string Path, long Size, byte[] Md5);
