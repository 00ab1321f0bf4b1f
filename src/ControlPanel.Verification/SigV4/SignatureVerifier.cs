using System.Security.Cryptography;
using ControlPanel.Verification.Keys;

namespace ControlPanel.Verification.SigV4;

/// <summary>
/// Says whether a signature fits a request. The only source of a valid <see cref="SignatureVerdict"/>. Thread-safe.
/// </summary>
public sealed class SignatureVerifier
{
    private const int MacLength = 32;

    [ThreadStatic]
    private static IncrementalHash? t_sha256;

    private readonly SignatureRules _rules;
    private readonly SigningKeyCache _signingKeys;

    /// <summary>Makes a verifier.</summary>
    public SignatureVerifier(SignatureRules rules, SigningKeyCache signingKeys)
    {
        _rules = rules;
        _signingKeys = signingKeys;
    }

    /// <summary>Verifies a credential of the head (V4 and V2, header and presigned).</summary>
    /// <param name="head">The head that the credential was parsed from.</param>
    /// <param name="credential">What <see cref="S3CredentialParser.Parse"/> found.</param>
    /// <param name="key">The access key that the credential names, from a fresh snapshot.</param>
    /// <param name="now">The instant to judge by.</param>
    /// <param name="virtualHostBucket">
    /// The bucket when it stood in the host name: V2 signs it as part of the resource.
    /// </param>
    /// <exception cref="ArgumentException">
    /// The credential is none of the head, which is a mistake of the caller.
    /// </exception>
    public SignatureVerdict Verify<TKey>(
        in S3RequestHead head,
        in S3Credential credential,
        in TKey key,
        DateTimeOffset now,
        string? virtualHostBucket = null
    )
        where TKey : IS3SecretKey =>
        credential.Kind switch
        {
            S3CredentialKind.V4Header or S3CredentialKind.V4Query => VerifyV4(head, credential, key, now),
            S3CredentialKind.V2Header or S3CredentialKind.V2Query => V2Signature.Verify(
                head,
                credential,
                key,
                now,
                virtualHostBucket
            ),
            S3CredentialKind.Invalid => SignatureVerdict.Refused(credential.Refusal),
            S3CredentialKind.None or S3CredentialKind.V4Form or S3CredentialKind.V2Form => throw new ArgumentException(
                "Nothing in the head to verify.",
                nameof(credential)
            ),
        };

    internal static void HashSha256(ReadOnlySpan<byte> text, Span<byte> hash)
    {
        var sha256 = t_sha256 ??= IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        sha256.AppendData(text);
        sha256.GetHashAndReset(hash);
    }

    internal static SignatureRefusal CheckTime(in S3Credential credential, DateTimeOffset now)
    {
        if (credential.ExpiresAt is { } end)
        {
            if (credential.SignedAt - now > SignatureRules.AllowedSkew)
            {
                return SignatureRefusal.NotYetValid;
            }

            return now > end ? SignatureRefusal.Expired : SignatureRefusal.None;
        }

        return (now - credential.SignedAt).Duration() > SignatureRules.AllowedSkew
            ? SignatureRefusal.Skewed
            : SignatureRefusal.None;
    }

    internal SignatureRefusal CheckScope(in S3Credential credential)
    {
        var scope = credential.Scope.Span;
        if (!CredentialScope.Day(scope).SequenceEqual(credential.Timestamp.Span[..8]))
        {
            return SignatureRefusal.ScopeDay;
        }

        if (!CredentialScope.Service(scope).SequenceEqual(_rules.Service))
        {
            return SignatureRefusal.ScopeService;
        }

        if (
            _rules.Regions is { } regions
            && !regions.GetAlternateLookup<ReadOnlySpan<char>>().Contains(CredentialScope.Region(scope))
        )
        {
            return SignatureRefusal.ScopeRegion;
        }

        return SignatureRefusal.None;
    }

    private SignatureVerdict VerifyV4<TKey>(
        in S3RequestHead head,
        in S3Credential credential,
        in TKey key,
        DateTimeOffset now
    )
        where TKey : IS3SecretKey
    {
        var refusal = CheckScope(credential);
        if (refusal is SignatureRefusal.None)
        {
            refusal = CheckTime(credential, now);
        }

        if (refusal is not SignatureRefusal.None)
        {
            return SignatureVerdict.Refused(refusal);
        }

        Span<byte> requestHash = stackalloc byte[MacLength];
        var text = new CanonicalText(2048);
        try
        {
            refusal = CanonicalRequest.Write(
                head,
                credential.SignedHeaders.Span,
                credential.PayloadLine,
                credential.Kind is S3CredentialKind.V4Query,
                ref text
            );
            if (refusal is not SignatureRefusal.None)
            {
                return SignatureVerdict.Refused(refusal);
            }

            HashSha256(text.Written, requestHash);
        }
        finally
        {
            text.Dispose();
        }

        Span<byte> toSign = stackalloc byte[StringToSign.MaxLength];
        toSign = StringToSign.Write(credential.Timestamp.Span, credential.Scope.Span, requestHash, toSign);
        return CheckSignature(credential, key, toSign);
    }

    internal SignatureVerdict CheckSignature<TKey>(
        in S3Credential credential,
        in TKey key,
        scoped ReadOnlySpan<byte> toSign
    )
        where TKey : IS3SecretKey
    {
        if (!credential.AccessKeyId.Span.SequenceEqual(key.AccessKeyId))
        {
            return SignatureVerdict.Refused(SignatureRefusal.WrongSignature);
        }

        var scope = credential.Scope.Span;
        var cached = _signingKeys.Find(key.AccessKeyId, key.SecretVersion, scope);
        var signingKey = cached ?? Derive(key, scope);
        if (signingKey is null)
        {
            return SignatureVerdict.Refused(SignatureRefusal.SecretUnavailable);
        }

        Span<byte> expected = stackalloc byte[MacLength];
        Span<byte> presented = stackalloc byte[MacLength];
        signingKey.Sign(toSign, expected);
        Convert.FromHexString(credential.Signature.Span, presented, out _, out _);
        // All of both is always read, whatever the caller chose to present.
        if (!Digest256.From(expected).FixedTimeEquals(presented))
        {
            return SignatureVerdict.Refused(SignatureRefusal.WrongSignature);
        }

        if (cached is null)
        {
            _signingKeys.Add(key.AccessKeyId, signingKey);
        }

        return SignatureVerdict.Valid(credential, signingKey);
    }

    internal static SigningKey? Derive<TKey>(in TKey key, ReadOnlySpan<char> scope)
        where TKey : IS3SecretKey
    {
        Span<byte> secret = stackalloc byte[IS3SecretKey.MaxSecretLength];
        if (!key.TryGetSecret(secret, out var length))
        {
            return null;
        }

        var signingKey = SigningKey.Derive(secret[..length], scope, key.SecretVersion);
        CryptographicOperations.ZeroMemory(secret);
        return signingKey;
    }
}
