using System.Net;
using System.Text;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using ControlPanel.Verification.S3;
using ControlPanel.Verification.SigV4;

namespace ControlPanel.Tests.Unit.Verification.SigV4;

/// <summary>
/// Amazon's own client signs, this engine verifies: no odd key is refused, no body comes out changed.
/// </summary>
public sealed class AmazonClientTests : IDisposable
{
    private readonly List<Sent> _sent = [];
    private readonly Recorder _recorder;

    public AmazonClientTests() => _recorder = new Recorder(_sent);

    public void Dispose() => _recorder.Dispose();

    [Fact]
    public async Task A_thousand_requests_with_random_odd_keys_verify()
    {
        using var client = Client();
        var random = new Random(20261121);
        string[] pieces =
        [
            "a",
            "B",
            "7",
            " ",
            "+",
            "%",
            "%25",
            "//",
            "/",
            "ü",
            "你",
            "~",
            "'",
            "(",
            ")",
            "*",
            "!",
            "&",
            "=",
            "?",
            "#",
            ":",
            ";",
            "@",
            ",",
            "$",
            "\\",
            "^",
            "`",
            "{",
            "|",
            "}",
            "\"",
            "<",
            ">",
            "..a",
            "b.c",
            "_",
            "-",
        ];
        for (var i = 0; i < 1000; i++)
        {
            var key = "k";
            for (var n = random.Next(1, 12); n > 0; n--)
            {
                key += pieces[random.Next(pieces.Length)];
            }

            key += "z";
            _sent.Clear();
            switch (i % 4)
            {
                case 0:
                    await client.GetObjectMetadataAsync("final-photos", key, Cancel);
                    break;
                case 1:
                    await client.DeleteObjectAsync("final-photos", key, Cancel);
                    break;
                case 2:
                    await client.ListObjectsV2Async(
                        new ListObjectsV2Request
                        {
                            BucketName = "final-photos",
                            Prefix = key,
                            StartAfter = key,
                        },
                        Cancel
                    );
                    break;
                default:
                    await client.CopyObjectAsync("raw-photos", key, "final-photos", key, Cancel);
                    break;
            }

            var sent = Assert.Single(_sent);
            var verdict = SignatureData.Verify(sent.Head, SignatureData.CaptureKey, SignatureData.ClockOf(sent.Head));
            Assert.True(verdict.IsValid, $"{verdict.Refusal}: {sent.Head.Target}");
            CheckMeaning(sent.Head, key, i % 4);
        }
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task Uploads_come_out_as_they_went_in(bool chunked, bool withChecksum)
    {
        var config = Config();
        config.RequestChecksumCalculation = withChecksum
            ? RequestChecksumCalculation.WHEN_SUPPORTED
            : RequestChecksumCalculation.WHEN_REQUIRED;
        using var client = new AmazonS3Client(Credentials(), config);
        HashSet<PayloadMode> modes = [];
        foreach (var length in (int[])[0, 1, 5, 81_920, 200_000])
        {
            _sent.Clear();
            var data = ChunkedBody.Bytes(length);
            await client.PutObjectAsync(
                new PutObjectRequest
                {
                    BucketName = "final-photos",
                    Key = "a b.bin",
                    InputStream = new MemoryStream(data),
                    UseChunkEncoding = chunked,
                },
                Cancel
            );
            var sent = Assert.Single(_sent);
            var verdict = SignatureData.Verify(sent.Head, SignatureData.CaptureKey, SignatureData.ClockOf(sent.Head));
            Assert.True(verdict.IsValid, verdict.Refusal.ToString());
            Assert.True(verdict.PayloadMode.IsChunked() == (chunked && length > 0), $"{length}: {verdict.PayloadMode}");
            modes.Add(verdict.PayloadMode);
            var opening = verdict.OpenPayload(sent.Head, new MemoryStream(sent.Body), PayloadLimits.Default);
            Assert.Equal(SignatureRefusal.None, opening.Refusal);
            using var received = new MemoryStream();
            await opening.Body!.CopyToAsync(received, Cancel);
            Assert.Equal(data, received.ToArray());
        }

        Assert.Contains(
            (chunked, withChecksum) switch
            {
                (true, true) => PayloadMode.SignedChunksWithTrailer,
                (true, false) => PayloadMode.SignedChunks,
                _ => PayloadMode.LiteralHash,
            },
            modes
        );
    }

    [Fact]
    public void Presigned_addresses_verify_until_they_end()
    {
        using var client = Client();
        foreach (var (verb, method) in ((HttpVerb, string)[])[(HttpVerb.GET, "GET"), (HttpVerb.PUT, "PUT")])
        {
            var address = client.GetPreSignedURL(
                new GetPreSignedUrlRequest
                {
                    BucketName = "final-photos",
                    Key = "a b+ü.jpg",
                    Verb = verb,
                    Protocol = Protocol.HTTP,
                    Expires = TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(10),
                }
            );
            var target = address[address.IndexOf("/final-photos", StringComparison.Ordinal)..];
            var head = new S3RequestHead(method, target, (S3Header[])[new("Host", "s3.example.com:9002")]);
            var signedAt = SignatureData.ClockOf(head);
            Assert.True(SignatureData.Verify(head, SignatureData.CaptureKey, signedAt.AddMinutes(9)).IsValid);
            Assert.Equal(
                SignatureRefusal.Expired,
                SignatureData.Verify(head, SignatureData.CaptureKey, signedAt.AddMinutes(11)).Refusal
            );
        }
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static void CheckMeaning(in S3RequestHead head, string key, int kind)
    {
        var address = S3Address.Read(head, S3Addressing.Default);
        Assert.True(address.Refusal is S3Refusal.None, $"{address.Refusal}: {head.Target}");
        var request = S3Classifier.Classify(head, address, S3Addressing.Default);
        Assert.Equal("final-photos", address.Bucket);
        Assert.Equal(S3Refusal.None, request.Refusal);
        Assert.Equal(
            kind switch
            {
                0 => S3Operation.HeadObject,
                1 => S3Operation.DeleteObject,
                2 => S3Operation.ListObjects,
                _ => S3Operation.CopyObject,
            },
            request.Operation
        );
        if (kind != 2)
        {
            Assert.Equal(key, address.Key);
        }

        if (kind == 3)
        {
            Assert.Equal(("raw-photos", key), (request.Source!.Bucket, request.Source.Key));
        }
    }

    private static BasicAWSCredentials Credentials() =>
        new(SignatureData.CaptureKey.AccessKeyId, "s3cr3tKeyForTests+with/slash=0123456789abcdefgh");

    private AmazonS3Config Config() =>
        new()
        {
            ServiceURL = "http://s3.example.com:9002",
            ForcePathStyle = true,
            AuthenticationRegion = "nyc3",
            MaxErrorRetry = 0,
            HttpClientFactory = new Factory(_recorder),
        };

    private AmazonS3Client Client() => new(Credentials(), Config());

    private sealed record Sent(S3RequestHead Head, byte[] Body);

    private sealed class Factory(Recorder recorder) : HttpClientFactory
    {
        public override HttpClient CreateHttpClient(IClientConfig clientConfig) => new(recorder, disposeHandler: false);

        public override bool UseSDKHttpClientCaching(IClientConfig clientConfig) => false;
    }

    /// <summary>Keeps what would have gone over the wire and answers that all is well.</summary>
    private sealed class Recorder(List<Sent> sent) : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request,
            CancellationToken cancellationToken
        )
        {
            List<S3Header> headers = [];
            foreach (var (name, values) in request.Headers.NonValidated)
            {
                headers.AddRange(values.Select(value => new S3Header(name, value)));
            }

            if (!headers.Exists(h => h.Name.Equals("host", StringComparison.OrdinalIgnoreCase)))
            {
                headers.Add(new S3Header("Host", request.RequestUri!.Authority));
            }

            byte[] body = [];
            if (request.Content is not null)
            {
                body = await request.Content.ReadAsByteArrayAsync(cancellationToken);
                foreach (var (name, values) in request.Content.Headers.NonValidated)
                {
                    headers.AddRange(values.Select(value => new S3Header(name, value)));
                }
            }

            var target = request.RequestUri!.OriginalString["http://s3.example.com:9002".Length..];
            sent.Add(new Sent(new S3RequestHead(request.Method.Method, target, headers.ToArray()), body));
            return new HttpResponseMessage(HttpStatusCode.OK)
            {
                RequestMessage = request,
                Content = new StringContent("<Result></Result>", Encoding.UTF8, "application/xml"),
            };
        }
    }
}
