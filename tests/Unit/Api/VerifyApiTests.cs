using System.Text;
using System.Text.Json;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Inference;
using ControlPanel.Data.Operations.Spaces;
using ControlPanel.Data.Providers;
using ControlPanel.Tests.Unit.Support;
using ControlPanel.Verification.Decisions;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace ControlPanel.Tests.Unit.Api;

/// <summary>Asking what the engine would say, without doing it.</summary>
[Collection(nameof(ApiWorld))]
public sealed class VerifyApiTests(ApiWorld world)
{
    private const string Path = "/v2/access/verify";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_namespace_key_and_its_ladder()
    {
        using var caller = await world.CallerAsync(world.Panel.Owner, "access:verify");
        var (id, secret) = await world.Panel.IssueKeyAsync();

        var allowed = await AskAsync(caller, new { credential = $"{id}:{secret}" });

        Assert.Equal("family,allowed,reason,key,checks", ApiAnswer.Names(allowed));
        Assert.Equal(
            ("functions", true, JsonValueKind.Null),
            (
                allowed.GetProperty("family").GetString(),
                allowed.GetProperty("allowed").GetBoolean(),
                allowed.GetProperty("reason").ValueKind
            )
        );
        Assert.Equal("id,name", ApiAnswer.Names(allowed.GetProperty("key")));
        Assert.Equal(
            ["freshness", "format", "known", "secret", "state", "owner", "expiry", "scope"],
            Checks(allowed).Select(c => c.Check)
        );
        Assert.All(Checks(allowed), c => Assert.True(c.Passed));

        var refused = await AskAsync(
            caller,
            new { key_id = id, operation = new { @namespace = "fn-00000000-0000-4000-8000-000000000000" } }
        );

        Assert.Equal(
            (false, "other_namespace"),
            (refused.GetProperty("allowed").GetBoolean(), refused.GetProperty("reason").GetString())
        );
        Assert.Equal(("scope", false), Checks(refused)[^1]);
    }

    [Fact]
    public async Task Each_family_is_asked_in_its_own_terms()
    {
        using var caller = await world.CallerAsync();
        var spaces = await world
            .Panel.Get<CreateSpacesKey>()
            .ExecuteAsync(world.Panel.Owner, "to verify", [new SpacesGrant("raw-photos", "read")], Ct);
        Assert.True(spaces.IsDone, spaces.Refusal?.ToString());
        spaces.Value.Secret.Dispose();
        var access = spaces.Value.Key.AccessKeyId;
        var model = await world
            .Panel.Get<CreateModelKey>()
            .ExecuteAsync(
                world.Panel.Owner,
                new NewModelKeyRequest("to verify", ["demo-echo"], Batch: false, null),
                Ct
            );
        Assert.True(model.IsDone, model.Refusal?.ToString());
        using var modelSecret = model.Value.Secret;
        var modelId = model.Value.Key.Id;
        using var token = await world.CallerAsync(world.Panel.Owner, "vpc:read");

        (object Question, string Family, string? Reason)[] cases =
        [
            (new { key_id = access, operation = new { bucket = "raw-photos" } }, "spaces", null),
            (
                new { key_id = access, operation = new { bucket = "raw-photos", permission = "readwrite" } },
                "spaces",
                "bucket_not_granted"
            ),
            (new { key_id = access, operation = new { bucket = "elsewhere" } }, "spaces", "bucket_not_granted"),
            (new { key_id = modelId, operation = new { model = "demo-echo" } }, "inference", null),
            (new { key_id = modelId, operation = new { model = "openai-gpt-4o" } }, "inference", "model_not_allowed"),
            (new { key_id = modelId, operation = new { endpoint = "batch" } }, "inference", "batch_not_allowed"),
            (new { credential = modelSecret.Reveal(), operation = new { model = "demo-echo" } }, "inference", null),
            (new { key_id = token.Id, operation = new { scopes = new[] { "vpc:read" } } }, "api", null),
            (new { key_id = token.Id, operation = new { scopes = new[] { "vpc:create" } } }, "api", "scope_missing"),
            (new { credential = token.Token, operation = new { scopes = new[] { "vpc:read" } } }, "api", null),
            (new { credential = "dop_v1_" + new string('0', 64) }, "api", "bad_format"),
            (new { key_id = "DO00AAAAAAAAAAAAAAAA" }, "spaces", "unknown_key"),
        ];
        foreach (var (question, family, reason) in cases)
        {
            var decision = await AskAsync(caller, question);
            Assert.Equal(
                (JsonSerializer.Serialize(question), family, reason, reason is null),
                (
                    JsonSerializer.Serialize(question),
                    decision.GetProperty("family").GetString(),
                    decision.GetProperty("reason").GetString(),
                    decision.GetProperty("allowed").GetBoolean()
                )
            );
        }
    }

    [Fact]
    public async Task At_another_time_the_answer_is_another()
    {
        using var caller = await world.CallerAsync();
        var (id, _) = await world.Panel.IssueKeyAsync(expiresIn: "1h");

        var later = world.Panel.Get<TimeProvider>().GetUtcNow().AddHours(2);
        var decision = await AskAsync(caller, new { key_id = id, at = later });

        Assert.Equal("expired", decision.GetProperty("reason").GetString());
        Assert.True((await AskAsync(caller, new { key_id = id })).GetProperty("allowed").GetBoolean());
    }

    [Fact]
    public async Task A_key_of_another_team_reads_like_one_that_does_not_exist()
    {
        using var caller = await world.CallerAsync();
        using var stranger = await world.CallerAsync(world.Stranger);
        var made = await stranger.PostAsync("/v2/inference/model_access_keys", """{"name":"theirs","models":"all"}""");
        var key = made.Body.GetProperty("model_access_key");

        var foreign = await caller.PostAsync(Path, Json(new { key_id = key.GetProperty("uuid").GetString() }));
        var missing = await caller.PostAsync(Path, Json(new { key_id = Guid.CreateVersion7() }));
        foreign.IsError(404, "not_found", "access key not found");
        Assert.Equal(missing.Anonymous, foreign.Anonymous);

        // One that is well formed and unknown: the same words for one that is real and another team's.
        using var unknown = ControlPanel.Verification.Formats.ModelKeyFormat.New(
            new ControlPanel.Verification.Secrets.SystemSecretSource()
        );
        Assert.Equal(
            (await AskAsync(caller, new { credential = unknown.Reveal() })).GetRawText(),
            (await AskAsync(caller, new { credential = key.GetProperty("secret_key").GetString() })).GetRawText()
        );
    }

    [Theory]
    [InlineData("{}", "send either key_id or credential")]
    [InlineData("""{"key_id":"a","credential":"b"}""", "send either key_id or credential")]
    [InlineData("""{"key_id":" "}""", "send either key_id or credential")]
    [InlineData("""{"key_id":"DO00AAAAAAAAAAAAAAAA:x"}""", "key_id must be an id; send a pair as credential")]
    [InlineData("""{"key_id":"DO00A","source_ip":"here"}""", "source_ip must be an IP address")]
    [InlineData(
        """{"key_id":"DO00A","operation":{"permission":"own"}}""",
        "operation.permission must be read, readwrite or fullaccess"
    )]
    [InlineData(
        """{"key_id":"DO00A","operation":{"endpoint":"Model"}}""",
        "operation.endpoint must be model, batch, catalogue or unscoped"
    )]
    [InlineData(
        """{"key_id":"DO00A","operation":{"scopes":[null]}}""",
        "operation.scopes must be a list of at most 200 scopes"
    )]
    [InlineData("""{"key_id":"DO00A","at":"soon"}""", "error parsing request body: at has a wrong type")]
    [InlineData("""{"key_id":7}""", "error parsing request body: key_id has a wrong type")]
    public async Task A_question_that_is_none_says_what_is_wrong(string body, string message)
    {
        using var caller = await world.CallerAsync();

        (await caller.PostAsync(Path, body)).IsError(400, "bad_request", message);
    }

    [Fact]
    public async Task Asking_is_no_use_and_needs_its_own_scope()
    {
        using var caller = await world.CallerAsync();
        var (id, secret) = await world.Panel.IssueKeyAsync();
        await AskAsync(caller, new { credential = $"{id}:{secret}" });
        await AskAsync(caller, new { credential = $"{id}:{new string('x', 64)}" });

        await world.Panel.Get<ControlPanel.Data.Usage.UsageRecorder>().FlushAsync(Ct);
        await using var db = world.Panel.Get<IControlPanelStore>().OpenRead();
        Assert.False(await db.KeyUsages.AnyAsync(u => db.AccessKeys.Any(k => k.Id == u.KeyId && k.PublicId == id), Ct));

        using var viewer = await world.CallerAsync("vera@demo.test");
        Assert.Equal(403, (await viewer.PostAsync(Path, Json(new { key_id = id }))).Status);
    }

    [Fact]
    public async Task What_is_pasted_appears_nowhere()
    {
        var log = new LogLines();
        await using var panel = new TestPanel(builder =>
        {
            builder.Logging.AddProvider(log);
            builder.Logging.SetMinimumLevel(LogLevel.Trace);
        });
        await panel.InitializeAsync();
        using var caller = new ApiCaller(panel.Panel, panel.Token);
        var (id, secret) = await panel.IssueKeyAsync();
        var wrong = new string('Q', 20) + secret[20..];
        string[] pasted =
        [
            secret,
            wrong,
            "sk-do-" + new string('Z', 80),
            "nonsense-with-a-secret-in-it",
            "dop_v1_" + new string('7', 64),
        ];

        foreach (var text in pasted)
        {
            foreach (var credential in new[] { text, $"{id}:{text}", $"DO00AAAAAAAAAAAAAAAA:{text}" })
            {
                foreach (var field in new[] { "credential", "key_id" })
                {
                    var answer = await caller.PostAsync(Path, $$"""{"{{field}}":"{{credential}}"}""");
                    Assert.InRange(answer.Status, 200, 404);
                    Assert.DoesNotContain(text, answer.Text, StringComparison.OrdinalIgnoreCase);
                    Assert.DoesNotContain(
                        answer.Headers.Values,
                        h => h.Contains(text, StringComparison.OrdinalIgnoreCase)
                    );
                }
            }
        }

        await panel.Get<ControlPanel.Data.Usage.RefusalLog>().FlushAsync(Ct);
        await panel.Get<ControlPanel.Data.Usage.UsageRecorder>().FlushAsync(Ct);
        // Whatever table or log it could have got into is a file in the data folder.
        var files = Directory
            .EnumerateFiles(panel.Data, "*", SearchOption.AllDirectories)
            // Held by the running panel, and empty.
            .Where(f => !f.EndsWith(".lock", StringComparison.Ordinal))
            .Select(f => (Name: f, Bytes: Read(f)))
            .ToList();
        Assert.Contains(files, f => f.Bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(id)) >= 0);
        foreach (var text in pasted)
        {
            Assert.DoesNotContain(text, log.Text, StringComparison.OrdinalIgnoreCase);
            Assert.All(files, f => Assert.True(f.Bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) < 0, f.Name));
        }
    }

    private static byte[] Read(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var all = new MemoryStream();
        stream.CopyTo(all);
        return all.ToArray();
    }

    private static async Task<JsonElement> AskAsync(ApiCaller caller, object question)
    {
        var answer = await caller.PostAsync(Path, Json(question));
        Assert.True(answer.Status == 200, answer.Text);
        return answer.Body.GetProperty("decision");
    }

    private static List<(string Check, bool Passed)> Checks(JsonElement decision) =>
        [
            .. decision
                .GetProperty("checks")
                .EnumerateArray()
                .Select(c => (c.GetProperty("check").GetString()!, c.GetProperty("passed").GetBoolean())),
        ];

    private static string Json(object question) => JsonSerializer.Serialize(question);
}
