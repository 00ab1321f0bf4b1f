using ControlPanel.Tests.Unit.Verification.SigV4;
using ControlPanel.Verification.S3;
using ControlPanel.Verification.SigV4;

namespace ControlPanel.Tests.Unit.Verification.S3;

/// <summary>What goes on is what was decided on, and never the client's own signature.</summary>
public sealed class ForwardedTargetTests
{
    private static readonly S3Addressing s_addressing = S3Addressing.Default with { AllowDotSegments = true };

    [Fact]
    public void Every_captured_request_goes_on_to_the_same_bucket_and_key_without_its_signature()
    {
        var presigned = 0;
        foreach (var capture in SignatureData.Captures)
        {
            var credential = S3CredentialParser.Parse(capture.Head, SignatureRules.Default);
            var address = S3Address.Read(capture.Head, s_addressing);
            if (address.Level is S3Level.Refused || credential.Kind is S3CredentialKind.Invalid)
            {
                continue;
            }

            var forwarded = ForwardedTarget.Of(capture.Head, address, credential.Kind);
            Assert.True(forwarded.Refusal is S3Refusal.None, $"{capture}: {forwarded.Refusal}");
            var again = S3Address.Read(
                new S3RequestHead(capture.Head.Method, forwarded.Target, new S3Header[] { new("Host", "store") }),
                s_addressing
            );
            Assert.Equal((address.Bucket, address.Key), (again.Bucket, again.Key));
            if (credential.Kind is S3CredentialKind.V4Query or S3CredentialKind.V2Query)
            {
                presigned++;
                Assert.DoesNotContain("Signature", forwarded.Target, StringComparison.OrdinalIgnoreCase);
                Assert.DoesNotContain("DO00TESTKEY", forwarded.Target, StringComparison.Ordinal);
            }
            else
            {
                Assert.Equal(capture.Head.Target, forwarded.Target);
            }
        }

        Assert.True(presigned > 10, $"{presigned} captured links.");
    }

    [Theory]
    [InlineData("?x-amz-copy-source=a%2Fb")]
    [InlineData("?X-Amz-Copy-Source=a%2Fb")]
    [InlineData("?x%2damz%2dcopy%2dsource=a%2Fb")]
    [InlineData("?x-amz-rename-source=a%2Fb")]
    [InlineData("?x-amz-meta-a=1&x-amz-meta-a=2")]
    [InlineData("?x-amz-meta-a=1&X-AMZ-META-A=2")]
    [InlineData("?x-amz-meta-a=1%0d%0ax-amz-copy-source:b%2Fc")]
    [InlineData("?x-amz-meta%0a=1")]
    [InlineData("?x-amz-meta-in-head=1")]
    public void A_source_or_a_doubtful_header_in_a_link_is_refused(string query)
    {
        var head = new S3RequestHead(
            "PUT",
            "/photos/k" + query,
            new S3Header[] { new("Host", "store"), new("x-amz-meta-in-head", "2") }
        );
        var forwarded = ForwardedTarget.Of(head, S3Address.Read(head, s_addressing), S3CredentialKind.V4Query);
        Assert.Equal((S3Refusal.HoistedHeader, ""), (forwarded.Refusal, forwarded.Target));
    }

    [Theory]
    [InlineData(S3CredentialKind.V4Header)]
    [InlineData(S3CredentialKind.V2Header)]
    [InlineData(S3CredentialKind.V2Query)]
    [InlineData(S3CredentialKind.None)]
    public void A_header_in_the_query_passes_only_in_a_v4_link(S3CredentialKind kind)
    {
        var head = new S3RequestHead(
            "PUT",
            "/photos/k?x-amz-acl=public-read&partNumber=1",
            new S3Header[] { new("Host", "store") }
        );
        var address = S3Address.Read(head, s_addressing);
        Assert.Equal(S3Refusal.HoistedHeader, ForwardedTarget.Of(head, address, kind).Refusal);
        var inLink = ForwardedTarget.Of(head, address, S3CredentialKind.V4Query);
        Assert.Equal("/photos/k?partNumber=1", inLink.Target);
        Assert.Equal([new S3Header("x-amz-acl", "public-read")], inLink.Headers);
    }
}
