namespace ControlPanel.Data.Operations.Spaces;

/// <summary>The S3 rules for bucket names that work in host names too.</summary>
public static class BucketNames
{
    /// <summary>The rule, as a sentence.</summary>
    public const string Rule =
        "Use 3 to 63 lower-case letters, digits, hyphens or dots; begin and end with a letter or digit; "
        + "no two dots in a row and no IP address.";

    /// <summary>Whether the name follows the rule.</summary>
    public static bool IsValid(string? name) =>
        name is { Length: >= 3 and <= 63 }
        && name.All(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-' or '.')
        && char.IsAsciiLetterOrDigit(name[0])
        && char.IsAsciiLetterOrDigit(name[^1])
        && !name.Contains("..", StringComparison.Ordinal)
        && !name.Contains(".-", StringComparison.Ordinal)
        && !name.Contains("-.", StringComparison.Ordinal)
        && !System.Net.IPAddress.TryParse(name, out _);
}
