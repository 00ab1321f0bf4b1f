namespace ControlPanel.Gateways.Functions;

/// <summary>What a request on the Functions door aims at. Closed.</summary>
internal abstract record FunctionsTarget
{
    private FunctionsTarget() { }

    /// <summary><c>GET /api/v1</c>: what runtimes there are; open to everybody.</summary>
    public sealed record Root : FunctionsTarget;

    /// <summary><c>/api/v1/namespaces</c>: which namespaces the credential reaches.</summary>
    public sealed record Namespaces : FunctionsTarget;

    /// <summary>Something in a namespace.</summary>
    /// <param name="NamespaceId"><see langword="null"/> for <c>_</c>, the credential's own.</param>
    /// <param name="Upstream">The raw target to forward: the namespace spelled <c>_</c>, the rest untouched.</param>
    public sealed record InNamespace(string? NamespaceId, string Upstream) : FunctionsTarget;

    /// <summary>A web action: public by design, no Basic credential is asked for (contract of OpenWhisk).</summary>
    public sealed record WebAction(string NamespaceId, string Upstream) : FunctionsTarget;

    /// <summary>A spelling that two servers could read differently; refused.</summary>
    public sealed record Ambiguous : FunctionsTarget;

    /// <summary>Nothing that is here.</summary>
    public sealed record Unknown : FunctionsTarget;

    private const string Api = "/api/v1";

    /// <summary>
    /// Reads the target as it was sent. Only the raw bytes are looked at: a decoded path cannot be turned back, and
    /// deciding on one spelling while forwarding another is a bypass.
    /// </summary>
    public static FunctionsTarget Parse(string rawTarget)
    {
        var queryAt = rawTarget.IndexOf('?', StringComparison.Ordinal);
        var path = queryAt < 0 ? rawTarget : rawTarget[..queryAt];
        var query = queryAt < 0 ? "" : rawTarget[queryAt..];
        if (!path.StartsWith('/'))
        {
            return new Unknown();
        }

        // doctl's address carries /fn.io, and turns it into /fn.co on its legacy path; clients that were given it with a
        // trailing slash send two.
        if (
            path.StartsWith("/fn.io/", StringComparison.Ordinal) || path.StartsWith("/fn.co/", StringComparison.Ordinal)
        )
        {
            path = string.Concat("/", path.AsSpan("/fn.io/".Length).TrimStart('/'));
        }

        if (!path.StartsWith(Api, StringComparison.Ordinal))
        {
            return new Unknown();
        }

        var rest = path[Api.Length..];
        if (rest is "" or "/")
        {
            return new Root();
        }

        if (rest[0] != '/')
        {
            return new Unknown();
        }

        var segments = rest[1..].Split('/');
        if (segments.Any(IsDotSegment))
        {
            return new Ambiguous();
        }

        switch (segments)
        {
            case ["namespaces"] or ["namespaces", ""]:
                return new Namespaces();
            case ["namespaces", var name, .. var inner]:
                return TryReadName(name, out var id)
                    ? new InNamespace(
                        id == "_" ? null : id,
                        $"{Api}/namespaces/_{(inner.Length == 0 ? "" : "/" + string.Join('/', inner))}{query}"
                    )
                    : new Ambiguous();
            case ["web", var name, .. var inner] when inner.Length > 0:
                return TryReadName(name, out var web) && web != "_"
                    ? new WebAction(web, $"{Api}/web/{name}/{string.Join('/', inner)}{query}")
                    : new Ambiguous();
            default:
                return new Unknown();
        }
    }

    // "." and "..", in every spelling that some server resolves.
    private static bool IsDotSegment(string segment)
    {
        if (segment.Length is 0 or > 9)
        {
            return false;
        }

        var plain = segment.Replace("%2e", ".", StringComparison.OrdinalIgnoreCase);
        return plain is "." or "..";
    }

    // A namespace's name needs no escape; one that has any is not one of ours, and two readings of it may differ.
    private static bool TryReadName(string segment, out string name)
    {
        name = segment;
        return segment.Length is > 0 and <= 128
            && segment.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
    }
}
