using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace ControlPanel.Verification.SigV4;

/// <summary>Percent escapes (RFC 3986 section 2.1), read strictly and exactly once.</summary>
internal static class PercentEncoding
{
    public static byte UpperHex(int nibble) => "0123456789ABCDEF"u8[nibble];

    /// <summary>Reads <c>%XX</c> at the start of the text.</summary>
    public static bool TryReadEscape(ReadOnlySpan<char> text, out byte value) =>
        byte.TryParse(
            text.Length >= 3 ? text[1..3] : default,
            NumberStyles.AllowHexSpecifier,
            CultureInfo.InvariantCulture,
            out value
        );

    /// <summary>Decodes text as sent into text, refusing broken escapes and what is not UTF-8 afterwards.</summary>
    public static bool TryDecode(ReadOnlySpan<char> raw, out string decoded)
    {
        if (!raw.Contains('%'))
        {
            decoded = raw.ToString();
            return true;
        }

        decoded = "";
        var bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(raw.Length));
        try
        {
            var length = 0;
            while (!raw.IsEmpty)
            {
                var run = raw.IndexOf('%');
                var plain = run < 0 ? raw : raw[..run];
                length += Encoding.UTF8.GetBytes(plain, bytes.AsSpan(length));
                raw = raw[plain.Length..];
                if (raw.IsEmpty)
                {
                    break;
                }

                if (!TryReadEscape(raw, out bytes[length]))
                {
                    return false;
                }

                length++;
                raw = raw[3..];
            }

            if (!Utf8.IsValid(bytes.AsSpan(0, length)))
            {
                return false;
            }

            decoded = Encoding.UTF8.GetString(bytes, 0, length);
            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    /// <summary>Whether a raw name, decoded, is exactly a known ASCII name. Allocates nothing.</summary>
    public static bool DecodesTo(ReadOnlySpan<char> raw, ReadOnlySpan<char> name, bool ignoreCase = false)
    {
        if (!raw.Contains('%'))
        {
            return raw.Equals(name, ignoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal);
        }

        // Every character of the name is one raw character or one escape of three.
        foreach (var wanted in name)
        {
            if (raw.IsEmpty)
            {
                return false;
            }

            var actual = raw[0];
            var length = 1;
            if (actual == '%')
            {
                if (!TryReadEscape(raw, out var value))
                {
                    return false;
                }

                actual = (char)value;
                length = 3;
            }

            if (actual != wanted && !(ignoreCase && Lower(actual) == Lower(wanted)))
            {
                return false;
            }

            raw = raw[length..];
        }

        return raw.IsEmpty;
    }

    private static char Lower(char c) => char.IsAsciiLetterUpper(c) ? (char)(c | 0x20) : c;
}
