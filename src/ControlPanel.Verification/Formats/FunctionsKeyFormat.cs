using System.Text;
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

    /// <summary>The prefix of every id.</summary>
    public static ReadOnlySpan<byte> Prefix => "dof_v1_"u8;

    private static ReadOnlySpan<byte> SecretDomain => "dof_secret"u8;

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
        Alphabet.WriteChecksum(SecretDomain, text[..RandomLength], text[RandomLength..]);
        var secret = new Secret(text);
        text.Clear();
        return secret;
    }

    /// <summary>Whether length, alphabet and checksum are those of a secret of ours. Says nothing about its validity.</summary>
    public static bool IsSecret(ReadOnlySpan<byte> text) =>
        text.Length == SecretLength && Alphabet.IsBase62(text) && Alphabet.HasChecksum(SecretDomain, text);

    /// <summary>Reads the user part of a legacy credential: a UUID in the usual spelling.</summary>
    public static bool TryParseLegacy(ReadOnlySpan<byte> text, out LookupId id)
    {
        id = default;
        if (text.Length != 36 || !Guid.TryParseExact(Encoding.ASCII.GetString(text), "D", out var uuid))
        {
            return false;
        }

        id = FromUuid(uuid);
        return true;
    }

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

    private static bool TryParseHex(ReadOnlySpan<byte> digits, out LookupId id)
    {
        UInt128 value = 0;
        foreach (var c in digits)
        {
            int digit;
            if (c is >= (byte)'0' and <= (byte)'9')
            {
                digit = c - '0';
            }
            else if (c is >= (byte)'a' and <= (byte)'f')
            {
                digit = c - 'a' + 10;
            }
            else
            {
                id = default;
                return false;
            }

            value = (value << 4) | (uint)digit;
        }

        id = new LookupId(value);
        return true;
    }
}
