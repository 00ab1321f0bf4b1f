using System.Text.RegularExpressions;

namespace ControlPanel.Tests.E2E.Support;

/// <summary>
/// Takes out of a text whatever could be a secret: what stands in fields, and every run that is as long as one. Nothing is
/// looked up, so that a new kind of secret is covered on the day it comes to be.
/// </summary>
public static partial class Redaction
{
    /// <summary>What stands in the place of what was taken out.</summary>
    public const string Mark = "[…]";

    /// <summary>The shortest secret of the panel has 27 characters; ids of that length go as well, and are not missed.</summary>
    public const string LongRun = "[A-Za-z0-9_+/=.~%-]{20,}";

    /// <summary>The manual key of an authenticator app: groups of four with spaces between.</summary>
    public const string Groups = "(?:[A-Z2-7]{4} ){3,}[A-Z2-7]{2,4}";

    /// <summary>The text without them.</summary>
    public static string Of(string text) =>
        Secrets().Replace(FieldValues().Replace(text, match => $"{match.Groups["field"].Value}{Mark}"), Mark);

    // As Playwright draws fields: - textbox "Name" [attributes]: value, also with children below.
    [GeneratedRegex(
        "^(?<field>.*- (?:textbox|searchbox|spinbutton)\\b[^\\n]*?(?:\"|\\]|box): )(?=\\S).*$",
        RegexOptions.Multiline | RegexOptions.ExplicitCapture
    )]
    private static partial Regex FieldValues();

    [GeneratedRegex($"{Groups}|{LongRun}")]
    private static partial Regex Secrets();
}
