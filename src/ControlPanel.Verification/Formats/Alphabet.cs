using System.Buffers;
using ControlPanel.Verification.Secrets;

namespace ControlPanel.Verification.Formats;

/// <summary>Uniform random text and checksum tails in the alphabets of our formats.</summary>
internal static class Alphabet
{
    /// <summary>The number of base62 characters that hold a CRC-32.</summary>
    public const int ChecksumLength = 6;

    private static readonly SearchValues<byte> s_base62 = SearchValues.Create(Base62);

    private static ReadOnlySpan<byte> Base62 => "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8;

    private static ReadOnlySpan<byte> UpperAlphanumeric => "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"u8;

    public static void FillBase62(Span<byte> text, ISecretSource random) => Fill(text, Base62, random);

    public static void FillUpperAlphanumeric(Span<byte> text, ISecretSource random) =>
        Fill(text, UpperAlphanumeric, random);

    public static bool IsBase62(ReadOnlySpan<byte> text) => !text.ContainsAnyExcept(s_base62);

    /// <summary>The value of an upper-case letter or digit in base 36, or -1.</summary>
    public static int UpperAlphanumericValue(byte c) => UpperAlphanumeric.IndexOf(c);

    /// <summary>The character of a base-36 value.</summary>
    public static byte UpperAlphanumericAt(int value) => UpperAlphanumeric[value];

    /// <summary>The checksum's state after a format's prefix: the same for every key, so made once.</summary>
    public static uint ChecksumAfter(ReadOnlySpan<byte> prefix) => Crc32.Append(Crc32.Start, prefix);

    /// <summary>Writes the CRC-32 of prefix and body as six base62 characters, most significant first.</summary>
    public static void WriteChecksum(uint afterPrefix, ReadOnlySpan<byte> body, Span<byte> tail)
    {
        var crc = ~Crc32.Append(afterPrefix, body);
        for (var i = ChecksumLength - 1; i >= 0; i--)
        {
            tail[i] = Base62[(int)(crc % 62)];
            crc /= 62;
        }
    }

    /// <summary>Whether text of base62 characters ends in the checksum of what stands before its last six.</summary>
    public static bool HasChecksum(uint afterPrefix, ReadOnlySpan<byte> bodyAndTail)
    {
        if (bodyAndTail.Length <= ChecksumLength)
        {
            return false;
        }

        // Read, not written and compared: six divisions are slower. Six characters reach beyond 32 bits, hence 64.
        ulong stated = 0;
        foreach (var c in bodyAndTail[^ChecksumLength..])
        {
            stated = (stated * 62) + Base62Value(c);
        }

        return stated == ~Crc32.Append(afterPrefix, bodyAndTail[..^ChecksumLength]);
    }

    private static uint Base62Value(byte c) =>
        c switch
        {
            <= (byte)'9' => c - (uint)'0',
            <= (byte)'Z' => c - (uint)'A' + 10,
            _ => c - (uint)'a' + 36,
        };

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
