namespace ControlPanel.Verification.SigV4;

/// <summary>One form field before the file: the name in the client's case, and the value.</summary>
public readonly record struct PostField(string Name, string Value);

/// <summary>
/// The fields of an upload form (<c>POST /bucket</c>, multipart/form-data) up to its file. What stands behind the file
/// is ignored by the protocol and must not be handed in.
/// </summary>
public sealed class PostForm
{
    private const string V4Algorithm = "AWS4-HMAC-SHA256";

    private readonly Dictionary<string, string> _fields;

    private PostForm(S3Credential credential, Dictionary<string, string> fields)
    {
        Credential = credential;
        _fields = fields;
    }

    /// <summary>The credential of the form: V4Form, V2Form, None (no policy at all) or Invalid.</summary>
    public S3Credential Credential { get; }

    /// <summary>The fields by name, without regard to case.</summary>
    internal IReadOnlyDictionary<string, string> Fields => _fields;

    /// <summary>The policy as sent: base64, which is what is signed.</summary>
    internal string Policy => _fields.GetValueOrDefault("policy", "");

    /// <summary>Reads a form.</summary>
    /// <param name="head">The head of the same request: a credential there and in the form are two.</param>
    /// <param name="fields">The fields before the file, in order.</param>
    /// <param name="rules">What this door accepts.</param>
    public static PostForm Read(in S3RequestHead head, IEnumerable<PostField> fields, SignatureRules rules)
    {
        ArgumentNullException.ThrowIfNull(rules);
        ArgumentNullException.ThrowIfNull(fields);
        var byName = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var field in fields)
        {
            if (!byName.TryAdd(field.Name, field.Value))
            {
                return Refused(SignatureRefusal.PolicyMalformed, byName);
            }
        }

        var inHead = S3CredentialParser.Parse(head, rules);
        var hasV4 = byName.ContainsKey("x-amz-signature") || byName.ContainsKey("x-amz-credential");
        var hasV2 = byName.ContainsKey("signature") || byName.ContainsKey("AWSAccessKeyId");
        if (inHead.Kind is S3CredentialKind.Invalid)
        {
            return Refused(inHead.Refusal, byName);
        }

        if (!hasV4 && !hasV2)
        {
            return byName.ContainsKey("policy")
                ? Refused(SignatureRefusal.PolicyMalformed, byName)
                : new PostForm(default, byName);
        }

        if ((hasV4 && hasV2) || inHead.Kind is not S3CredentialKind.None)
        {
            return Refused(SignatureRefusal.SeveralCredentials, byName);
        }

        if (!rules.AllowSecurityToken && byName.ContainsKey("x-amz-security-token"))
        {
            return Refused(SignatureRefusal.SecurityToken, byName);
        }

        if (hasV2)
        {
            return rules.AllowV2 ? ReadV2(byName) : Refused(SignatureRefusal.V2Disabled, byName);
        }

        return ReadV4(byName);
    }

    private static PostForm ReadV4(Dictionary<string, string> fields)
    {
        if (
            fields.GetValueOrDefault("x-amz-algorithm") != V4Algorithm
            || !fields.TryGetValue("x-amz-credential", out var credential)
            || !CredentialScope.TrySplit(credential.AsMemory(), out var keyId, out var scope)
            || !fields.TryGetValue("x-amz-date", out var timestamp)
            || !AmzTime.TryParse(timestamp, out var signedAt)
            || !fields.TryGetValue("x-amz-signature", out var signature)
            || !PayloadModes.IsLowerHex64(signature)
            || !fields.ContainsKey("policy")
        )
        {
            return Refused(SignatureRefusal.MalformedQuery, fields);
        }

        return new PostForm(
            new S3Credential
            {
                Kind = S3CredentialKind.V4Form,
                AccessKeyId = keyId,
                Scope = scope,
                Signature = signature.AsMemory(),
                SignedAt = signedAt,
                Timestamp = timestamp.AsMemory(),
                PayloadMode = PayloadMode.Unsigned,
                PayloadLine = PayloadModes.Unsigned,
            },
            fields
        );
    }

    private static PostForm ReadV2(Dictionary<string, string> fields)
    {
        if (
            !fields.TryGetValue("AWSAccessKeyId", out var keyId)
            || !fields.TryGetValue("signature", out var signature)
            || !V2Credential.IsKeyId(keyId)
            || !V2Credential.IsSignature(signature)
            || !fields.ContainsKey("policy")
        )
        {
            return Refused(SignatureRefusal.MalformedQuery, fields);
        }

        return new PostForm(
            new S3Credential
            {
                Kind = S3CredentialKind.V2Form,
                AccessKeyId = keyId.AsMemory(),
                Signature = signature.AsMemory(),
                PayloadMode = PayloadMode.Unsigned,
                PayloadLine = PayloadModes.Unsigned,
            },
            fields
        );
    }

    private static PostForm Refused(SignatureRefusal refusal, Dictionary<string, string> fields) =>
        new(S3Credential.Invalid(refusal), fields);
}
