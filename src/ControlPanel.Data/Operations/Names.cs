using System.Globalization;
using System.Text;

namespace ControlPanel.Data.Operations;

/// <summary>
/// The rule for every name a person gives (contract 8.7): 1 to 100 characters after trimming, no control characters,
/// nothing that changes the reading direction of what stands beside it.
/// </summary>
public static class Names
{
    /// <summary>The longest name, in characters as a person counts them.</summary>
    public const int MaxLength = 100;

    /// <summary>Trims and checks.</summary>
    /// <param name="what">What is named, as the start of the sentence: <c>The access key name</c>.</param>
    public static bool TryRead(string? input, string what, out string name, out string error)
    {
        name = (input ?? "").Trim();
        error = "";
        if (name.Length == 0)
        {
            error = $"{what} must not be empty.";
        }
        else if (!IsWellFormed(name))
        {
            error = $"{what} is not valid text.";
        }
        else if (new StringInfo(name).LengthInTextElements > MaxLength || name.Length > MaxLength)
        {
            error = $"{what} must not be longer than {MaxLength} characters.";
        }
        else if (name.EnumerateRunes().Any(IsForbidden))
        {
            error = $"{what} must not contain control characters, line breaks or text-direction marks.";
        }

        return error.Length == 0;
    }

    private static bool IsWellFormed(string text) => !text.EnumerateRunes().Contains(Rune.ReplacementChar);

    private static bool IsForbidden(Rune rune) =>
        Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.Control
                or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator
                or UnicodeCategory.Surrogate
                or UnicodeCategory.OtherNotAssigned
                or UnicodeCategory.PrivateUse;
}
