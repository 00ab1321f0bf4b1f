using ControlPanel.Verification.SigV4;

namespace ControlPanel.Tests.Unit.Verification.SigV4;

/// <summary>Every way a credential is refused before any key is looked up, each with its exact reason.</summary>
public sealed class CredentialParserTests
{
    private const string Signature = "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210";
    private const string Credential = "DO00/20261121/nyc3/s3/aws4_request";
    private const string Authorization =
        $"AWS4-HMAC-SHA256 Credential={Credential}, SignedHeaders=host;x-amz-date, Signature={Signature}";
    private const string Query =
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=DO00%2F20261121%2Fnyc3%2Fs3%2Faws4_request"
        + "&X-Amz-Date=20261121T000000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature="
        + Signature;

    private static readonly S3Header s_host = new("Host", "s3.example.com");
    private static readonly S3Header s_date = new("x-amz-date", "20261121T000000Z");

    [Fact]
    public void Well_formed_credentials_are_read()
    {
        Assert.Equal(S3CredentialKind.V4Header, Parse("/b/k", s_host, s_date, Auth(Authorization)).Kind);
        Assert.Equal(S3CredentialKind.V4Query, Parse("/b/k?" + Query, s_host).Kind);
        Assert.Equal(
            S3CredentialKind.V2Header,
            Parse("/b/k", s_host, new("Date", "Sat, 21 Nov 2026 00:00:00 GMT"), Auth("AWS DO00:" + V2Text)).Kind
        );
        Assert.Equal(
            S3CredentialKind.V2Query,
            Parse($"/b/k?AWSAccessKeyId=DO00&Expires=1&Signature={V2Query}", s_host).Kind
        );
        Assert.Equal(S3CredentialKind.None, Parse("/b/k", s_host).Kind);
    }

    public static TheoryData<string, string[], SignatureRefusal> Refusals { get; } =
        new()
        {
            // Two credentials, in every pair of places.
            { "/b/k?" + Query, ["Authorization", Authorization], SignatureRefusal.SeveralCredentials },
            { "/b/k?X-Amz-Signature=", ["Authorization", Authorization], SignatureRefusal.SeveralCredentials },
            { "/b/k?X-Amz-Expires=5", ["Authorization", Authorization], SignatureRefusal.SeveralCredentials },
            { "/b/k?Signature=x", ["Authorization", Authorization], SignatureRefusal.SeveralCredentials },
            { "/b/k?%58-Amz-Signature=", ["Authorization", Authorization], SignatureRefusal.SeveralCredentials },
            { "/b/k?AWSAccessKeyId=a&Expires=1&Signature=x&" + Query, [], SignatureRefusal.SeveralCredentials },
            { "/b/k", ["Authorization", Authorization, "authorization", ""], SignatureRefusal.SeveralCredentials },
            // Sentinels and schemes.
            { "/b/k", ["Authorization", "Bearer x"], SignatureRefusal.UnknownScheme },
            { "/b/k", ["Authorization", ""], SignatureRefusal.UnknownScheme },
            { "/b/k", ["Authorization", "aws4-hmac-sha256 " + Credential], SignatureRefusal.UnknownScheme },
            { "/b/k", ["Authorization", "AWS4-ECDSA-P256-SHA256 Credential=a"], SignatureRefusal.UnknownScheme },
            {
                "/b/k?" + Query.Replace("HMAC-SHA256&", "ECDSA-P256-SHA256&", StringComparison.Ordinal),
                [],
                SignatureRefusal.MalformedQuery
            },
            {
                "/b/k",
                [
                    "x-amz-content-sha256",
                    "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD",
                    "Authorization",
                    With("host;x-amz-content-sha256;x-amz-date"),
                ],
                SignatureRefusal.ContentHashUnknown
            },
            {
                "/b/k",
                [
                    "x-amz-content-sha256",
                    "unsigned-payload",
                    "Authorization",
                    With("host;x-amz-content-sha256;x-amz-date"),
                ],
                SignatureRefusal.ContentHashUnknown
            },
            {
                "/b/k",
                [
                    "x-amz-content-sha256",
                    Signature.ToUpperInvariant(),
                    "Authorization",
                    With("host;x-amz-content-sha256;x-amz-date"),
                ],
                SignatureRefusal.ContentHashUnknown
            },
            {
                "/b/k?X-Amz-Content-Sha256=STREAMING-AWS4-HMAC-SHA256-PAYLOAD&" + Query,
                [],
                SignatureRefusal.ContentHashUnknown
            },
            {
                "/b/k?X-Amz-Content-Sha256=UNSIGNED-PAYLOAD&"
                    + Query.Replace("host&", "host%3Bx-amz-content-sha256&", StringComparison.Ordinal),
                ["x-amz-content-sha256", Signature],
                SignatureRefusal.ContentHashUnknown
            },
            // The header's form.
            { "/b/k", ["Authorization", Authorization + ",Signature=" + Signature], SignatureRefusal.MalformedHeader },
            { "/b/k", ["Authorization", Authorization + ",Extra=1"], SignatureRefusal.MalformedHeader },
            { "/b/k", ["Authorization", Authorization + ","], SignatureRefusal.MalformedHeader },
            { "/b/k", ["Authorization", Authorization[..^1]], SignatureRefusal.MalformedHeader },
            { "/b/k", ["Authorization", Authorization[..^1] + "F"], SignatureRefusal.MalformedHeader },
            { "/b/k", ["Authorization", With("x-amz-date;host")], SignatureRefusal.MalformedHeader },
            { "/b/k", ["Authorization", With("host;host;x-amz-date")], SignatureRefusal.MalformedHeader },
            { "/b/k", ["Authorization", With("Host;x-amz-date")], SignatureRefusal.MalformedHeader },
            { "/b/k", ["Authorization", With("host;;x-amz-date")], SignatureRefusal.MalformedHeader },
            {
                "/b/k",
                ["Authorization", Authorization.Replace("/s3/", "/", StringComparison.Ordinal)],
                SignatureRefusal.MalformedHeader
            },
            {
                "/b/k",
                ["Authorization", Authorization.Replace("aws4_request", "aws5_request", StringComparison.Ordinal)],
                SignatureRefusal.MalformedHeader
            },
            {
                "/b/k",
                ["Authorization", Authorization.Replace("DO00/", "", StringComparison.Ordinal)],
                SignatureRefusal.MalformedHeader
            },
            {
                "/b/k",
                ["Authorization", Authorization.Replace("20261121", "2026112", StringComparison.Ordinal)],
                SignatureRefusal.MalformedHeader
            },
            { "/b/k", ["Authorization", "AWS DO00"], SignatureRefusal.MalformedHeader },
            { "/b/k", ["Authorization", "AWS :" + V2Text], SignatureRefusal.MalformedHeader },
            { "/b/k", ["Authorization", "AWS DO00:short"], SignatureRefusal.MalformedHeader },
            // The query's form.
            { "/b/k?" + Query + "&X-Amz-Date=20261121T000000Z", [], SignatureRefusal.MalformedQuery },
            {
                "/b/k?" + Query.Replace("X-Amz-Date", "x-amz-date", StringComparison.Ordinal),
                [],
                SignatureRefusal.MalformedQuery
            },
            {
                "/b/k?" + Query.Replace("&X-Amz-Expires=60", "", StringComparison.Ordinal),
                [],
                SignatureRefusal.MalformedQuery
            },
            { "/b/k?X-Amz-Signature=" + Signature, [], SignatureRefusal.MalformedQuery },
            { "/b/k?AWSAccessKeyId=DO00&Expires=1", [], SignatureRefusal.MalformedQuery },
            { "/b/k?AWSAccessKeyId=DO00&Expires=soon&Signature=" + V2Query, [], SignatureRefusal.MalformedQuery },
            // Coverage.
            { "/b/k", ["Authorization", With("x-amz-date")], SignatureRefusal.HostNotSigned },
            {
                "/b/k",
                ["x-amz-copy-source", "b/k", "Authorization", Authorization],
                SignatureRefusal.UnsignedAmzHeader
            },
            {
                "/b/k",
                ["X-AMZ-ACL", "public-read", "Authorization", Authorization],
                SignatureRefusal.UnsignedAmzHeader
            },
            { "/b/k?" + Query, ["x-amz-acl", "public-read"], SignatureRefusal.UnsignedAmzHeader },
            // The head.
            {
                "/b/k",
                ["X_Amz_Copy_Source", "b/k", "Authorization", Authorization],
                SignatureRefusal.UnderscoreHeader
            },
            { "/b/k", ["Host", "other", "Authorization", Authorization], SignatureRefusal.DuplicateHeader },
            {
                "/b/k",
                ["x-amz-date", "20261121T000000Z", "Authorization", Authorization],
                SignatureRefusal.DuplicateHeader
            },
            {
                "/b/k",
                ["Content-Length", "1", "Transfer-Encoding", "chunked", "Authorization", Authorization],
                SignatureRefusal.AmbiguousFraming
            },
            { "/b/k", ["Content-Length", "1", "Authorization", Authorization], SignatureRefusal.ContentHashMissing },
            {
                "/b/k",
                ["x-amz-security-token", "t", "Authorization", With("host;x-amz-date;x-amz-security-token")],
                SignatureRefusal.SecurityToken
            },
            { "/b/k?X-Amz-Security-Token=t&" + Query, [], SignatureRefusal.SecurityToken },
            { "/b/k", ["a", "b\nc", "Authorization", Authorization], SignatureRefusal.MalformedHeader },
            // The target.
            { "b/k", [], SignatureRefusal.MalformedTarget },
            { "", [], SignatureRefusal.MalformedTarget },
            { "*", [], SignatureRefusal.MalformedTarget },
            { "http://other/b/k", [], SignatureRefusal.MalformedTarget },
            { "/b/k#f", [], SignatureRefusal.MalformedTarget },
            { "/b/k?prefix=a+b", [], SignatureRefusal.MalformedTarget },
            { "/b/\tk", [], SignatureRefusal.MalformedTarget },
        };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void Doubt_is_refused_with_its_reason(string target, string[] more, SignatureRefusal expected)
    {
        List<S3Header> headers = [s_host];
        if (!target.Contains("X-Amz-Algorithm", StringComparison.Ordinal))
        {
            headers.Add(s_date);
        }

        for (var i = 0; i < more.Length; i += 2)
        {
            headers.Add(new S3Header(more[i], more[i + 1]));
        }

        var credential = Parse(target, [.. headers]);
        Assert.Equal(S3CredentialKind.Invalid, credential.Kind);
        Assert.Equal(expected, credential.Refusal);
        Assert.True(credential.AccessKeyId.IsEmpty);
        var answer = S3Errors.Answer(SignatureAnswers.Code(expected, credential.Kind));
        Assert.InRange(answer.Status, 400, 403);
        Assert.NotEmpty(answer.Message);
    }

    [Fact]
    public void Dates_must_be_there_and_readable()
    {
        Assert.Equal(SignatureRefusal.DateMissing, Parse("/b/k", s_host, Auth(With("host"))).Refusal);
        foreach (var date in (string[])["20261321T000000Z", "20260230T000000Z", "20261121T240000Z", "2026-11-21", "x"])
        {
            Assert.Equal(
                SignatureRefusal.DateMalformed,
                Parse("/b/k", s_host, new("x-amz-date", date), Auth(Authorization)).Refusal
            );
        }
    }

    [Fact]
    public void Host_must_be_there() =>
        Assert.Equal(SignatureRefusal.HostMissing, Parse("/b/k", s_date, Auth(Authorization)).Refusal);

    [Fact]
    public void V2_can_be_switched_off()
    {
        var rules = SignatureRules.Default with { AllowV2 = false };
        var header = new S3RequestHead("GET", "/b/k", (S3Header[])[s_host, s_date, Auth("AWS DO00:" + V2Text)]);
        var query = new S3RequestHead(
            "GET",
            $"/b/k?AWSAccessKeyId=DO00&Expires=1&Signature={V2Query}",
            (S3Header[])[s_host]
        );
        Assert.Equal(SignatureRefusal.V2Disabled, S3CredentialParser.Parse(header, rules).Refusal);
        Assert.Equal(SignatureRefusal.V2Disabled, S3CredentialParser.Parse(query, rules).Refusal);
    }

    [Fact]
    public void A_hundred_thousand_random_heads_neither_throw_nor_verify()
    {
        var random = new Random(4711);
        string[] words =
        [
            Authorization,
            Credential,
            Signature,
            Query,
            "AWS4-HMAC-SHA256 ",
            "AWS ",
            ":",
            ",",
            "=",
            ";",
            "&",
            "?",
            "/",
            "%",
            "%2",
            "%00",
            "%zz",
            "%58",
            "host",
            "Credential=",
            "SignedHeaders=",
            "Signature=",
            "X-Amz-Signature",
            "x-amz-date",
            "x-amz-",
            "20261121T000000Z",
            "é",
            "\ud800",
            " ",
            "",
            "UNSIGNED-PAYLOAD",
            V2Text,
        ];
        var key = new OpenKey("DO00", "secret");
        var now = new DateTimeOffset(2026, 11, 21, 0, 0, 0, TimeSpan.Zero);
        for (var i = 0; i < 100_000; i++)
        {
            var headers = new S3Header[random.Next(1, 5)];
            for (var h = 0; h < headers.Length; h++)
            {
                string[] names = ["Authorization", "x-amz-date", "Date", "Host", "x-amz-content-sha256", Words(2)];
                headers[h] = new S3Header(names[random.Next(names.Length)], Words(4));
            }

            var head = new S3RequestHead("GET", "/" + Words(6), headers);
            Assert.False(SignatureData.Verify(head, key, now).IsValid);
        }

        string Words(int most)
        {
            var text = "";
            for (var n = random.Next(0, most); n > 0; n--)
            {
                text += words[random.Next(words.Length)];
            }

            return text;
        }
    }

    private static string V2Text => "AAAAAAAAAAAAAAAAAAAAAAAAAAA=";

    private static string V2Query => "AAAAAAAAAAAAAAAAAAAAAAAAAAA%3D";

    private static string With(string signedHeaders) =>
        Authorization.Replace("host;x-amz-date", signedHeaders, StringComparison.Ordinal);

    private static S3Header Auth(string value) => new("Authorization", value);

    private static S3Credential Parse(string target, params S3Header[] headers) =>
        S3CredentialParser.Parse(new S3RequestHead("GET", target, headers), SignatureRules.Default);
}
