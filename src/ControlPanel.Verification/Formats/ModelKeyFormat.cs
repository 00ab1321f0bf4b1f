using ControlPanel.Verification.Secrets;

namespace ControlPanel.Verification.Formats;

/// <summary>Model access keys (contract 4.2): <c>sk-do-</c>, 40 base62 characters (238 bits) and a 6-character checksum.</summary>
public static class ModelKeyFormat
{
    /// <summary>Length of a key in characters.</summary>
    public const int Length = 6 + RandomLength + Alphabet.ChecksumLength;

    private const int RandomLength = 40;

    private static readonly uint s_checksumStart = Alphabet.ChecksumAfter(Prefix);

    /// <summary>The prefix of every key.</summary>
    public static ReadOnlySpan<byte> Prefix => "sk-do-"u8;

    /// <summary>A new key.</summary>
    public static Secret New(ISecretSource random)
    {
        Span<byte> text = stackalloc byte[Length];
        Prefix.CopyTo(text);
        var body = text.Slice(Prefix.Length, RandomLength);
        Alphabet.FillBase62(body, random);
        Alphabet.WriteChecksum(s_checksumStart, body, text[(Prefix.Length + RandomLength)..]);
        var secret = new Secret(text);
        text.Clear();
        return secret;
    }

    /// <summary>Whether prefix, length, alphabet and checksum are those of a key of ours.</summary>
    public static bool IsKey(ReadOnlySpan<byte> text) =>
        text.Length == Length
        && text.StartsWith(Prefix)
        && Alphabet.IsBase62(text[Prefix.Length..])
        && Alphabet.HasChecksum(s_checksumStart, text[Prefix.Length..]);
}
