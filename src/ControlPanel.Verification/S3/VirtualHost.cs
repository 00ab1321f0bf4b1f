namespace ControlPanel.Verification.S3;

/// <summary>Finds the bucket in <c>bucket.domain</c>.</summary>
internal static class VirtualHost
{
    /// <summary>Whether the host is under one of the domains; then what stands before it is the bucket.</summary>
    public static bool TryReadBucket(string? host, IReadOnlyList<string> domains, out string bucket)
    {
        bucket = "";
        if (host is null || domains.Count == 0)
        {
            return false;
        }

        var name = host.AsSpan();
        if (name.LastIndexOf(':') is var colon and >= 0 && !name[colon..].Contains(']'))
        {
            name = name[..colon];
        }

        // A root dot names the same host.
        name = name.TrimEnd('.');
        foreach (var domain in domains)
        {
            if (
                name.Length > domain.Length
                && name.EndsWith(domain, StringComparison.OrdinalIgnoreCase)
                && name[^(domain.Length + 1)] == '.'
            )
            {
                // Host names have no case; bucket names are lower case.
                bucket = name[..^(domain.Length + 1)].ToString().ToLowerInvariant();
                return true;
            }
        }

        return false;
    }
}
