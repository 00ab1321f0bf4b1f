namespace ControlPanel.Verification.SigV4;

/// <summary>
/// How an S3 request presents itself. Closed, because a verifier that falls through to "fine" for a kind it does not
/// know is how other servers were broken (CVE-2026-40344).
/// </summary>
public enum S3CredentialKind : byte
{
    /// <summary>Nothing was presented. A form upload looks like this until its fields are read.</summary>
    None = 0,

    /// <summary>Signature V4 in the <c>Authorization</c> header.</summary>
    V4Header,

    /// <summary>Signature V4 in the query (presigned).</summary>
    V4Query,

    /// <summary>Signature V2 in the <c>Authorization</c> header.</summary>
    V2Header,

    /// <summary>Signature V2 in the query (presigned).</summary>
    V2Query,

    /// <summary>Signature V4 over the policy of a form.</summary>
    V4Form,

    /// <summary>Signature V2 over the policy of a form.</summary>
    V2Form,

    /// <summary>Something was presented that cannot be read with certainty. Always refused.</summary>
    Invalid,
}

/// <summary>
/// What a request presents, read but not yet verified. Points into the text of the request; a header credential costs
/// no allocation. Nothing in it may be believed before <see cref="SignatureVerifier"/> said yes.
/// </summary>
public readonly struct S3Credential
{
    /// <summary>The kind.</summary>
    public S3CredentialKind Kind { get; internal init; }

    /// <summary>Why it is <see cref="S3CredentialKind.Invalid"/>.</summary>
    public SignatureRefusal Refusal { get; internal init; }

    /// <summary>
    /// The access key id it names; empty for <see cref="S3CredentialKind.Invalid"/>: nobody may act on it.
    /// </summary>
    public ReadOnlyMemory<char> AccessKeyId { get; internal init; }

    /// <summary>
    /// The instant of signing (V4, V2 header); <see cref="DateTimeOffset.MinValue"/> when it carries none.
    /// </summary>
    public DateTimeOffset SignedAt { get; internal init; }

    /// <summary>The end of a presigned request, inclusive.</summary>
    public DateTimeOffset? ExpiresAt { get; internal init; }

    /// <summary>How the body is protected.</summary>
    public PayloadMode PayloadMode { get; internal init; }

    /// <summary><c>day/region/service/aws4_request</c> as signed.</summary>
    internal ReadOnlyMemory<char> Scope { get; init; }

    /// <summary>The ISO form of <see cref="SignedAt"/> as signed.</summary>
    internal ReadOnlyMemory<char> Timestamp { get; init; }

    /// <summary>The signed header names, sorted, joined with <c>;</c>.</summary>
    internal ReadOnlyMemory<char> SignedHeaders { get; init; }

    /// <summary>The signature as sent: 64 lower-case hex digits, or base64 of 20 bytes for V2.</summary>
    internal ReadOnlyMemory<char> Signature { get; init; }

    /// <summary>The payload line of the canonical request (V4), or the declared hash (V2).</summary>
    internal string PayloadLine { get; init; }

    internal static S3Credential Invalid(SignatureRefusal refusal) =>
        new() { Kind = S3CredentialKind.Invalid, Refusal = refusal };
}
