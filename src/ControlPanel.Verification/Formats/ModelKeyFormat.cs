using System.Buffers;
using System.Security.Cryptography;
using ControlPanel.Verification.Secrets;

namespace ControlPanel.Verification.Formats;

/// <summary>Model access keys (contract 4.2): <c>sk-do-</c>, 40 base62 characters (238 bits) and a 6-character checksum.</summary>
public static class ModelKeyFormat
{
    /// <summary>Length of a key in characters.</summary>
    public const int Length = 6 + RandomLength + Alphabet.ChecksumLength;

    /// <summary>The longest key of an earlier issuer that is taken, in characters.</summary>
    public const int MaxImportedLength = 128;

    private const int RandomLength = 40;

    // Twenty characters of 64 are 120 bits where they were drawn at random: beyond guessing, also offline.
    private const int MinImportedRandom = 20;

    private static readonly SearchValues<byte> s_imported = SearchValues.Create(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_"u8
    );

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

    /// <summary>
    /// Whether the text may be a key that an earlier issuer made (contract 4.2): the prefix and at least twenty letters,
    /// digits, <c>-</c> or <c>_</c>. Keys of ours have this form too.
    /// </summary>
    public static bool IsImportable(ReadOnlySpan<byte> text) =>
        text.Length >= Prefix.Length + MinImportedRandom
        && text.Length <= MaxImportedLength
        && text.StartsWith(Prefix)
        && !text[Prefix.Length..].ContainsAnyExcept(s_imported);

    /// <summary>
    /// What an imported key is known by: the SHA-256 of its whole text. An earlier issuer may hand over this instead of
    /// the key; it proves nothing by itself, because what is presented is always hashed again.
    /// </summary>
    public static void HashImported(ReadOnlySpan<byte> text, Span<byte> destination) =>
        SHA256.HashData(text, destination);
}
