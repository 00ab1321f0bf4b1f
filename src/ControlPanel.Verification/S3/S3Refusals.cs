using ControlPanel.Verification.SigV4;

namespace ControlPanel.Verification.S3;

/// <summary>The one place that turns a refusal of this room into the code a client reads.</summary>
public static class S3Refusals
{
    /// <summary>The code for a refusal.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The refusal is <see cref="S3Refusal.None"/>.</exception>
    public static S3ErrorCode Code(S3Refusal refusal) =>
        refusal switch
        {
            S3Refusal.None => throw new ArgumentOutOfRangeException(nameof(refusal), "Nothing was refused."),
            S3Refusal.MalformedTarget => S3ErrorCode.InvalidURI,
            S3Refusal.EmptyBucket => S3ErrorCode.InvalidURI,
            S3Refusal.EncodedSlashInBucket => S3ErrorCode.InvalidURI,
            S3Refusal.DotSegment => S3ErrorCode.InvalidURI,
            S3Refusal.SlashOnlyKey => S3ErrorCode.InvalidURI,
            S3Refusal.BucketName => S3ErrorCode.InvalidBucketName,
            S3Refusal.SideInterface => S3ErrorCode.AccessDenied,
            S3Refusal.Method => S3ErrorCode.MethodNotAllowed,
            S3Refusal.CopySource => S3ErrorCode.InvalidArgument,
            S3Refusal.HoistedHeader => S3ErrorCode.InvalidArgument,
        };
}
