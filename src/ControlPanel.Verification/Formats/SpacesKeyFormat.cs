using ControlPanel.Verification.Keys;
using ControlPanel.Verification.Secrets;

namespace ControlPanel.Verification.Formats;

/// <summary>
/// Spaces access keys (contract 3.1): the id is <c>DO00</c> and 16 of A–Z and 0–9, the secret has 43 characters:
/// 37 base62 (220 bits) and a 6-character checksum.
/// </summary>
public static class SpacesKeyFormat
{
    /// <summary>Length of an id in characters.</summary>
    public const int IdLength = 20;

    /// <summary>Length of a secret in characters.</summary>
    public const int SecretLength = 43;

    private const int RandomLength = SecretLength - Alphabet.ChecksumLength;

    // The secret carries no prefix of its own; a word that is only summed keeps it apart from other families' secrets.
    private static readonly uint s_checksumStart = Alphabet.ChecksumAfter("do_spaces"u8);

    /// <summary>The prefix of every id.</summary>
    public static ReadOnlySpan<byte> Prefix => "DO00"u8;

    /// <summary>A new identifier.</summary>
    public static LookupId NewId(ISecretSource random)
    {
        Span<byte> text = stackalloc byte[IdLength];
        Prefix.CopyTo(text);
        Alphabet.FillUpperAlphanumeric(text[Prefix.Length..], random);
        return TryParse(text, out var id) ? id : throw new System.Diagnostics.UnreachableException();
    }

    /// <summary>The public spelling of an identifier.</summary>
    public static string Format(LookupId id)
    {
        Span<char> text = stackalloc char[IdLength];
        var value = id.Value;
        for (var i = IdLength - 1; i >= Prefix.Length; i--)
        {
            (value, var digit) = UInt128.DivRem(value, 36);
            text[i] = (char)Alphabet.UpperAlphanumericAt((int)digit);
        }

        for (var i = 0; i < Prefix.Length; i++)
        {
            text[i] = (char)Prefix[i];
        }

        return new string(text);
    }

    /// <summary>Reads the public spelling.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out LookupId id)
    {
        id = default;
        if (text.Length != IdLength || !text.StartsWith(Prefix))
        {
            return false;
        }

        UInt128 value = 0;
        foreach (var c in text[Prefix.Length..])
        {
            var digit = Alphabet.UpperAlphanumericValue(c);
            if (digit < 0)
            {
                return false;
            }

            value = (value * 36) + (uint)digit;
        }

        id = new LookupId(value);
        return true;
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

    /// <summary>Whether length, alphabet and checksum are those of a secret of ours.</summary>
    public static bool IsSecret(ReadOnlySpan<byte> text) =>
        text.Length == SecretLength && Alphabet.IsBase62(text) && Alphabet.HasChecksum(s_checksumStart, text);
}
