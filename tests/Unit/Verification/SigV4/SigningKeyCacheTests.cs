using System.Text;
using ControlPanel.Verification.SigV4;

namespace ControlPanel.Tests.Unit.Verification.SigV4;

/// <summary>What the cache may and may not remember.</summary>
public sealed class SigningKeyCacheTests
{
    private static readonly DateTimeOffset s_now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
    private readonly SigningKeyCache _cache = new(capacity: 4);

    [Fact]
    public void Secret_is_opened_once_for_a_day_and_region()
    {
        var key = new CountingKey("DO00", "secret", 1);
        for (var i = 0; i < 5; i++)
        {
            Assert.True(Verify(key, Request("DO00", "secret", "nyc3")).IsValid);
        }

        Assert.Equal(1, key.Opened.Value);
        Assert.True(Verify(key, Request("DO00", "secret", "ams3")).IsValid);
        Assert.Equal(2, key.Opened.Value);
    }

    [Fact]
    public void Old_secret_does_not_verify_once_the_version_changed()
    {
        Assert.True(Verify(new CountingKey("DO00", "old", 1), Request("DO00", "old", "nyc3")).IsValid);
        Assert.False(Verify(new CountingKey("DO00", "new", 2), Request("DO00", "old", "nyc3")).IsValid);
        Assert.True(Verify(new CountingKey("DO00", "new", 2), Request("DO00", "new", "nyc3")).IsValid);

        // The new version drove the old one out.
        Assert.Null(_cache.Find("DO00", 1, "20261121/nyc3/s3/aws4_request"));
        Assert.NotNull(_cache.Find("DO00", 2, "20261121/nyc3/s3/aws4_request"));
    }

    [Fact]
    public void Removed_key_is_forgotten()
    {
        var key = new CountingKey("DO00", "secret", 1);
        Verify(key, Request("DO00", "secret", "nyc3"));
        _cache.Remove("DO00");
        Assert.Equal(0, _cache.Count);
        Verify(key, Request("DO00", "secret", "nyc3"));
        Assert.Equal(2, key.Opened.Value);
    }

    [Fact]
    public void Wrong_signature_puts_nothing_in()
    {
        Assert.False(Verify(new CountingKey("DO00", "secret", 1), Request("DO00", "guess", "nyc3")).IsValid);
        Assert.Equal(0, _cache.Count);
    }

    [Fact]
    public void Cache_stays_within_its_bounds_and_keeps_what_is_in_use()
    {
        var hot = new CountingKey("HOT", "secret", 1);
        for (var i = 0; i < 100; i++)
        {
            Assert.True(Verify(hot, Request("HOT", "secret", "nyc3")).IsValid);
            Assert.True(Verify(new CountingKey("K" + i, "s", 1), Request("K" + i, "s", "nyc3")).IsValid);
            Assert.InRange(_cache.Count, 1, 10);
        }

        Assert.Equal(1, hot.Opened.Value);
        for (var i = 0; i < 50; i++)
        {
            Verify(hot, Request("HOT", "secret", "region" + i));
        }

        Assert.NotNull(_cache.Find("HOT", 1, "20261121/region49/s3/aws4_request"));
        Assert.Null(_cache.Find("HOT", 1, "20261121/region0/s3/aws4_request"));
    }

    [Fact]
    public void Secret_that_cannot_be_opened_is_not_verifiable_rather_than_wrong()
    {
        var verdict = Verify(new ClosedKey(), Request("DO00", "secret", "nyc3"));
        Assert.Equal(SignatureRefusal.SecretUnavailable, verdict.Refusal);
        Assert.Equal(503, S3Errors.Answer(SignatureAnswers.Code(verdict.Refusal, S3CredentialKind.V4Header)).Status);
    }

    [Fact]
    public async Task One_signing_key_serves_many_threads()
    {
        var head = Request("DO00", "secret", "nyc3");
        var key = new CountingKey("DO00", "secret", 1);
        var wrong = 0;
        await Parallel.ForAsync(
            0,
            20_000,
            TestContext.Current.CancellationToken,
            (_, _) =>
            {
                if (!Verify(key, head).IsValid)
                {
                    Interlocked.Increment(ref wrong);
                }

                return ValueTask.CompletedTask;
            }
        );
        Assert.Equal(0, wrong);
    }

    private static S3RequestHead Request(string id, string secret, string region) =>
        new ReferenceSigner(new OpenKey(id, secret), s_now, region).SignHeader("GET", "/b/k", PayloadModes.EmptyHash);

    private SignatureVerdict Verify<TKey>(TKey key, in S3RequestHead head)
        where TKey : IS3SecretKey =>
        new SignatureVerifier(SignatureRules.Default, _cache).Verify(
            head,
            S3CredentialParser.Parse(head, SignatureRules.Default),
            key,
            s_now
        );

    private sealed record CountingKey(string AccessKeyId, string Secret, long SecretVersion) : IS3SecretKey
    {
        public StrongBox Opened { get; } = new();

        public bool TryGetSecret(Span<byte> destination, out int length)
        {
            Opened.Increment();
            return Encoding.UTF8.TryGetBytes(Secret, destination, out length);
        }
    }

    private sealed class StrongBox
    {
        private int _value;

        public int Value => _value;

        public void Increment() => Interlocked.Increment(ref _value);
    }

    private sealed class ClosedKey : IS3SecretKey
    {
        public string AccessKeyId => "DO00";

        public long SecretVersion => 1;

        public bool TryGetSecret(Span<byte> destination, out int length)
        {
            length = 0;
            return false;
        }
    }
}
