using System.Security.Cryptography;
using System.Text;

namespace ControlPanel.Verification.SigV4;

/// <summary>
/// Signature V2: HMAC-SHA-1 over method, content headers, date, every <c>x-amz-*</c> header and the resource. The
/// algorithm of s3cmd signurl, libs3 and rclone's <c>v2_auth</c>. It covers only part of the query, so what it does not
/// cover must be on the list of what can do no harm.
/// </summary>
internal static class V2Signature
{
    private const int MacLength = 20;

    public static SignatureVerdict Verify<TKey>(
        in S3RequestHead head,
        in S3Credential credential,
        in TKey key,
        DateTimeOffset now,
        string? virtualHostBucket
    )
        where TKey : IS3SecretKey
    {
        var refusal = CheckTime(credential, now);
        if (refusal is SignatureRefusal.None)
        {
            refusal = V2Parameters.Read(head, out var subResources);
            if (refusal is SignatureRefusal.None)
            {
                refusal = Compare(head, credential, key, virtualHostBucket, subResources);
            }
        }

        return refusal is SignatureRefusal.None
            ? SignatureVerdict.Valid(credential, signingKey: null)
            : SignatureVerdict.Refused(refusal);
    }

    // A V2 presigned request carries no instant of signing, so there is nothing to compare with but its end.
    private static SignatureRefusal CheckTime(in S3Credential credential, DateTimeOffset now)
    {
        if (credential.Kind is S3CredentialKind.V2Query)
        {
            return now > credential.ExpiresAt ? SignatureRefusal.Expired : SignatureRefusal.None;
        }

        return SignatureVerifier.CheckTime(credential, now);
    }

    private static SignatureRefusal Compare<TKey>(
        in S3RequestHead head,
        in S3Credential credential,
        in TKey key,
        string? virtualHostBucket,
        SortedDictionary<string, string> subResources
    )
        where TKey : IS3SecretKey
    {
        if (!credential.AccessKeyId.Span.SequenceEqual(key.AccessKeyId))
        {
            return SignatureRefusal.WrongSignature;
        }

        Span<byte> secret = stackalloc byte[IS3SecretKey.MaxSecretLength];
        if (!key.TryGetSecret(secret, out var length))
        {
            return SignatureRefusal.SecretUnavailable;
        }

        var path = head.RawPath.ToString();
        var resource = virtualHostBucket is null ? path : "/" + virtualHostBucket + path;
        var isRight = FitsEither(head, credential, secret[..length], resource, subResources);

        // botocore 1.43 signs "/bucket/" while it requests "/bucket".
        if (!isRight && virtualHostBucket is null && path.Length > 1 && path.IndexOf('/', 1) < 0)
        {
            isRight = FitsEither(head, credential, secret[..length], resource + "/", subResources);
        }

        CryptographicOperations.ZeroMemory(secret);
        return isRight ? SignatureRefusal.None : SignatureRefusal.WrongSignature;
    }

    // botocore up to 1.29 signs list-type, everyone else does not; it only chooses the shape of a listing.
    private static bool FitsEither(
        in S3RequestHead head,
        in S3Credential credential,
        ReadOnlySpan<byte> secret,
        string resource,
        SortedDictionary<string, string> subResources
    )
    {
        if (Fits(head, credential, secret, resource, subResources))
        {
            return true;
        }

        var parameters = new RawQuery(head.RawQuery);
        while (parameters.MoveNext())
        {
            if (parameters.Name is "list-type" && PercentEncoding.TryDecode(parameters.Value, out var value))
            {
                return Fits(
                    head,
                    credential,
                    secret,
                    resource,
                    new SortedDictionary<string, string>(subResources, StringComparer.Ordinal) { ["list-type"] = value }
                );
            }
        }

        return false;
    }

    private static bool Fits(
        in S3RequestHead head,
        in S3Credential credential,
        ReadOnlySpan<byte> secret,
        string resource,
        SortedDictionary<string, string> subResources
    )
    {
        var text = new CanonicalText(1024);
        try
        {
            text.Append(head.Method);
            text.Append((byte)'\n');
            text.Append(head.Find("content-md5"));
            text.Append((byte)'\n');
            text.Append(head.Find("content-type"));
            text.Append((byte)'\n');
            text.Append(DateLine(head, credential));
            text.Append((byte)'\n');
            AppendAmzHeaders(head, ref text);
            text.Append(resource);
            var separator = (byte)'?';
            foreach (var (name, value) in subResources)
            {
                text.Append(separator);
                text.Append(name);
                if (value.Length > 0)
                {
                    text.Append((byte)'=');
                    text.Append(value);
                }

                separator = (byte)'&';
            }

            Span<byte> mac = stackalloc byte[MacLength];
#pragma warning disable CA5350 // HMAC-SHA-1 is what Signature V2 is; the operator can switch V2 off.
            HMACSHA1.HashData(secret, text.Written, mac);
#pragma warning restore CA5350
            return V2Credential.IsSameSignature(mac, credential.Signature.Span);
        }
        finally
        {
            text.Dispose();
        }
    }

    private static string DateLine(in S3RequestHead head, in S3Credential credential)
    {
        if (credential.Kind is S3CredentialKind.V2Query)
        {
            return credential.Timestamp.ToString();
        }

        return head.Find("x-amz-date") is null ? head.Find("date") ?? "" : "";
    }

    private static void AppendAmzHeaders(in S3RequestHead head, ref CanonicalText text)
    {
        var lines = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (ref readonly var header in head.Headers.Span)
        {
            if (header.Name.StartsWith("x-amz-", StringComparison.OrdinalIgnoreCase))
            {
                var name = header.Name.ToLowerInvariant();
                var value = header.Value.Trim();
                lines[name] = lines.TryGetValue(name, out var before) ? before + "," + value : value;
            }
        }

        foreach (var (name, value) in lines)
        {
            text.Append(name);
            text.Append((byte)':');
            text.Append(value);
            text.Append((byte)'\n');
        }
    }
}
