namespace ControlPanel.Account;

/// <summary>Where a sign-in may lead: a path of this site and nothing else.</summary>
internal static class LocalUrl
{
    private const int MaxLength = 2048;

    /// <summary>The address when it is a path of this site; otherwise the start page.</summary>
    /// <remarks>
    /// Browsers read <c>//host</c> and <c>/\host</c> as another site and drop tabs and line breaks before looking, so
    /// <c>/⇥/host</c> is one too. Everything doubtful is refused rather than repaired.
    /// </remarks>
    public static string OrHome(string? url) => IsLocal(url) ? url! : "/";

    private static bool IsLocal(string? url) =>
        url is { Length: > 0 and <= MaxLength }
        && url[0] == '/'
        && (url.Length == 1 || url[1] is not ('/' or '\\'))
        && !url.AsSpan().ContainsAnyInRange('\0', ' ')
        && !url.Contains('\\', StringComparison.Ordinal)
        && !url.Any(c => char.IsControl(c) || char.IsWhiteSpace(c))
        // Back to where sessions begin and end would be a loop.
        && !url.StartsWith("/account/login", StringComparison.OrdinalIgnoreCase)
        && !url.StartsWith("/account/logout", StringComparison.OrdinalIgnoreCase)
        && !url.StartsWith("/account/setup", StringComparison.OrdinalIgnoreCase);
}
