namespace ControlPanel.Verification.S3;

/// <summary>What a request does. Closed; numbers are stored, never reuse one.</summary>
public enum S3Operation : byte
{
    /// <summary>Not in the table: only full access may.</summary>
    Unknown = 0,

    /// <summary>The buckets; a limited key sees the granted ones.</summary>
    ListBuckets = 1,

    /// <summary>Whether a bucket exists.</summary>
    HeadBucket = 2,

    /// <summary>The bucket's region. Clients ask before they do anything.</summary>
    GetBucketLocation = 3,

    /// <summary>The objects of a bucket, either version of the call.</summary>
    ListObjects = 4,

    /// <summary>The versions of the objects.</summary>
    ListObjectVersions = 5,

    /// <summary>The unfinished uploads of a bucket.</summary>
    ListMultipartUploads = 6,

    /// <summary>Whether versions are kept.</summary>
    GetBucketVersioning = 7,

    /// <summary>The CORS rules.</summary>
    GetBucketCors = 8,

    /// <summary>The bucket's tags.</summary>
    GetBucketTagging = 9,

    /// <summary>
    /// A new bucket. Of a bucket the key is granted: answered 409, because rclone asks before every upload.
    /// </summary>
    CreateBucket = 10,

    /// <summary>A bucket's end.</summary>
    DeleteBucket = 11,

    /// <summary>Any other setting of a bucket.</summary>
    BucketConfiguration = 12,

    /// <summary>An object's bytes.</summary>
    GetObject = 20,

    /// <summary>An object's headers.</summary>
    HeadObject = 21,

    /// <summary>An object's attributes.</summary>
    GetObjectAttributes = 22,

    /// <summary>An object's tags.</summary>
    GetObjectTagging = 23,

    /// <summary>An object's torrent file.</summary>
    GetObjectTorrent = 24,

    /// <summary>A query over an object.</summary>
    SelectObjectContent = 25,

    /// <summary>An object's annotations.</summary>
    GetObjectAnnotation = 26,

    /// <summary>An upload in one piece.</summary>
    PutObject = 30,

    /// <summary>A copy on the server.</summary>
    CopyObject = 31,

    /// <summary>A rename on the server.</summary>
    RenameObject = 32,

    /// <summary>An upload by a browser form.</summary>
    PostObject = 33,

    /// <summary>An object's end.</summary>
    DeleteObject = 34,

    /// <summary>The end of many objects.</summary>
    DeleteObjects = 35,

    /// <summary>Sets or removes an object's tags.</summary>
    ChangeObjectTagging = 36,

    /// <summary>Sets or removes an object's annotations.</summary>
    ChangeObjectAnnotation = 37,

    /// <summary>Brings an archived object back.</summary>
    RestoreObject = 38,

    /// <summary>Begins an upload in parts.</summary>
    CreateMultipartUpload = 40,

    /// <summary>One part.</summary>
    UploadPart = 41,

    /// <summary>One part, copied on the server.</summary>
    UploadPartCopy = 42,

    /// <summary>The parts so far.</summary>
    ListParts = 43,

    /// <summary>Makes the parts an object.</summary>
    CompleteMultipartUpload = 44,

    /// <summary>Drops the parts.</summary>
    AbortMultipartUpload = 45,

    /// <summary>An object's or bucket's ACL, read or written.</summary>
    AccessControlList = 50,

    /// <summary>Retention, legal hold or encryption of an object.</summary>
    ObjectProtection = 51,

    /// <summary>A browser asks whether it may ask.</summary>
    CorsPreflight = 60,
}
