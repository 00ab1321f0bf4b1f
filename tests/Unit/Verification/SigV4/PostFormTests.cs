using System.Security.Cryptography;
using System.Text;
using ControlPanel.Verification.SigV4;

namespace ControlPanel.Tests.Unit.Verification.SigV4;

/// <summary>Upload forms: the signature over the policy, and the policy over the fields.</summary>
public sealed class PostFormTests
{
    private const string Credential = "DO00EXAMPLE/20261121/nyc3/s3/aws4_request";

    private static readonly DateTimeOffset s_now = ChunkedBody.Now;
    private static readonly string[] s_conditions =
    [
        """{"bucket": "photos"}""",
        """["starts-with", "$key", "user/"]""",
        """["eq", "$acl", "public-read"]""",
        """["starts-with", "$Content-Type", "image/"]""",
        """["content-length-range", 10, 1000]""",
        """{"x-amz-algorithm": "AWS4-HMAC-SHA256"}""",
        $$"""{"x-amz-credential": "{{Credential}}"}""",
        """{"x-amz-date": "20261121T120000Z"}""",
    ];

    private static readonly PostField[] s_fields =
    [
        new("key", "user/${filename}"),
        new("acl", "public-read"),
        new("Content-Type", "image/png"),
    ];

    [Fact]
    public void Documented_form_of_2015_verifies()
    {
        var policy = """
            { "expiration": "2015-12-30T12:00:00.000Z",
              "conditions": [
                {"bucket": "sigv4examplebucket"},
                ["starts-with", "$key", "user/user1/"],
                {"acl": "public-read"},
                {"success_action_redirect": "http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html"},
                ["starts-with", "$Content-Type", "image/"],
                {"x-amz-meta-uuid": "14365123651274"},
                {"x-amz-server-side-encryption": "AES256"},
                ["starts-with", "$x-amz-meta-tag", ""],

                {"x-amz-credential": "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request"},
                {"x-amz-algorithm": "AWS4-HMAC-SHA256"},
                {"x-amz-date": "20151229T000000Z" }
              ]
            }
            """.ReplaceLineEndings("\r\n");
        PostField[] fields =
        [
            new("key", "user/user1/${filename}"),
            new("acl", "public-read"),
            new("success_action_redirect", "http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html"),
            new("Content-Type", "image/jpeg"),
            new("x-amz-meta-uuid", "14365123651274"),
            new("x-amz-server-side-encryption", "AES256"),
            new("X-Amz-Credential", "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request"),
            new("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
            new("X-Amz-Date", "20151229T000000Z"),
            new("x-amz-meta-tag", ""),
            new("Policy", Convert.ToBase64String(Encoding.UTF8.GetBytes(policy))),
            new("X-Amz-Signature", "8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e"),
        ];
        var then = SignatureData.At("20151229T000000Z");
        var form = PostForm.Read(Head(), fields, SignatureRules.Default);
        Assert.Equal(S3CredentialKind.V4Form, form.Credential.Kind);
        var upload = Verifier().Verify(form, SignatureData.ExampleKey, "sigv4examplebucket", "C:\\me\\a.jpg", then);
        Assert.Equal(SignatureRefusal.None, upload.Refusal);
        Assert.Equal("user/user1/a.jpg", upload.Key);
        Assert.Equal("public-read", upload.Acl);
    }

    [Fact]
    public void Both_signature_versions_are_accepted_and_give_key_acl_and_length()
    {
        foreach (var isV4 in (bool[])[true, false])
        {
            var upload = Verify(Form(isV4: isV4));
            Assert.Equal(SignatureRefusal.None, upload.Refusal);
            Assert.Equal("user/cat.png", upload.Key);
            Assert.Equal("public-read", upload.Acl);
            Assert.Equal(SignatureRefusal.PolicyLength, upload.CheckLength(9));
            Assert.Equal(SignatureRefusal.None, upload.CheckLength(10));
            Assert.Equal(SignatureRefusal.None, upload.CheckLength(1000));
            Assert.Equal(SignatureRefusal.PolicyLength, upload.CheckLength(1001));
        }
    }

    [Fact]
    public void Policy_conditions_hold_or_the_form_is_refused()
    {
        Assert.Equal(SignatureRefusal.PolicyCondition, Verify(Form(), bucket: "other").Refusal);
        Assert.Equal(SignatureRefusal.PolicyCondition, Verify(Form(With("key", "admin/x"))).Refusal);
        Assert.Equal(SignatureRefusal.PolicyCondition, Verify(Form(With("acl", "private"))).Refusal);
        Assert.Equal(SignatureRefusal.PolicyCondition, Verify(Form(With("Content-Type", "text/html"))).Refusal);
        Assert.Equal(SignatureRefusal.PolicyCondition, Verify(Form(s_fields[1..])).Refusal);
        Assert.Equal(SignatureRefusal.PolicyCondition, Verify(Form([.. s_fields, new("bucket", "other")])).Refusal);
        Assert.Equal(
            SignatureRefusal.PolicyFieldNotCovered,
            Verify(Form([.. s_fields, new("x-amz-meta-a", "b")])).Refusal
        );
        Assert.Equal(
            SignatureRefusal.PolicyFieldNotCovered,
            Verify(Form([.. s_fields, new("x-amz-storage-class", "GLACIER")])).Refusal
        );
        Assert.Equal(SignatureRefusal.None, Verify(Form([.. s_fields, new("x-ignore-me", "b")])).Refusal);
        Assert.Equal(SignatureRefusal.None, Verify(Form([.. s_fields, new("bucket", "photos")])).Refusal);
    }

    [Fact]
    public void Policy_must_name_bucket_and_key()
    {
        foreach (var without in (string[])["bucket", "$key"])
        {
            string[] conditions = [.. s_conditions.Where(c => !c.Contains($"\"{without}\"", StringComparison.Ordinal))];
            Assert.False(Verify(Form(conditions: conditions)).IsAllowed);
        }
    }

    [Fact]
    public void File_name_counts_in_the_condition_on_the_key()
    {
        PostField[] fields = [new("key", "${filename}"), .. s_fields[1..]];
        Assert.Equal(SignatureRefusal.PolicyCondition, Verify(Form(fields), fileName: "cat.png").Refusal);
        Assert.Equal(SignatureRefusal.PolicyCondition, Verify(Form(fields), fileName: "user/cat.png").Refusal);
    }

    [Fact]
    public void Policy_ends_when_it_says()
    {
        Assert.Equal(SignatureRefusal.None, Verify(Form(), now: s_now.AddHours(1)).Refusal);
        Assert.Equal(SignatureRefusal.PolicyExpired, Verify(Form(), now: s_now.AddHours(1).AddTicks(1)).Refusal);
        Assert.Equal(SignatureRefusal.NotYetValid, Verify(Form(), now: s_now.AddMinutes(-16)).Refusal);
    }

    [Fact]
    public void Signature_covers_every_character_of_the_policy()
    {
        foreach (var isV4 in (bool[])[true, false])
        {
            var right = Form(isV4: isV4);
            var policy = right.First(f => f.Name == "policy").Value;
            for (var i = 0; i < policy.Length; i += 3)
            {
                var changed = policy[..i] + (policy[i] == 'A' ? 'B' : 'A') + policy[(i + 1)..];
                PostField[] fields = [.. right.Where(f => f.Name != "policy"), new("policy", changed)];
                Assert.Equal(SignatureRefusal.WrongSignature, Verify(fields).Refusal);
            }
        }
    }

    [Fact]
    public void Doubtful_forms_are_refused()
    {
        var v4 = Form();
        var v2 = Form(isV4: false);
        Is(SignatureRefusal.PolicyMalformed, [.. v4, new("KEY", "twice")]);
        Is(SignatureRefusal.SeveralCredentials, [.. v4, new("AWSAccessKeyId", "a"), new("signature", "b")]);
        Is(SignatureRefusal.PolicyMalformed, [new("key", "k"), new("policy", "e30=")]);
        Is(SignatureRefusal.MalformedQuery, [.. v4.Where(f => f.Name != "policy")]);
        Is(SignatureRefusal.MalformedQuery, [.. v4.Where(f => f.Name != "x-amz-date")]);
        Is(SignatureRefusal.MalformedQuery, [.. v2.Where(f => f.Name != "signature")]);
        Is(SignatureRefusal.SecurityToken, [.. v4, new("x-amz-security-token", "t")]);
        Assert.Equal(
            SignatureRefusal.V2Disabled,
            PostForm.Read(Head(), v2, SignatureRules.Default with { AllowV2 = false }).Credential.Refusal
        );
        Assert.Equal(
            SignatureRefusal.SeveralCredentials,
            PostForm
                .Read(
                    Head(
                        new S3Header("Authorization", "AWS DO00:AAAAAAAAAAAAAAAAAAAAAAAAAAA="),
                        new("Date", "Sat, 21 Nov 2026 00:00:00 GMT")
                    ),
                    v4,
                    SignatureRules.Default
                )
                .Credential.Refusal
        );
        Assert.Equal(
            S3CredentialKind.None,
            PostForm.Read(Head(), [new("key", "k")], SignatureRules.Default).Credential.Kind
        );

        static void Is(SignatureRefusal expected, PostField[] fields) =>
            Assert.Equal(expected, PostForm.Read(Head(), fields, SignatureRules.Default).Credential.Refusal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"expiration":"2026-11-21T13:00:00Z"}""")]
    [InlineData("""{"conditions":[]}""")]
    [InlineData("""{"expiration":"tomorrow","conditions":[]}""")]
    [InlineData("""{"expiration":"2026-11-21T13:00:00Z","conditions":{}}""")]
    [InlineData("""{"expiration":"2026-11-21T13:00:00Z","conditions":[],"conditions":[]}""")]
    [InlineData("""{"expiration":"2026-11-21T13:00:00Z","conditions":[],"more":1}""")]
    [InlineData("""{"expiration":"2026-11-21T13:00:00Z","conditions":[{"key":1}]}""")]
    [InlineData("""{"expiration":"2026-11-21T13:00:00Z","conditions":[{}]}""")]
    [InlineData("""{"expiration":"2026-11-21T13:00:00Z","conditions":[["eq","key","v"]]}""")]
    [InlineData("""{"expiration":"2026-11-21T13:00:00Z","conditions":[["like","$key","v"]]}""")]
    [InlineData("""{"expiration":"2026-11-21T13:00:00Z","conditions":[["eq","$key"]]}""")]
    [InlineData("""{"expiration":"2026-11-21T13:00:00Z","conditions":[["content-length-range",5,1]]}""")]
    [InlineData("""{"expiration":"2026-11-21T13:00:00Z","conditions":[["content-length-range",-1,1]]}""")]
    [InlineData("""{"expiration":"2026-11-21T13:00:00Z","conditions":["key"]}""")]
    public void Policies_that_cannot_be_read_are_refused(string policy) =>
        Assert.Null(PostPolicy.TryRead(Convert.ToBase64String(Encoding.UTF8.GetBytes(policy))));

    [Fact]
    public void Fifty_thousand_spoiled_policies_do_not_throw()
    {
        var random = new Random(99);
        var right = Encoding.UTF8.GetBytes(Policy(s_conditions));
        for (var i = 0; i < 50_000; i++)
        {
            var spoiled = (byte[])right.Clone();
            for (var n = random.Next(1, 4); n > 0; n--)
            {
                spoiled[random.Next(spoiled.Length)] = (byte)random.Next(256);
            }

            PostPolicy.TryRead(Convert.ToBase64String(spoiled[..random.Next(spoiled.Length)]));
            PostPolicy.TryRead(Convert.ToBase64String(spoiled));
        }

        Assert.Null(PostPolicy.TryRead("not base64!"));
        Assert.Null(PostPolicy.TryRead(new string('A', PostPolicy.MaxLength + 4)));
    }

    private static string Policy(string[] conditions) =>
        $$"""{"expiration": "2026-11-21T13:00:00Z", "conditions": [{{string.Join(", ", conditions)}}]}""";

    private static PostField[] With(string name, string value) =>
        [.. s_fields.Select(f => f.Name == name ? new PostField(name, value) : f)];

    private static PostField[] Form(PostField[]? fields = null, string[]? conditions = null, bool isV4 = true)
    {
        var policy = Convert.ToBase64String(Encoding.UTF8.GetBytes(Policy(conditions ?? s_conditions)));
        fields ??= s_fields;
        if (isV4)
        {
            return
            [
                .. fields,
                new("x-amz-algorithm", "AWS4-HMAC-SHA256"),
                new("x-amz-credential", Credential),
                new("x-amz-date", "20261121T120000Z"),
                new("policy", policy),
                new("x-amz-signature", new ReferenceSigner(ChunkedBody.Key, s_now).SignPolicy(policy)),
            ];
        }

        conditions = [.. s_conditions.Where(c => !c.Contains("x-amz-", StringComparison.Ordinal))];
        policy = Convert.ToBase64String(Encoding.UTF8.GetBytes(Policy(conditions)));
#pragma warning disable CA5350 // Signature V2 is HMAC-SHA-1.
        var mac = HMACSHA1.HashData("secret"u8, Encoding.ASCII.GetBytes(policy));
#pragma warning restore CA5350
        return
        [
            .. fields,
            new("AWSAccessKeyId", "DO00EXAMPLE"),
            new("policy", policy),
            new("signature", Convert.ToBase64String(mac)),
        ];
    }

    private static PostUpload Verify(
        PostField[] fields,
        string bucket = "photos",
        string fileName = "cat.png",
        DateTimeOffset? now = null
    ) =>
        Verifier()
            .Verify(
                PostForm.Read(Head(), fields, SignatureRules.Default),
                ChunkedBody.Key,
                bucket,
                fileName,
                now ?? s_now
            );

    private static PostFormVerifier Verifier() =>
        new(new SignatureVerifier(SignatureRules.Default, new SigningKeyCache()));

    private static S3RequestHead Head(params S3Header[] more) =>
        new("POST", "/photos", (S3Header[])[new("Host", "s3.example.com"), .. more]);
}
