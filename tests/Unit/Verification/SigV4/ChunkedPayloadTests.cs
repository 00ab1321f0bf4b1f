using System.Text;
using ControlPanel.Verification.SigV4;

namespace ControlPanel.Tests.Unit.Verification.SigV4;

/// <summary>Bodies in chunks: complete and unchanged, or never complete.</summary>
public sealed class ChunkedPayloadTests
{
    public static TheoryData<string> Modes { get; } =
    [ChunkedBody.Signed, ChunkedBody.SignedTrailer, ChunkedBody.UnsignedTrailer];

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task Body_comes_out_as_it_went_in_however_it_is_cut(string mode)
    {
        foreach (var length in (int[])[0, 1, 2, 99, 100, 101, 5000])
        {
            var body = ChunkedBody.Make(mode, ChunkedBody.Bytes(length), chunkSize: 100);
            foreach (var (piece, read) in ((int, int)[])[(1, 1), (1, 7), (3, 1), (7, 100), (64, 64), (9999, 8192)])
            {
                var (data, fault) = await body.ReadAsync(body.Wire, piece, read);
                Assert.Equal(PayloadFault.None, fault);
                Assert.Equal(body.Data, data);
            }
        }
    }

    [Theory]
    [InlineData("x-amz-checksum-crc32")]
    [InlineData("x-amz-checksum-crc32c")]
    [InlineData("x-amz-checksum-crc64nvme")]
    [InlineData("x-amz-checksum-sha1")]
    [InlineData("x-amz-checksum-sha256")]
    public async Task Every_trailing_checksum_is_verified(string trailer)
    {
        foreach (var mode in (string[])[ChunkedBody.SignedTrailer, ChunkedBody.UnsignedTrailer])
        {
            var right = ChunkedBody.Make(mode, ChunkedBody.Bytes(1000), 300, trailer);
            Assert.Equal(PayloadFault.None, (await right.ReadAsync(right.Wire)).Fault);
            var other = ChunkedBody.Checksum(trailer, ChunkedBody.Bytes(999));
            var wrong = ChunkedBody.Make(mode, ChunkedBody.Bytes(1000), 300, trailer, other);
            var (data, fault) = await wrong.ReadAsync(wrong.Wire);
            Assert.Equal(PayloadFault.WrongChecksum, fault);
            Assert.True(data.Length < 1000);
        }
    }

    // The catalogue's check values for the text "123456789".
    [Theory]
    [InlineData("x-amz-checksum-crc32", "y/Q5Jg==")]
    [InlineData("x-amz-checksum-crc32c", "4waSgw==")]
    [InlineData("x-amz-checksum-crc64nvme", "rosUhgp5mIg=")]
    [InlineData("x-amz-checksum-sha1", "98O8HYCOBHMq32eZZczDTKeuNEE=")]
    [InlineData("x-amz-checksum-sha256", "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=")]
    public void Checksums_have_their_published_check_values(string trailer, string expected)
    {
        Assert.Equal(expected, ChunkedBody.Checksum(trailer, "123456789"u8));
        using var inParts = BodyChecksum.TryCreate(trailer)!;
        inParts.Append("1"u8);
        inParts.Append("23456789"u8[..7]);
        inParts.Append("9"u8);
        Assert.Equal(expected, inParts.Finish());
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task No_changed_byte_anywhere_leaves_a_complete_body(string mode)
    {
        var body = ChunkedBody.Make(mode, ChunkedBody.Bytes(420), chunkSize: 150);
        var wire = body.Wire;
        for (var i = 0; i < wire.Length; i++)
        {
            foreach (var bit in (byte[])[0x01, 0x20, 0x80])
            {
                var changed = (byte[])wire.Clone();
                changed[i] ^= bit;

                // Header digits and trailer names have no case: such a change is none.
                if (SameButForCase(wire[i], changed[i]) && IsCaseless(body, mode, i))
                {
                    continue;
                }

                var (data, fault) = await body.ReadAsync(changed);
                Assert.True(fault is not PayloadFault.None, $"{mode}: byte {i}, bit {bit:x} passed");
                Assert.True(data.Length < body.Data.Length);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task No_shortened_body_is_complete(string mode)
    {
        var body = ChunkedBody.Make(mode, ChunkedBody.Bytes(420), chunkSize: 150);
        for (var length = 0; length < body.Wire.Length; length++)
        {
            var (data, fault) = await body.ReadAsync(body.Wire[..length]);
            Assert.Equal(PayloadFault.Truncated, fault);
            Assert.True(data.Length < body.Data.Length);
        }
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task Moved_repeated_or_left_out_chunks_never_complete(string mode)
    {
        var body = ChunkedBody.Make(mode, ChunkedBody.Bytes(400), chunkSize: 100);
        var frames = body.Frames;
        for (var i = 0; i < frames.Count; i++)
        {
            for (var j = 0; j < frames.Count; j++)
            {
                List<byte[]> repeated = [.. frames];
                repeated.Insert(j, frames[i]);
                await NeverCompletes(body, repeated);
                if (i == j)
                {
                    continue;
                }

                List<byte[]> swapped = [.. frames];
                (swapped[i], swapped[j]) = (swapped[j], swapped[i]);
                await NeverCompletes(body, swapped);
            }

            List<byte[]> left = [.. frames];
            left.RemoveAt(i);
            await NeverCompletes(body, left);
        }
    }

    [Fact]
    public async Task A_thousand_randomly_spoiled_streams_never_complete()
    {
        var random = new Random(1234);
        var complete = 0;
        for (var n = 0; n < 1000; n++)
        {
            var mode = n % 3 == 0 ? ChunkedBody.Signed : ChunkedBody.SignedTrailer;
            var body = ChunkedBody.Make(mode, ChunkedBody.Bytes(300 + random.Next(400)), 100 + random.Next(100));
            var wire = body.Wire.ToList();
            switch (random.Next(4))
            {
                case 0:
                    wire.RemoveRange(random.Next(wire.Count - 10), 1 + random.Next(9));
                    break;
                case 1:
                    wire.InsertRange(random.Next(wire.Count), ChunkedBody.Bytes(1 + random.Next(20)));
                    break;
                case 2:
                    wire.RemoveRange(random.Next(wire.Count - 50), 1 + random.Next(49));
                    break;
                default:
                    wire[random.Next(wire.Count)] ^= 0x81;
                    break;
            }

            complete += (await body.ReadAsync([.. wire], 1 + random.Next(200))).Fault is PayloadFault.None ? 1 : 0;
        }

        Assert.Equal(0, complete);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task Nothing_of_a_chunk_with_a_wrong_signature_is_released(string mode)
    {
        if (mode == ChunkedBody.UnsignedTrailer)
        {
            return;
        }

        var body = ChunkedBody.Make(mode, ChunkedBody.Bytes(300), chunkSize: 100);
        body.Frames[1][^3] ^= 1;
        var (data, fault) = await body.ReadAsync(body.Wire, pieceSize: 10);
        Assert.Equal(PayloadFault.WrongChunkSignature, fault);
        Assert.Equal(body.Data[..100], data);
    }

    [Fact]
    public async Task Each_fault_has_its_name()
    {
        var body = ChunkedBody.Make(ChunkedBody.UnsignedTrailer, Encoding.ASCII.GetBytes("hello"), 10);
        const string End = "0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n";
        await Is(PayloadFault.None, "5\r\nhello\r\n" + End);
        await Is(PayloadFault.None, "5\r\nhello\r\n0\r\nX-Amz-Checksum-Crc32:NhCmhg==\r\n\r\n");
        await Is(PayloadFault.None, "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\n\r\n\r\n");
        await Is(PayloadFault.None, "2\r\nhe\r\n3\r\nllo\r\n" + End);
        await Is(PayloadFault.DataAfterEnd, "5\r\nhello\r\n" + End + "\r\n");
        await Is(PayloadFault.DataAfterEnd, "5\r\nhello\r\n" + End + "5\r\nhello\r\n" + End);
        await Is(PayloadFault.LengthMismatch, "6\r\nhello!\r\n" + End);
        await Is(PayloadFault.LengthMismatch, "4\r\nhell\r\n" + End);
        await Is(PayloadFault.LengthMismatch, "fffffffffff\r\nhello");
        await Is(PayloadFault.MalformedChunk, "5\nhello\r\n" + End + new string('x', 2000));
        await Is(PayloadFault.MalformedChunk, "5\r\nhello\n" + End + new string('x', 2000));
        await Is(PayloadFault.MalformedChunk, "5\r\nhelloXX\r\n" + End);
        await Is(PayloadFault.MalformedChunk, "+5\r\nhello\r\n" + End);
        await Is(PayloadFault.MalformedChunk, "0x5\r\nhello\r\n" + End);
        await Is(PayloadFault.MalformedChunk, " 5\r\nhello\r\n" + End);
        await Is(PayloadFault.MalformedChunk, "-5\r\nhello\r\n" + End);
        await Is(PayloadFault.MalformedChunk, "\r\nhello\r\n" + End);
        await Is(PayloadFault.MalformedChunk, "5;ext=1\r\nhello\r\n" + End);
        await Is(PayloadFault.MalformedChunk, "100000000000000005\r\nhello\r\n" + End);
        await Is(PayloadFault.MalformedChunk, new string('0', 5000));
        await Is(PayloadFault.MalformedTrailer, "5\r\nhello\r\n0\r\n\r\n");
        await Is(PayloadFault.MalformedTrailer, "5\r\nhello\r\n0\r\nx-amz-checksum-sha1:NhCmhg==\r\n\r\n");
        await Is(
            PayloadFault.MalformedTrailer,
            "5\r\nhello\r\n0\r\nx-amz-meta-a:b\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n"
        );
        await Is(
            PayloadFault.MalformedTrailer,
            "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n"
        );
        await Is(PayloadFault.MalformedTrailer, "5\r\nhello\r\n0\r\n" + new string('x', 5000));
        await Is(PayloadFault.WrongChecksum, "5\r\nhellO\r\n" + End);
        await Is(PayloadFault.Truncated, "5\r\nhello\r\n" + End[..^2]);

        async Task Is(PayloadFault expected, string wire)
        {
            var (data, fault) = await body.ReadAsync(Encoding.ASCII.GetBytes(wire));
            Assert.True(expected == fault, $"{fault} for {wire}");
            Assert.Equal(expected is PayloadFault.None ? 5 : Math.Min(data.Length, 4), data.Length);
            if (fault is not PayloadFault.None)
            {
                Assert.NotEmpty(S3Errors.Answer(SignatureAnswers.Code(fault)).Message);
            }
        }
    }

    [Fact]
    public async Task Signed_chunks_are_bounded()
    {
        var body = ChunkedBody.Make(ChunkedBody.Signed, ChunkedBody.Bytes(2000), chunkSize: 1000);
        var exact = new PayloadLimits { MaxSignedChunk = 1000 };
        var less = new PayloadLimits { MaxSignedChunk = 999 };
        Assert.Equal(PayloadFault.None, (await body.ReadAsync(body.Wire, limits: exact)).Fault);
        Assert.Equal(PayloadFault.ChunkTooLarge, (await body.ReadAsync(body.Wire, limits: less)).Fault);
    }

    [Fact]
    public async Task Large_body_passes_in_constant_memory()
    {
        var body = ChunkedBody.Make(ChunkedBody.SignedTrailer, ChunkedBody.Bytes(8 * 1024 * 1024), 64 * 1024);
        await body.ReadAsync(body.Wire, readSize: 64 * 1024);
        await using var opened = body.Open(body.Wire).Body!;
        var buffer = new byte[64 * 1024];
        var before = GC.GetAllocatedBytesForCurrentThread();
        while (opened.Read(buffer) > 0) { }

        // Buffers for one chunk and no more, whatever the pool had at hand.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 512 * 1024);
    }

    [Fact]
    public void Streaming_needs_its_length_and_a_trailer_that_can_be_checked()
    {
        var signer = new ReferenceSigner(ChunkedBody.Key, ChunkedBody.Now);
        S3Header length = new("x-amz-decoded-content-length", "5");
        Assert.Equal(SignatureRefusal.DecodedLengthMissing, Refusal(ChunkedBody.Signed));
        Assert.Equal(
            SignatureRefusal.DecodedLengthMissing,
            Refusal(ChunkedBody.Signed, new S3Header("x-amz-decoded-content-length", "-5"))
        );
        Assert.Equal(SignatureRefusal.TrailerUnknown, Refusal(ChunkedBody.UnsignedTrailer, length));
        foreach (
            var trailer in (string[])
                ["", "x-amz-meta-a", "x-amz-checksum-md5", "x-amz-checksum-crc32,x-amz-checksum-crc32"]
        )
        {
            Assert.Equal(
                SignatureRefusal.TrailerUnknown,
                Refusal(ChunkedBody.SignedTrailer, length, new S3Header("x-amz-trailer", trailer))
            );
        }

        Assert.Equal(
            SignatureRefusal.TrailerUnknown,
            Refusal(ChunkedBody.Signed, length, new S3Header("x-amz-trailer", "x-amz-checksum-crc32"))
        );

        SignatureRefusal Refusal(string mode, params S3Header[] headers)
        {
            var head = signer.SignHeader("PUT", "/b/k", mode, headers);
            var verdict = SignatureData.Verify(head, ChunkedBody.Key, ChunkedBody.Now);
            Assert.True(verdict.IsValid);
            return verdict.OpenPayload(head, Stream.Null, PayloadLimits.Default).Refusal;
        }
    }

    [Fact]
    public void No_body_opens_without_a_valid_signature()
    {
        var head = new ReferenceSigner(ChunkedBody.Key, ChunkedBody.Now).SignHeader("PUT", "/b/k", "UNSIGNED-PAYLOAD");
        var refused = SignatureData.Verify(head, new OpenKey("DO00EXAMPLE", "other"), ChunkedBody.Now);
        Assert.Equal(SignatureRefusal.WrongSignature, refused.Refusal);
        Assert.Throws<InvalidOperationException>(() => refused.OpenPayload(head, Stream.Null, PayloadLimits.Default));
        Assert.False(default(SignatureVerdict).IsValid);
        Assert.Throws<InvalidOperationException>(() =>
            default(SignatureVerdict).OpenPayload(head, Stream.Null, PayloadLimits.Default)
        );
    }

    private static async Task NeverCompletes(ChunkedBody body, List<byte[]> frames)
    {
        var wire = frames.SelectMany(frame => frame).ToArray();
        if (wire.AsSpan().SequenceEqual(body.Wire))
        {
            return;
        }

        var (data, fault) = await body.ReadAsync(wire);

        // Unsigned chunks that were moved are caught by length, framing or checksum, but always before the last byte.
        Assert.NotEqual(PayloadFault.None, fault);
        Assert.True(data.Length < body.Data.Length);
    }

    private static bool SameButForCase(byte one, byte other) =>
        one != other && char.ToLowerInvariant((char)one) == char.ToLowerInvariant((char)other);

    private static bool IsCaseless(ChunkedBody body, string mode, int at)
    {
        foreach (var frame in body.Frames)
        {
            if (at < frame.Length)
            {
                var text = Encoding.Latin1.GetString(frame);
                var headerEnd = text.IndexOfAny([';', '\r']);
                var isTrailerName =
                    mode != ChunkedBody.Signed
                    && frame == body.Frames[^1]
                    && at > text.IndexOf('\n', StringComparison.Ordinal)
                    && !text[(text.LastIndexOf('\n', at) + 1)..at].Contains(':', StringComparison.Ordinal);
                return at < headerEnd || isTrailerName;
            }

            at -= frame.Length;
        }

        return false;
    }
}
