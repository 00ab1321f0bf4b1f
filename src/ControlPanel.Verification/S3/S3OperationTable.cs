using System.Collections.Frozen;

namespace ControlPanel.Verification.S3;

/// <summary>
/// Which request is which operation, and what it needs. The whole truth in one place: what is not here is
/// <see cref="S3Operation.Unknown"/> and needs full access. HEAD is looked up as GET unless it has its own row.
/// </summary>
internal static class S3OperationTable
{
    /// <summary>The pseudo sub-resource of a part upload, which is only one when both parameters are there.</summary>
    public const string Part = "partNumber&uploadId";

    private const S3Right Read = S3Right.Read;
    private const S3Right ReadWrite = S3Right.ReadWrite;
    private const S3Right FullAccess = S3Right.FullAccess;

    private static readonly Row[] s_rows =
    [
        new(S3Level.Service, "GET", "", S3Operation.ListBuckets, Read),
        //
        new(S3Level.Bucket, "HEAD", "", S3Operation.HeadBucket, Read),
        new(S3Level.Bucket, "GET", "", S3Operation.ListObjects, Read),
        new(S3Level.Bucket, "GET", "location", S3Operation.GetBucketLocation, Read),
        new(S3Level.Bucket, "GET", "versions", S3Operation.ListObjectVersions, Read),
        new(S3Level.Bucket, "GET", "versioning", S3Operation.GetBucketVersioning, Read),
        new(S3Level.Bucket, "GET", "cors", S3Operation.GetBucketCors, Read),
        new(S3Level.Bucket, "GET", "tagging", S3Operation.GetBucketTagging, Read),
        new(S3Level.Bucket, "GET", "uploads", S3Operation.ListMultipartUploads, ReadWrite),
        new(S3Level.Bucket, "POST", "delete", S3Operation.DeleteObjects, ReadWrite),
        new(S3Level.Bucket, "PUT", "", S3Operation.CreateBucket, FullAccess),
        new(S3Level.Bucket, "DELETE", "", S3Operation.DeleteBucket, FullAccess),
        //
        new(S3Level.Object, "GET", "", S3Operation.GetObject, Read),
        new(S3Level.Object, "HEAD", "", S3Operation.HeadObject, Read),
        new(S3Level.Object, "GET", "attributes", S3Operation.GetObjectAttributes, Read),
        new(S3Level.Object, "GET", "tagging", S3Operation.GetObjectTagging, Read),
        new(S3Level.Object, "GET", "torrent", S3Operation.GetObjectTorrent, Read),
        new(S3Level.Object, "GET", "annotation", S3Operation.GetObjectAnnotation, Read),
        new(S3Level.Object, "POST", "select", S3Operation.SelectObjectContent, Read),
        new(S3Level.Object, "PUT", "", S3Operation.PutObject, ReadWrite),
        new(S3Level.Object, "DELETE", "", S3Operation.DeleteObject, ReadWrite),
        new(S3Level.Object, "PUT", "renameObject", S3Operation.RenameObject, ReadWrite),
        new(S3Level.Object, "PUT", "tagging", S3Operation.ChangeObjectTagging, ReadWrite),
        new(S3Level.Object, "DELETE", "tagging", S3Operation.ChangeObjectTagging, ReadWrite),
        new(S3Level.Object, "PUT", "annotation", S3Operation.ChangeObjectAnnotation, ReadWrite),
        new(S3Level.Object, "DELETE", "annotation", S3Operation.ChangeObjectAnnotation, ReadWrite),
        new(S3Level.Object, "POST", "restore", S3Operation.RestoreObject, ReadWrite),
        new(S3Level.Object, "POST", "uploads", S3Operation.CreateMultipartUpload, ReadWrite),
        new(S3Level.Object, "PUT", Part, S3Operation.UploadPart, ReadWrite),
        new(S3Level.Object, "GET", "uploadId", S3Operation.ListParts, ReadWrite),
        new(S3Level.Object, "POST", "uploadId", S3Operation.CompleteMultipartUpload, ReadWrite),
        new(S3Level.Object, "DELETE", "uploadId", S3Operation.AbortMultipartUpload, ReadWrite),
        //
        // Security settings of an object. s3cmd asks for ?acl around a copy and bears the refusal.
        new(S3Level.Object, "GET", "acl", S3Operation.AccessControlList, FullAccess),
        new(S3Level.Object, "PUT", "acl", S3Operation.AccessControlList, FullAccess),
        new(S3Level.Object, "GET", "retention", S3Operation.ObjectProtection, FullAccess),
        new(S3Level.Object, "PUT", "retention", S3Operation.ObjectProtection, FullAccess),
        new(S3Level.Object, "GET", "legal-hold", S3Operation.ObjectProtection, FullAccess),
        new(S3Level.Object, "PUT", "legal-hold", S3Operation.ObjectProtection, FullAccess),
        new(S3Level.Object, "PUT", "encryption", S3Operation.ObjectProtection, FullAccess),
        new(S3Level.Bucket, "GET", "acl", S3Operation.AccessControlList, FullAccess),
        new(S3Level.Bucket, "PUT", "acl", S3Operation.AccessControlList, FullAccess),
        .. Configuration(
            "abac",
            "accelerate",
            "analytics",
            "cors",
            "encryption",
            "intelligent-tiering",
            "inventory",
            "lifecycle",
            "logging",
            "metadataAnnotationTable",
            "metadataConfiguration",
            "metadataInventoryTable",
            "metadataJournalTable",
            "metadataTable",
            "metrics",
            "notification",
            "object-lock",
            "ownershipControls",
            "policy",
            "policyStatus",
            "publicAccessBlock",
            "replication",
            "requestPayment",
            "session",
            "tagging",
            "versioning",
            "website"
        ),
    ];

    private static readonly FrozenDictionary<(S3Level, string, string), Row> s_index = s_rows
        .GroupBy(row => (row.Level, row.Method, row.SubResource))
        .ToFrozenDictionary(group => group.Key, group => group.First());

    /// <summary>Every row, for the tests.</summary>
    public static IReadOnlyList<Row> Rows => s_rows;

    /// <summary>The row of a request, or the one that asks for full access.</summary>
    public static Row Find(S3Level level, string method, string subResource)
    {
        if (s_index.TryGetValue((level, method, subResource), out var row))
        {
            return row;
        }

        return method == "HEAD" && s_index.TryGetValue((level, "GET", subResource), out row)
            ? row
            : new Row(level, method, subResource, S3Operation.Unknown, FullAccess);
    }

    // The reads that a limited key may do stand above and come first.
    private static IEnumerable<Row> Configuration(params string[] subResources) =>
        from subResource in subResources
        from method in (string[])["GET", "PUT", "POST", "DELETE"]
        select new Row(S3Level.Bucket, method, subResource, S3Operation.BucketConfiguration, FullAccess);

    internal sealed record Row(S3Level Level, string Method, string SubResource, S3Operation Operation, S3Right Right);
}
