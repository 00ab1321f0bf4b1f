namespace ControlPanel.Account;

/// <summary>A short name for what a browser calls itself.</summary>
internal static class Devices
{
    /// <summary>Such as <c>Firefox on Linux</c>. A guess for people to recognise a device by, nothing more.</summary>
    public static string Name(string? userAgent)
    {
        if (string.IsNullOrWhiteSpace(userAgent))
        {
            return "Unknown browser";
        }

        // Edge and Opera call themselves Chrome as well, and Chrome calls itself Safari: the first that fits counts.
        var browser = First(
            userAgent,
            ("Edg/", "Edge"),
            ("OPR/", "Opera"),
            ("Firefox/", "Firefox"),
            ("Chrome/", "Chrome"),
            ("Safari/", "Safari"),
            ("curl/", "curl")
        );
        var system = First(
            userAgent,
            ("Android", "Android"),
            ("iPhone", "iPhone"),
            ("iPad", "iPad"),
            ("Windows", "Windows"),
            ("Mac OS X", "macOS"),
            ("Linux", "Linux")
        );
        return (browser, system) switch
        {
            (null, null) => "Unknown browser",
            (null, _) => $"Browser on {system}",
            (_, null) => browser,
            _ => $"{browser} on {system}",
        };
    }

    private static string? First(string userAgent, params ReadOnlySpan<(string Mark, string Name)> marks)
    {
        foreach (var (mark, name) in marks)
        {
            if (userAgent.Contains(mark, StringComparison.Ordinal))
            {
                return name;
            }
        }

        return null;
    }
}
