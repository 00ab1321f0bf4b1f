using ControlPanel.Verification.Keys;

namespace ControlPanel.Features.Tokens;

/// <summary>A token's scopes in words.</summary>
internal static class TokenScopes
{
    /// <summary>Whether one alias stands for all.</summary>
    public static bool IsAlias(IReadOnlyList<string> scopes) =>
        scopes is [KeyScope.Api.WriteAlias] or [KeyScope.Api.ReadAlias];

    /// <summary>For a cell.</summary>
    public static string Summary(IReadOnlyList<string> scopes) =>
        scopes switch
        {
            [KeyScope.Api.WriteAlias] => "Full Access",
            [KeyScope.Api.ReadAlias] => "Read Only",
            _ => scopes.Count == 1 ? "1 scope" : $"{scopes.Count} scopes",
        };

    /// <summary>As a sentence.</summary>
    public static string Describe(IReadOnlyList<string> scopes) =>
        scopes switch
        {
            [KeyScope.Api.WriteAlias] => "It may do everything that its owner's role allows, now and later.",
            [KeyScope.Api.ReadAlias] => "It may read everything that its owner's role may read, and change nothing.",
            _ => $"It may use {Summary(scopes)}, as far as its owner's role allows them.",
        };
}
