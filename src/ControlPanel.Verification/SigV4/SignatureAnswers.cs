namespace ControlPanel.Verification.SigV4;

/// <summary>The one place that turns a precise refusal into the code a client reads.</summary>
public static class SignatureAnswers
{
    /// <summary>The code for a refusal. Scope errors read differently in a header and in a presigned URL.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The refusal is <see cref="SignatureRefusal.None"/>.</exception>
    public static S3ErrorCode Code(SignatureRefusal refusal, S3CredentialKind kind) =>
        refusal switch
        {
            SignatureRefusal.None => throw new ArgumentOutOfRangeException(nameof(refusal), "Nothing was refused."),
            SignatureRefusal.SeveralCredentials => S3ErrorCode.InvalidArgument,
            SignatureRefusal.UnknownScheme => S3ErrorCode.InvalidArgument,
            SignatureRefusal.V2Disabled => S3ErrorCode.InvalidRequest,
            SignatureRefusal.MalformedHeader => S3ErrorCode.AuthorizationHeaderMalformed,
            SignatureRefusal.MalformedQuery => S3ErrorCode.AuthorizationQueryParametersError,
            SignatureRefusal.MalformedTarget => S3ErrorCode.InvalidURI,
            SignatureRefusal.UnderscoreHeader => S3ErrorCode.InvalidRequest,
            SignatureRefusal.DuplicateHeader => S3ErrorCode.InvalidRequest,
            SignatureRefusal.HostMissing => S3ErrorCode.InvalidRequest,
            SignatureRefusal.AmbiguousFraming => S3ErrorCode.InvalidRequest,
            SignatureRefusal.HostNotSigned => S3ErrorCode.AccessDenied,
            SignatureRefusal.UnsignedAmzHeader => S3ErrorCode.AccessDenied,
            SignatureRefusal.SignedHeaderMissing => S3ErrorCode.SignatureDoesNotMatch,
            SignatureRefusal.UnsignedQueryParameter => S3ErrorCode.AccessDenied,
            SignatureRefusal.DateMissing => S3ErrorCode.AccessDenied,
            SignatureRefusal.DateMalformed => S3ErrorCode.AccessDenied,
            SignatureRefusal.ScopeDay => Scope(kind),
            SignatureRefusal.ScopeRegion => Scope(kind),
            SignatureRefusal.ScopeService => Scope(kind),
            SignatureRefusal.Skewed => S3ErrorCode.RequestTimeTooSkewed,
            SignatureRefusal.Expired => S3ErrorCode.AccessDenied,
            SignatureRefusal.NotYetValid => S3ErrorCode.AccessDenied,
            SignatureRefusal.ExpiresOutOfRange => S3ErrorCode.AuthorizationQueryParametersError,
            SignatureRefusal.ContentHashMissing => S3ErrorCode.MissingSecurityHeader,
            SignatureRefusal.ContentHashUnknown => S3ErrorCode.InvalidArgument,
            SignatureRefusal.SecurityToken => S3ErrorCode.InvalidToken,
            SignatureRefusal.WrongSignature => S3ErrorCode.SignatureDoesNotMatch,
            SignatureRefusal.SecretUnavailable => S3ErrorCode.ServiceUnavailable,
            SignatureRefusal.DecodedLengthMissing => S3ErrorCode.MissingContentLength,
            SignatureRefusal.TrailerUnknown => S3ErrorCode.InvalidRequest,
            SignatureRefusal.PolicyMalformed => S3ErrorCode.InvalidPolicyDocument,
            SignatureRefusal.PolicyExpired => S3ErrorCode.AccessDenied,
            SignatureRefusal.PolicyCondition => S3ErrorCode.AccessDenied,
            SignatureRefusal.PolicyFieldNotCovered => S3ErrorCode.AccessDenied,
            SignatureRefusal.PolicyLength => S3ErrorCode.EntityTooLarge,
        };

    /// <summary>The code for a body that failed.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The fault is <see cref="PayloadFault.None"/>.</exception>
    public static S3ErrorCode Code(PayloadFault fault) =>
        fault switch
        {
            PayloadFault.None => throw new ArgumentOutOfRangeException(nameof(fault), "Nothing failed."),
            PayloadFault.Truncated => S3ErrorCode.IncompleteBody,
            PayloadFault.LengthMismatch => S3ErrorCode.IncompleteBody,
            PayloadFault.DataAfterEnd => S3ErrorCode.IncompleteBody,
            PayloadFault.MalformedChunk => S3ErrorCode.InvalidRequest,
            PayloadFault.ChunkTooLarge => S3ErrorCode.InvalidChunkSizeError,
            PayloadFault.WrongChunkSignature => S3ErrorCode.SignatureDoesNotMatch,
            PayloadFault.MalformedTrailer => S3ErrorCode.MalformedTrailerError,
            PayloadFault.WrongTrailerSignature => S3ErrorCode.SignatureDoesNotMatch,
            PayloadFault.WrongChecksum => S3ErrorCode.BadDigest,
            PayloadFault.WrongHash => S3ErrorCode.XAmzContentSHA256Mismatch,
        };

    private static S3ErrorCode Scope(S3CredentialKind kind) =>
        kind is S3CredentialKind.V4Query
            ? S3ErrorCode.AuthorizationQueryParametersError
            : S3ErrorCode.AuthorizationHeaderMalformed;
}
