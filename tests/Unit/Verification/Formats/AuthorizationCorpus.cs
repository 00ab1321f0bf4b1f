using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using ControlPanel.Verification.Decisions;

namespace ControlPanel.Tests.Unit.Verification.Formats;

/// <summary>One line of the corpus: a value and why it is refused.</summary>
internal sealed record CorpusLine(int Number, DenialReason Reason, string Template)
{
    /// <summary>The value, with the test's own key in the places that the line leaves open.</summary>
    public string Fill(string id, string secret, string other, string token)
    {
        var text = Regex.Replace(
            Template,
            @"\\u(?<unit>[0-9a-f]{4})",
            m =>
                (
                    (char)ushort.Parse(m.Groups["unit"].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture)
                ).ToString()
        );
        text = text.Replace("{id}", id).Replace("{secret}", secret).Replace("{other}", other).Replace("{token}", token);
        text = text.Replace("{{", "{").Replace("}}", "}");
        text = Regex.Replace(
            text,
            @"b64\((?<text>.*?)\)",
            m => Convert.ToBase64String(Encoding.UTF8.GetBytes(m.Groups["text"].Value)),
            RegexOptions.Singleline
        );
        return Regex.Replace(
            text,
            @"hex\((?<bytes>[0-9a-f]*)\)",
            m => Convert.ToBase64String(Convert.FromHexString(m.Groups["bytes"].Value))
        );
    }
}

/// <summary>The values in <c>tests/Unit/data/authorization-corpus.txt</c>.</summary>
internal static class AuthorizationCorpus
{
    private static readonly Lazy<CorpusLine[]> s_lines = new(() => [.. Read()]);

    public static IReadOnlyList<CorpusLine> Lines => s_lines.Value;

    private static IEnumerable<CorpusLine> Read()
    {
        var number = 0;
        foreach (var line in File.ReadLines(Find()))
        {
            number++;
            if (line.Split('\t', 2) is [var reason, var template] && !line.StartsWith('#'))
            {
                yield return new CorpusLine(number, Enum.Parse<DenialReason>(reason), template);
            }
        }
    }

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var file = Path.Combine(folder.FullName, "tests", "Unit", "data", "authorization-corpus.txt");
            if (File.Exists(file))
            {
                return file;
            }
        }

        throw new FileNotFoundException("tests/Unit/data/authorization-corpus.txt");
    }
}
