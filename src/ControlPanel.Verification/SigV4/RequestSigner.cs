using System.Text;

namespace ControlPanel.Verification.SigV4;

/// <summary>What a signed request carries besides the headers that were signed.</summary>
/// <param name="Authorization">The value of <c>Authorization</c>.</param>
/// <param name="AmzDate">The value of <c>x-amz-date</c>.</param>
/// <param name="ContentSha256">The value of <c>x-amz-content-sha256</c>.</param>
public readonly record struct RequestSignature(string Authorization, string AmzDate, string ContentSha256);

/// <summary>
/// Signs requests towards an upstream with Signature V4 in the header. Thread-safe. Its signing keys live in a cache of
/// their own, apart from those of the access keys that are verified here.
/// </summary>
public sealed class RequestSigner
{
    private readonly string _region;
    private readonly string _service;
    private readonly SigningKeyCache _signingKeys = new(capacity: 64);

    /// <summary>Makes a signer for a region and a service.</summary>
    public RequestSigner(string region, string service = "s3")
    {
        _region = region;
        _service = service;
    }

    /// <summary>Signs a request.</summary>
    /// <param name="method">The method.</param>
    /// <param name="target">The raw target, byte for byte as it will be sent.</param>
    /// <param name="headers">
    /// The headers to sign, <c>Host</c> among them, each exactly as it will be sent. Every <c>x-amz-*</c> header of the
    /// request must be here, without <c>x-amz-date</c> and <c>x-amz-content-sha256</c>, which are made here.
    /// </param>
    /// <param name="payload">A lower-case SHA-256 of the body, or UNSIGNED-PAYLOAD.</param>
    /// <param name="key">The credential towards the upstream.</param>
    /// <param name="now">The instant of signing.</param>
    /// <exception cref="ArgumentException">
    /// The headers lack <c>Host</c>, hold one that is made here, or the target or payload cannot be signed.
    /// </exception>
    /// <exception cref="InvalidOperationException">The secret cannot be opened.</exception>
    public RequestSignature Sign<TKey>(
        string method,
        string target,
        IReadOnlyList<S3Header> headers,
        string payload,
        in TKey key,
        DateTimeOffset now
    )
        where TKey : IS3SecretKey
    {
        ArgumentNullException.ThrowIfNull(headers);
        if (PayloadModes.Parse(payload) is not (PayloadMode.LiteralHash or PayloadMode.Unsigned))
        {
            throw new ArgumentException("Only a hash or UNSIGNED-PAYLOAD can be signed.", nameof(payload));
        }

        var timestamp = AmzTime.Format(now);
        var scope = CredentialScope.Make(timestamp.AsSpan(0, 8), _region, _service);
        S3Header[] all = [.. headers, new("x-amz-date", timestamp), new("x-amz-content-sha256", payload)];
        var names = SignedNames(all);
        var head = new S3RequestHead(method, target, all);

        Span<byte> hash = stackalloc byte[32];
        var text = new CanonicalText(2048);
        try
        {
            if (CanonicalRequest.Write(head, names, payload, isPresigned: false, ref text) is not SignatureRefusal.None)
            {
                throw new ArgumentException("The target cannot be signed.", nameof(target));
            }

            SignatureVerifier.HashSha256(text.Written, hash);
        }
        finally
        {
            text.Dispose();
        }

        Span<byte> toSign = stackalloc byte[StringToSign.MaxLength];
        Span<byte> mac = stackalloc byte[32];
        SigningKey(key, scope).Sign(StringToSign.Write(timestamp, scope, hash, toSign), mac);
        return new RequestSignature(
            $"AWS4-HMAC-SHA256 Credential={key.AccessKeyId}/{scope},SignedHeaders={names},"
                + $"Signature={Convert.ToHexStringLower(mac)}",
            timestamp,
            payload
        );
    }

    private static string SignedNames(S3Header[] headers)
    {
        SortedSet<string> names = new(StringComparer.Ordinal);
        foreach (var header in headers)
        {
            var name = header.Name.ToLowerInvariant();
            if (!names.Add(name) && name is "host" or "x-amz-date" or "x-amz-content-sha256")
            {
                throw new ArgumentException($"The header {name} may be there only once.", nameof(headers));
            }
        }

        return names.Contains("host")
            ? string.Join(';', names)
            : throw new ArgumentException("The header host must be signed.", nameof(headers));
    }

    private SigningKey SigningKey<TKey>(in TKey key, string scope)
        where TKey : IS3SecretKey
    {
        if (_signingKeys.Find(key.AccessKeyId, key.SecretVersion, scope) is { } cached)
        {
            return cached;
        }

        var derived =
            SignatureVerifier.Derive(key, scope)
            ?? throw new InvalidOperationException("The secret towards the upstream cannot be opened.");
        _signingKeys.Add(key.AccessKeyId, derived);
        return derived;
    }
}
