using System.Globalization;

namespace ControlPanel.Verification.SigV4;

/// <summary>The bounds of chunked bodies.</summary>
public sealed record PayloadLimits
{
    /// <summary>The limits without any option set.</summary>
    public static PayloadLimits Default { get; } = new();

    /// <summary>
    /// The largest signed chunk in bytes: it is held in memory until its signature was verified. Clients send 64 to
    /// 128 KiB.
    /// </summary>
    public int MaxSignedChunk { get; init; } = 1024 * 1024;
}

/// <summary>A body opened for reading, or why it cannot be.</summary>
public readonly struct PayloadOpening
{
    private PayloadOpening(SignatureRefusal refusal, Stream? body, long? length)
    {
        Refusal = refusal;
        Body = body;
        Length = length;
    }

    /// <summary>Why it cannot be opened.</summary>
    public SignatureRefusal Refusal { get; }

    /// <summary>
    /// The decoded body. Reading throws <see cref="PayloadException"/> when it is not what was signed; the last byte
    /// comes only after everything was verified. An empty body must be read to its end before anything is forwarded.
    /// </summary>
    public Stream? Body { get; }

    /// <summary>The decoded length in bytes when the request announced one for a chunked body.</summary>
    public long? Length { get; }

    internal static PayloadOpening Open(
        in S3RequestHead head,
        in S3Credential credential,
        SigningKey? signingKey,
        Stream body,
        PayloadLimits limits
    )
    {
        switch (credential.PayloadMode)
        {
            case PayloadMode.Unsigned:
                return new PayloadOpening(SignatureRefusal.None, body, length: null);
            case PayloadMode.LiteralHash:
                var hashed = new HashedPayload(credential.PayloadLine);
                return new PayloadOpening(SignatureRefusal.None, new VerifiedPayloadStream(body, hashed), length: null);
            case PayloadMode.SignedChunks:
            case PayloadMode.SignedChunksWithTrailer:
            case PayloadMode.UnsignedChunksWithTrailer:
                return OpenChunks(head, credential, signingKey, body, limits);
            case PayloadMode.Unknown:
            default:
                return new PayloadOpening(SignatureRefusal.ContentHashUnknown, body: null, length: null);
        }
    }

    private static PayloadOpening OpenChunks(
        in S3RequestHead head,
        in S3Credential credential,
        SigningKey? signingKey,
        Stream body,
        PayloadLimits limits
    )
    {
        if (
            !long.TryParse(
                head.Find("x-amz-decoded-content-length"),
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out var length
            )
        )
        {
            return new PayloadOpening(SignatureRefusal.DecodedLengthMissing, body: null, length: null);
        }

        var isSigned = credential.PayloadMode is not PayloadMode.UnsignedChunksWithTrailer;
        if (isSigned && signingKey is null)
        {
            return new PayloadOpening(SignatureRefusal.ContentHashUnknown, body: null, length: null);
        }

        var announced = head.Find("x-amz-trailer");
        var expectsTrailer = credential.PayloadMode is not PayloadMode.SignedChunks;
        var trailers =
            announced is null ? PayloadTrailers.None
            : expectsTrailer ? PayloadTrailers.TryAnnounce(announced)
            : null;
        if (trailers is null || (expectsTrailer && trailers.IsEmpty))
        {
            return new PayloadOpening(SignatureRefusal.TrailerUnknown, body: null, length: null);
        }

        var signatures = isSigned ? new ChunkSignatures(signingKey!, credential) : null;
        var decoder = new ChunkedPayload(length, signatures, trailers, limits.MaxSignedChunk);
        return new PayloadOpening(SignatureRefusal.None, new VerifiedPayloadStream(body, decoder), length);
    }
}
