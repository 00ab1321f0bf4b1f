using System.Net;
using System.Text;

namespace ControlPanel.Data;

/// <summary>
/// Brings what callers sent into a form that every database takes. PostgreSQL refuses U+0000 and half of a surrogate
/// pair; one such text would otherwise lose everything that is written together with it.
/// </summary>
internal static class KeptText
{
    /// <summary>An address as it is shown, the IPv4 one when it was mapped; empty when unknown.</summary>
    public static string Of(IPAddress? address) =>
        address is null ? ""
        : address.IsIPv4MappedToIPv6 ? address.MapToIPv4().ToString()
        : address.ToString();

    /// <summary>The text with U+FFFD in place of what no database stores.</summary>
    public static string Of(string text) => Of(text, int.MaxValue);

    /// <summary>At most so many characters, never cut within one; what no database stores is replaced by U+FFFD.</summary>
    public static string Of(string? text, int length)
    {
        if (string.IsNullOrEmpty(text))
        {
            return "";
        }

        var kept = new StringBuilder(Math.Min(text.Length, length));
        foreach (var rune in text.EnumerateRunes())
        {
            if (kept.Length + rune.Utf16SequenceLength > length)
            {
                break;
            }

            kept.Append(rune.Value == 0 ? Rune.ReplacementChar : rune);
        }

        return kept.ToString();
    }
}
