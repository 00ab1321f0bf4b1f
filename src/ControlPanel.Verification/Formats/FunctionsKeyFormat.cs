using System.Runtime.Intrinsics;
using ControlPanel.Verification.Keys;
using ControlPanel.Verification.Secrets;

namespace ControlPanel.Verification.Formats;

/// <summary>
/// Namespace access keys: the id is <c>dof_v1_</c> and 32 lower-case hexadecimal digits (contract 2.1), the secret 40
/// base62 characters (238 bits) and a 6-character checksum. No <c>:</c> in either, because Basic splits there.
/// The legacy shared credential beside it is a UUID and 64 letters or digits.
/// </summary>
public static class FunctionsKeyFormat
{
    /// <summary>Length of a secret in characters.</summary>
    public const int SecretLength = RandomLength + Alphabet.ChecksumLength;

    /// <summary>Length of an id in characters.</summary>
    public const int IdLength = 7 + 32;

    private const int RandomLength = 40;
    private const int LegacyKeyLength = 64;

    // The secret carries no prefix of its own; a word that is only summed keeps it apart from other families' secrets.
    private static readonly uint s_checksumStart = Alphabet.ChecksumAfter("dof_secret"u8);

    /// <summary>The prefix of every id.</summary>
    public static ReadOnlySpan<byte> Prefix => "dof_v1_"u8;

    /// <summary>A new identifier.</summary>
    public static LookupId NewId(ISecretSource random)
    {
        Span<byte> bytes = stackalloc byte[LookupId.Size];
        random.Fill(bytes);
        return LookupId.Read(bytes);
    }

    /// <summary>The public spelling of an identifier.</summary>
    public static string Format(LookupId id) => $"dof_v1_{id.Value:x32}";

    /// <summary>Reads the public spelling. Upper-case digits are another id, hence no id of ours.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out LookupId id)
    {
        id = default;
        if (text.Length != IdLength || !text.StartsWith(Prefix))
        {
            return false;
        }

        return TryParseHex(text[Prefix.Length..], out id);
    }

    /// <summary>A new secret.</summary>
    public static Secret NewSecret(ISecretSource random)
    {
        Span<byte> text = stackalloc byte[SecretLength];
        Alphabet.FillBase62(text[..RandomLength], random);
        Alphabet.WriteChecksum(s_checksumStart, text[..RandomLength], text[RandomLength..]);
        var secret = new Secret(text);
        text.Clear();
        return secret;
    }

    /// <summary>Whether length, alphabet and checksum are those of a secret of ours. Says nothing about its validity.</summary>
    public static bool IsSecret(ReadOnlySpan<byte> text) =>
        text.Length == SecretLength && Alphabet.IsBase62(text) && Alphabet.HasChecksum(s_checksumStart, text);

    /// <summary>Reads the user part of a legacy credential: a UUID in the usual spelling.</summary>
    public static bool TryParseLegacy(ReadOnlySpan<byte> text, out LookupId id)
    {
        id = default;
        if (text.Length != 36)
        {
            return false;
        }

        // Read by hand: the framework's reader takes signs and 0x inside the groups for the sake of old callers.
        Span<byte> digits = stackalloc byte[2 * LookupId.Size];
        var written = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (i is not (8 or 13 or 18 or 23))
            {
                // Letters of either case name the same UUID (RFC 9562 section 4).
                digits[written++] = text[i] is >= (byte)'A' and <= (byte)'F' ? (byte)(text[i] | 0x20) : text[i];
            }
            else if (text[i] != (byte)'-')
            {
                return false;
            }
        }

        return TryParseHex(digits, out id);
    }

    /// <summary>Whether length and alphabet are those of a legacy key (contract 2.1). It has no checksum.</summary>
    public static bool IsLegacyKey(ReadOnlySpan<byte> text) =>
        text.Length == LegacyKeyLength && Alphabet.IsBase62(text);

    /// <summary>The lookup id of a legacy credential's UUID.</summary>
    public static LookupId FromUuid(Guid uuid)
    {
        Span<byte> bytes = stackalloc byte[LookupId.Size];
        uuid.TryWriteBytes(bytes, bigEndian: true, out _);
        return LookupId.Read(bytes);
    }

    /// <summary>A new legacy key, for the namespaces that still have a shared credential.</summary>
    public static Secret NewLegacyKey(ISecretSource random)
    {
        Span<byte> text = stackalloc byte[LegacyKeyLength];
        Alphabet.FillBase62(text, random);
        var secret = new Secret(text);
        text.Clear();
        return secret;
    }

    // Sixteen digits at a time: a loop over them was a tenth of what a verification costs beside its hash.
    private static bool TryParseHex(ReadOnlySpan<byte> digits, out LookupId id)
    {
        id = default;
        if (!TryReadNibbles(digits[..16], out var high) || !TryReadNibbles(digits[16..], out var low))
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[LookupId.Size];
        Vector128.Narrow(high, low).CopyTo(bytes);
        id = LookupId.Read(bytes);
        return true;
    }

    // Two digits lie in one little-endian word, the first in its low byte: swap and join them.
    private static bool TryReadNibbles(ReadOnlySpan<byte> digits, out Vector128<ushort> bytes)
    {
        var text = Vector128.Create(digits);
        var decimals = text - Vector128.Create((byte)'0');
        var letters = text - Vector128.Create((byte)'a');
        var isDecimal = Vector128.LessThanOrEqual(decimals, Vector128.Create((byte)9));
        var isLetter = Vector128.LessThanOrEqual(letters, Vector128.Create((byte)5));
        var nibbles = Vector128.ConditionalSelect(isDecimal, decimals, letters + Vector128.Create((byte)10)).AsUInt16();
        bytes = ((nibbles & Vector128.Create((ushort)0x00ff)) << 4) | (nibbles >> 8);
        return (isDecimal | isLetter) == Vector128<byte>.AllBitsSet;
    }
}
