namespace ControlPanel.Tests.Unit.Account;

/// <summary>
/// Return addresses as phishers build them: every lead-in that some browser takes for another site, before hosts, in
/// spellings that checks tend to miss.
/// </summary>
internal static class RedirectCorpus
{
    private static readonly string[] s_leads =
    [
        "//",
        "///",
        "////",
        "/\\",
        "\\\\",
        "\\/",
        "/\t/",
        "/\n/",
        "/\r/",
        "/ /",
        "\t//",
        " //",
        "http://",
        "https://",
        "HTTPS://",
        "hTTp://",
        "http:",
        "https:",
        "http:/",
        "https:\\\\",
        "ftp://",
        "javascript:alert(1)//",
        "data:,",
        "/\u0000/",
        "/\u00a0/",
        "/\u2028/",
        "\u200b//",
        "/..//",
        "/.//",
        "/%2f/",
        "/%5c",
        "/%09/",
        "%2f%2f",
        "@",
        "/@",
        "//user@",
        "http://127.0.0.1@",
        "//127.0.0.1:80@",
        "/account/login?returnUrl=//",
        "?//",
        "#//",
        ".",
        "..//",
        "/;//",
        "/:80//",
        "///\\;@",
        "/\u3002/",
        "\u2215\u2215",
        "\uff0f\uff0f",
        "//\\/",
    ];

    private static readonly string[] s_hosts =
    [
        "evil.example",
        "evil.example/",
        "evil.example:443/x",
        "evil%2eexample",
        "evil.example#/",
        "evil.example?/",
        "[::1]",
        "0x7f000001",
        "3232235777",
        "evil\u3002example",
        "EVIL.example/%2e%2e",
        "evil.example\\@127.0.0.1",
    ];

    public static IEnumerable<string> All() => from host in s_hosts from lead in s_leads select lead + host;

    /// <summary>Whether a browser that gets this Location stays on the site, by the URL standard's rules.</summary>
    public static bool StaysOn(Uri site, string location)
    {
        // Browsers trim, drop tabs and line breaks, and read \ as /.
        var seen = location
            .Trim('\0', ' ', '\t', '\r', '\n')
            .Replace("\t", "", StringComparison.Ordinal)
            .Replace("\n", "", StringComparison.Ordinal)
            .Replace("\r", "", StringComparison.Ordinal)
            .Replace('\\', '/');
        if (seen.StartsWith('/') && !seen.StartsWith("//", StringComparison.Ordinal))
        {
            return true;
        }

        return Uri.TryCreate(seen, UriKind.Absolute, out var target)
            && target.Scheme == site.Scheme
            && target.Authority == site.Authority
            && target.UserInfo.Length == 0;
    }
}
