namespace ControlPanel.Gateways;

/// <summary>What no gateway takes or passes on, whatever its protocol.</summary>
internal static class RequestGuards
{
    // Names by which proxies and applications learn who a caller is. Ours are set anew after all of these are removed.
    private static readonly string[] s_identityPrefixes =
    [
        "X-Forwarded",
        "X-Original",
        "X-Auth",
        "X-ControlPanel",
        "X-Remote",
        "X-User",
        "X-Client-",
        "X-Real-",
        "X-Envoy-",
        "X-Rewrite-",
        "Remote-",
        "Forwarded",
        "True-Client-IP",
        "Client-IP",
        "CF-Connecting-IP",
        "X-Cluster-Client-IP",
        "X-Proxy-User",
        "X-WEBAUTH-",
        "X-Authenticated-",
        "X-Consumer-",
    ];

    /// <summary>
    /// Whether the request's framing is doubtful: both a length and chunked coding (RFC 9112 section 6.3), which is how
    /// requests are smuggled. Kestrel takes it and renames the length.
    /// </summary>
    public static bool HasDoubtfulFraming(HttpRequest request) =>
        request.Headers.TransferEncoding.Count > 0
        && (request.Headers.ContainsKey("X-Content-Length") || request.Headers.ContentLength is not null);

    /// <summary>
    /// Whether a header must not reach an upstream: credentials, identity, connection details, and every name with an
    /// underscore, which many servers read as a hyphen (the twin of a header that was checked).
    /// </summary>
    public static bool IsForClientsOnly(string name)
    {
        if (name.Contains('_', StringComparison.Ordinal))
        {
            return true;
        }

        if (
            name.Equals("Authorization", StringComparison.OrdinalIgnoreCase)
            || name.Equals("Proxy-Authorization", StringComparison.OrdinalIgnoreCase)
            || name.Equals("Cookie", StringComparison.OrdinalIgnoreCase)
        )
        {
            return true;
        }

        foreach (var prefix in s_identityPrefixes)
        {
            if (name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Removes what <see cref="IsForClientsOnly"/> names.</summary>
    public static void StripClientHeaders(IHeaderDictionary headers)
    {
        List<string>? doomed = null;
        foreach (var header in headers)
        {
            if (IsForClientsOnly(header.Key))
            {
                (doomed ??= []).Add(header.Key);
            }
        }

        foreach (var name in doomed ?? [])
        {
            headers.Remove(name);
        }
    }
}
