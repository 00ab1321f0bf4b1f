namespace ControlPanel.Verification.SigV4;

/// <summary>
/// What <see cref="SignatureVerifier"/> found. The default value is a refusal. A body can only be opened through a
/// valid verdict: reading a chunk stream whose seed nobody checked is CVE-2025-31489.
/// </summary>
public readonly struct SignatureVerdict
{
    private readonly bool _isValid;
    private readonly SignatureRefusal _refusal;
    private readonly S3Credential _credential;
    private readonly SigningKey? _signingKey;

    private SignatureVerdict(bool isValid, SignatureRefusal refusal, in S3Credential credential, SigningKey? signingKey)
    {
        _isValid = isValid;
        _refusal = refusal;
        _credential = credential;
        _signingKey = signingKey;
    }

    /// <summary>Whether the signature fits.</summary>
    public bool IsValid => _isValid;

    /// <summary>Why not; <see cref="SignatureRefusal.WrongSignature"/> for a verdict that nobody gave.</summary>
    public SignatureRefusal Refusal =>
        _isValid ? SignatureRefusal.None
        : _refusal is SignatureRefusal.None ? SignatureRefusal.WrongSignature
        : _refusal;

    /// <summary>How the body is protected; meaningful only when valid.</summary>
    public PayloadMode PayloadMode => _credential.PayloadMode;

    /// <summary>The declared hash of the whole body, or <see langword="null"/> when the mode is another.</summary>
    public string? LiteralHash => _isValid && PayloadMode is PayloadMode.LiteralHash ? _credential.PayloadLine : null;

    /// <summary>Opens the body: what comes out of it was verified as the request declared.</summary>
    /// <param name="head">The verified head.</param>
    /// <param name="body">The body as received, without the framing of HTTP itself. Closed with the result.</param>
    /// <param name="limits">The bounds of chunked bodies.</param>
    /// <exception cref="InvalidOperationException">The signature was not found valid.</exception>
    public PayloadOpening OpenPayload(in S3RequestHead head, Stream body, PayloadLimits limits)
    {
        if (!_isValid)
        {
            throw new InvalidOperationException("No body is opened for a request that was not verified.");
        }

        return PayloadOpening.Open(head, _credential, _signingKey, body, limits);
    }

    internal static SignatureVerdict Refused(SignatureRefusal refusal) =>
        new(isValid: false, refusal, default, signingKey: null);

    internal static SignatureVerdict Valid(in S3Credential credential, SigningKey? signingKey) =>
        new(isValid: true, SignatureRefusal.None, credential, signingKey);
}
