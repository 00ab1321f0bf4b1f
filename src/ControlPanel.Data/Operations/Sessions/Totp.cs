using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ControlPanel.Data.Operations.Sessions;

/// <summary>
/// Time-based one-time codes as every authenticator app makes them (RFC 6238 over RFC 4226): HMAC-SHA-1, 30 seconds, six
/// digits.
/// </summary>
public static class Totp
{
    /// <summary>The size of a new secret in bytes: the hash's, as RFC 4226 section 4 (R6) advises.</summary>
    public const int SecretSize = 20;

    private const int StepSeconds = 30;
    private const int Modulus = 1_000_000;
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    /// <summary>The number of the time step that an instant is in.</summary>
    public static long StepAt(DateTimeOffset at) => at.ToUnixTimeSeconds() / StepSeconds;

    /// <summary>The code of a time step.</summary>
    public static string Code(ReadOnlySpan<byte> secret, long step)
    {
        Span<byte> counter = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(counter, step);
        Span<byte> mac = stackalloc byte[HMACSHA1.HashSizeInBytes];
#pragma warning disable CA5350 // What the apps speak; HMAC does not rest on SHA-1's broken property (RFC 6238 section 1.2).
        HMACSHA1.HashData(secret, counter, mac);
#pragma warning restore CA5350
        var offset = mac[^1] & 0xf;
        var value = BinaryPrimitives.ReadInt32BigEndian(mac[offset..]) & 0x7fff_ffff;
        return (value % Modulus).ToString("D6", CultureInfo.InvariantCulture);
    }

    /// <summary>
    /// The step that a typed code belongs to: the present one, or its neighbours for clocks that differ (RFC 6238 section
    /// 5.2). <see langword="null"/> when it is none of theirs.
    /// </summary>
    public static long? FindStep(ReadOnlySpan<byte> secret, string? typed, DateTimeOffset now)
    {
        var code = (typed ?? "").Replace(" ", "", StringComparison.Ordinal);
        if (code.Length != 6 || !code.All(char.IsAsciiDigit))
        {
            return null;
        }

        var bytes = Encoding.ASCII.GetBytes(code);
        var present = StepAt(now);
        long? found = null;
        for (var step = present - 1; step <= present + 1; step++)
        {
            if (CryptographicOperations.FixedTimeEquals(bytes, Encoding.ASCII.GetBytes(Code(secret, step))))
            {
                found = step;
            }
        }

        return found;
    }

    /// <summary>The secret as people type it into an app: Base32 without padding (RFC 4648 section 6).</summary>
    public static string Base32(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder((bytes.Length * 8 + 4) / 5);
        var buffer = 0;
        var bits = 0;
        foreach (var b in bytes)
        {
            buffer = (buffer << 8) | b;
            bits += 8;
            while (bits >= 5)
            {
                bits -= 5;
                text.Append(Alphabet[(buffer >> bits) & 31]);
            }
        }

        if (bits > 0)
        {
            text.Append(Alphabet[(buffer << (5 - bits)) & 31]);
        }

        return text.ToString();
    }

    /// <summary>What the QR code says: the address form that the apps agree on.</summary>
    public static string Address(string issuer, string account, ReadOnlySpan<byte> secret) =>
        $"otpauth://totp/{Uri.EscapeDataString(issuer)}:{Uri.EscapeDataString(account)}"
        + $"?secret={Base32(secret)}&issuer={Uri.EscapeDataString(issuer)}";
}
