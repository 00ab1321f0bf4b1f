using System.Diagnostics;
using System.Text;
using ControlPanel.Tests.Unit.Support;
using ControlPanel.Tests.Unit.Verification.SigV4;
using ControlPanel.Verification.S3;
using ControlPanel.Verification.SigV4;
using Microsoft.AspNetCore.Http;

namespace ControlPanel.Tests.Unit.Gateways.Spaces;

/// <summary>What reaches the store behind, and what of its answers reaches the client.</summary>
public sealed class ForwardedRequestTests : IAsyncLifetime
{
    private readonly TestPanel _panel = new(builder =>
        builder.Configuration["ControlPanel:Spaces:Domains:0"] = "s3.test"
    );
    private RecordingStore _store = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _panel.InitializeAsync();
        _store = await RecordingStore.StartAsync();
        await _store.PutBehindAsync(_panel);
    }

    public async ValueTask DisposeAsync()
    {
        await _panel.DisposeAsync();
        await _store.DisposeAsync();
    }

    [Fact]
    public async Task The_raw_target_goes_on_byte_for_byte_and_signed_by_the_gateway()
    {
        var caller = await SpacesCaller.CreateAsync(_panel, "raw-photos:readwrite");
        string[] targets =
        [
            "/raw-photos/a//b/c",
            "/raw-photos/a%2Fb%20c%2B%25",
            "/raw-photos/%C3%BC%E4%BD%A0",
            "/raw-photos/~a'(b)*!$&,;=:@",
            "/raw-photos/a?versionId=x%2Fy&response-content-type=a%2Fb",
            "/raw-photos?list-type=2&prefix=a%2F&delimiter=%2F&encoding-type=url",
            "/raw-photos/?delimiter=/",
            "/raw-photos?list-type=2&&prefix=",
        ];
        foreach (var target in targets)
        {
            Assert.Equal(200, (await caller.SendAsync("GET", target)).Status);
            var seen = _store.Single();
            Assert.Equal(target, seen.Head.Target);
            Assert.True(seen.Verdict.IsValid, $"{target}: {seen.Verdict.Refusal}");
            Assert.Contains("Credential=" + RecordingStore.AccessKeyId, seen.Head.Find("authorization")!);
            Assert.Equal(_store.Address.Authority, seen.Head.Find("host"));
        }
    }

    [Fact]
    public async Task A_bucket_in_the_host_name_is_put_into_the_path()
    {
        var caller = await SpacesCaller.CreateAsync(_panel, "raw-photos:read");
        foreach (
            var (host, target, forwarded) in ((string, string, string)[])
                [
                    ("raw-photos.s3.test", "/a/b?versionId=1", "/raw-photos/a/b?versionId=1"),
                    ("RAW-photos.S3.test:80", "/?list-type=2", "/raw-photos/?list-type=2"),
                    ("s3.test", "/raw-photos/a", "/raw-photos/a"),
                ]
        )
        {
            var head = caller.SignerFor(host).SignHeader("GET", target, PayloadModes.EmptyHash);
            Assert.Equal(200, (await SpacesCaller.SendAsync(_panel, head)).Status);
            Assert.Equal(forwarded, _store.Single().Head.Target);
        }

        var other = caller.SignerFor("final-photos.s3.test").SignHeader("GET", "/a", PayloadModes.EmptyHash);
        Assert.Equal("AccessDenied", (await SpacesCaller.SendAsync(_panel, other)).Code);
        Assert.Empty(_store.Seen);
    }

    [Fact]
    public async Task Only_known_headers_reach_the_store_and_none_of_the_clients_credential()
    {
        var caller = await SpacesCaller.CreateAsync(_panel, "raw-photos:readwrite");
        var head = caller.Signer.SignHeader(
            "PUT",
            "/raw-photos/x",
            PayloadModes.Unsigned,
            new S3Header("x-amz-meta-a", "1"),
            new S3Header("x-amz-meta-b", "ü spaced")
        );
        head = SpacesGatewayTests.With(
            head,
            new S3Header("X-Forwarded-For", "1.2.3.4"),
            new S3Header("X-Rgw-Admin", "1"),
            new S3Header("Cookie", "a=b"),
            new S3Header("X-Auth-Token", "t"),
            new S3Header("Upgrade", "websocket"),
            new S3Header("Content-Type", "text/plain"),
            new S3Header("Cache-Control", "no-store")
        );
        Assert.Equal(200, (await SpacesCaller.SendAsync(_panel, head, "body"u8.ToArray())).Status);
        var seen = _store.Single();
        Assert.True(seen.Verdict.IsValid, seen.Verdict.Refusal.ToString());
        Assert.Equal(
            [
                "authorization",
                "cache-control",
                "content-length",
                "content-type",
                "host",
                "x-amz-content-sha256",
                "x-amz-date",
                "x-amz-meta-a",
                "x-amz-meta-b",
            ],
            seen.Head.Headers.ToArray().Select(h => h.Name.ToLowerInvariant()).Order(StringComparer.Ordinal)
        );
        Assert.Equal("body", Encoding.UTF8.GetString(seen.Body));
        Assert.DoesNotContain(seen.Head.Headers.ToArray(), h => h.Value.Contains(caller.Id, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_presigned_request_goes_on_without_its_signature()
    {
        var caller = await SpacesCaller.CreateAsync(_panel, "raw-photos:readwrite");
        var link = caller.Signer.Presign("GET", "/raw-photos/x", "versionId=v%2F1&x-id=GetObject", "60");
        Assert.Equal(200, (await SpacesCaller.SendAsync(_panel, link)).Status);
        var seen = _store.Single();
        Assert.Equal("/raw-photos/x?versionId=v%2F1&x-id=GetObject", seen.Head.Target);
        Assert.True(seen.Verdict.IsValid, seen.Verdict.Refusal.ToString());
    }

    [Fact]
    public async Task Signed_chunks_reach_the_store_as_the_plain_body()
    {
        var caller = await SpacesCaller.CreateAsync(_panel, "raw-photos:readwrite");
        var data = ChunkedBody.Bytes(200_000);
        foreach (var mode in (string[])[ChunkedBody.Signed, ChunkedBody.SignedTrailer, ChunkedBody.UnsignedTrailer])
        {
            var upload = ChunkedBody.Make(mode, data, 65_536, signer: caller.Signer, target: "/raw-photos/chunks");
            var head = SpacesGatewayTests.With(upload.Head, new S3Header("Content-Encoding", "aws-chunked,gzip"));
            Assert.Equal(200, (await SpacesCaller.SendAsync(_panel, head, upload.Wire)).Status);
            var seen = _store.Single();
            Assert.Equal(data, seen.Body);
            Assert.Equal("200000", seen.Head.Find("content-length"));
            Assert.Equal("gzip", seen.Head.Find("content-encoding"));
            Assert.Equal(PayloadModes.Unsigned, seen.Head.Find("x-amz-content-sha256"));
            Assert.Null(seen.Head.Find("x-amz-trailer"));
            Assert.True(seen.Verdict.IsValid, seen.Verdict.Refusal.ToString());
        }
    }

    [Fact]
    public async Task No_spoiled_chunk_stream_is_ever_whole_at_the_store()
    {
        var caller = await SpacesCaller.CreateAsync(_panel, "raw-photos:readwrite");
        var data = ChunkedBody.Bytes(1000);
        foreach (var mode in (string[])[ChunkedBody.Signed, ChunkedBody.SignedTrailer, ChunkedBody.UnsignedTrailer])
        {
            var upload = ChunkedBody.Make(mode, data, 300, signer: caller.Signer, target: "/raw-photos/spoiled");
            var frames = upload.Frames;
            List<byte[]> spoiled =
            [
                [.. frames[0], .. frames[2], .. frames[1], .. frames[3], .. frames[4]],
                [.. frames[0], .. frames[0], .. frames[1], .. frames[2], .. frames[3], .. frames[4]],
                [.. frames[0], .. frames[1], .. frames[3], .. frames[4]],
                [.. frames[0], .. frames[1], .. frames[2], .. frames[3]],
                upload.Wire[..^1],
                upload.Wire[..^5],
                [.. upload.Wire, .. "x"u8],
            ];
            var random = new Random(7);
            for (var i = 0; i < 25; i++)
            {
                var flipped = (byte[])upload.Wire.Clone();
                flipped[random.Next(flipped.Length)] ^= 0x20;
                // A flipped letter of a size or of a trailer's name means the same: hexadecimal digits and header names
                // have no case. Whatever is accepted must be the data itself.
                spoiled.Add(flipped);
            }

            var accepted = 0;
            foreach (var wire in spoiled)
            {
                var answer = await SpacesCaller.SendAsync(_panel, upload.Head, wire);
                accepted += answer.Status == 200 ? 1 : 0;
                Assert.True(answer.Status == 200 || answer.Code.Length > 0, answer.Body);
            }

            var whole = _store.Seen.Where(s => s.IsWhole).ToList();
            Assert.All(whole, seen => Assert.Equal(data, seen.Body));
            Assert.Equal(accepted, whole.Count);
            Assert.True(accepted < 5, $"{accepted} of {spoiled.Count} were accepted.");
            _store.Seen.Clear();
        }
    }

    [Fact]
    public async Task A_body_with_another_hash_is_never_whole_at_the_store()
    {
        var caller = await SpacesCaller.CreateAsync(_panel, "raw-photos:readwrite");
        var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData("right"u8));
        var head = caller.Signer.SignHeader("PUT", "/raw-photos/x", hash);
        foreach (var body in (string[])["wrong", "righ", "right!", ""])
        {
            var answer = await SpacesCaller.SendAsync(_panel, head, Encoding.ASCII.GetBytes(body));
            Assert.Equal("XAmzContentSHA256Mismatch", answer.Code);
        }

        Assert.Equal(200, (await SpacesCaller.SendAsync(_panel, head, "right"u8.ToArray())).Status);
        var whole = Assert.Single(_store.Seen, s => s.IsWhole);
        Assert.Equal(hash, whole.Head.Find("x-amz-content-sha256"));
    }

    [Fact]
    public async Task An_empty_message_of_the_store_is_filled_and_a_foreign_form_translated()
    {
        var caller = await SpacesCaller.CreateAsync(_panel, "raw-photos:read");
        (int Status, string Body, string Code)[] cases =
        [
            (404, "<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code><Message></Message></Error>", "NoSuchKey"),
            (409, "<Error><Code>OperationAborted</Code></Error>", "OperationAborted"),
            (403, "{\"error\":\"no\"}", "AccessDenied"),
            (404, "", "NoSuchKey"),
            (500, "<html>nginx</html>", "InternalError"),
            (400, "<!DOCTYPE a [<!ENTITY b \"c\">]><Error><Code>&b;</Code></Error>", "InvalidRequest"),
        ];
        foreach (var (status, body, code) in cases)
        {
            _store.Answer = context =>
            {
                context.Response.StatusCode = status;
                return context.Response.WriteAsync(body);
            };
            var answer = await caller.SendAsync("GET", "/raw-photos/x");
            Assert.Equal((status, code), (answer.Status, answer.Code));
            Assert.NotEqual("", answer.Error("Message"));
            Assert.Equal(answer.Headers["x-request-id"], answer.Error("RequestId"));
        }
    }

    [Fact]
    public async Task A_store_that_refuses_the_gateways_credential_is_not_the_clients_fault()
    {
        var caller = await SpacesCaller.CreateAsync(_panel, "raw-photos:read");
        _store.Answer = context =>
        {
            context.Response.StatusCode = 403;
            return context.Response.WriteAsync("<Error><Code>SignatureDoesNotMatch</Code><Message>m</Message></Error>");
        };
        var answer = await caller.SendAsync("GET", "/raw-photos/x");
        Assert.Equal((502, "InternalError"), (answer.Status, answer.Code));
    }

    [Fact]
    public async Task Without_a_store_or_with_a_dead_one_the_answer_says_so()
    {
        var caller = await SpacesCaller.CreateAsync(_panel, "raw-photos:read");
        await _store.DisposeAsync();
        var dead = await caller.SendAsync("GET", "/raw-photos/x");
        Assert.Equal((502, "InternalError"), (dead.Status, dead.Code));
        await _panel.Get<ControlPanel.Data.Operations.Spaces.RemoveSpacesUpstream>().ExecuteAsync(_panel.Owner, Ct);
        await _panel.Get<ControlPanel.Data.Snapshots.KeySnapshots>().RefreshAsync(Ct);
        var none = await caller.SendAsync("GET", "/raw-photos/x");
        Assert.Equal((501, "NotImplemented"), (none.Status, none.Code));
        Assert.Contains("No store is set up", none.Error("Message"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_download_that_runs_when_its_right_is_taken_away_is_cut()
    {
        var caller = await SpacesCaller.CreateAsync(_panel, "raw-photos:read");
        var started = new TaskCompletionSource();
        var ended = new TaskCompletionSource();
        _store.Answer = async context =>
        {
            try
            {
                while (true)
                {
                    await context.Response.WriteAsync("more", context.RequestAborted);
                    await context.Response.Body.FlushAsync(context.RequestAborted);
                    started.TrySetResult();
                    await Task.Delay(20, context.RequestAborted);
                }
            }
            finally
            {
                ended.TrySetResult();
            }
        };
        var download = caller.SendAsync("GET", "/raw-photos/endless");
        await started.Task.WaitAsync(TimeSpan.FromSeconds(10), Ct);
        Assert.False(download.IsCompleted);
        var watch = Stopwatch.StartNew();
        await caller.GrantAsync();
        await ended.Task.WaitAsync(TimeSpan.FromSeconds(10), Ct);
        await download;
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(3.5), $"{watch.Elapsed}");
    }

    [Fact]
    public async Task Dots_in_a_key_pass_only_to_a_store_that_is_known_to_take_them_as_text()
    {
        var caller = await SpacesCaller.CreateAsync(_panel, "raw-photos:read");
        Assert.Equal("InvalidURI", (await caller.SendAsync("GET", "/raw-photos/a/../b")).Code);
        await _store.PutBehindAsync(_panel, allowDotSegments: true);
        Assert.Equal(200, (await caller.SendAsync("GET", "/raw-photos/a/../b")).Status);
        Assert.Equal("/raw-photos/a/../b", _store.Single().Head.Target);
        Assert.Equal("AccessDenied", (await caller.SendAsync("GET", "/final-photos/../raw-photos/b")).Code);
    }

    [Fact]
    public async Task A_preflight_goes_on_unsigned_and_without_its_query()
    {
        _store.Answer = context =>
        {
            context.Response.Headers["Access-Control-Allow-Origin"] = "https://shop.example.com";
            return Task.CompletedTask;
        };
        var answer = await SpacesCaller.SendAsync(
            _panel,
            new S3RequestHead(
                "OPTIONS",
                "/raw-photos/x?X-Amz-Signature=abc",
                new S3Header[]
                {
                    new("Host", "s3.example.com"),
                    new("Origin", "https://shop.example.com"),
                    new("Access-Control-Request-Method", "PUT"),
                }
            )
        );
        Assert.Equal("https://shop.example.com", answer.Headers["access-control-allow-origin"]);
        var seen = _store.Single();
        Assert.Equal("/raw-photos/x", seen.Head.Target);
        Assert.Null(seen.Head.Find("authorization"));
    }
}
