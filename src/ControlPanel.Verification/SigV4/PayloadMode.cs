using System.Buffers;

namespace ControlPanel.Verification.SigV4;

/// <summary>How the body is protected, as <c>x-amz-content-sha256</c> declares it.</summary>
public enum PayloadMode : byte
{
    /// <summary>Not known. Always refused.</summary>
    Unknown = 0,

    /// <summary>The SHA-256 of the whole body, in lower-case hex.</summary>
    LiteralHash,

    /// <summary>The body is not covered (TLS or nothing protects it).</summary>
    Unsigned,

    /// <summary>Chunks, each with its signature.</summary>
    SignedChunks,

    /// <summary>Chunks, each with its signature, then signed trailers.</summary>
    SignedChunksWithTrailer,

    /// <summary>Chunks without signatures, then trailers with a checksum.</summary>
    UnsignedChunksWithTrailer,
}

/// <summary>The spellings of the payload modes.</summary>
public static class PayloadModes
{
    /// <summary>The SHA-256 of nothing.</summary>
    public const string EmptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    /// <summary>The sentinel of <see cref="PayloadMode.Unsigned"/>.</summary>
    public const string Unsigned = "UNSIGNED-PAYLOAD";

    internal const string SignedChunks = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
    internal const string SignedChunksWithTrailer = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
    internal const string UnsignedChunksWithTrailer = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";

    private static readonly SearchValues<char> s_lowerHex = SearchValues.Create("0123456789abcdef");

    /// <summary>Whether the body is framed in chunks and must be decoded.</summary>
    public static bool IsChunked(this PayloadMode mode) =>
        mode
            is PayloadMode.SignedChunks
                or PayloadMode.SignedChunksWithTrailer
                or PayloadMode.UnsignedChunksWithTrailer;

    /// <summary>Reads the declared mode; <see cref="PayloadMode.Unknown"/> for everything not in the list.</summary>
    public static PayloadMode Parse(ReadOnlySpan<char> declared) =>
        declared switch
        {
            Unsigned => PayloadMode.Unsigned,
            SignedChunks => PayloadMode.SignedChunks,
            SignedChunksWithTrailer => PayloadMode.SignedChunksWithTrailer,
            UnsignedChunksWithTrailer => PayloadMode.UnsignedChunksWithTrailer,
            _ => IsLowerHex64(declared) ? PayloadMode.LiteralHash : PayloadMode.Unknown,
        };

    internal static bool IsLowerHex64(ReadOnlySpan<char> text) =>
        text.Length == 64 && !text.ContainsAnyExcept(s_lowerHex);
}
