namespace ControlPanel.Verification.SigV4;

/// <summary>
/// Every way a signature can be refused, as precise as the audit needs it. What the client reads is decided by
/// <see cref="SignatureAnswers"/> alone. The default value refuses nothing only for members that state so.
/// </summary>
public enum SignatureRefusal : byte
{
    /// <summary>Not refused.</summary>
    None = 0,

    /// <summary>
    /// More than one credential: header and query, two headers, header and form. Which one counts would be a guess.
    /// </summary>
    SeveralCredentials,

    /// <summary>An <c>Authorization</c> scheme or algorithm that this door does not take.</summary>
    UnknownScheme,

    /// <summary>A Signature V2 credential while V2 is switched off.</summary>
    V2Disabled,

    /// <summary>The <c>Authorization</c> header cannot be read with certainty.</summary>
    MalformedHeader,

    /// <summary>The presigned parameters are incomplete, doubled or unreadable.</summary>
    MalformedQuery,

    /// <summary>
    /// The target has a broken escape, a raw <c>+</c> in the query, a <c>#</c> or a control character.
    /// </summary>
    MalformedTarget,

    /// <summary>
    /// A header name with <c>_</c>: radosgw and Swift read it as <c>-</c>, so it would bypass the signature.
    /// </summary>
    UnderscoreHeader,

    /// <summary>A header that may occur only once occurs several times.</summary>
    DuplicateHeader,

    /// <summary>No <c>Host</c> header.</summary>
    HostMissing,

    /// <summary>
    /// Content-Length and Transfer-Encoding together: two readers could see two bodies (RFC 9112 section 6.3).
    /// </summary>
    AmbiguousFraming,

    /// <summary><c>host</c> is not among the signed headers.</summary>
    HostNotSigned,

    /// <summary>A header <c>x-amz-*</c> that the signature does not cover.</summary>
    UnsignedAmzHeader,

    /// <summary>A signed header that the request does not carry.</summary>
    SignedHeaderMissing,

    /// <summary>Signature V2 does not cover this query parameter, so nobody vouches for it.</summary>
    UnsignedQueryParameter,

    /// <summary>Neither <c>x-amz-date</c> nor <c>Date</c>.</summary>
    DateMissing,

    /// <summary>The date cannot be read.</summary>
    DateMalformed,

    /// <summary>The day in the credential scope is not the day of the request.</summary>
    ScopeDay,

    /// <summary>The region in the credential scope is not one of ours.</summary>
    ScopeRegion,

    /// <summary>The service in the credential scope is not one of ours.</summary>
    ScopeService,

    /// <summary>The request's date is more than the allowed skew away.</summary>
    Skewed,

    /// <summary>A presigned request after its end.</summary>
    Expired,

    /// <summary>A presigned request whose date is further ahead than the allowed skew.</summary>
    NotYetValid,

    /// <summary><c>X-Amz-Expires</c> is not a whole number of seconds from 0 to 604,800.</summary>
    ExpiresOutOfRange,

    /// <summary>A body is announced, but no <c>x-amz-content-sha256</c> says how it is protected.</summary>
    ContentHashMissing,

    /// <summary><c>x-amz-content-sha256</c> is neither a hash nor a sentinel known here.</summary>
    ContentHashUnknown,

    /// <summary>A session token: there are no temporary credentials here, so nothing could check it.</summary>
    SecurityToken,

    /// <summary>The signature does not fit the request.</summary>
    WrongSignature,

    /// <summary>The key's secret could not be opened (master key missing, row damaged).</summary>
    SecretUnavailable,

    /// <summary>A streaming body without a readable <c>x-amz-decoded-content-length</c>.</summary>
    DecodedLengthMissing,

    /// <summary><c>x-amz-trailer</c> is missing, doubled or names something that cannot be checked.</summary>
    TrailerUnknown,

    /// <summary>The policy document of a form cannot be read with certainty.</summary>
    PolicyMalformed,

    /// <summary>The policy's time is over.</summary>
    PolicyExpired,

    /// <summary>A condition of the policy does not hold.</summary>
    PolicyCondition,

    /// <summary>A form field that no condition of the policy mentions.</summary>
    PolicyFieldNotCovered,

    /// <summary>The uploaded file is smaller or larger than the policy allows.</summary>
    PolicyLength,
}
