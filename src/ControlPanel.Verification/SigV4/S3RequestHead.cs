namespace ControlPanel.Verification.SigV4;

/// <summary>
/// One header line as received: the name in the client's case, the value without surrounding white space.
/// </summary>
public readonly record struct S3Header(string Name, string Value);

/// <summary>
/// The head of an S3 request, exactly as it came over the wire. Signature, decision and forwarding all read this one
/// value, so that they cannot disagree about what was asked.
/// </summary>
public readonly struct S3RequestHead
{
    /// <summary>Makes a head.</summary>
    /// <param name="method">The method as sent; methods are case-sensitive (RFC 9110 section 9.1).</param>
    /// <param name="target">The raw request target: nothing decoded, nothing normalized.</param>
    /// <param name="headers">
    /// Every header line in the order of arrival. Lines of one name stay apart: joining them hides a second credential.
    /// </param>
    /// <param name="isHttps">Whether the client spoke TLS to the outermost trusted hop.</param>
    public S3RequestHead(string method, string target, ReadOnlyMemory<S3Header> headers, bool isHttps = false)
    {
        Method = method;
        Target = target;
        Headers = headers;
        IsHttps = isHttps;
    }

    /// <summary>The method as sent.</summary>
    public string Method { get; }

    /// <summary>The raw request target.</summary>
    public string Target { get; }

    /// <summary>Every header line in the order of arrival.</summary>
    public ReadOnlyMemory<S3Header> Headers { get; }

    /// <summary>Whether the client spoke TLS.</summary>
    public bool IsHttps { get; }

    /// <summary>The target up to the first <c>?</c>, raw.</summary>
    public ReadOnlySpan<char> RawPath
    {
        get
        {
            var mark = Target.IndexOf('?', StringComparison.Ordinal);
            return mark < 0 ? Target : Target.AsSpan(0, mark);
        }
    }

    /// <summary>The target after the first <c>?</c>, raw; empty when there is none.</summary>
    public ReadOnlySpan<char> RawQuery
    {
        get
        {
            var mark = Target.IndexOf('?', StringComparison.Ordinal);
            return mark < 0 ? default : Target.AsSpan(mark + 1);
        }
    }

    /// <summary>The value of the first line of a name, or <see langword="null"/>.</summary>
    public string? Find(string name)
    {
        foreach (ref readonly var header in Headers.Span)
        {
            if (IsNamed(header.Name, name))
            {
                return header.Value;
            }
        }

        return null;
    }

    /// <summary>How many lines a name has.</summary>
    public int Count(string name)
    {
        var count = 0;
        foreach (ref readonly var header in Headers.Span)
        {
            if (IsNamed(header.Name, name))
            {
                count++;
            }
        }

        return count;
    }

    // The length first: it settles nearly every comparison of a head without touching the text.
    internal static bool IsNamed(string actual, ReadOnlySpan<char> wanted) =>
        actual.Length == wanted.Length && wanted.Equals(actual, StringComparison.OrdinalIgnoreCase);
}
