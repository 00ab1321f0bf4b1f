using System.Net;
using Amazon.S3;
using Amazon.S3.Model;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Spaces;
using ControlPanel.Shared;
using ControlPanel.Tests.Unit.Verification.SigV4;
using ControlPanel.Verification.SigV4;

namespace ControlPanel.Tests.Unit.Gateways.Spaces;

/// <summary>The gateway in front of a store that was written elsewhere and checks every signature for itself.</summary>
public sealed class RealStoreTests(RadosGateway store) : IClassFixture<RadosGateway>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_way_of_sending_a_body_arrives_unchanged()
    {
        var caller = await CallerAsync("raw-photos:readwrite");
        foreach (var length in (int[])[0, 1, 100_000])
        {
            var data = ChunkedBody.Bytes(length);
            List<(string Name, S3RequestHead Head, byte[] Wire)> uploads =
            [
                ("unsigned", caller.Signer.SignHeader("PUT", "/raw-photos/unsigned", PayloadModes.Unsigned), data),
                (
                    "hash",
                    caller.Signer.SignHeader(
                        "PUT",
                        "/raw-photos/hash",
                        Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(data))
                    ),
                    data
                ),
                ("link", caller.Signer.Presign("PUT", "/raw-photos/link", "", "60"), data),
            ];
            foreach (var mode in (string[])[ChunkedBody.Signed, ChunkedBody.SignedTrailer, ChunkedBody.UnsignedTrailer])
            {
                var name = mode.ToLowerInvariant();
                var body = ChunkedBody.Make(mode, data, 65_536, signer: caller.Signer, target: "/raw-photos/" + name);
                uploads.Add((name, body.Head, body.Wire));
            }

            using var client = caller.Amazon();
            foreach (var (name, head, wire) in uploads)
            {
                var answer = await SpacesCaller.SendAsync(store.Panel, head, wire);
                Assert.True(answer.Status == 200, $"{name} {length}: {answer.Status} {answer.Body}");
                using var back = await client.GetObjectAsync("raw-photos", name, Ct);
                using var bytes = new MemoryStream();
                await back.ResponseStream.CopyToAsync(bytes, Ct);
                Assert.Equal(data, bytes.ToArray());
            }
        }
    }

    [Fact]
    public async Task Buckets_that_the_panel_lacks_are_read_from_the_store_and_added()
    {
        var full = await CallerAsync(":fullaccess");
        Assert.Equal(200, (await full.SendAsync("PUT", "/grown-elsewhere")).Status);

        var found = await store.Panel.Get<BucketSync>().FindNewAsync(store.Panel.Owner, Ct);
        Assert.Equal(["grown-elsewhere"], found.Value!);
        var added = await store.Panel.Get<AddBuckets>().ExecuteAsync(store.Panel.Owner, found.Value!, "nyc3", Ct);
        Assert.Equal(1, added.Value);
        Assert.Empty((await store.Panel.Get<BucketSync>().FindNewAsync(store.Panel.Owner, Ct)).Value!);
    }

    [Fact]
    public async Task Only_who_may_see_the_store_may_ask_it_for_its_buckets()
    {
        Assert.SkipUnless(RadosGateway.IsInstalled, RadosGateway.HowToInstall);
        var biller = await store.Panel.ActorAsync("bill@demo.test");
        Assert.IsType<Refusal.Forbidden>((await store.Panel.Get<BucketSync>().FindNewAsync(biller, Ct)).Refusal);
    }

    [Fact]
    public async Task Odd_keys_copies_parts_and_deletions_work_through()
    {
        var caller = await CallerAsync("raw-photos:readwrite");
        using var client = caller.Amazon();
        string[] keys = ["odd/a b+c", "odd/%25", "odd/ü你", "odd//double", "odd/~'()*!", "odd/a&b=c;d,e:f@g"];
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
            await client.CopyObjectAsync("raw-photos", key, "raw-photos", "copy/" + key, Ct);
        }

        var listed = await client.ListObjectsV2Async(
            new ListObjectsV2Request { BucketName = "raw-photos", Prefix = "copy/" },
            Ct
        );
        Assert.Equal(
            keys.Select(k => "copy/" + k).Order(StringComparer.Ordinal),
            listed.S3Objects.Select(o => o.Key).Order(StringComparer.Ordinal)
        );
        var begun = await client.InitiateMultipartUploadAsync("raw-photos", "parts", Ct);
        var data = ChunkedBody.Bytes(6 * 1024 * 1024);
        List<PartETag> parts = [];
        foreach (var (from, length) in ((int, int)[])[(0, 5 << 20), (5 << 20, 1 << 20)])
        {
            var part = await client.UploadPartAsync(
                new UploadPartRequest
                {
                    BucketName = "raw-photos",
                    Key = "parts",
                    UploadId = begun.UploadId,
                    PartNumber = parts.Count + 1,
                    InputStream = new MemoryStream(data, from, length),
                },
                Ct
            );
            parts.Add(new PartETag(parts.Count + 1, part.ETag));
        }

        await client.CompleteMultipartUploadAsync(
            new CompleteMultipartUploadRequest
            {
                BucketName = "raw-photos",
                Key = "parts",
                UploadId = begun.UploadId,
                PartETags = parts,
            },
            Ct
        );
        using (var back = await client.GetObjectAsync("raw-photos", "parts", Ct))
        using (var bytes = new MemoryStream())
        {
            await back.ResponseStream.CopyToAsync(bytes, Ct);
            Assert.Equal(data, bytes.ToArray());
        }

        await client.DeleteObjectsAsync(
            new DeleteObjectsRequest
            {
                BucketName = "raw-photos",
                Objects = [.. keys.Select(k => new KeyVersion { Key = k })],
            },
            Ct
        );
        Assert.Equal(404, (await caller.SendAsync("HEAD", "/raw-photos/odd//double")).Status);
    }

    [Fact]
    public async Task Nothing_reaches_the_store_that_the_key_was_not_granted()
    {
        var full = await CallerAsync(":fullaccess");
        using (var client = full.Amazon())
        {
            await client.PutObjectAsync(
                new PutObjectRequest
                {
                    BucketName = "final-photos",
                    Key = "secret",
                    ContentBody = "secret",
                },
                Ct
            );
        }

        var caller = await CallerAsync("raw-photos:readwrite");
        var good = caller.Signer.SignHeader("PUT", "/raw-photos/stolen", PayloadModes.EmptyHash);
        S3Header[] disguises =
        [
            // This store honours both of these on a request whose signature does not cover them.
            new("x-amz-copy-source", "final-photos/secret"),
            new("X_Amz_Copy_Source", "final-photos/secret"),
        ];
        foreach (var disguise in disguises)
        {
            var answer = await SpacesCaller.SendAsync(store.Panel, SpacesGatewayTests.With(good, disguise));
            Assert.NotEqual(200, answer.Status);
        }

        string[] targets =
        [
            "/final-photos/secret",
            "/raw-photos/../final-photos/secret",
            "/raw-photos%2F..%2Ffinal-photos/secret",
            "/final-photos%2Fsecret",
            "//final-photos/secret",
            "/admin/user?uid=gateway",
            "/swift/v1",
        ];
        foreach (var target in targets)
        {
            var answer = await caller.SendAsync("GET", target);
            Assert.NotEqual(200, answer.Status);
            Assert.DoesNotContain("secret</", answer.Body, StringComparison.Ordinal);
        }

        Assert.Equal(404, (await caller.SendAsync("HEAD", "/raw-photos/stolen")).Status);
    }

    [Fact]
    public async Task No_spoiled_upload_becomes_an_object()
    {
        var caller = await CallerAsync("raw-photos:readwrite");
        var data = ChunkedBody.Bytes(200_000);
        foreach (var mode in (string[])[ChunkedBody.Signed, ChunkedBody.SignedTrailer, ChunkedBody.UnsignedTrailer])
        {
            var upload = ChunkedBody.Make(mode, data, 65_536, signer: caller.Signer, target: "/raw-photos/spoiled");
            var flipped = (byte[])upload.Wire.Clone();
            flipped[^(flipped.Length / 3)] ^= 1;
            foreach (var wire in (byte[][])[flipped, upload.Wire[..^1], upload.Wire[..100_000]])
            {
                Assert.NotEqual(200, (await SpacesCaller.SendAsync(store.Panel, upload.Head, wire)).Status);
            }
        }

        Assert.Equal(404, (await caller.SendAsync("HEAD", "/raw-photos/spoiled")).Status);
    }

    [Fact]
    public async Task The_stores_own_errors_read_complete()
    {
        var caller = await CallerAsync("raw-photos:readwrite");
        var missing = await caller.SendAsync("GET", "/raw-photos/no-such-key");
        Assert.Equal((404, "NoSuchKey"), (missing.Status, missing.Code));
        // This store sends an empty message.
        Assert.NotEqual("", missing.Error("Message"));
        Assert.Equal(missing.Headers["x-request-id"], missing.Error("RequestId"));
        using var client = caller.Amazon();
        var denied = await Assert.ThrowsAsync<AmazonS3Exception>(() =>
            client.GetObjectAsync("final-photos", "secret", Ct)
        );
        Assert.Equal(("AccessDenied", HttpStatusCode.Forbidden), (denied.ErrorCode, denied.StatusCode));
    }

    private async Task<SpacesCaller> CallerAsync(params string[] grants)
    {
        Assert.SkipUnless(RadosGateway.IsInstalled, RadosGateway.HowToInstall);
        return await SpacesCaller.CreateAsync(store.Panel, grants);
    }
}
