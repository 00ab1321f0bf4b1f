using ControlPanel.Verification.SigV4;

namespace ControlPanel.Tests.Unit.Verification.SigV4;

/// <summary>The requests of fifteen real clients.</summary>
public sealed class CapturedRequestTests
{
    [Fact]
    public void Every_captured_request_gets_the_verdict_an_independent_verifier_gave()
    {
        var accepted = 0;
        foreach (var capture in SignatureData.Captures)
        {
            var credential = S3CredentialParser.Parse(capture.Head, SignatureRules.Default);
            Assert.Equal(KindOf(capture), credential.Kind);
            var verdict = SignatureData.Verify(
                capture.Head,
                SignatureData.CaptureKey,
                SignatureData.ClockOf(capture.Head)
            );
            Assert.True(verdict.IsValid == capture.IsRight, $"{capture}: {verdict.Refusal}");
            accepted += verdict.IsValid ? 1 : 0;
        }

        Assert.Equal(349, SignatureData.Captures.Count);
        Assert.Equal(341, accepted);
    }

    [Fact]
    public void No_captured_request_verifies_with_another_secret()
    {
        var other = new OpenKey(SignatureData.CaptureKey.AccessKeyId, "another secret");
        foreach (var capture in SignatureData.Captures)
        {
            Assert.False(SignatureData.Verify(capture.Head, other, SignatureData.ClockOf(capture.Head)).IsValid);
        }
    }

    [Fact]
    public void No_single_field_change_of_a_captured_request_is_accepted()
    {
        var changes = 0;
        foreach (var capture in SignatureData.Captures)
        {
            if (!capture.IsRight)
            {
                continue;
            }

            var now = SignatureData.ClockOf(capture.Head);
            foreach (var (what, changed) in RequestMutations.Of(capture.Head))
            {
                var verdict = SignatureData.Verify(changed, SignatureData.CaptureKey, now);
                Assert.False(verdict.IsValid, $"{capture}: {what} was accepted");
                changes++;
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{changes} changed requests, 0 accepted");
        Assert.True(changes > 10_000, $"only {changes} changes");
    }

    private static S3CredentialKind KindOf(CapturedRequest capture) =>
        (capture.Auth, capture.Label) switch
        {
            // curl 7.88 announces a body and does not say how it is protected.
            (_, "curl --aws-sigv4 put") => S3CredentialKind.Invalid,
            ("none", _) => S3CredentialKind.None,
            ("sigv4-header", _) => S3CredentialKind.V4Header,
            ("sigv4-presigned", _) => S3CredentialKind.V4Query,
            ("sigv2-header", _) => S3CredentialKind.V2Header,
            ("sigv2-presigned", _) => S3CredentialKind.V2Query,
            _ => throw new InvalidOperationException(capture.Auth),
        };
}
