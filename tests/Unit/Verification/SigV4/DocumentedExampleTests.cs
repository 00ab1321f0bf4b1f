using System.Text;
using ControlPanel.Verification.SigV4;

namespace ControlPanel.Tests.Unit.Verification.SigV4;

/// <summary>The worked S3 examples of the AWS documentation.</summary>
public sealed class DocumentedExampleTests
{
    private static readonly DateTimeOffset s_then = SignatureData.At("20130524T000000Z");

    [Fact]
    public void Every_documented_request_verifies()
    {
        var count = 0;
        foreach (var (name, head) in SignatureData.Examples())
        {
            var verdict = SignatureData.Verify(head, SignatureData.ExampleKey, s_then);
            Assert.True(verdict.IsValid, $"{name}: {verdict.Refusal}");
            count++;
        }

        Assert.Equal(6, count);
    }

    [Fact]
    public async Task Documented_chunk_stream_decodes()
    {
        var (_, head) = SignatureData.Examples().First(e => e.Name == "streaming-put");
        var wire =
            Frame(65536, "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648")
            + Frame(1024, "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497")
            + "0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n";
        Assert.Equal(66824, wire.Length);
        await Decodes(head, wire);
    }

    [Fact]
    public async Task Documented_chunk_stream_with_trailer_decodes()
    {
        const string Signed =
            "content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class"
            + ";x-amz-trailer";
        var head = new S3RequestHead(
            "PUT",
            "/examplebucket/chunkObject.txt",
            (S3Header[])
                [
                    new("Host", "s3.amazonaws.com"),
                    new("x-amz-date", "20130524T000000Z"),
                    new("x-amz-storage-class", "REDUCED_REDUNDANCY"),
                    new("x-amz-content-sha256", ChunkedBody.SignedTrailer),
                    new("Content-Encoding", "aws-chunked"),
                    new("x-amz-decoded-content-length", "66560"),
                    new("x-amz-trailer", "x-amz-checksum-crc32c"),
                    new(
                        "Authorization",
                        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
                            + $"SignedHeaders={Signed}, "
                            + "Signature=106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e"
                    ),
                ]
        );
        var wire =
            Frame(65536, "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2")
            + Frame(1024, "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7")
            + "0;chunk-signature=2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992\r\n"
            + "x-amz-checksum-crc32c:sOO8/Q==\r\n"
            + "x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n";
        await Decodes(head, wire);
    }

    private static string Frame(int length, string signature) =>
        $"{length:x};chunk-signature={signature}\r\n{new string('a', length)}\r\n";

    private static async Task Decodes(S3RequestHead head, string wire)
    {
        var verdict = SignatureData.Verify(head, SignatureData.ExampleKey, s_then);
        Assert.True(verdict.IsValid, verdict.Refusal.ToString());
        var opening = verdict.OpenPayload(head, new MemoryStream(Encoding.ASCII.GetBytes(wire)), PayloadLimits.Default);
        using var decoded = new MemoryStream();
        await opening.Body!.CopyToAsync(decoded, TestContext.Current.CancellationToken);
        Assert.Equal(new string('a', 66560), Encoding.ASCII.GetString(decoded.ToArray()));
    }
}
