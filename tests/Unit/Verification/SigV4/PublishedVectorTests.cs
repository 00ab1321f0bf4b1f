using System.Security.Cryptography;
using System.Text;
using ControlPanel.Verification.SigV4;

namespace ControlPanel.Tests.Unit.Verification.SigV4;

/// <summary>The vectors of the general algorithm (awslabs/aws-c-auth), held to the rules of S3.</summary>
public sealed class PublishedVectorTests
{
    private static readonly SignatureRules s_rules = new() { Service = "service", AllowSecurityToken = true };

    [Fact]
    public void Every_vector_verifies_unless_it_normalizes_its_path()
    {
        var cases = 0;
        foreach (var vector in SignatureData.Vectors())
        {
            foreach (var form in (string[])["header", "query"])
            {
                var (head, body) = SignatureData.ParseRequest(vector.Text($"{form}-signed-request.txt"));
                var rules = s_rules with { PresignedPayload = Sha256(body) };
                var verdict = SignatureData.Verify(head, vector.Key, vector.SignedAt, rules);
                Assert.True(
                    verdict.IsValid == Expected(vector.Name),
                    $"{vector.Name}/{form}: {verdict.IsValid} {verdict.Refusal}"
                );
                cases++;
            }
        }

        Assert.Equal(76, cases);
    }

    [Fact]
    public void Canonical_request_is_the_published_one_byte_for_byte()
    {
        foreach (var vector in SignatureData.Vectors())
        {
            if (!Expected(vector.Name))
            {
                continue;
            }

            var (head, _) = SignatureData.ParseRequest(vector.Text("header-signed-request.txt"));
            var credential = S3CredentialParser.Parse(head, s_rules);
            var text = new CanonicalText(256);
            var refusal = CanonicalRequest.Write(
                head,
                credential.SignedHeaders.Span,
                credential.PayloadLine,
                isPresigned: false,
                ref text
            );
            Assert.Equal(SignatureRefusal.None, refusal);
            Assert.Equal(vector.Text("header-canonical-request.txt"), Encoding.UTF8.GetString(text.Written));
            text.Dispose();
        }
    }

    [Fact]
    public void Signing_the_vectors_gives_the_published_signatures()
    {
        foreach (var vector in SignatureData.Vectors())
        {
            // The signer always adds x-amz-content-sha256, so only vectors that have it can be compared.
            if (!vector.Name.StartsWith("post-x-www-form-urlencoded", StringComparison.Ordinal))
            {
                continue;
            }

            var (head, body) = SignatureData.ParseRequest(vector.Text("header-signed-request.txt"));
            var signer = new RequestSigner(vector.Region, "service");
            S3Header[] headers =
            [
                .. head
                    .Headers.ToArray()
                    .Where(h =>
                        h.Name.ToLowerInvariant() is not ("authorization" or "x-amz-date" or "x-amz-content-sha256")
                    ),
            ];
            var signed = signer.Sign(head.Method, head.Target, headers, Sha256(body), vector.Key, vector.SignedAt);
            Assert.EndsWith(vector.Text("header-signature.txt"), signed.Authorization, StringComparison.Ordinal);
        }
    }

    // "post-sts-header-after" carries its session token unsigned, in the header and in the query.
    private static bool Expected(string name) => !IsNormalized(name) && name != "post-sts-header-after";

    // In "get-space" there is nothing to normalize, so its two forms are the same request.
    private static bool IsNormalized(string name) =>
        name.EndsWith("-normalized", StringComparison.Ordinal) && name != "get-space-normalized";

    private static string Sha256(string body) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(body)));
}
