using System.Security.Cryptography;
using System.Text;
using ControlPanel.Verification.SigV4;

namespace ControlPanel.Tests.Unit.Verification.SigV4;

/// <summary>What Signature V2 covers, and what must not slip in beside it.</summary>
public sealed class V2SignatureTests
{
    private static readonly DateTimeOffset s_now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
    private static readonly OpenKey s_key = new("DO00EXAMPLE", "secret");

    [Fact]
    public void Header_may_be_fifteen_minutes_off_and_no_more()
    {
        var head = Header("GET", "/photos/k", "/photos/k");
        Assert.Equal(SignatureRefusal.None, Refusal(head, s_now.AddSeconds(899)));
        Assert.Equal(SignatureRefusal.Skewed, Refusal(head, s_now.AddSeconds(901)));
        Assert.Equal(SignatureRefusal.Skewed, Refusal(head, s_now.AddSeconds(-901)));
    }

    [Fact]
    public void Presigned_request_ends_on_its_second()
    {
        var expires = s_now.AddHours(1).ToUnixTimeSeconds();
        var head = Presigned("GET", "/photos/k", expires);
        Assert.Equal(SignatureRefusal.None, Refusal(head, s_now.AddHours(1)));
        Assert.Equal(SignatureRefusal.Expired, Refusal(head, s_now.AddHours(1).AddTicks(1)));
        Assert.Equal(SignatureRefusal.WrongSignature, Refusal(Replace(head, "Expires=", "Expires=1"), s_now));
    }

    [Fact]
    public void Parameters_that_nobody_signed_are_refused_unless_they_only_shape_a_listing()
    {
        var head = Presigned("PUT", "/photos/k", s_now.AddHours(1).ToUnixTimeSeconds());
        foreach (
            var added in (string[])
                ["x-amz-copy-source=secret%2Fdoc", "x-amz-acl=public-read", "select", "renameObject", "foo", "Acl"]
        )
        {
            Assert.Equal(SignatureRefusal.UnsignedQueryParameter, Refusal(Replace(head, "?", $"?{added}&"), s_now));
        }

        foreach (
            var added in (string[])["acl", "tagging", "versionId=1", "uploadId=1&partNumber=1", "response-expires=x"]
        )
        {
            Assert.Equal(SignatureRefusal.WrongSignature, Refusal(Replace(head, "?", $"?{added}&"), s_now));
        }

        Assert.Equal(SignatureRefusal.None, Refusal(Replace(head, "?", "?prefix=a&"), s_now));
    }

    [Fact]
    public void Bucket_in_the_host_name_is_part_of_the_resource()
    {
        var head = Header("GET", "/k", "/photos/k");
        Assert.Equal(SignatureRefusal.WrongSignature, Refusal(head, s_now));
        Assert.Equal(SignatureRefusal.None, Refusal(head, s_now, "photos"));
        Assert.Equal(SignatureRefusal.WrongSignature, Refusal(head, s_now, "other"));
    }

    [Fact]
    public void Slash_behind_a_bucket_may_be_signed_or_not_but_nothing_else_is_forgiven()
    {
        Assert.Equal(SignatureRefusal.None, Refusal(Header("GET", "/photos", "/photos/"), s_now));
        Assert.Equal(SignatureRefusal.None, Refusal(Header("GET", "/photos", "/photos"), s_now));
        Assert.Equal(SignatureRefusal.WrongSignature, Refusal(Header("GET", "/photos/", "/photos"), s_now));
        Assert.Equal(SignatureRefusal.WrongSignature, Refusal(Header("GET", "/photos/k", "/photos/k/"), s_now));
    }

    [Fact]
    public void Spare_bits_of_base64_make_no_second_signature()
    {
        var head = Header("GET", "/photos/k", "/photos/k");
        var authorization = head.Find("Authorization")!;
        const string Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        var last = Digits.IndexOf(authorization[^2], StringComparison.Ordinal);
        for (var spare = 1; spare < 4; spare++)
        {
            var other = authorization[..^2] + Digits[last ^ spare] + "=";
            var headers = head
                .Headers.ToArray()
                .Select(h => h.Name == "Authorization" ? new S3Header(h.Name, other) : h)
                .ToArray();
            Assert.NotEqual(SignatureRefusal.None, Refusal(new S3RequestHead("GET", "/photos/k", headers), s_now));
        }
    }

    [Fact]
    public void Signed_chunks_need_a_V4_seed() =>
        Assert.Equal(
            SignatureRefusal.ContentHashUnknown,
            Refusal(Header("PUT", "/b/k", "/b/k", new S3Header("x-amz-content-sha256", ChunkedBody.Signed)), s_now)
        );

    private static S3RequestHead Header(string method, string target, string resource, params S3Header[] amz)
    {
        var date = s_now.ToString("R");
        var lines = string.Concat(amz.Select(h => $"{h.Name}:{h.Value}\n"));
        var signature = Sign($"{method}\n\n\n{date}\n{lines}{resource}");
        return new S3RequestHead(
            method,
            target,
            (S3Header[])
                [
                    new("Host", "s3.example.com"),
                    new("Date", date),
                    .. amz,
                    new("Authorization", $"AWS {s_key.AccessKeyId}:{signature}"),
                ]
        );
    }

    private static S3RequestHead Presigned(string method, string path, long expires)
    {
        var signature = Uri.EscapeDataString(Sign($"{method}\n\n\n{expires}\n{path}"));
        return new S3RequestHead(
            method,
            $"{path}?AWSAccessKeyId={s_key.AccessKeyId}&Expires={expires}&Signature={signature}",
            (S3Header[])[new("Host", "s3.example.com")]
        );
    }

    private static S3RequestHead Replace(in S3RequestHead head, string old, string with) =>
        new(head.Method, head.Target.Replace(old, with, StringComparison.Ordinal), head.Headers);

#pragma warning disable CA5350 // Signature V2 is HMAC-SHA-1.
    private static string Sign(string text) =>
        Convert.ToBase64String(HMACSHA1.HashData("secret"u8, Encoding.UTF8.GetBytes(text)));
#pragma warning restore CA5350

    private static SignatureRefusal Refusal(in S3RequestHead head, DateTimeOffset now, string? bucket = null)
    {
        var credential = S3CredentialParser.Parse(head, SignatureRules.Default);
        return new SignatureVerifier(SignatureRules.Default, new SigningKeyCache())
            .Verify(head, credential, s_key, now, bucket)
            .Refusal;
    }
}
