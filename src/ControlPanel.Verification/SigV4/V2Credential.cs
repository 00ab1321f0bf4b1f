using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ControlPanel.Verification.SigV4;

/// <summary>Reads Signature V2 credentials: <c>AWS id:signature</c>, or the three query parameters.</summary>
internal static class V2Credential
{
    /// <summary>Base64 of the 20 bytes of HMAC-SHA-1.</summary>
    private const int SignatureLength = 28;

    private static readonly long s_maxUnixSeconds = DateTimeOffset.MaxValue.ToUnixTimeSeconds();

    public static S3Credential FromHeader(in HeadScan headers, ReadOnlyMemory<char> value)
    {
        var colon = value.Span.LastIndexOf(':');
        if (colon < 1 || !IsKeyId(value.Span[..colon]) || !IsSignature(value.Span[(colon + 1)..]))
        {
            return S3Credential.Invalid(SignatureRefusal.MalformedHeader);
        }

        var date = headers.AmzDate ?? headers.Date;
        if (date is null)
        {
            return S3Credential.Invalid(SignatureRefusal.DateMissing);
        }

        if (!AmzTime.TryParseHttpDate(date, out var signedAt) && !AmzTime.TryParse(date, out signedAt))
        {
            return S3Credential.Invalid(SignatureRefusal.DateMalformed);
        }

        return WithPayload(
            headers,
            new S3Credential
            {
                Kind = S3CredentialKind.V2Header,
                AccessKeyId = value[..colon],
                Signature = value[(colon + 1)..],
                SignedAt = signedAt,
            }
        );
    }

    public static S3Credential FromQuery(in HeadScan headers, in QueryScan query)
    {
        if (
            (query.Seen & QueryScan.Parameter.RequiredV2) != QueryScan.Parameter.RequiredV2
            || !PercentEncoding.TryDecode(query.V2AccessKey, out var keyId)
            || !IsKeyId(keyId)
            || !PercentEncoding.TryDecode(query.V2Signature, out var signature)
            || !IsSignature(signature)
            || !long.TryParse(query.V2Expires, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            || seconds > s_maxUnixSeconds
        )
        {
            return S3Credential.Invalid(SignatureRefusal.MalformedQuery);
        }

        return WithPayload(
            headers,
            new S3Credential
            {
                Kind = S3CredentialKind.V2Query,
                AccessKeyId = keyId.AsMemory(),
                Signature = signature.AsMemory(),
                Timestamp = query.V2Expires.ToString().AsMemory(),
                ExpiresAt = DateTimeOffset.FromUnixTimeSeconds(seconds),
            }
        );
    }

    // V2 signs every x-amz-* header, so a declared mode is vouched for; signed chunks need a V4 seed.
    private static S3Credential WithPayload(in HeadScan headers, S3Credential credential)
    {
        var declared = headers.ContentHash;
        if (declared is null && headers.Trailer is not null)
        {
            declared = PayloadModes.UnsignedChunksWithTrailer;
        }

        var line = declared ?? PayloadModes.Unsigned;
        var mode = PayloadModes.Parse(line);
        if (mode is PayloadMode.Unknown or PayloadMode.SignedChunks or PayloadMode.SignedChunksWithTrailer)
        {
            return S3Credential.Invalid(SignatureRefusal.ContentHashUnknown);
        }

        return new S3Credential
        {
            Kind = credential.Kind,
            AccessKeyId = credential.AccessKeyId,
            Signature = credential.Signature,
            Timestamp = credential.Timestamp,
            SignedAt = credential.SignedAt,
            ExpiresAt = credential.ExpiresAt,
            PayloadMode = mode,
            PayloadLine = line,
        };
    }

    /// <summary>
    /// Compares as base64 text in constant time: two spellings decode to the same bytes (the last digit has spare
    /// bits), only one of them was sent by who signed.
    /// </summary>
    public static bool IsSameSignature(ReadOnlySpan<byte> mac, ReadOnlySpan<char> presented)
    {
        Span<byte> expectedText = stackalloc byte[SignatureLength];
        Span<byte> presentedText = stackalloc byte[SignatureLength];
        Base64.EncodeToUtf8(mac, expectedText, out _, out _);
        return presented.Length == SignatureLength
            && Encoding.ASCII.GetBytes(presented, presentedText) == SignatureLength
            && CryptographicOperations.FixedTimeEquals(expectedText, presentedText);
    }

    internal static bool IsKeyId(ReadOnlySpan<char> text) =>
        text.Length is >= 1 and <= CredentialScope.MaxKeyIdLength && PrintableAscii.IsAllOf(text);

    internal static bool IsSignature(ReadOnlySpan<char> text)
    {
        Span<byte> bytes = stackalloc byte[SignatureLength];
        return text.Length == SignatureLength
            && !text.ContainsAny(' ', '\t', '\n')
            && !text.Contains('\r')
            && Convert.TryFromBase64Chars(text, bytes, out var length)
            && length == 20;
    }
}
