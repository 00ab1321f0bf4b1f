using System.Buffers.Text;
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
    /// <summary>The longest <c>Authorization</c> value that is looked at, in characters.</summary>
    public const int MaxHeaderLength = 1024;

    /// <summary>The size of the buffer that <see cref="Parse"/> needs, in bytes.</summary>
    public const int BufferSize = MaxHeaderLength;

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

        // The framework's decoder skips white space; RFC 4648 section 3.3 asks for refusal.
        for (var i = 0; i < encoded.Length; i++)
        {
            var c = encoded[i];
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('+' or '/' or '='))
            {
                return Invalid(MalformedReason.BadBase64);
            }

            buffer[i] = (byte)c;
        }

        if (
            Base64.DecodeFromUtf8InPlace(buffer[..encoded.Length], out var length)
            != System.Buffers.OperationStatus.Done
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

        // RFC 6750 section 2.1, b64token.
        for (var i = 0; i < value.Length; i++)
        {
            var c = value[i];
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '.' or '_' or '~' or '+' or '/' or '='))
            {
                return Invalid(MalformedReason.BadCharacters);
            }

            buffer[i] = (byte)c;
        }

        return new PresentedCredential(PresentedKind.Bearer, default, buffer[..value.Length], MalformedReason.None);
    }
}
