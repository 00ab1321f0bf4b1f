using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Unicode;

namespace ControlPanel.Verification.Formats;

/// <summary>How a caller proves itself.</summary>
public enum PresentedKind : byte
{
    /// <summary>Nothing was presented.</summary>
    None = 0,

    /// <summary>HTTP Basic (RFC 7617): an id and a secret.</summary>
    Basic,

    /// <summary>A bearer credential (RFC 6750, or an API-key header): one opaque value.</summary>
    Bearer,

    /// <summary>Something was presented that cannot be read with certainty. Always refused.</summary>
    Invalid,
}

/// <summary>Why a presented credential is <see cref="PresentedKind.Invalid"/>.</summary>
public enum MalformedReason : byte
{
    /// <summary>It is not malformed.</summary>
    None = 0,

    /// <summary>More than one credential in one request; which one counts would be a guess.</summary>
    SeveralCredentials,

    /// <summary>The header is there but empty.</summary>
    Empty,

    /// <summary>Longer than any credential of ours (<see cref="PresentedCredential.MaxHeaderLength"/>).</summary>
    TooLong,

    /// <summary>A scheme this door does not take.</summary>
    UnknownScheme,

    /// <summary>Not strict base64 (RFC 4648 section 4).</summary>
    BadBase64,

    /// <summary>The decoded text is not UTF-8.</summary>
    BadUtf8,

    /// <summary>No colon between id and secret.</summary>
    NoColon,

    /// <summary>Characters that cannot be part of a bearer credential.</summary>
    BadCharacters,
}

/// <summary>
/// What a request presents, read once and strictly: a closed set in which everything doubtful is
/// <see cref="PresentedKind.Invalid"/>. Points into the caller's buffer; nothing is allocated.
/// </summary>
public readonly ref struct PresentedCredential
{
    /// <summary>The longest <c>Authorization</c> value that is looked at, in characters: thrice the longest of ours.</summary>
    public const int MaxHeaderLength = 512;

    /// <summary>The size of the buffer that <see cref="Parse"/> needs, in bytes: what is decoded, then its base64.</summary>
    public const int BufferSize = DecodedSize + MaxHeaderLength;

    private const int DecodedSize = MaxHeaderLength / 4 * 3;

    // RFC 6750 section 2.1, b64token.
    private static readonly SearchValues<char> s_bearer = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/="
    );

    private PresentedCredential(
        PresentedKind kind,
        ReadOnlySpan<byte> id,
        ReadOnlySpan<byte> secret,
        MalformedReason malformed
    )
    {
        Kind = kind;
        Id = id;
        Secret = secret;
        Malformed = malformed;
    }

    public PresentedKind Kind { get; }

    /// <summary>The user part of Basic; empty otherwise.</summary>
    public ReadOnlySpan<byte> Id { get; }

    /// <summary>The password part of Basic, or the bearer credential itself.</summary>
    public ReadOnlySpan<byte> Secret { get; }

    /// <summary>Why it is invalid.</summary>
    public MalformedReason Malformed { get; }

    /// <summary>Nothing was presented.</summary>
    public static PresentedCredential None => default;

    /// <summary>Something doubtful was presented.</summary>
    public static PresentedCredential Invalid(MalformedReason reason) =>
        new(PresentedKind.Invalid, default, default, reason);

    /// <summary>An id and a secret that were handed over already apart (the <em>Try this key</em> page).</summary>
    public static PresentedCredential Basic(ReadOnlySpan<byte> id, ReadOnlySpan<byte> secret) =>
        new(PresentedKind.Basic, id, secret, MalformedReason.None);

    /// <summary>A bearer credential that stands alone, as in <c>x-api-key</c>.</summary>
    public static PresentedCredential Bearer(ReadOnlySpan<char> value, Span<byte> buffer) => ParseBearer(value, buffer);

    /// <summary>
    /// Reads the <c>Authorization</c> lines of a request. Exactly one line may be there: Kestrel hands two on as two
    /// values and does not refuse them, so this does.
    /// </summary>
    /// <param name="lineCount">How many lines the request has.</param>
    /// <param name="line">The only line's value, without surrounding white space.</param>
    /// <param name="buffer">At least <see cref="BufferSize"/> bytes; the result points into it.</param>
    public static PresentedCredential Parse(int lineCount, ReadOnlySpan<char> line, Span<byte> buffer)
    {
        if (lineCount == 0)
        {
            return None;
        }

        if (lineCount > 1)
        {
            return Invalid(MalformedReason.SeveralCredentials);
        }

        if (line.IsEmpty)
        {
            return Invalid(MalformedReason.Empty);
        }

        if (line.Length > MaxHeaderLength)
        {
            return Invalid(MalformedReason.TooLong);
        }

        // RFC 9110 section 11.1: the scheme's case does not matter; one space follows, more are tolerated by nobody
        // who signs or hashes, so only one is taken here.
        if (line.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase))
        {
            return ParseBasic(line["Basic ".Length..], buffer);
        }

        if (line.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
        {
            return ParseBearer(line["Bearer ".Length..], buffer);
        }

        return Invalid(MalformedReason.UnknownScheme);
    }

    private static PresentedCredential ParseBasic(ReadOnlySpan<char> encoded, Span<byte> buffer)
    {
        if (encoded.IsEmpty)
        {
            return Invalid(MalformedReason.Empty);
        }

        var base64 = buffer[DecodedSize..];
        if (
            Ascii.FromUtf16(encoded, base64, out var digits) != OperationStatus.Done
            || Base64.DecodeFromUtf8(base64[..digits], buffer, out _, out var length) != OperationStatus.Done
            || !IsCanonical(base64[..digits], length)
        )
        {
            return Invalid(MalformedReason.BadBase64);
        }

        ReadOnlySpan<byte> decoded = buffer[..length];
        if (!Utf8.IsValid(decoded))
        {
            return Invalid(MalformedReason.BadUtf8);
        }

        // RFC 7617 section 2: the user-id cannot hold a colon, the password may. The first one splits.
        var colon = decoded.IndexOf((byte)':');
        return colon < 0 ? Invalid(MalformedReason.NoColon) : Basic(decoded[..colon], decoded[(colon + 1)..]);
    }

    // The framework's decoder skips white space, which RFC 4648 section 3.3 wants refused: fewer bytes than the length
    // promises give it away. It also ignores the bits that padding leaves over (section 3.5). Either would give one
    // credential several spellings.
    private static bool IsCanonical(ReadOnlySpan<byte> base64, int decodedLength)
    {
        var padding =
            base64[^1] != (byte)'=' ? 0
            : base64[^2] != (byte)'=' ? 1
            : 2;
        if (base64.Length % 4 != 0 || decodedLength != (base64.Length / 4 * 3) - padding)
        {
            return false;
        }

        return padding == 0 || (Base64Value(base64[^(padding + 1)]) & (padding == 1 ? 0b11 : 0b1111)) == 0;
    }

    private static int Base64Value(byte digit) =>
        digit switch
        {
            (byte)'+' => 62,
            (byte)'/' => 63,
            <= (byte)'9' => digit - '0' + 52,
            <= (byte)'Z' => digit - 'A',
            _ => digit - 'a' + 26,
        };

    private static PresentedCredential ParseBearer(ReadOnlySpan<char> value, Span<byte> buffer)
    {
        if (value.IsEmpty)
        {
            return Invalid(MalformedReason.Empty);
        }

        if (value.Length > MaxHeaderLength)
        {
            return Invalid(MalformedReason.TooLong);
        }

        if (value.ContainsAnyExcept(s_bearer))
        {
            return Invalid(MalformedReason.BadCharacters);
        }

        Ascii.FromUtf16(value, buffer, out _);
        return new PresentedCredential(PresentedKind.Bearer, default, buffer[..value.Length], MalformedReason.None);
    }
}
