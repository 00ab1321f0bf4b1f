using System.Collections.Frozen;
using System.Text;
using ControlPanel.Verification.SigV4;

namespace ControlPanel.Verification.S3;

/// <summary>
/// What goes on to the upstream of a verified request: the same raw target in path style, byte for byte, without the
/// parameters that carried the client's own signature.
/// </summary>
/// <param name="Target">The raw target to send and to sign.</param>
/// <param name="Headers">
/// The headers that a presigner had put into the query. An upstream believes them there only in presigned requests, and
/// what it receives is signed in the header.
/// </param>
/// <param name="Refusal">Why nothing may be forwarded.</param>
public sealed record ForwardedTarget(string Target, IReadOnlyList<S3Header> Headers, S3Refusal Refusal)
{
    private static readonly FrozenSet<string> s_signatureV4 = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        [
            "X-Amz-Algorithm",
            "X-Amz-Content-Sha256",
            "X-Amz-Credential",
            "X-Amz-Date",
            "X-Amz-Expires",
            "X-Amz-Signature",
            "X-Amz-SignedHeaders",
        ]
    );

    private static readonly FrozenSet<string> s_signatureV2 = FrozenSet.Create(
        StringComparer.Ordinal,
        ["AWSAccessKeyId", "Expires", "Signature"]
    );

    /// <summary>Makes the target.</summary>
    /// <param name="head">The head as received.</param>
    /// <param name="address">Its address, not refused.</param>
    /// <param name="kind">Where the client's credential was.</param>
    public static ForwardedTarget Of(in S3RequestHead head, in S3Address address, S3CredentialKind kind)
    {
        var target = address.PathStyleTarget(head);
        var mark = target.IndexOf('?', StringComparison.Ordinal);
        if (mark < 0)
        {
            return new ForwardedTarget(target, [], S3Refusal.None);
        }

        var kept = new StringBuilder(target.Length);
        List<S3Header> headers = [];
        var query = target.AsSpan(mark + 1);
        foreach (var range in query.Split('&'))
        {
            var piece = query[range];
            var equals = piece.IndexOf('=');
            var rawValue = equals < 0 ? default : piece[(equals + 1)..];
            if (!PercentEncoding.TryDecode(equals < 0 ? piece : piece[..equals], out var name))
            {
                return Refused(S3Refusal.MalformedTarget);
            }

            if (kind is S3CredentialKind.V2Query && s_signatureV2.Contains(name))
            {
                continue;
            }

            if (!name.StartsWith("x-amz-", StringComparison.OrdinalIgnoreCase))
            {
                kept.Append(kept.Length == 0 ? '?' : '&').Append(piece);
                continue;
            }

            if (kind is not S3CredentialKind.V4Query)
            {
                // No client says a header in the query of a request that is not presigned; s3rver would believe it.
                return Refused(S3Refusal.HoistedHeader);
            }

            if (s_signatureV4.Contains(name))
            {
                continue;
            }

            if (!TryReadHeader(head, name, rawValue, headers))
            {
                return Refused(S3Refusal.HoistedHeader);
            }
        }

        return new ForwardedTarget(string.Concat(target.AsSpan(0, mark), kept.ToString()), headers, S3Refusal.None);
    }

    // A source in a link would let its holder read what the link was not made for.
    private static bool TryReadHeader(
        in S3RequestHead head,
        string name,
        ReadOnlySpan<char> rawValue,
        List<S3Header> headers
    )
    {
        if (
            name.Equals("x-amz-copy-source", StringComparison.OrdinalIgnoreCase)
            || name.Equals("x-amz-rename-source", StringComparison.OrdinalIgnoreCase)
            || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.')
            || !PercentEncoding.TryDecode(rawValue, out var value)
            || value.Any(char.IsControl)
            || head.Count(name) > 0
            || headers.Exists(h => h.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        )
        {
            return false;
        }

        headers.Add(new S3Header(name, value));
        return true;
    }

    private static ForwardedTarget Refused(S3Refusal refusal) => new("", [], refusal);
}
