using System.Buffers;

namespace ControlPanel.Verification.S3;

/// <summary>
/// The naming rules of S3 buckets: 3 to 63 of a–z, 0–9, <c>.</c> and <c>-</c>, a letter or digit at both ends, no two
/// dots in a row, not shaped like an IPv4 address.
/// </summary>
public static class BucketName
{
    private static readonly SearchValues<char> s_digitsAndDot = SearchValues.Create("0123456789.");

    /// <summary>Whether the name follows the rules.</summary>
    public static bool IsValid(ReadOnlySpan<char> name)
    {
        if (name.Length is < 3 or > 63 || !IsEnd(name[0]) || !IsEnd(name[^1]))
        {
            return false;
        }

        for (var i = 1; i < name.Length; i++)
        {
            var c = name[i];
            if (!IsEnd(c) && c is not ('-' or '.'))
            {
                return false;
            }

            if (c == '.' && name[i - 1] == '.')
            {
                return false;
            }
        }

        return !LooksLikeAddress(name);
    }

    private static bool IsEnd(char c) => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c);

    private static bool LooksLikeAddress(ReadOnlySpan<char> name) =>
        name.Count('.') == 3 && !name.ContainsAnyExcept(s_digitsAndDot);
}
