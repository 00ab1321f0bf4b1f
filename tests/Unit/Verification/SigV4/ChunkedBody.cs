using System.Globalization;
using System.Text;
using ControlPanel.Verification.SigV4;

namespace ControlPanel.Tests.Unit.Verification.SigV4;

/// <summary>A signed upload in chunks, kept in parts so that a test can spoil exactly one.</summary>
internal sealed class ChunkedBody
{
    public const string Signed = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
    public const string SignedTrailer = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
    public const string UnsignedTrailer = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";

    public static readonly DateTimeOffset Now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
    public static readonly OpenKey Key = new("DO00EXAMPLE", "secret");

    private ChunkedBody(S3RequestHead head, byte[] data)
    {
        Head = head;
        Data = data;
    }

    public S3RequestHead Head { get; }

    public byte[] Data { get; }

    /// <summary>The frames in order: each chunk, the zero chunk with what follows it.</summary>
    public List<byte[]> Frames { get; } = [];

    public byte[] Wire => [.. Frames.SelectMany(frame => frame)];

    public static ChunkedBody Make(
        string mode,
        byte[] data,
        int chunkSize,
        string trailer = "x-amz-checksum-crc32",
        string? trailerValue = null,
        long? announcedLength = null,
        ReferenceSigner? signer = null,
        string target = "/bucket/key"
    )
    {
        signer ??= new ReferenceSigner(Key, Now);
        var length = (announcedLength ?? data.Length).ToString(CultureInfo.InvariantCulture);
        List<S3Header> headers = [new("x-amz-decoded-content-length", length)];
        if (mode != Signed)
        {
            headers.Add(new S3Header("x-amz-trailer", trailer));
        }

        var head = signer.SignHeader("PUT", target, mode, [.. headers]);
        var body = new ChunkedBody(head, data);
        var signature = ReferenceSigner.SeedOf(head);
        for (var at = 0; at <= data.Length; at += chunkSize)
        {
            var chunk = data.AsSpan(at, Math.Min(chunkSize, data.Length - at));
            if (chunk.IsEmpty)
            {
                break;
            }

            signature = signer.SignChunk(signature, chunk);
            body.Frames.Add([.. HeaderOf(mode, chunk.Length, signature), .. chunk, .. "\r\n"u8]);
        }

        signature = signer.SignChunk(signature, []);
        var end = new StringBuilder(Encoding.ASCII.GetString(HeaderOf(mode, 0, signature)));
        if (mode != Signed)
        {
            trailerValue ??= Checksum(trailer, data);
            end.Append(CultureInfo.InvariantCulture, $"{trailer}:{trailerValue}\r\n");
            if (mode == SignedTrailer)
            {
                var line = Encoding.ASCII.GetBytes($"{trailer}:{trailerValue}\n");
                var last = signer.SignChunk(signature, line, isTrailer: true);
                end.Append(CultureInfo.InvariantCulture, $"x-amz-trailer-signature:{last}\r\n");
            }
        }

        end.Append("\r\n");
        body.Frames.Add(Encoding.ASCII.GetBytes(end.ToString()));
        return body;
    }

    public static string Checksum(string trailer, ReadOnlySpan<byte> data)
    {
        using var checksum = BodyChecksum.TryCreate(trailer)!;
        checksum.Append(data);
        return checksum.Finish();
    }

    public static byte[] Bytes(int length)
    {
        var data = new byte[length];
        new Random(length).NextBytes(data);
        return data;
    }

    public PayloadOpening Open(byte[] wire, int pieceSize = int.MaxValue, PayloadLimits? limits = null)
    {
        var verdict = SignatureData.Verify(Head, Key, Now);
        Assert.True(verdict.IsValid, verdict.Refusal.ToString());
        return verdict.OpenPayload(Head, new PiecewiseStream(wire, pieceSize), limits ?? PayloadLimits.Default);
    }

    /// <summary>Reads a body to its end: what came out, and the fault it ended with.</summary>
    public async Task<(byte[] Data, PayloadFault Fault)> ReadAsync(
        byte[] wire,
        int pieceSize = int.MaxValue,
        int readSize = 8192,
        PayloadLimits? limits = null
    )
    {
        var opening = Open(wire, pieceSize, limits);
        Assert.Equal(SignatureRefusal.None, opening.Refusal);
        await using var body = opening.Body!;
        using var received = new MemoryStream();
        var buffer = new byte[readSize];
        try
        {
            while (await body.ReadAsync(buffer) is var read and > 0)
            {
                received.Write(buffer, 0, read);
            }
        }
        catch (PayloadException failure)
        {
            return (received.ToArray(), failure.Fault);
        }

        return (received.ToArray(), PayloadFault.None);
    }

    private static byte[] HeaderOf(string mode, int length, string signature) =>
        Encoding.ASCII.GetBytes(
            mode == UnsignedTrailer ? $"{length:x}\r\n" : $"{length:x};chunk-signature={signature}\r\n"
        );

    /// <summary>Hands its bytes out in pieces of a given size, as a network does.</summary>
    internal sealed class PiecewiseStream(byte[] bytes, int pieceSize) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, pieceSize)], cancellationToken);

        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, pieceSize)]);
    }
}
