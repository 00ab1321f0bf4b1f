namespace ControlPanel.Verification.SigV4;

/// <summary>
/// The canonical request of Signature V4 by the rules of S3: method, path, query, signed headers, their names, payload
/// line. Made from the raw target, because a decoded path cannot be turned back into what was signed.
/// </summary>
internal static class CanonicalRequest
{
    /// <summary>Writes the canonical request.</summary>
    public static SignatureRefusal Write(
        in S3RequestHead head,
        ReadOnlySpan<char> signedHeaders,
        ReadOnlySpan<char> payloadLine,
        bool isPresigned,
        ref CanonicalText text
    )
    {
        text.Append(head.Method);
        text.Append((byte)'\n');
        if (!text.TryAppendRecoded(head.RawPath, isPath: true))
        {
            return SignatureRefusal.MalformedTarget;
        }

        text.Append((byte)'\n');
        if (!CanonicalQuery.TryWrite(head.RawQuery, isPresigned, ref text))
        {
            return SignatureRefusal.MalformedTarget;
        }

        text.Append((byte)'\n');
        var names = signedHeaders;
        while (SignedHeaderList.TryNext(ref names, out var name))
        {
            if (!TryWriteHeader(head, name, ref text))
            {
                return SignatureRefusal.SignedHeaderMissing;
            }
        }

        text.Append((byte)'\n');
        text.Append(signedHeaders);
        text.Append((byte)'\n');
        text.Append(payloadLine);
        return SignatureRefusal.None;
    }

    // Several lines of one name are joined with a comma in the order of arrival.
    private static bool TryWriteHeader(in S3RequestHead head, ReadOnlySpan<char> name, ref CanonicalText text)
    {
        var found = false;
        foreach (ref readonly var header in head.Headers.Span)
        {
            if (!S3RequestHead.IsNamed(header.Name, name))
            {
                continue;
            }

            if (found)
            {
                text.Append((byte)',');
            }
            else
            {
                text.Append(name);
                text.Append((byte)':');
                found = true;
            }

            WriteValue(header.Value, ref text);
        }

        text.Append((byte)'\n');
        return found;
    }

    private static void WriteValue(ReadOnlySpan<char> value, ref CanonicalText text)
    {
        value = value.Trim(" \t");
        while (value.IndexOf("  ", StringComparison.Ordinal) is var run and >= 0)
        {
            text.Append(value[..(run + 1)]);
            value = value[run..].TrimStart(' ');
        }

        text.Append(value);
    }
}
