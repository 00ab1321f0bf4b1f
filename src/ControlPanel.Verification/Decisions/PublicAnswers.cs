namespace ControlPanel.Verification.Decisions;

/// <summary>The protocols that clients of the data plane speak.</summary>
public enum Protocol : byte
{
    /// <summary>The OpenWhisk REST API.</summary>
    OpenWhisk,

    /// <summary>S3.</summary>
    S3,

    /// <summary>OpenAI-compatible inference.</summary>
    OpenAi,

    /// <summary>Anthropic-style messages.</summary>
    Anthropic,

    /// <summary>The <c>/v2</c> API.</summary>
    Rest,
}

/// <summary>What a refused caller reads.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Code">The protocol's own error code; empty where it has none.</param>
/// <param name="Message">A sentence that tells the caller nothing it does not already know.</param>
public sealed record PublicAnswer(int Status, string Code, string Message);

/// <summary>
/// The one table from precise reason to public answer. Everything a caller could learn about a key it does not hold
/// (unknown, wrong secret, revoked, suspended, expired, owner gone) has one and the same answer for each protocol.
/// Never 429 and, but for "cannot verify", never 5xx: SDKs repeat those by themselves.
/// </summary>
public static class PublicAnswers
{
    /// <summary>The answer for a refusal.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><see cref="DenialReason.None"/> has no answer: it is not a refusal.</exception>
    public static PublicAnswer For(Protocol protocol, DenialReason reason) =>
        Face(reason) switch
        {
            PublicFace.CannotVerify => protocol switch
            {
                Protocol.S3 => new(503, "ServiceUnavailable", "Keys cannot be verified right now. Please try again."),
                Protocol.Anthropic => new(503, "api_error", "Keys cannot be verified right now. Try again."),
                Protocol.OpenAi => new(503, "service_unavailable", "Keys cannot be verified right now. Try again."),
                _ => new(503, "service_unavailable", "Keys cannot be verified right now. Try again."),
            },
            PublicFace.Missing => protocol switch
            {
                Protocol.OpenWhisk => new(
                    401,
                    "",
                    "The resource requires authentication, which was not supplied with the request."
                ),
                Protocol.S3 => new(403, "AccessDenied", "Access Denied."),
                Protocol.OpenAi => new(401, "missing_api_key", "No API key was provided."),
                Protocol.Anthropic => new(401, "authentication_error", "x-api-key header is required."),
                _ => new(401, "unauthorized", "Unable to authenticate you."),
            },
            PublicFace.BadCredential => protocol switch
            {
                Protocol.OpenWhisk => new(401, "", "The supplied authentication is invalid."),
                Protocol.S3 => reason switch
                {
                    DenialReason.BadSignature => new(
                        403,
                        "SignatureDoesNotMatch",
                        "The request signature we calculated does not match the signature you provided."
                    ),
                    _ => new(
                        403,
                        "InvalidAccessKeyId",
                        "The access key ID you provided does not exist in our records."
                    ),
                },
                Protocol.OpenAi => new(401, "invalid_api_key", "Incorrect API key provided."),
                Protocol.Anthropic => new(401, "authentication_error", "invalid x-api-key"),
                _ => new(401, "unauthorized", "Unable to authenticate you."),
            },
            _ => protocol switch
            {
                Protocol.OpenWhisk => new(
                    403,
                    "",
                    "The supplied authentication is not authorized to access this resource."
                ),
                Protocol.S3 => new(403, "AccessDenied", "Access Denied."),
                Protocol.OpenAi => reason switch
                {
                    DenialReason.ModelNotAllowed => new(
                        403,
                        "model_not_allowed",
                        "This key is not allowed to use the requested model."
                    ),
                    DenialReason.BatchNotAllowed => new(
                        403,
                        "batch_not_allowed",
                        "This key is not enabled for batch inference."
                    ),
                    DenialReason.OutsideNetwork => new(
                        403,
                        "network_not_allowed",
                        "This key cannot be used from your network."
                    ),
                    _ => new(403, "permission_denied", "This key is not allowed to make this request."),
                },
                Protocol.Anthropic => new(403, "permission_error", "This key is not allowed to make this request."),
                _ => new(403, "forbidden", "You are not authorized to perform this operation"),
            },
        };

    /// <summary>Whether the caller has proved to hold the key, so that it may be told about its limits.</summary>
    public static bool CallerHoldsTheKey(DenialReason reason) => Face(reason) == PublicFace.Forbidden;

    private enum PublicFace
    {
        Missing,
        BadCredential,
        Forbidden,
        CannotVerify,
    }

    private static PublicFace Face(DenialReason reason) =>
        reason switch
        {
            DenialReason.NoCredential => PublicFace.Missing,
            DenialReason.Malformed
            or DenialReason.WrongKind
            or DenialReason.BadFormat
            or DenialReason.UnknownKey
            or DenialReason.WrongSecret
            or DenialReason.BadSignature
            or DenialReason.Revoked
            or DenialReason.Suspended
            or DenialReason.OwnerInactive
            or DenialReason.Expired => PublicFace.BadCredential,
            DenialReason.OtherNamespace
            or DenialReason.BucketNotGranted
            or DenialReason.ModelNotAllowed
            or DenialReason.BatchNotAllowed
            or DenialReason.ScopeMissing
            or DenialReason.RoleInsufficient
            or DenialReason.OutsideNetwork
            or DenialReason.NotCovered => PublicFace.Forbidden,
            DenialReason.CannotVerify => PublicFace.CannotVerify,
            DenialReason.None => throw new ArgumentOutOfRangeException(nameof(reason), "Allowed is not a refusal."),
            _ => throw new ArgumentOutOfRangeException(nameof(reason)),
        };
}
