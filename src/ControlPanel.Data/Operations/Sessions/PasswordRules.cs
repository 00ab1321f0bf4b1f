using System.Collections.Frozen;
using System.Globalization;

namespace ControlPanel.Data.Operations.Sessions;

/// <summary>
/// The rules for a new password: length, and not one that guessers try first. No composition rules (NIST SP 800-63B-4
/// section 3.1.1.2): they make passwords worse.
/// </summary>
public static class PasswordRules
{
    /// <summary>The fewest characters.</summary>
    public const int MinLength = 12;

    /// <summary>The most characters; beyond it hashing would be a lever against the server.</summary>
    public const int MaxLength = 256;

    /// <summary>The rules as one sentence for the page.</summary>
    public const string Summary =
        "At least 12 characters. A few unrelated words are best; nothing that is easy to guess.";

    private static readonly FrozenSet<string> s_common = Load();

    /// <summary>Checks a new password.</summary>
    /// <param name="related">Words that a guesser would try for this person: e-mail, team name.</param>
    /// <returns>The rule that is broken, as a sentence; <see langword="null"/> when none is.</returns>
    public static string? Check(string? password, params ReadOnlySpan<string?> related)
    {
        var text = password ?? "";
        var length = new StringInfo(text).LengthInTextElements;
        if (length < MinLength)
        {
            return $"The password must have at least {MinLength} characters.";
        }

        if (text.Length > MaxLength)
        {
            return $"The password must not have more than {MaxLength} characters.";
        }

        var folded = Fold(text);
        if (IsRepetition(folded) || IsCommon(text))
        {
            return "This password is among those that are tried first. Choose another one.";
        }

        foreach (var word in related)
        {
            foreach (var part in Parts(word))
            {
                // The person's own name is fine within a longer sentence, but not as most of the password.
                if (folded.Contains(part, StringComparison.Ordinal) && folded.Length - part.Length < 8)
                {
                    return "The password must not be made from your e-mail address or the team's name.";
                }
            }
        }

        return null;
    }

    private static IEnumerable<string> Parts(string? word)
    {
        if (word is null)
        {
            yield break;
        }

        var pieces = word.Split('@');
        foreach (var piece in pieces.Prepend(word))
        {
            var folded = Fold(piece);
            if (folded.Length >= 4)
            {
                yield return folded;
            }
        }
    }

    // "P@ssw0rd" is "password" to every guesser: fold case and the usual replacements, drop what separates.
    private static string Fold(string text)
    {
        Span<char> buffer = text.Length <= MaxLength ? stackalloc char[text.Length] : new char[text.Length];
        var length = 0;
        foreach (var c in text)
        {
            var lower = char.ToLowerInvariant(c);
            if (lower is ' ' or '-' or '_' or '.' or ',' or '!' or '?' or '*' or '#' or '+')
            {
                continue;
            }

            buffer[length++] = lower switch
            {
                '@' or '4' => 'a',
                '3' => 'e',
                '0' => 'o',
                '1' => 'i',
                '$' or '5' => 's',
                '7' => 't',
                _ => lower,
            };
        }

        return new string(buffer[..length]);
    }

    private static bool IsRepetition(string text)
    {
        for (var period = 1; period <= text.Length / 2; period++)
        {
            if (period > 6)
            {
                break;
            }

            var same = true;
            for (var i = period; i < text.Length && same; i++)
            {
                same = text[i] == text[i - period];
            }

            if (same)
            {
                return true;
            }
        }

        return text.Length == 0;
    }

    private static bool IsRun(string text)
    {
        if (text.Length < 6)
        {
            return false;
        }

        ReadOnlySpan<string> runs =
        [
            "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz",
            "qwertyuiopasdfghjklzxcvbnmqwertyuiop",
            "qwertzuiopasdfghjklyxcvbnmqwertzuiop",
            "azertyuiopqsdfghjklmwxcvbn",
            Fold("12345678901234567890"),
            Fold("09876543210987654321"),
            Fold("1q2w3e4r5t6z7u8i9o0p"),
            Fold("1q2w3e4r5t6y7u8i9o0p"),
            Fold("1qaz2wsx3edc4rfv5tgb6yhn7ujm"),
        ];
        foreach (var run in runs)
        {
            if (run.Contains(text, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    // "password2024" and "2024!password" are "password": what is not a letter at either end hides nothing.
    private static bool IsCommon(string text)
    {
        var start = text.AsSpan().IndexOfAnyInRange('A', 'z');
        var end = text.AsSpan().LastIndexOfAnyInRange('A', 'z') + 1;
        return IsRun(Fold(text))
            || start >= 0
                && (
                    IsOneOrTwoOfTheList(Fold(text))
                    || IsOneOrTwoOfTheList(Fold(text[start..]))
                    || IsOneOrTwoOfTheList(Fold(text[..end]))
                    || IsOneOrTwoOfTheList(Fold(text[start..end]))
                );
    }

    private static bool IsOneOrTwoOfTheList(string folded)
    {
        if (s_common.Contains(folded) || IsRun(folded))
        {
            return true;
        }

        var lookup = s_common.GetAlternateLookup<ReadOnlySpan<char>>();
        for (var first = 3; first < folded.Length; first++)
        {
            if (lookup.Contains(folded.AsSpan(0, first)) && lookup.Contains(folded.AsSpan(first)))
            {
                return true;
            }
        }

        return false;
    }

    private static FrozenSet<string> Load()
    {
        using var stream =
            typeof(PasswordRules).Assembly.GetManifestResourceStream("ControlPanel.Data.CommonPasswords.txt")
            ?? throw new InvalidOperationException("The list of common passwords is missing from the assembly.");
        using var reader = new StreamReader(stream);
        return reader
            .ReadToEnd()
            .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Where(line => line[0] != '#')
            .Select(Fold)
            .Where(word => word.Length >= 3)
            .ToFrozenSet(StringComparer.Ordinal);
    }
}
