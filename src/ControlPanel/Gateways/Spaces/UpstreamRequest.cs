using System.Collections.Frozen;
using ControlPanel.Data.Snapshots;
using ControlPanel.Shared;
using ControlPanel.Verification.S3;
using ControlPanel.Verification.SigV4;

namespace ControlPanel.Gateways.Spaces;

/// <summary>
/// What is sent to the store behind: a closed list of the client's headers, everything <c>x-amz-*</c> of them signed
/// anew with the store's own credential. What is not on the list cannot reach it under any spelling.
/// </summary>
internal static class UpstreamRequest
{
    private static readonly FrozenSet<string> s_headers = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        [
            "accept",
            "accept-encoding",
            "access-control-request-headers",
            "access-control-request-method",
            "expect",
            "if-match",
            "if-modified-since",
            "if-none-match",
            "if-range",
            "if-unmodified-since",
            "origin",
            "range",
            "user-agent",
        ]
    );

    private static readonly FrozenSet<string> s_contentHeaders = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        ["content-disposition", "content-language", "content-md5", "content-type", "expires"]
    );

    // What describes the client's own signature or the framing of its body.
    private static readonly FrozenSet<string> s_ofTheClient = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        ["x-amz-content-sha256", "x-amz-date", "x-amz-decoded-content-length", "x-amz-security-token", "x-amz-trailer"]
    );

    /// <summary>Copies the client's headers that go on.</summary>
    /// <param name="isChunked">Whether the body was framed in signed chunks and is sent on without the frames.</param>
    public static List<S3Header> Headers(in S3RequestHead head, IReadOnlyList<S3Header> hoisted, bool isChunked)
    {
        List<S3Header> kept = [];
        foreach (var header in head.Headers.Span)
        {
            var name = header.Name;
            if (name.StartsWith("x-amz-", StringComparison.OrdinalIgnoreCase))
            {
                if (!s_ofTheClient.Contains(name))
                {
                    AddAmz(kept, header);
                }
            }
            else if (name.Equals("content-encoding", StringComparison.OrdinalIgnoreCase))
            {
                var encoding = isChunked ? ContentEncoding.WithoutChunked(header.Value) : header.Value;
                if (encoding is not null)
                {
                    kept.Add(new S3Header(name, encoding));
                }
            }
            else if (
                name.Equals("cache-control", StringComparison.OrdinalIgnoreCase)
                || s_headers.Contains(name)
                || s_contentHeaders.Contains(name)
            )
            {
                kept.Add(header);
            }
        }

        foreach (var header in hoisted)
        {
            AddAmz(kept, header);
        }

        if (isChunked)
        {
            // The checksum stood in the trailer, which was verified here; announced alone it would be an error.
            kept.RemoveAll(h => h.Name.Equals("x-amz-sdk-checksum-algorithm", StringComparison.OrdinalIgnoreCase));
        }

        return kept;
    }

    /// <summary>Puts headers, address and signature on a message. Its content must be set.</summary>
    /// <param name="target">The raw target, byte for byte.</param>
    /// <param name="payload">The body's SHA-256, or UNSIGNED-PAYLOAD.</param>
    public static void Write(
        HttpRequestMessage message,
        string method,
        string target,
        List<S3Header> headers,
        string payload,
        SpacesUpstream upstream,
        RequestSigner? signer,
        DateTimeOffset now
    )
    {
        var authority = upstream.Address.GetLeftPart(UriPartial.Authority);
        message.RequestUri = new Uri(
            authority + target,
            // Byte for byte: the default would resolve dots and re-encode escapes, into another bucket.
            new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }
        );
        message.Headers.Host = upstream.Address.Authority;
        var carriesContent = message.Content is not null || method is "PUT" or "POST";
        foreach (var (name, value) in headers)
        {
            if (!s_contentHeaders.Contains(name) && !IsContentEncoding(name))
            {
                message.Headers.TryAddWithoutValidation(name, value);
            }
            else if (carriesContent)
            {
                (message.Content ??= new ByteArrayContent([])).Headers.TryAddWithoutValidation(name, value);
            }
        }

        if (signer is null)
        {
            return;
        }

        List<S3Header> signed = [new("host", upstream.Address.Authority)];
        signed.AddRange(headers.Where(h => h.Name.StartsWith("x-amz-", StringComparison.OrdinalIgnoreCase)));
        var signature = signer.Sign(method, target, signed, payload, new UpstreamSecret(upstream), now);
        message.Headers.TryAddWithoutValidation("x-amz-date", signature.AmzDate);
        message.Headers.TryAddWithoutValidation("x-amz-content-sha256", signature.ContentSha256);
        message.Headers.TryAddWithoutValidation("Authorization", signature.Authorization);
    }

    private static bool IsContentEncoding(string name) =>
        name.Equals("content-encoding", StringComparison.OrdinalIgnoreCase);

    // Several lines of one name are one value to whoever signs them; sent as one they cannot be read as anything else.
    private static void AddAmz(List<S3Header> kept, S3Header header)
    {
        var at = kept.FindIndex(h => h.Name.Equals(header.Name, StringComparison.OrdinalIgnoreCase));
        if (at < 0)
        {
            kept.Add(header);
        }
        else
        {
            kept[at] = new S3Header(kept[at].Name, kept[at].Value + "," + header.Value);
        }
    }
}
