using System.Security.Cryptography;
using System.Text;

namespace ControlPanel.Verification.SigV4;

/// <summary>Verifies upload forms: the signature over the policy first, then the policy over the fields.</summary>
public sealed class PostFormVerifier
{
    private readonly SignatureVerifier _signatures;

    /// <summary>Makes a verifier that shares rules and signing keys with that of the headers.</summary>
    public PostFormVerifier(SignatureVerifier signatures) => _signatures = signatures;

    /// <summary>Verifies a form.</summary>
    /// <param name="form">The form; its credential must be V4Form, V2Form or Invalid.</param>
    /// <param name="key">The access key the credential names.</param>
    /// <param name="bucket">The bucket that the request is addressed to.</param>
    /// <param name="fileName">The file name of the file part, for <c>${filename}</c>.</param>
    /// <param name="now">The instant to judge by.</param>
    /// <exception cref="ArgumentException">
    /// The form carries no credential, which is a mistake of the caller.
    /// </exception>
    public PostUpload Verify<TKey>(PostForm form, in TKey key, string bucket, string fileName, DateTimeOffset now)
        where TKey : IS3SecretKey
    {
        ArgumentNullException.ThrowIfNull(form);
        var refusal = form.Credential.Kind switch
        {
            S3CredentialKind.V4Form => CheckV4(form, key, now),
            S3CredentialKind.V2Form => CheckV2(form, key),
            S3CredentialKind.Invalid => form.Credential.Refusal,
            S3CredentialKind.None
            or S3CredentialKind.V4Header
            or S3CredentialKind.V4Query
            or S3CredentialKind.V2Header
            or S3CredentialKind.V2Query => throw new ArgumentException("Nothing in the form to verify.", nameof(form)),
        };
        if (refusal is not SignatureRefusal.None)
        {
            return PostUpload.Refused(refusal);
        }

        return PostPolicy.TryRead(form.Policy) is { } policy
            ? PostPolicyCheck.Check(form, policy, bucket, fileName, now)
            : PostUpload.Refused(SignatureRefusal.PolicyMalformed);
    }

    private SignatureRefusal CheckV4<TKey>(PostForm form, in TKey key, DateTimeOffset now)
        where TKey : IS3SecretKey
    {
        var refusal = _signatures.CheckScope(form.Credential);
        if (refusal is not SignatureRefusal.None)
        {
            return refusal;
        }

        // The policy says until when; only a date from the future is wrong in itself.
        return form.Credential.SignedAt - now > SignatureRules.AllowedSkew
            ? SignatureRefusal.NotYetValid
            : _signatures.CheckSignature(form.Credential, key, Encoding.UTF8.GetBytes(form.Policy)).Refusal;
    }

    private static SignatureRefusal CheckV2<TKey>(PostForm form, in TKey key)
        where TKey : IS3SecretKey
    {
        if (!form.Credential.AccessKeyId.Span.SequenceEqual(key.AccessKeyId))
        {
            return SignatureRefusal.WrongSignature;
        }

        Span<byte> secret = stackalloc byte[IS3SecretKey.MaxSecretLength];
        if (!key.TryGetSecret(secret, out var length))
        {
            return SignatureRefusal.SecretUnavailable;
        }

        Span<byte> mac = stackalloc byte[20];
#pragma warning disable CA5350 // HMAC-SHA-1 is what Signature V2 is; the operator can switch V2 off.
        HMACSHA1.HashData(secret[..length], Encoding.UTF8.GetBytes(form.Policy), mac);
#pragma warning restore CA5350
        CryptographicOperations.ZeroMemory(secret);
        return V2Credential.IsSameSignature(mac, form.Credential.Signature.Span)
            ? SignatureRefusal.None
            : SignatureRefusal.WrongSignature;
    }
}
