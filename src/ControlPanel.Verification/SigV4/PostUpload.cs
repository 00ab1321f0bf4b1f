namespace ControlPanel.Verification.SigV4;

/// <summary>What a verified form may upload, or why it may not. The default value is a refusal.</summary>
public readonly record struct PostUpload
{
    private readonly bool _isAllowed;
    private readonly SignatureRefusal _refusal;

    private PostUpload(bool isAllowed, SignatureRefusal refusal)
    {
        _isAllowed = isAllowed;
        _refusal = refusal;
        Key = "";
    }

    /// <summary>Whether signature and policy allow the upload.</summary>
    public bool IsAllowed => _isAllowed;

    /// <summary>Why not.</summary>
    public SignatureRefusal Refusal =>
        _isAllowed ? SignatureRefusal.None
        : _refusal is SignatureRefusal.None ? SignatureRefusal.WrongSignature
        : _refusal;

    /// <summary>The key to write, with the file name put in.</summary>
    public string Key { get; private init; }

    /// <summary>The <c>acl</c> field, for <c>S3Classifier.RightOfAcl</c>.</summary>
    public string? Acl { get; private init; }

    /// <summary>The fewest bytes the file may have.</summary>
    public long MinLength { get; private init; }

    /// <summary>The most bytes the file may have.</summary>
    public long MaxLength { get; private init; }

    /// <summary>Checks the length of the file once it is known.</summary>
    public SignatureRefusal CheckLength(long length) =>
        !_isAllowed ? Refusal
        : length < MinLength || length > MaxLength ? SignatureRefusal.PolicyLength
        : SignatureRefusal.None;

    internal static PostUpload Refused(SignatureRefusal refusal) => new(isAllowed: false, refusal);

    internal static PostUpload Allowed(string key, string? acl, long min, long max) =>
        new(isAllowed: true, SignatureRefusal.None)
        {
            Key = key,
            Acl = acl,
            MinLength = min,
            MaxLength = max,
        };
}
