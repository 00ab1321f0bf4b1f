namespace ControlPanel.Verification.SigV4;

/// <summary>
/// One pass over the raw query: the credential parameters, and a refusal for what cannot be read one way only.
/// </summary>
internal ref struct QueryScan
{
    /// <summary>More than any client sends; keeps sorting cheap for requests nobody vouched for yet.</summary>
    public const int MaxParameters = 100;

    public ReadOnlySpan<char> Algorithm;
    public ReadOnlySpan<char> Credential;
    public ReadOnlySpan<char> Date;
    public ReadOnlySpan<char> Expires;
    public ReadOnlySpan<char> SignedHeaders;
    public ReadOnlySpan<char> Signature;
    public ReadOnlySpan<char> ContentHash;
    public ReadOnlySpan<char> V2AccessKey;
    public ReadOnlySpan<char> V2Signature;
    public ReadOnlySpan<char> V2Expires;
    public Parameter Seen;

    [Flags]
    public enum Parameter
    {
        None = 0,
        Algorithm = 1,
        Credential = 1 << 1,
        Date = 1 << 2,
        Expires = 1 << 3,
        SignedHeaders = 1 << 4,
        Signature = 1 << 5,
        ContentHash = 1 << 6,
        SecurityToken = 1 << 7,
        V2AccessKey = 1 << 8,
        V2Signature = 1 << 9,
        V2Expires = 1 << 10,
        RequiredV4 = Algorithm | Credential | Date | Expires | SignedHeaders | Signature,
        AnyV4 = RequiredV4 | ContentHash | SecurityToken,
        RequiredV2 = V2AccessKey | V2Signature | V2Expires,

        // Expires alone says nothing: other parts of the protocol may use the word.
        AnyV2 = V2AccessKey | V2Signature,
    }

    public static QueryScan Of(in S3RequestHead head, out SignatureRefusal refusal)
    {
        var scan = new QueryScan();
        refusal = SignatureRefusal.None;
        if (!IsReadable(head.Target))
        {
            refusal = SignatureRefusal.MalformedTarget;
            return scan;
        }

        var query = head.RawQuery;

        // Both readings of a raw plus (itself, a space) are in use; no observed client sends one.
        if (query.Contains('+'))
        {
            refusal = SignatureRefusal.MalformedTarget;
            return scan;
        }

        var count = 0;
        var parameters = new RawQuery(query);
        while (parameters.MoveNext())
        {
            if (++count > MaxParameters || !scan.TryRead(parameters.Name, parameters.Value))
            {
                refusal = SignatureRefusal.MalformedQuery;
                return scan;
            }
        }

        return scan;
    }

    /// <summary>The name of a credential parameter that a raw name decodes to, in exactly this spelling.</summary>
    private static bool IsAnyCase(ReadOnlySpan<char> raw, string name, out bool exact)
    {
        exact = PercentEncoding.DecodesTo(raw, name);
        return exact || PercentEncoding.DecodesTo(raw, name, ignoreCase: true);
    }

    private static bool IsReadable(string target)
    {
        if (target.Length == 0 || target[0] != '/')
        {
            return false;
        }

        foreach (var c in target)
        {
            if (c is < ' ' or '\x7f' or '#')
            {
                return false;
            }
        }

        return true;
    }

    private bool TryRead(ReadOnlySpan<char> name, ReadOnlySpan<char> value)
    {
        // Every name looked for begins with one of these, raw or escaped.
        if (name.IsEmpty || name[0] is not ('X' or 'x' or 'A' or 'a' or 'S' or 'E' or '%'))
        {
            return true;
        }

        return TryTake(name, "X-Amz-Algorithm", Parameter.Algorithm, value, ref Algorithm)
            && TryTake(name, "X-Amz-Credential", Parameter.Credential, value, ref Credential)
            && TryTake(name, "X-Amz-Date", Parameter.Date, value, ref Date)
            && TryTake(name, "X-Amz-Expires", Parameter.Expires, value, ref Expires)
            && TryTake(name, "X-Amz-SignedHeaders", Parameter.SignedHeaders, value, ref SignedHeaders)
            && TryTake(name, "X-Amz-Signature", Parameter.Signature, value, ref Signature)
            && TryTake(name, "X-Amz-Content-Sha256", Parameter.ContentHash, value, ref ContentHash)
            && TryTake(name, "AWSAccessKeyId", Parameter.V2AccessKey, value, ref V2AccessKey)
            && TryTakeToken(name)
            && TryTakeExact(name, "Signature", Parameter.V2Signature, value, ref V2Signature)
            && TryTakeExact(name, "Expires", Parameter.V2Expires, value, ref V2Expires);
    }

    // Another case of the name is refused: some servers would take it for the credential, this one would not.
    private bool TryTake(
        ReadOnlySpan<char> raw,
        string name,
        Parameter parameter,
        ReadOnlySpan<char> value,
        ref ReadOnlySpan<char> slot
    )
    {
        if (!IsAnyCase(raw, name, out var exact))
        {
            return true;
        }

        if (!exact || (Seen & parameter) != Parameter.None)
        {
            return false;
        }

        Seen |= parameter;
        slot = value;
        return true;
    }

    private bool TryTakeToken(ReadOnlySpan<char> raw)
    {
        ReadOnlySpan<char> ignored = default;
        return TryTake(raw, "X-Amz-Security-Token", Parameter.SecurityToken, default, ref ignored);
    }

    private bool TryTakeExact(
        ReadOnlySpan<char> raw,
        string name,
        Parameter parameter,
        ReadOnlySpan<char> value,
        ref ReadOnlySpan<char> slot
    ) => !PercentEncoding.DecodesTo(raw, name) || TryTake(raw, name, parameter, value, ref slot);
}
