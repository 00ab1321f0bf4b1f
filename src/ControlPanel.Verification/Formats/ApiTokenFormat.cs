using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using ControlPanel.Verification.Secrets;

namespace ControlPanel.Verification.Formats;

/// <summary>
/// Personal access tokens (contract 5.1): <c>dop_v1_</c> and 64 lower-case hexadecimal digits; the last 8 of them are the
/// CRC-32 of prefix and the 56 before (224 random bits).
/// </summary>
public static class ApiTokenFormat
{
    /// <summary>Length of a token in characters.</summary>
    public const int Length = 7 + DigitCount;

    private static readonly SearchValues<byte> s_lowerHexadecimal = SearchValues.Create("0123456789abcdef"u8);

    private const int DigitCount = 64;
    private const int ChecksumDigits = 8;

    /// <summary>The prefix of every token.</summary>
    public static ReadOnlySpan<byte> Prefix => "dop_v1_"u8;

    /// <summary>A new token.</summary>
    public static Secret New(ISecretSource random)
    {
        Span<byte> bits = stackalloc byte[(DigitCount - ChecksumDigits) / 2];
        random.Fill(bits);
        Span<byte> text = stackalloc byte[Length];
        Prefix.CopyTo(text);
        for (var i = 0; i < bits.Length; i++)
        {
            bits[i].TryFormat(text.Slice(Prefix.Length + (2 * i), 2), out _, "x2", CultureInfo.InvariantCulture);
        }

        Crc32
            .Compute(text[..^ChecksumDigits])
            .TryFormat(text[^ChecksumDigits..], out _, "x8", CultureInfo.InvariantCulture);
        var secret = new Secret(text);
        text.Clear();
        bits.Clear();
        return secret;
    }

    /// <summary>Whether prefix, length, alphabet and checksum are those of a token of ours.</summary>
    public static bool IsToken(ReadOnlySpan<byte> text)
    {
        if (
            text.Length != Length
            || !text.StartsWith(Prefix)
            || text[Prefix.Length..].ContainsAnyExcept(s_lowerHexadecimal)
        )
        {
            return false;
        }

        return Utf8Parser.TryParse(text[^ChecksumDigits..], out uint stated, out _, 'x')
            && stated == Crc32.Compute(text[..^ChecksumDigits]);
    }
}
