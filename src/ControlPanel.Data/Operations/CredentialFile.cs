using System.Text;
using ControlPanel.Verification.Secrets;

namespace ControlPanel.Data.Operations;

/// <summary>
/// One line of a file of credentials: two texts and, last, what must stay secret. The file's kind says what they are.
/// </summary>
/// <param name="Number">Where it stands, from 1.</param>
/// <param name="Secret"><see langword="null"/> when the line has not three values; both texts are then empty.</param>
public sealed record CredentialLine(int Number, string First, string Second, Secret? Secret);

/// <summary>Why a line cannot be taken. Never holds what is secret in it.</summary>
public sealed record LineFault(int Line, string Message);

/// <summary>What an import did, or would do.</summary>
/// <param name="Added">New ones.</param>
/// <param name="Known">Those that were there already, with the same secret.</param>
/// <param name="Faults">Everything wrong, in order of the lines.</param>
public sealed record ImportResult(int Added, int Known, IReadOnlyList<LineFault> Faults);

/// <summary>How far an import goes.</summary>
public enum ImportMode
{
    /// <summary>Only says what would happen.</summary>
    DryRun,

    /// <summary>All lines or, when one is refused, none.</summary>
    AllOrNone,

    /// <summary>Refused lines are left out. For people who were shown them before.</summary>
    LeaveOutRefused,
}

/// <summary>
/// A file of credentials from before: lines of three values with commas between them, the secret last. Empty lines, those
/// that begin with <c>#</c> and a heading do not count. Read from memory and forgotten by disposing of it.
/// </summary>
public sealed class CredentialFile : IDisposable
{
    /// <summary>The largest file: far more than any team has, and nothing that could fill memory.</summary>
    public const int MaxBytes = 1024 * 1024;

    /// <summary>The most lines: what one transaction takes in a moment.</summary>
    public const int MaxLines = 10_000;

    private CredentialFile(IReadOnlyList<CredentialLine> lines) => Lines = lines;

    /// <summary>The lines that count, in order.</summary>
    public IReadOnlyList<CredentialLine> Lines { get; }

    /// <summary>Reads a file's bytes.</summary>
    /// <param name="heading">The first line that some files have, such as <c>namespace,uuid,key</c>.</param>
    /// <returns><see cref="Refusal.Invalid"/> when it is too large or no text; a line that is none is kept as such.</returns>
    public static Outcome<CredentialFile> Read(ReadOnlySpan<byte> utf8, string heading)
    {
        if (utf8.Length > MaxBytes)
        {
            return Refusal.Rule("File", "The file is larger than 1 MiB; that is no file of credentials.");
        }

        var lines = new List<CredentialLine>();
        var rest = utf8.StartsWith(Encoding.UTF8.Preamble) ? utf8[Encoding.UTF8.Preamble.Length..] : utf8;
        for (var number = 1; !rest.IsEmpty; number++)
        {
            var end = rest.IndexOf((byte)'\n');
            var line = (end < 0 ? rest : rest[..end]).Trim(" \t\r"u8);
            rest = end < 0 ? [] : rest[(end + 1)..];
            if (line.IsEmpty || line[0] == '#' || (number == 1 && IsHeading(line, heading)))
            {
                continue;
            }

            if (lines.Count == MaxLines)
            {
                lines.ForEach(l => l.Secret?.Dispose());
                return Refusal.Rule("File", "The file has more than 10,000 lines; import it in parts.");
            }

            lines.Add(ReadLine(number, line));
        }

        return new CredentialFile(lines);
    }

    public void Dispose()
    {
        foreach (var line in Lines)
        {
            line.Secret?.Dispose();
        }
    }

    // From the end: a secret and what stands before it have no comma, a name may.
    private static CredentialLine ReadLine(int number, ReadOnlySpan<byte> line)
    {
        var last = line.LastIndexOf((byte)',');
        var middle = last < 0 ? -1 : line[..last].LastIndexOf((byte)',');
        return middle < 0
            ? new CredentialLine(number, "", "", Secret: null)
            : new CredentialLine(
                number,
                Text(line[..middle]),
                Text(line[(middle + 1)..last]),
                new Secret(Unquoted(line[(last + 1)..].Trim(" \t"u8)))
            );
    }

    private static bool IsHeading(ReadOnlySpan<byte> line, string heading) =>
        Ascii.EqualsIgnoreCase(line, Encoding.UTF8.GetBytes(heading));

    // Spreadsheets put quotation marks around values with commas, and double those within (RFC 4180, section 2).
    private static string Text(ReadOnlySpan<byte> value)
    {
        var text = Encoding.UTF8.GetString(value).Trim();
        return text is ['"', .. var inner, '"'] ? inner.Replace("\"\"", "\"", StringComparison.Ordinal).Trim() : text;
    }

    private static ReadOnlySpan<byte> Unquoted(ReadOnlySpan<byte> value) =>
        value is [(byte)'"', .. var inner, (byte)'"'] ? inner : value;
}
