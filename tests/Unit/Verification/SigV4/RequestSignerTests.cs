using ControlPanel.Verification.SigV4;

namespace ControlPanel.Tests.Unit.Verification.SigV4;

/// <summary>What the gateway sends upstream is accepted by the same rules it holds clients to.</summary>
public sealed class RequestSignerTests
{
    private static readonly OpenKey s_key = new("UPSTREAM", "owner's secret");
    private static readonly RequestSigner s_signer = new("us-east-1");

    [Fact]
    public void Every_captured_target_signed_for_the_upstream_verifies_there()
    {
        foreach (var capture in SignatureData.Captures)
        {
            S3Header[] headers =
            [
                new("Host", "upstream:7480"),
                new("x-amz-meta-a", "  two   spaces  "),
                new("Content-Type", "text/plain"),
            ];
            var target = capture.Head.Target;
            if (
                target.Contains("X-Amz-Signature", StringComparison.Ordinal)
                || target.Contains("AWSAccessKeyId", StringComparison.Ordinal)
            )
            {
                target = capture.Head.RawPath.ToString();
            }

            var signed = s_signer.Sign(
                capture.Head.Method,
                target,
                headers,
                PayloadModes.Unsigned,
                s_key,
                ChunkedBody.Now
            );
            var head = new S3RequestHead(
                capture.Head.Method,
                target,
                (S3Header[])
                    [
                        .. headers,
                        new("x-amz-date", signed.AmzDate),
                        new("x-amz-content-sha256", signed.ContentSha256),
                        new("Authorization", signed.Authorization),
                    ]
            );
            var verdict = SignatureData.Verify(head, s_key, ChunkedBody.Now);
            Assert.True(verdict.IsValid, $"{capture}: {verdict.Refusal}");
        }
    }

    [Fact]
    public void What_must_not_be_signed_is_a_mistake_of_the_caller()
    {
        S3Header host = new("Host", "upstream");
        Assert.Throws<ArgumentException>(() => Sign([], "/b", PayloadModes.Unsigned));
        Assert.Throws<ArgumentException>(() => Sign([host, new("HOST", "x")], "/b", PayloadModes.Unsigned));
        Assert.Throws<ArgumentException>(() => Sign([host, new("X-Amz-Date", "x")], "/b", PayloadModes.Unsigned));
        Assert.Throws<ArgumentException>(() => Sign([host], "/b%zz", PayloadModes.Unsigned));
        Assert.Throws<ArgumentException>(() => Sign([host], "/b", ChunkedBody.Signed));
        Assert.Throws<ArgumentException>(() => Sign([host], "/b", "x"));

        static void Sign(S3Header[] headers, string target, string payload) =>
            s_signer.Sign("GET", target, headers, payload, s_key, ChunkedBody.Now);
    }

    [Fact]
    public void Changed_upstream_secret_is_used_at_once()
    {
        S3Header[] headers = [new("Host", "upstream")];
        var first = s_signer.Sign("GET", "/b", headers, PayloadModes.Unsigned, s_key, ChunkedBody.Now);
        var second = s_signer.Sign(
            "GET",
            "/b",
            headers,
            PayloadModes.Unsigned,
            new OpenKey("UPSTREAM", "new", 2),
            ChunkedBody.Now
        );
        Assert.NotEqual(first.Authorization, second.Authorization);
    }
}
