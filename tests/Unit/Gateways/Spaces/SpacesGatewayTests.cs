using System.Net;
using System.Net.Sockets;
using System.Text;
using Amazon.S3;
using Amazon.S3.Model;
using ControlPanel.Data.Model;
using ControlPanel.Data.Providers;
using ControlPanel.Data.Snapshots;
using ControlPanel.Tests.Unit.Support;
using ControlPanel.Tests.Unit.Verification.SigV4;
using ControlPanel.Verification.Decisions;
using ControlPanel.Verification.SigV4;

namespace ControlPanel.Tests.Unit.Gateways.Spaces;

/// <summary>The Spaces door over real sockets, in front of the demo's store.</summary>
public sealed class SpacesGatewayTests(TestPanel panel) : IClassFixture<TestPanel>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, false)]
    public async Task What_amazons_client_uploads_comes_back_unchanged(bool chunked, bool withChecksum)
    {
        var caller = await SpacesCaller.CreateAsync(panel, "raw-photos:readwrite");
        using var client = caller.Amazon(c =>
            c.RequestChecksumCalculation = withChecksum
                ? Amazon.Runtime.RequestChecksumCalculation.WHEN_SUPPORTED
                : Amazon.Runtime.RequestChecksumCalculation.WHEN_REQUIRED
        );
        foreach (var length in (int[])[0, 1, 81_920, 300_000])
        {
            var data = ChunkedBody.Bytes(length);
            var key = $"sdk/{chunked}-{withChecksum}/ü + {length}";
            await client.PutObjectAsync(
                new PutObjectRequest
                {
                    BucketName = "raw-photos",
                    Key = key,
                    InputStream = new MemoryStream(data),
                    UseChunkEncoding = chunked,
                    ContentType = "image/png",
                    Metadata = { ["place"] = "fjord" },
                },
                Ct
            );
            using var back = await client.GetObjectAsync("raw-photos", key, Ct);
            using var bytes = new MemoryStream();
            await back.ResponseStream.CopyToAsync(bytes, Ct);
            Assert.Equal(data, bytes.ToArray());
            Assert.Equal("image/png", back.Headers.ContentType);
            Assert.Equal("fjord", back.Metadata["place"]);
            Assert.True(string.IsNullOrEmpty(back.Headers.ContentEncoding), back.Headers.ContentEncoding);
        }
    }

    [Fact]
    public async Task Lists_are_paged_by_both_versions_without_a_gap_or_a_repetition()
    {
        var caller = await SpacesCaller.CreateAsync(panel, "raw-photos:readwrite");
        using var client = caller.Amazon();
        string[] keys = ["p/a", "p/b/1", "p/b/2", "p/b/3", "p/c", "p/d/1", "p/e", "p/ü", "p/z z"];
        foreach (var key in keys)
        {
            await client.PutObjectAsync(
                new PutObjectRequest
                {
                    BucketName = "raw-photos",
                    Key = key,
                    ContentBody = key,
                },
                Ct
            );
        }

        string[] folded = ["p/a", "p/b/", "p/c", "p/d/", "p/e", "p/ü", "p/z z"];
        foreach (var delimiter in (string[])["", "/"])
        {
            List<string> second = [];
            var v2 = new ListObjectsV2Request
            {
                BucketName = "raw-photos",
                Prefix = "p/",
                Delimiter = delimiter,
                MaxKeys = 2,
            };
            ListObjectsV2Response page;
            do
            {
                page = await client.ListObjectsV2Async(v2, Ct);
                second.AddRange((page.S3Objects ?? []).Select(o => o.Key));
                second.AddRange(page.CommonPrefixes ?? []);
                v2.ContinuationToken = page.NextContinuationToken;
            } while (page.IsTruncated == true);

            List<string> first = [];
            var v1 = new ListObjectsRequest
            {
                BucketName = "raw-photos",
                Prefix = "p/",
                Delimiter = delimiter,
                MaxKeys = 2,
                Encoding = EncodingType.Url,
            };
            ListObjectsResponse older;
            do
            {
                older = await client.ListObjectsAsync(v1, Ct);
                first.AddRange((older.S3Objects ?? []).Select(o => Uri.UnescapeDataString(o.Key)));
                first.AddRange((older.CommonPrefixes ?? []).Select(Uri.UnescapeDataString));
                v1.Marker = Uri.UnescapeDataString(older.NextMarker ?? "");
            } while (older.IsTruncated == true);

            var expected = delimiter.Length == 0 ? keys : folded;
            Assert.Equal(expected.Order(StringComparer.Ordinal), second.Order(StringComparer.Ordinal));
            Assert.Equal(expected.Order(StringComparer.Ordinal), first.Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public async Task A_limited_key_sees_its_buckets_and_a_full_one_sees_all_but_other_teams()
    {
        var limited = await SpacesCaller.CreateAsync(panel, "final-photos:read");
        using (var client = limited.Amazon())
        {
            Assert.Equal(["final-photos"], (await client.ListBucketsAsync(Ct)).Buckets.Select(b => b.BucketName));
        }

        var full = await SpacesCaller.CreateAsync(panel, ":fullaccess");
        using var everything = full.Amazon();
        await everything.PutBucketAsync("taken-elsewhere", Ct);
        Assert.Contains("taken-elsewhere", (await everything.ListBucketsAsync(Ct)).Buckets.Select(b => b.BucketName));
        await GiveToAnotherTeamAsync("taken-elsewhere");
        Assert.Equal(
            ["final-photos", "marketing-materials", "raw-photos"],
            (await everything.ListBucketsAsync(Ct)).Buckets.Select(b => b.BucketName)
        );
        Assert.Equal("AccessDenied", (await full.SendAsync("GET", "/taken-elsewhere")).Code);
        Assert.Equal(
            "AccessDenied",
            (await full.SendAsync("PUT", "/raw-photos/x", new S3Header("x-amz-copy-source", "taken-elsewhere/y"))).Code
        );
    }

    [Fact]
    public async Task A_right_that_was_taken_away_is_missing_on_the_next_request()
    {
        var caller = await SpacesCaller.CreateAsync(panel, "final-photos:read", "raw-photos:readwrite");
        Assert.Equal(200, (await caller.SendAsync("GET", "/final-photos")).Status);
        await caller.GrantAsync("raw-photos:read");
        Assert.Equal("AccessDenied", (await caller.SendAsync("GET", "/final-photos")).Code);
        Assert.Equal("AccessDenied", (await caller.SendAsync("DELETE", "/raw-photos/2026/beach.svg")).Code);
        Assert.Equal(200, (await caller.SendAsync("GET", "/raw-photos")).Status);
        await caller.GrantAsync();
        Assert.Equal("AccessDenied", (await caller.SendAsync("GET", "/raw-photos")).Code);
        await caller.DeleteAsync();
        Assert.Equal("InvalidAccessKeyId", (await caller.SendAsync("GET", "/raw-photos")).Code);
    }

    [Theory]
    [InlineData("PUT", "/raw-photos", 409, "BucketAlreadyOwnedByYou")]
    [InlineData("PUT", "/final-photos", 409, "BucketAlreadyOwnedByYou")]
    [InlineData("PUT", "/marketing-materials", 403, "AccessDenied")]
    [InlineData("PUT", "/not-there-yet", 403, "AccessDenied")]
    [InlineData("DELETE", "/raw-photos", 403, "AccessDenied")]
    [InlineData("GET", "/raw-photos?acl", 403, "AccessDenied")]
    [InlineData("GET", "/raw-photos?policy", 403, "AccessDenied")]
    [InlineData("PUT", "/final-photos/x", 403, "AccessDenied")]
    [InlineData("DELETE", "/final-photos/beach-final.svg", 403, "AccessDenied")]
    [InlineData("POST", "/final-photos/x?uploads", 403, "AccessDenied")]
    [InlineData("GET", "/marketing-materials/slogans.txt", 403, "AccessDenied")]
    [InlineData("GET", "/no-such-bucket/x", 403, "AccessDenied")]
    [InlineData("GET", "/raw-photos/no-such-key", 404, "NoSuchKey")]
    [InlineData("GET", "/raw-photos/a/../../marketing-materials/slogans.txt", 400, "InvalidURI")]
    [InlineData("GET", "/raw-photos/%2e%2e/marketing-materials/slogans.txt", 400, "InvalidURI")]
    [InlineData("GET", "/raw-photos%2F..%2Fmarketing-materials/slogans.txt", 400, "InvalidURI")]
    [InlineData("GET", "/marketing-materials%2Fslogans.txt", 400, "InvalidURI")]
    [InlineData("GET", "//marketing-materials/slogans.txt", 400, "InvalidURI")]
    [InlineData("GET", "/raw-photos/%zz", 400, "InvalidURI")]
    [InlineData("GET", "/admin/user", 403, "AccessDenied")]
    [InlineData("POST", "/?Action=CreateUser", 403, "AccessDenied")]
    [InlineData("GET", "/v1/AUTH_test", 403, "AccessDenied")]
    [InlineData("PUT", "/raw-photos/x?x-amz-copy-source=marketing-materials%2Fslogans.txt", 400, "InvalidArgument")]
    [InlineData("PUT", "/raw-photos/x?x-amz-acl=public-read", 400, "InvalidArgument")]
    [InlineData("TRACE", "/raw-photos/x", 405, "MethodNotAllowed")]
    public async Task What_a_limited_key_may_not_do_reads_as_s3_says_it(
        string method,
        string target,
        int status,
        string code
    )
    {
        var caller = await SpacesCaller.CreateAsync(panel, "final-photos:read", "raw-photos:readwrite");
        var answer = await caller.SendAsync(method, target);
        Assert.Equal((status, code), (answer.Status, answer.Code));
        Assert.NotEqual("", answer.Error("Message"));
        Assert.Equal(answer.Headers["x-amz-request-id"], answer.Error("RequestId"));
    }

    [Fact]
    public async Task A_refused_head_has_a_status_and_no_body()
    {
        var caller = await SpacesCaller.CreateAsync(panel, "final-photos:read");
        var answer = await caller.SendAsync("HEAD", "/raw-photos/2026/beach.svg");
        Assert.Equal((403, ""), (answer.Status, answer.Body));
    }

    [Fact]
    public async Task A_refusal_is_found_by_the_id_that_the_caller_was_given()
    {
        var caller = await SpacesCaller.CreateAsync(panel, "final-photos:read");
        var denied = await caller.SendAsync("PUT", "/raw-photos/secret?uploads");
        var refusal = await panel.RefusalAsync(denied.Headers["x-request-id"]);
        Assert.Equal(DenialReason.BucketNotGranted, refusal!.Reason);
        var wrong = await SpacesCaller.SendAsync(
            panel,
            Changed(caller.Signer.SignHeader("GET", "/final-photos", PayloadModes.EmptyHash), "x-amz-date", shift: 1)
        );
        Assert.Equal("SignatureDoesNotMatch", wrong.Code);
        refusal = await panel.RefusalAsync(wrong.Headers["x-request-id"]);
        Assert.Equal(DenialReason.BadSignature, refusal!.Reason);
    }

    [Fact]
    public async Task Nothing_unsigned_doubled_or_disguised_gets_through()
    {
        var caller = await SpacesCaller.CreateAsync(panel, "raw-photos:readwrite");
        var good = caller.Signer.SignHeader("PUT", "/raw-photos/disguised", PayloadModes.EmptyHash);
        S3Header source = new("x-amz-copy-source", "marketing-materials/slogans.txt");
        (S3RequestHead Head, string Code)[] cases =
        [
            (With(good, source), "AccessDenied"),
            (With(good, new S3Header("X_Amz_Copy_Source", source.Value)), "InvalidRequest"),
            (With(good, new S3Header("Authorization", good.Find("Authorization")!)), "InvalidArgument"),
            (
                With(
                    caller.Signer.Presign("PUT", "/raw-photos/disguised", "", "60"),
                    new S3Header("Authorization", "AWS a:b")
                ),
                "InvalidArgument"
            ),
            (
                caller
                    .SignerAt(TimeProvider.System.GetUtcNow().AddMinutes(-16))
                    .SignHeader("GET", "/raw-photos", PayloadModes.EmptyHash),
                "RequestTimeTooSkewed"
            ),
            (
                caller.SignerAt(TimeProvider.System.GetUtcNow().AddMinutes(-2)).Presign("GET", "/raw-photos", "", "60"),
                "AccessDenied"
            ),
            (caller.Signer.Presign("GET", "/raw-photos", "", "604801"), "AuthorizationQueryParametersError"),
            (
                caller.Signer.Presign("PUT", "/raw-photos/x", "x-amz-copy-source=raw-photos%2Fy", "60"),
                "InvalidArgument"
            ),
            (new S3RequestHead("GET", "/raw-photos", new S3Header[] { new("Host", "s3.example.com") }), "AccessDenied"),
        ];
        foreach (var (head, code) in cases)
        {
            var answer = await SpacesCaller.SendAsync(panel, head);
            Assert.Equal(code, answer.Code);
        }

        Assert.Equal(404, (await caller.SendAsync("GET", "/raw-photos/disguised")).Status);
    }

    [Fact]
    public async Task A_length_and_a_transfer_coding_together_are_refused()
    {
        var caller = await SpacesCaller.CreateAsync(panel, "raw-photos:readwrite");
        var head = With(
            caller.Signer.SignHeader("PUT", "/raw-photos/smuggled", PayloadModes.Unsigned),
            new S3Header("Transfer-Encoding", "chunked"),
            new S3Header("Content-Length", "5")
        );
        var answer = await SpacesCaller.SendAsync(panel, head, Encoding.ASCII.GetBytes("0\r\n\r\n"));
        Assert.Equal((400, "InvalidRequest"), (answer.Status, answer.Code));
    }

    [Fact]
    public async Task A_refused_upload_is_refused_before_its_body_is_asked_for()
    {
        var caller = await SpacesCaller.CreateAsync(panel, "final-photos:read");
        var head = With(
            caller.Signer.SignHeader("PUT", "/final-photos/large", PayloadModes.Unsigned),
            new S3Header("Expect", "100-continue"),
            new S3Header("Content-Length", "200000000")
        );
        var answer = await SpacesCaller.SendAsync(panel, head);
        Assert.Equal((403, "AccessDenied"), (answer.Status, answer.Code));
    }

    [Fact]
    public async Task An_answer_instead_of_continue_is_the_last_one_on_its_connection()
    {
        var caller = await SpacesCaller.CreateAsync(panel, "raw-photos:readwrite");
        foreach (var target in (string[])["/raw-photos/empty", "/final-photos/empty"])
        {
            using var socket = new TcpClient();
            await socket.ConnectAsync(IPAddress.Loopback, new Uri(panel.App.Addresses.Spaces).Port, Ct);
            var head = caller.Signer.SignHeader("PUT", target, PayloadModes.EmptyHash);
            var lines = string.Concat(head.Headers.ToArray().Select(h => $"{h.Name}: {h.Value}\r\n"));
            await socket
                .GetStream()
                .WriteAsync(
                    Encoding.ASCII.GetBytes(
                        $"PUT {target} HTTP/1.1\r\n{lines}Expect: 100-continue\r\nContent-Length: 0\r\n\r\n"
                    ),
                    Ct
                );
            // Read to the end of the connection, which the client did not ask for.
            var answer = await SpacesCaller.ReadAsync(socket.GetStream());
            Assert.Equal(target.StartsWith("/raw", StringComparison.Ordinal) ? 200 : 403, answer.Status);
            Assert.Equal("close", answer.Headers["connection"]);
        }
    }

    [Fact]
    public async Task A_link_carries_its_own_right_and_loses_it_with_the_key()
    {
        var caller = await SpacesCaller.CreateAsync(panel, "raw-photos:read");
        var link = caller.Signer.Presign(
            "GET",
            "/raw-photos/2026/beach.svg",
            "response-content-type=text%2Fplain",
            "60"
        );
        var answer = await SpacesCaller.SendAsync(panel, link);
        Assert.Equal((200, "text/plain"), (answer.Status, answer.Headers["content-type"]));
        await caller.DeleteAsync();
        Assert.Equal("InvalidAccessKeyId", (await SpacesCaller.SendAsync(panel, link)).Code);
    }

    [Fact]
    public async Task A_header_put_into_a_link_reaches_the_store_as_a_header()
    {
        var caller = await SpacesCaller.CreateAsync(panel, "raw-photos:readwrite");
        var link = caller.Signer.Presign("PUT", "/raw-photos/hoisted", "x-amz-meta-place=fj%C3%B6rd", "60");
        Assert.Equal(200, (await SpacesCaller.SendAsync(panel, link, [1, 2, 3])).Status);
        var head = await caller.SendAsync("HEAD", "/raw-photos/hoisted");
        Assert.Equal("fjörd", head.Headers["x-amz-meta-place"]);
    }

    [Fact]
    public async Task Ranges_and_conditions_pass_through()
    {
        var caller = await SpacesCaller.CreateAsync(panel, "raw-photos:readwrite");
        using var client = caller.Amazon();
        var put = await client.PutObjectAsync(
            new PutObjectRequest
            {
                BucketName = "raw-photos",
                Key = "range",
                ContentBody = "0123456789",
            },
            Ct
        );
        foreach (
            var (range, expected) in ((string, string)[])[("bytes=2-4", "234"), ("bytes=7-", "789"), ("bytes=-2", "89")]
        )
        {
            var part = await caller.SendAsync("GET", "/raw-photos/range", new S3Header("Range", range));
            Assert.Equal((206, expected), (part.Status, part.Body));
        }

        var beyond = await caller.SendAsync("GET", "/raw-photos/range", new S3Header("Range", "bytes=10-"));
        Assert.Equal((416, "InvalidRange"), (beyond.Status, beyond.Code));
        var same = await caller.SendAsync("GET", "/raw-photos/range", new S3Header("If-None-Match", put.ETag));
        Assert.Equal(304, same.Status);
        var other = await caller.SendAsync("GET", "/raw-photos/range", new S3Header("If-Match", "\"other\""));
        Assert.Equal((412, "PreconditionFailed"), (other.Status, other.Code));
    }

    [Fact]
    public async Task A_preflight_needs_no_credential_and_says_nothing_about_unknown_buckets()
    {
        var unknown = await SpacesCaller.SendAsync(
            panel,
            new S3RequestHead(
                "OPTIONS",
                "/no-such-bucket/x",
                new S3Header[]
                {
                    new("Host", "s3.example.com"),
                    new("Origin", "https://shop.example.com"),
                    new("Access-Control-Request-Method", "PUT"),
                }
            )
        );
        Assert.Equal((403, "AccessDenied"), (unknown.Status, unknown.Code));
    }

    internal static S3RequestHead With(S3RequestHead head, params S3Header[] more) =>
        new(head.Method, head.Target, (S3Header[])[.. head.Headers.ToArray(), .. more]);

    // One digit of a header's value raised by one, so that only the signature can notice.
    private static S3RequestHead Changed(S3RequestHead head, string name, int shift) =>
        new(
            head.Method,
            head.Target,
            head.Headers.ToArray()
                .Select(h =>
                    h.Name == name
                        ? h with
                        {
                            Value = h.Value[..^2] + (char)('0' + ((h.Value[^2] - '0' + shift) % 10)) + h.Value[^1],
                        }
                        : h
                )
                .ToArray()
        );

    private async Task GiveToAnotherTeamAsync(string bucket)
    {
        await using (var transaction = await panel.Get<IControlPanelStore>().BeginWriteAsync(Ct))
        {
            var now = TimeProvider.System.GetUtcNow();
            var team = new Team
            {
                Id = Guid.CreateVersion7(now),
                Name = "Others",
                CreatedAt = now,
            };
            transaction.Db.Teams.Add(team);
            transaction.Db.Buckets.Add(
                new Bucket
                {
                    Id = Guid.CreateVersion7(now),
                    TeamId = team.Id,
                    Name = bucket,
                    Region = "nyc3",
                    CreatedAt = now,
                    ChangeVersion = await transaction.TickAsync(Ct),
                }
            );
            await transaction.CommitAsync(Ct);
        }

        await panel.Get<KeySnapshots>().RefreshAsync(Ct);
    }
}
