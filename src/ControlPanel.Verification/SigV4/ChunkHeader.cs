using System.Globalization;

namespace ControlPanel.Verification.SigV4;

/// <summary>The line before a chunk: <c>hex</c>, or <c>hex;chunk-signature=</c> and 64 digits. Nothing else.</summary>
internal static class ChunkHeader
{
    /// <summary>The binary length of a chunk's signature.</summary>
    public const int SignatureLength = 32;

    // 5 TiB, the largest object, needs eleven digits.
    private const int MaxDigits = 11;

    private static ReadOnlySpan<byte> SignatureLabel => ";chunk-signature="u8;

    public static bool TryRead(ReadOnlySpan<byte> line, bool isSigned, Span<byte> signature, out long size)
    {
        size = 0;
        var digits = line;
        if (isSigned)
        {
            var label = line.IndexOf(SignatureLabel);
            if (label < 0 || !TryReadSignature(line[(label + SignatureLabel.Length)..], signature))
            {
                return false;
            }

            digits = line[..label];
        }

        return digits.Length is >= 1 and <= MaxDigits
            && long.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out size);
    }

    /// <summary>Reads 64 lower-case hex digits.</summary>
    public static bool TryReadSignature(ReadOnlySpan<byte> hex, Span<byte> signature)
    {
        if (hex.Length != SignatureLength * 2)
        {
            return false;
        }

        for (var i = 0; i < SignatureLength; i++)
        {
            var high = Nibble(hex[2 * i]);
            var low = Nibble(hex[(2 * i) + 1]);
            if (high < 0 || low < 0)
            {
                return false;
            }

            signature[i] = (byte)((high << 4) | low);
        }

        return true;
    }

    private static int Nibble(byte digit) =>
        digit switch
        {
            >= (byte)'0' and <= (byte)'9' => digit - '0',
            >= (byte)'a' and <= (byte)'f' => digit - 'a' + 10,
            _ => -1,
        };
}
