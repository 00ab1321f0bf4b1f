namespace ControlPanel.Verification.SigV4;

/// <summary>Every way a body can fail its verification.</summary>
public enum PayloadFault : byte
{
    /// <summary>Nothing failed.</summary>
    None = 0,

    /// <summary>The body ended before its framing said so.</summary>
    Truncated,

    /// <summary>More or fewer bytes than <c>x-amz-decoded-content-length</c> announced.</summary>
    LengthMismatch,

    /// <summary>Bytes after the end of the framing.</summary>
    DataAfterEnd,

    /// <summary>A chunk's header or line end is not what the framing prescribes.</summary>
    MalformedChunk,

    /// <summary>A chunk is larger than the limit.</summary>
    ChunkTooLarge,

    /// <summary>A chunk's signature does not fit its bytes and its place.</summary>
    WrongChunkSignature,

    /// <summary>A trailer is malformed, missing, doubled or was not announced.</summary>
    MalformedTrailer,

    /// <summary>The trailer's signature does not fit.</summary>
    WrongTrailerSignature,

    /// <summary>A checksum in a trailer is not the one of the decoded bytes.</summary>
    WrongChecksum,

    /// <summary>The body does not have the declared SHA-256.</summary>
    WrongHash,
}

/// <summary>
/// Thrown while a body is read that turns out not to be what was signed. An exception, because the reader is in the
/// middle of copying and must abort what it has begun to send.
/// </summary>
public sealed class PayloadException : IOException
{
    /// <summary>Makes one for a fault.</summary>
    public PayloadException(PayloadFault fault)
        : base($"The body failed its verification: {fault}.") => Fault = fault;

    /// <summary>What failed.</summary>
    public PayloadFault Fault { get; }
}
