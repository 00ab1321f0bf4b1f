using System.Security.Cryptography;
using ControlPanel.Verification.SigV4;

namespace ControlPanel.Tests.Unit.Verification.SigV4;

/// <summary>Bodies whose hash was signed.</summary>
public sealed class LiteralHashTests
{
    [Fact]
    public async Task Body_with_the_signed_hash_passes_and_any_other_is_never_complete()
    {
        foreach (var length in (int[])[0, 1, 2, 100, 70_000])
        {
            var data = ChunkedBody.Bytes(length);
            foreach (var piece in (int[])[1, 7, 100_000])
            {
                if (length > 1000 && piece < 100)
                {
                    continue;
                }

                var (received, fault) = await ReadAsync(data, data, piece);
                Assert.Equal(PayloadFault.None, fault);
                Assert.Equal(data, received);

                byte[] longer = [.. data, 1];
                (received, fault) = await ReadAsync(data, longer, piece);
                Assert.Equal(PayloadFault.WrongHash, fault);
                Assert.True(received.Length < longer.Length);
                if (length > 0)
                {
                    Assert.Equal(PayloadFault.WrongHash, (await ReadAsync(data, data[1..], piece)).Fault);
                    var changed = (byte[])data.Clone();
                    changed[length / 2] ^= 1;
                    Assert.Equal(PayloadFault.WrongHash, (await ReadAsync(data, changed, piece)).Fault);
                }
            }
        }
    }

    [Fact]
    public async Task Request_without_a_declared_hash_can_only_have_an_empty_body()
    {
        // curl 7.88 signs a GET without x-amz-content-sha256.
        var capture = SignatureData.Captures.First(c => c.Label == "curl --aws-sigv4 get");
        var verdict = SignatureData.Verify(capture.Head, SignatureData.CaptureKey, SignatureData.ClockOf(capture.Head));
        Assert.Equal(PayloadModes.EmptyHash, verdict.LiteralHash);
        await using var body = verdict.OpenPayload(capture.Head, new MemoryStream([1]), PayloadLimits.Default).Body!;
        await Assert.ThrowsAsync<PayloadException>(async () =>
            await body.CopyToAsync(Stream.Null, TestContext.Current.CancellationToken)
        );
    }

    private static async Task<(byte[] Data, PayloadFault Fault)> ReadAsync(byte[] signed, byte[] sent, int piece)
    {
        var head = new ReferenceSigner(ChunkedBody.Key, ChunkedBody.Now).SignHeader(
            "PUT",
            "/b/k",
            Convert.ToHexStringLower(SHA256.HashData(signed))
        );
        var verdict = SignatureData.Verify(head, ChunkedBody.Key, ChunkedBody.Now);
        var inner = new ChunkedBody.PiecewiseStream(sent, piece);
        await using var body = verdict.OpenPayload(head, inner, PayloadLimits.Default).Body!;
        using var received = new MemoryStream();
        var buffer = new byte[33];
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
}
