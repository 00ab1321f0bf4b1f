using System.Globalization;

namespace ControlPanel.Verification.SigV4;

/// <summary>
/// The one way from a request to a credential. Every doubt ends in <see cref="S3CredentialKind.Invalid"/>: two
/// credentials, an unknown sentinel, a name in another case, a header nobody vouches for.
/// </summary>
public static class S3CredentialParser
{
    private const string V4Algorithm = "AWS4-HMAC-SHA256";
    private const string V4Scheme = V4Algorithm + " ";
    private const string V2Scheme = "AWS ";

    /// <summary>Reads what the head presents.</summary>
    public static S3Credential Parse(in S3RequestHead head, SignatureRules rules)
    {
        ArgumentNullException.ThrowIfNull(rules);
        var headers = HeadScan.Of(head);
        if (headers.Refusal is var refusal and not SignatureRefusal.None)
        {
            return S3Credential.Invalid(refusal);
        }

        var query = QueryScan.Of(head, out refusal);
        if (refusal is not SignatureRefusal.None)
        {
            return S3Credential.Invalid(refusal);
        }

        var inQueryV4 = (query.Seen & QueryScan.Parameter.AnyV4) != QueryScan.Parameter.None;
        var inQueryV2 = (query.Seen & QueryScan.Parameter.AnyV2) != QueryScan.Parameter.None;
        var places = (headers.Authorization is null ? 0 : 1) + (inQueryV4 ? 1 : 0) + (inQueryV2 ? 1 : 0);
        if (places > 1)
        {
            return S3Credential.Invalid(SignatureRefusal.SeveralCredentials);
        }

        if (places == 0)
        {
            return default;
        }

        if (!rules.AllowSecurityToken && HasToken(headers, query))
        {
            return S3Credential.Invalid(SignatureRefusal.SecurityToken);
        }

        if (inQueryV4)
        {
            return ParseV4Query(head, headers, query, rules);
        }

        if (inQueryV2)
        {
            return rules.AllowV2
                ? V2Credential.FromQuery(headers, query)
                : S3Credential.Invalid(SignatureRefusal.V2Disabled);
        }

        if (headers.Authorization!.StartsWith(V4Scheme, StringComparison.Ordinal))
        {
            return ParseV4Header(head, headers);
        }

        if (headers.Authorization.StartsWith(V2Scheme, StringComparison.Ordinal))
        {
            return rules.AllowV2
                ? V2Credential.FromHeader(headers, headers.Authorization.AsMemory(V2Scheme.Length))
                : S3Credential.Invalid(SignatureRefusal.V2Disabled);
        }

        return S3Credential.Invalid(SignatureRefusal.UnknownScheme);
    }

    private static bool HasToken(in HeadScan headers, in QueryScan query) =>
        headers.SecurityToken is not null
        || (query.Seen & QueryScan.Parameter.SecurityToken) != QueryScan.Parameter.None;

    private static S3Credential ParseV4Header(in S3RequestHead head, in HeadScan headers)
    {
        if (!AuthorizationParts.TryRead(headers.Authorization.AsMemory(V4Scheme.Length), out var parts))
        {
            return S3Credential.Invalid(SignatureRefusal.MalformedHeader);
        }

        var refusal = ReadDate(headers, out var signedAt, out var timestamp);
        if (refusal is SignatureRefusal.None)
        {
            refusal = CheckCoverage(head, parts.SignedHeaders.Span);
        }

        // Without a declaration the body can only be the empty one; curl 7.88 sends no hash on a GET.
        if (refusal is SignatureRefusal.None && headers is { ContentHash: null, AnnouncesBody: true })
        {
            refusal = SignatureRefusal.ContentHashMissing;
        }

        var payload = headers.ContentHash ?? PayloadModes.EmptyHash;
        var mode = PayloadModes.Parse(payload);
        if (refusal is SignatureRefusal.None && mode is PayloadMode.Unknown)
        {
            refusal = SignatureRefusal.ContentHashUnknown;
        }

        return refusal is not SignatureRefusal.None
            ? S3Credential.Invalid(refusal)
            : new S3Credential
            {
                Kind = S3CredentialKind.V4Header,
                AccessKeyId = parts.AccessKeyId,
                Scope = parts.Scope,
                SignedHeaders = parts.SignedHeaders,
                Signature = parts.Signature,
                SignedAt = signedAt,
                Timestamp = timestamp.AsMemory(),
                PayloadMode = mode,
                PayloadLine = payload,
            };
    }

    private static S3Credential ParseV4Query(
        in S3RequestHead head,
        in HeadScan headers,
        in QueryScan query,
        SignatureRules rules
    )
    {
        if (
            (query.Seen & QueryScan.Parameter.RequiredV4) != QueryScan.Parameter.RequiredV4
            || !PercentEncoding.DecodesTo(query.Algorithm, V4Algorithm)
            || !PercentEncoding.TryDecode(query.Credential, out var credential)
            || !CredentialScope.TrySplit(credential.AsMemory(), out var keyId, out var scope)
            || !PercentEncoding.TryDecode(query.Date, out var timestamp)
            || !AmzTime.TryParse(timestamp, out var signedAt)
            || !PercentEncoding.TryDecode(query.SignedHeaders, out var signedHeaders)
            || !SignedHeaderList.IsWellFormed(signedHeaders)
            || !PercentEncoding.TryDecode(query.Signature, out var signature)
            || !PayloadModes.IsLowerHex64(signature)
        )
        {
            return S3Credential.Invalid(SignatureRefusal.MalformedQuery);
        }

        if (
            !int.TryParse(query.Expires, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            || seconds > SignatureRules.MaxPresignedSeconds
        )
        {
            return S3Credential.Invalid(SignatureRefusal.ExpiresOutOfRange);
        }

        var refusal = CheckCoverage(head, signedHeaders);
        if (refusal is not SignatureRefusal.None)
        {
            return S3Credential.Invalid(refusal);
        }

        var payload = headers.ContentHash;
        if ((query.Seen & QueryScan.Parameter.ContentHash) != QueryScan.Parameter.None)
        {
            if (!PercentEncoding.TryDecode(query.ContentHash, out var inQuery) || (payload ?? inQuery) != inQuery)
            {
                return S3Credential.Invalid(SignatureRefusal.ContentHashUnknown);
            }

            payload = inQuery;
        }

        payload ??= rules.PresignedPayload;
        var mode = PayloadModes.Parse(payload);

        // The seed of signed chunks is a signature in the header; for a presigned request none is defined.
        if (mode is PayloadMode.Unknown or PayloadMode.SignedChunks or PayloadMode.SignedChunksWithTrailer)
        {
            return S3Credential.Invalid(SignatureRefusal.ContentHashUnknown);
        }

        return new S3Credential
        {
            Kind = S3CredentialKind.V4Query,
            AccessKeyId = keyId,
            Scope = scope,
            SignedHeaders = signedHeaders.AsMemory(),
            Signature = signature.AsMemory(),
            SignedAt = signedAt,
            Timestamp = timestamp.AsMemory(),
            ExpiresAt = signedAt.AddSeconds(seconds),
            PayloadMode = mode,
            PayloadLine = payload,
        };
    }

    private static SignatureRefusal CheckCoverage(in S3RequestHead head, ReadOnlySpan<char> signedHeaders)
    {
        if (!SignedHeaderList.Contains(signedHeaders, "host"))
        {
            return SignatureRefusal.HostNotSigned;
        }

        return SignedHeaderList.CoversAmzHeaders(signedHeaders, head.Headers.Span)
            ? SignatureRefusal.None
            : SignatureRefusal.UnsignedAmzHeader;
    }

    private static SignatureRefusal ReadDate(in HeadScan headers, out DateTimeOffset signedAt, out string timestamp)
    {
        signedAt = default;
        timestamp = headers.AmzDate ?? "";
        if (headers.AmzDate is not null)
        {
            return AmzTime.TryParse(headers.AmzDate, out signedAt)
                ? SignatureRefusal.None
                : SignatureRefusal.DateMalformed;
        }

        if (headers.Date is null)
        {
            return SignatureRefusal.DateMissing;
        }

        if (AmzTime.TryParse(headers.Date, out signedAt) || AmzTime.TryParseHttpDate(headers.Date, out signedAt))
        {
            timestamp = AmzTime.Format(signedAt);
            return SignatureRefusal.None;
        }

        return SignatureRefusal.DateMalformed;
    }
}
