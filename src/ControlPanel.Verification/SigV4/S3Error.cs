namespace ControlPanel.Verification.SigV4;

/// <summary>The S3 error codes this engine answers with. Closed: one row of <see cref="S3Errors"/> for each.</summary>
public enum S3ErrorCode : byte
{
    /// <summary>The request may not do this.</summary>
    AccessDenied,

    /// <summary>The signature does not fit.</summary>
    SignatureDoesNotMatch,

    /// <summary>No such access key. Decided by the caller, who knows the keys.</summary>
    InvalidAccessKeyId,

    /// <summary>The request's clock and ours are too far apart.</summary>
    RequestTimeTooSkewed,

    /// <summary>The <c>Authorization</c> header is wrong in form or scope.</summary>
    AuthorizationHeaderMalformed,

    /// <summary>The presigned parameters are wrong in form or scope.</summary>
    AuthorizationQueryParametersError,

    /// <summary>A header that the protocol requires is missing.</summary>
    MissingSecurityHeader,

    /// <summary>The body does not have the declared SHA-256.</summary>
    XAmzContentSHA256Mismatch,

    /// <summary>The body ended early or does not have the declared length.</summary>
    IncompleteBody,

    /// <summary>A checksum of the body is wrong.</summary>
    BadDigest,

    /// <summary>The trailer is not what was announced.</summary>
    MalformedTrailerError,

    /// <summary>A chunk is larger than allowed.</summary>
    InvalidChunkSizeError,

    /// <summary>No decoded length was announced.</summary>
    MissingContentLength,

    /// <summary>A session token that nothing here can check.</summary>
    InvalidToken,

    /// <summary>An argument cannot be read.</summary>
    InvalidArgument,

    /// <summary>The request contradicts itself or the protocol.</summary>
    InvalidRequest,

    /// <summary>The target cannot be read.</summary>
    InvalidURI,

    /// <summary>Not a bucket name.</summary>
    InvalidBucketName,

    /// <summary>The policy document of a form cannot be read.</summary>
    InvalidPolicyDocument,

    /// <summary>The uploaded file is larger than the policy allows.</summary>
    EntityTooLarge,

    /// <summary>The method is not one of this resource.</summary>
    MethodNotAllowed,

    /// <summary>A part of the protocol that is not offered.</summary>
    NotImplemented,

    /// <summary>The check cannot be made at the moment.</summary>
    ServiceUnavailable,
}

/// <summary>What the client reads: the code, the HTTP status and a message that is never empty.</summary>
/// <param name="Code">The text of <c>&lt;Code&gt;</c>.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Message">The text of <c>&lt;Message&gt;</c>. An empty one makes awscli 1.45 crash.</param>
public readonly record struct S3ErrorAnswer(string Code, int Status, string Message);

/// <summary>The one table of S3 errors.</summary>
public static class S3Errors
{
    /// <summary>The answer of a code.</summary>
    public static S3ErrorAnswer Answer(S3ErrorCode code) =>
        code switch
        {
            S3ErrorCode.AccessDenied => new("AccessDenied", 403, "Access Denied."),
            S3ErrorCode.SignatureDoesNotMatch => new(
                "SignatureDoesNotMatch",
                403,
                "The signature of the request does not match the one computed here. Check the secret key, the signing"
                    + " method and whether a proxy changes the request."
            ),
            S3ErrorCode.InvalidAccessKeyId => new("InvalidAccessKeyId", 403, "The access key does not exist."),
            S3ErrorCode.RequestTimeTooSkewed => new(
                "RequestTimeTooSkewed",
                403,
                "The time of the request differs too much from the time here. Check the clock of the client."
            ),
            S3ErrorCode.AuthorizationHeaderMalformed => new(
                "AuthorizationHeaderMalformed",
                400,
                "The Authorization header is malformed or its scope does not fit."
            ),
            S3ErrorCode.AuthorizationQueryParametersError => new(
                "AuthorizationQueryParametersError",
                400,
                "The query parameters of the presigned request are malformed or their scope does not fit."
            ),
            S3ErrorCode.MissingSecurityHeader => new(
                "MissingSecurityHeader",
                400,
                "A required header is missing: x-amz-content-sha256."
            ),
            S3ErrorCode.XAmzContentSHA256Mismatch => new(
                "XAmzContentSHA256Mismatch",
                400,
                "The body does not have the hash given in x-amz-content-sha256."
            ),
            S3ErrorCode.IncompleteBody => new(
                "IncompleteBody",
                400,
                "The body ended early or does not have the announced length."
            ),
            S3ErrorCode.BadDigest => new("BadDigest", 400, "The body does not have the given checksum."),
            S3ErrorCode.MalformedTrailerError => new(
                "MalformedTrailerError",
                400,
                "The trailer is malformed or not the announced one."
            ),
            S3ErrorCode.InvalidChunkSizeError => new(
                "InvalidChunkSizeError",
                400,
                "A chunk of the body is larger than allowed."
            ),
            S3ErrorCode.MissingContentLength => new(
                "MissingContentLength",
                411,
                "A streaming upload must give x-amz-decoded-content-length."
            ),
            S3ErrorCode.InvalidToken => new("InvalidToken", 400, "Session tokens are not supported."),
            S3ErrorCode.InvalidArgument => new("InvalidArgument", 400, "An argument of the request is not valid."),
            S3ErrorCode.InvalidRequest => new("InvalidRequest", 400, "The request is not valid."),
            S3ErrorCode.InvalidURI => new("InvalidURI", 400, "The URI of the request cannot be read."),
            S3ErrorCode.InvalidBucketName => new("InvalidBucketName", 400, "The bucket name is not valid."),
            S3ErrorCode.InvalidPolicyDocument => new(
                "InvalidPolicyDocument",
                400,
                "The policy document of the form cannot be read."
            ),
            S3ErrorCode.EntityTooLarge => new("EntityTooLarge", 400, "The upload is larger than its policy allows."),
            S3ErrorCode.MethodNotAllowed => new(
                "MethodNotAllowed",
                405,
                "The method is not allowed against this resource."
            ),
            S3ErrorCode.NotImplemented => new("NotImplemented", 501, "This is not implemented."),
            S3ErrorCode.ServiceUnavailable => new(
                "ServiceUnavailable",
                503,
                "The request cannot be verified at the moment. Try again."
            ),
        };
}
