using System.Text;

namespace ControlPanel.Verification.Inference;

/// <summary>The headers of one part of a form, as far as they matter here.</summary>
internal readonly ref struct PartHeaders
{
    private PartHeaders(ReadOnlySpan<byte> name, bool isPlainText)
    {
        Name = name;
        IsPlainText = isPlainText;
    }

    /// <summary>The field's name.</summary>
    public ReadOnlySpan<byte> Name { get; }

    /// <summary>Whether the part is a value in plain UTF-8: no file, no transfer encoding, no other charset.</summary>
    public bool IsPlainText { get; }

    /// <summary>Reads the block between delimiter and empty line, without the latter.</summary>
    /// <returns>Whether every parser would find the same name in it.</returns>
    public static bool TryRead(ReadOnlySpan<byte> block, out PartHeaders headers)
    {
        headers = default;
        ReadOnlySpan<byte> name = default;
        var named = false;
        var plain = true;
        while (!block.IsEmpty)
        {
            var end = block.IndexOf("\r\n"u8);
            var line = end < 0 ? block : block[..end];
            block = end < 0 ? default : block[(end + 2)..];
            var colon = line.IndexOf((byte)':');
            // No folded lines, no space before the colon, no line ends but CRLF, nothing beyond what text holds.
            if (colon <= 0 || !IsHeaderName(line[..colon]) || line.IndexOfAny((byte)'\r', (byte)'\n', (byte)0) >= 0)
            {
                return false;
            }

            var value = line[(colon + 1)..].Trim(" \t"u8);
            if (Ascii.EqualsIgnoreCase(line[..colon], "content-disposition"u8))
            {
                if (named || !TryReadDisposition(value, out name, out var isFile))
                {
                    return false;
                }

                named = true;
                plain &= !isFile;
            }
            else if (Ascii.EqualsIgnoreCase(line[..colon], "content-type"u8))
            {
                plain &=
                    Ascii.EqualsIgnoreCase(value, "text/plain"u8)
                    || Ascii.EqualsIgnoreCase(value, "text/plain; charset=utf-8"u8)
                    || Ascii.EqualsIgnoreCase(value, "text/plain;charset=utf-8"u8);
            }
            else if (Ascii.EqualsIgnoreCase(line[..colon], "content-transfer-encoding"u8))
            {
                plain = false;
            }
        }

        headers = new PartHeaders(name, plain);
        return named && !name.IsEmpty;
    }

    // form-data; name="model"; filename="a.png"; filename*=utf-8''a.png, values quoted or not (.NET does not quote).
    private static bool TryReadDisposition(ReadOnlySpan<byte> value, out ReadOnlySpan<byte> name, out bool isFile)
    {
        name = default;
        isFile = false;
        // A backslash before a quote ends the value for one parser and not for another.
        if (value.Contains((byte)'\\'))
        {
            return false;
        }

        var semicolon = value.IndexOf((byte)';');
        if (semicolon < 0 || !Ascii.EqualsIgnoreCase(value[..semicolon].Trim((byte)' '), "form-data"u8))
        {
            return false;
        }

        value = value[(semicolon + 1)..];
        while (true)
        {
            value = value.TrimStart((byte)' ');
            var equals = value.IndexOf((byte)'=');
            if (equals <= 0 || !IsHeaderName(value[..equals]))
            {
                return false;
            }

            var parameter = value[..equals];
            value = value[(equals + 1)..];
            if (!TryTakeValue(ref value, out var text))
            {
                return false;
            }

            if (Ascii.EqualsIgnoreCase(parameter, "name"u8))
            {
                if (!name.IsEmpty || text.IsEmpty)
                {
                    return false;
                }

                name = text;
            }
            else if (
                Ascii.EqualsIgnoreCase(parameter, "filename"u8) || Ascii.EqualsIgnoreCase(parameter, "filename*"u8)
            )
            {
                isFile = true;
            }
            else
            {
                // name* among them: what it means here, parsers do not agree on (RFC 7578 section 4.2).
                return false;
            }

            if (value.IsEmpty)
            {
                return true;
            }

            if (value[0] != (byte)';')
            {
                return false;
            }

            value = value[1..];
        }
    }

    private static bool TryTakeValue(scoped ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> value)
    {
        value = default;
        if (rest.IsEmpty)
        {
            return false;
        }

        if (rest[0] == (byte)'"')
        {
            var end = rest[1..].IndexOf((byte)'"');
            if (end < 0)
            {
                return false;
            }

            value = rest.Slice(1, end);
            rest = rest[(end + 2)..].TrimStart((byte)' ');
            // Careless parsers split at every semicolon, quoted or not.
            return !value.Contains((byte)';');
        }

        var semicolon = rest.IndexOf((byte)';');
        value = (semicolon < 0 ? rest : rest[..semicolon]).TrimEnd((byte)' ');
        rest = semicolon < 0 ? default : rest[semicolon..];
        return value.IndexOfAny(" \t\""u8) < 0;
    }

    private static bool IsHeaderName(ReadOnlySpan<byte> name)
    {
        foreach (var b in name)
        {
            if (!char.IsAsciiLetterOrDigit((char)b) && b is not ((byte)'-' or (byte)'_' or (byte)'*'))
            {
                return false;
            }
        }

        return true;
    }
}
