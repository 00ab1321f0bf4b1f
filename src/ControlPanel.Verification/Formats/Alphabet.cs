using ControlPanel.Verification.Secrets;

namespace ControlPanel.Verification.Formats;

/// <summary>Uniform random text and checksum tails in the alphabets of our formats.</summary>
internal static class Alphabet
{
    /// <summary>The number of base62 characters that hold a CRC-32.</summary>
    public const int ChecksumLength = 6;

    private static ReadOnlySpan<byte> Base62 => "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8;

    private static ReadOnlySpan<byte> UpperAlphanumeric => "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"u8;

    public static void FillBase62(Span<byte> text, ISecretSource random) => Fill(text, Base62, random);

    public static void FillUpperAlphanumeric(Span<byte> text, ISecretSource random) =>
        Fill(text, UpperAlphanumeric, random);

    public static bool IsBase62(ReadOnlySpan<byte> text)
    {
        foreach (var c in text)
        {
            if (!char.IsAsciiLetterOrDigit((char)c))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The value of an upper-case letter or digit in base 36, or -1.</summary>
    public static int UpperAlphanumericValue(byte c) => UpperAlphanumeric.IndexOf(c);

    /// <summary>The character of a base-36 value.</summary>
    public static byte UpperAlphanumericAt(int value) => UpperAlphanumeric[value];

    /// <summary>Writes the CRC-32 of prefix and body as six base62 characters, most significant first.</summary>
    public static void WriteChecksum(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> body, Span<byte> tail)
    {
        var crc = Crc32.Compute(prefix, body);
        for (var i = ChecksumLength - 1; i >= 0; i--)
        {
            tail[i] = Base62[(int)(crc % 62)];
            crc /= 62;
        }
    }

    /// <summary>Whether the last six characters are the checksum of what stands before them.</summary>
    public static bool HasChecksum(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> bodyAndTail)
    {
        if (bodyAndTail.Length <= ChecksumLength)
        {
            return false;
        }

        Span<byte> expected = stackalloc byte[ChecksumLength];
        WriteChecksum(prefix, bodyAndTail[..^ChecksumLength], expected);
        return bodyAndTail[^ChecksumLength..].SequenceEqual(expected);
    }

    // Rejection sampling: taking a byte modulo 62 would make the first eight characters more likely than the rest.
    private static void Fill(Span<byte> text, ReadOnlySpan<byte> alphabet, ISecretSource random)
    {
        var limit = 256 - (256 % alphabet.Length);
        Span<byte> bytes = stackalloc byte[64];
        for (var written = 0; written < text.Length; )
        {
            random.Fill(bytes);
            foreach (var value in bytes)
            {
                if (value < limit && written < text.Length)
                {
                    text[written++] = alphabet[value % alphabet.Length];
                }
            }
        }

        bytes.Clear();
    }
}
