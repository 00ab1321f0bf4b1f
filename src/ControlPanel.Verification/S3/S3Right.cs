namespace ControlPanel.Verification.S3;

/// <summary>What a request needs of a key on the bucket. Ordered: a greater right contains the smaller ones.</summary>
public enum S3Right : byte
{
    /// <summary>Nothing, not even a credential (a browser's preflight).</summary>
    None = 0,

    /// <summary>
    /// Read objects, list the bucket. For the list of buckets: any key; the answer shows the granted ones.
    /// </summary>
    Read = 1,

    /// <summary>Read, write and delete objects.</summary>
    ReadWrite = 2,

    /// <summary>A key for every bucket and its configuration.</summary>
    FullAccess = 3,
}
