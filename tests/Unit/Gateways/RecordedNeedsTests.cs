using System.Text;
using Amazon.S3;
using Amazon.S3.Model;
using ControlPanel.Data.Providers;
using ControlPanel.Data.Usage;
using ControlPanel.Tests.Unit.Gateways.Inference;
using ControlPanel.Tests.Unit.Gateways.Spaces;
using ControlPanel.Tests.Unit.Support;
using ControlPanel.Verification.SigV4;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Tests.Unit.Gateways;

/// <summary>Every door says what an accepted call needed: what a narrower key is proposed by.</summary>
public sealed class RecordedNeedsTests(TestPanel panel) : IClassFixture<TestPanel>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Spaces_the_right_on_each_bucket_of_a_copy_too_and_what_only_full_access_may()
    {
        var caller = await SpacesCaller.CreateAsync(panel, ":fullaccess");
        using (var client = caller.Amazon())
        {
            await client.ListObjectsV2Async(new ListObjectsV2Request { BucketName = "final-photos" }, Ct);
            await client.PutObjectAsync(
                new PutObjectRequest
                {
                    BucketName = "raw-photos",
                    Key = "needs",
                    ContentBody = "x",
                },
                Ct
            );
            await client.CopyObjectAsync("final-photos", "beach-final.svg", "marketing-materials", "copied", Ct);
            await client.ListBucketsAsync(Ct);
            await Assert.ThrowsAnyAsync<AmazonS3Exception>(() =>
                client.GetBucketPolicyAsync(new GetBucketPolicyRequest { BucketName = "raw-photos" }, Ct)
            );
        }

        Assert.Equal(
            [
                (" list", 1L),
                ("final-photos read", 2L),
                ("marketing-materials readwrite", 1L),
                ("raw-photos fullaccess", 1L),
                ("raw-photos readwrite", 1L),
            ],
            await NeedsAsync(caller.Id)
        );
    }

    [Fact]
    public async Task Spaces_writing_on_both_sides_of_a_rename_which_reading_its_source_does_not_allow()
    {
        var source = new S3Header("x-amz-rename-source", "raw-photos/x");
        var reader = await SpacesCaller.CreateAsync(panel, "raw-photos:read", "final-photos:readwrite");
        Assert.Equal("AccessDenied", (await reader.SendAsync("PUT", "/final-photos/x?renameObject", source)).Code);
        Assert.Empty(await NeedsAsync(reader.Id));

        var writer = await SpacesCaller.CreateAsync(panel, "raw-photos:readwrite", "final-photos:readwrite");
        Assert.NotEqual("AccessDenied", (await writer.SendAsync("PUT", "/final-photos/x?renameObject", source)).Code);
        Assert.Equal([("final-photos readwrite", 1L), ("raw-photos readwrite", 1L)], await NeedsAsync(writer.Id));
    }

    [Fact]
    public async Task Spaces_nothing_of_what_was_refused_and_looking_where_a_bucket_of_its_own_is_made_again()
    {
        var caller = await SpacesCaller.CreateAsync(panel, "raw-photos:read");
        using (var client = caller.Amazon())
        {
            await Assert.ThrowsAnyAsync<AmazonS3Exception>(() =>
                client.PutBucketAsync(new PutBucketRequest { BucketName = "raw-photos" }, Ct)
            );
            await Assert.ThrowsAnyAsync<AmazonS3Exception>(() =>
                client.ListObjectsV2Async(new ListObjectsV2Request { BucketName = "final-photos" }, Ct)
            );
            await Assert.ThrowsAnyAsync<AmazonS3Exception>(() => client.DeleteObjectAsync("raw-photos", "x", Ct));
        }

        Assert.Equal([("raw-photos read", 1L)], await NeedsAsync(caller.Id));
    }

    [Fact]
    public async Task Inference_the_model_of_the_body_and_all_where_it_names_others_or_none()
    {
        var key = await panel.IssueModelKeyAsync(batch: true);
        using (var client = panel.InferenceClient(key.Secret))
        {
            await PostAsync(client, """{"model":"demo-echo","messages":[{"role":"user","content":"hi"}]}""");
            await PostAsync(
                client,
                """{"model":"openai-gpt-4o","models":["demo-echo"],"messages":[{"role":"user","content":"hi"}]}"""
            );
            using var models = await client.GetAsync("/v1/models", Ct);
            using var files = await client.GetAsync("/v1/files", Ct);
        }

        Assert.Equal([(" all", 1L), (" batch", 1L), (" none", 1L), ("demo-echo use", 1L)], await NeedsAsync(key.Id));
    }

    [Fact]
    public async Task A_proxy_that_does_not_show_the_model_makes_its_callers_need_all_of_them()
    {
        var key = await panel.IssueModelKeyAsync();
        using (var client = new HttpClient { BaseAddress = panel.Panel })
        {
            using var answer = await client.SendAsync(
                Question("/verify/inference/nginx", key.Secret, "/v1/chat/completions"),
                Ct
            );
            Assert.Equal(System.Net.HttpStatusCode.OK, answer.StatusCode);
        }

        Assert.Equal([(" all", 1L)], await NeedsAsync(key.Id));
    }

    [Fact]
    public async Task Tokens_the_scopes_of_the_endpoint_or_the_proxys_route_and_everything_for_a_model()
    {
        var token = await panel.IssueTokenAsync("api:write");
        using (var api = new HttpClient { BaseAddress = panel.Panel })
        {
            api.DefaultRequestHeaders.Authorization = new("Bearer", token);
            using var vpcs = await api.GetAsync("/v2/vpcs", Ct);
            Assert.True(vpcs.IsSuccessStatusCode);
        }

        using (var proxy = new HttpClient { BaseAddress = panel.Panel })
        {
            using var answer = await proxy.SendAsync(
                Question("/verify/api/spaces:read,vpc:read/nginx", token, "/reports"),
                Ct
            );
            Assert.True(answer.IsSuccessStatusCode);
        }

        using (var models = panel.InferenceClient(token))
        {
            using var list = await models.GetAsync("/v1/models", Ct);
            Assert.True(list.IsSuccessStatusCode);
        }

        Assert.Equal(
            [(" all", 1L), ("spaces:read scope", 1L), ("vpc:read scope", 2L)],
            await NeedsAsync(
                await ReadAsync(db =>
                    db.AccessKeys.Where(k => k.Family == ControlPanel.Verification.Keys.KeyFamily.Api)
                        .OrderByDescending(k => k.ChangeVersion)
                        .Select(k => k.Id)
                        .FirstAsync(Ct)
                )
            )
        );
    }

    private static async Task PostAsync(HttpClient client, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await client.PostAsync("/v1/chat/completions", content, Ct);
        Assert.True(answer.IsSuccessStatusCode);
    }

    private static HttpRequestMessage Question(string route, string bearer, string target)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, route);
        request.Headers.Authorization = new("Bearer", bearer);
        request.Headers.Add("X-Real-IP", "203.0.113.9");
        request.Headers.Add("X-Original-Method", "POST");
        request.Headers.Add("X-Original-URI", target);
        return request;
    }

    private async Task<IReadOnlyList<(string, long)>> NeedsAsync(string publicId) =>
        await NeedsAsync(
            await ReadAsync(db => db.AccessKeys.Where(k => k.PublicId == publicId).Select(k => k.Id).SingleAsync(Ct))
        );

    private async Task<IReadOnlyList<(string, long)>> NeedsAsync(Guid key)
    {
        await panel.Get<UsageRecorder>().FlushAsync(Ct);
        var needs = await ReadAsync(db => db.KeyNeeds.Where(n => n.KeyId == key).ToListAsync(Ct));
        return
        [
            .. needs
                .Select(n => (Need: $"{n.Resource} {n.Permission}", n.Calls))
                .OrderBy(n => n.Need, StringComparer.Ordinal),
        ];
    }

    private async Task<T> ReadAsync<T>(Func<ControlPanel.Data.ControlPanelDb, Task<T>> read)
    {
        await using var db = panel.Get<IControlPanelStore>().OpenRead();
        return await read(db);
    }
}
