using System.Text.Json;
using ControlPanel.Tests.E2E.Support;

namespace ControlPanel.Tests.E2E.Gateways;

/// <summary>Unmodified clients of model servers against the Inference gateway: two from npm, and curl.</summary>
public sealed class OpenAiClientTests(Stage stage)
{
    private const string Mini = "openai-gpt-4o-mini";
    private const string Other = "openai-gpt-4o";
    private const string Claude = "anthropic-claude-3.5-haiku";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static string Clients => Path.Combine(Repository.Root, "tests", "E2E", "clients");

    [Fact]
    public async Task The_npm_client_works_with_the_keys_models_and_reads_every_refusal()
    {
        var key = await ModelKey.CreateAsync(stage.Server, Ct, models: [Mini, Claude]);
        var result = await NodeAsync($"openai.js tour '{stage.Server.Inference}' '{key.Secret}' {Mini} {Other}");
        Assert.Contains("good morning", result.GetProperty("chat").GetString());
        Assert.Equal("1 2 3 ", string.Concat(result.GetProperty("stream").EnumerateArray().Select(p => p.GetString())));
        Assert.Contains("good day", result.GetProperty("response").GetString());
        Assert.Equal([Claude, Mini], result.GetProperty("models").EnumerateArray().Select(m => m.GetString()));
        Assert.Equal(Mini, result.GetProperty("one").GetString());
        AssertRefused(result.GetProperty("other"), 403, "model_not_allowed", "PermissionDeniedError");
        AssertRefused(result.GetProperty("files"), 403, "batch_not_allowed", "PermissionDeniedError");
        AssertRefused(result.GetProperty("batches"), 403, "batch_not_allowed", "PermissionDeniedError");
    }

    [Fact]
    public async Task The_npm_client_runs_a_batch_with_a_key_that_has_the_switch()
    {
        var key = await ModelKey.CreateAsync(stage.Server, Ct, batch: true);
        var result = await NodeAsync($"openai.js batch '{stage.Server.Inference}' '{key.Secret}' {Other}");
        Assert.Equal("completed", result.GetProperty("status").GetString());
        Assert.Equal("one", result.GetProperty("custom").GetString());
        Assert.Equal(16, result.GetProperty("dimensions").GetInt32());
    }

    [Fact]
    public async Task A_running_stream_of_the_npm_client_is_cut_when_its_key_is_deleted()
    {
        var key = await ModelKey.CreateAsync(stage.Server, Ct, models: [Mini]);
        var result = await NodeAsync(
            $"openai.js cut '{stage.Server.Inference}' '{key.Secret}' {Mini} '{key.Address}' '{stage.Server.Token}'"
        );
        Assert.InRange(result.GetProperty("revoked").GetInt32(), 200, 204);
        Assert.Equal("cut", result.GetProperty("end").GetString());
        Assert.InRange(result.GetProperty("after").GetInt32(), 0, 3_000);
        AssertRefused(result.GetProperty("next"), 401, "invalid_api_key", "AuthenticationError");
    }

    [Fact]
    public async Task Anthropics_npm_client_gets_messages_and_refusals_in_its_own_form()
    {
        var key = await ModelKey.CreateAsync(stage.Server, Ct, models: [Claude]);
        var result = await NodeAsync($"anthropic.js '{stage.Server.Inference}' '{key.Secret}' {Claude} {Mini}");
        Assert.Contains("good morning", result.GetProperty("text").GetString());
        Assert.Equal("1 2 3 ", result.GetProperty("stream").GetString());
        var other = result.GetProperty("other");
        Assert.Equal(403, other.GetProperty("status").GetInt32());
        Assert.Equal("permission_error", other.GetProperty("type").GetString());
        Assert.Equal("PermissionDeniedError", other.GetProperty("name").GetString());
        Assert.NotEmpty(other.GetProperty("id").GetString()!);
    }

    [Fact]
    public async Task A_key_of_a_network_is_felt_with_curls_interface()
    {
        var key = await ModelKey.CreateAsync(stage.Server, Ct, vpc: "office");
        Assert.Equal("403", await CurlAsync(key.Secret, "--interface 127.0.0.1"));
        Assert.Equal("200", await CurlAsync(key.Secret, "--interface 127.0.0.2"));
        // Nobody trusted says where this client is.
        Assert.Equal("403", await CurlAsync(key.Secret, "--interface 127.0.0.1 -H 'X-Forwarded-For: 127.0.0.2'"));
    }

    [Fact]
    public async Task A_regenerated_keys_old_secret_is_refused_at_once_and_the_new_one_works()
    {
        var key = await ModelKey.CreateAsync(stage.Server, Ct, models: [Mini]);
        var old = key.Secret;
        Assert.Equal("200", await CurlAsync(old));
        await key.RegenerateAsync(Ct);
        Assert.Equal("401", await CurlAsync(old));
        Assert.Equal("200", await CurlAsync(key.Secret));
        await key.DeleteAsync(Ct);
        Assert.Equal("401", await CurlAsync(key.Secret));
    }

    private async Task<string> CurlAsync(string secret, string options = "") =>
        (
            await Shell.RunAsync(
                $"curl -s -o /dev/null -w '%{{http_code}}' {options} -H 'Authorization: Bearer {secret}' "
                    + "-H 'Content-Type: application/json' "
                    + $"-d '{{\"model\":\"{Mini}\",\"messages\":[{{\"role\":\"user\",\"content\":\"hi\"}}]}}' "
                    + $"{stage.Server.Inference}/v1/chat/completions",
                Ct
            )
        ).Output;

    private static async Task<JsonElement> NodeAsync(string line)
    {
        Assert.SkipUnless(
            Directory.Exists(Path.Combine(Clients, "node_modules", "openai")),
            "The npm clients are not installed; ./test installs them."
        );
        var (exit, output, error) = await Shell.RunAsync($"node {line}", Ct, Clients);
        Assert.True(exit == 0, output + error);
        return JsonDocument.Parse(output).RootElement;
    }

    // Asked once: what a client repeats by itself (429, 5xx) no denial may be.
    private static void AssertRefused(JsonElement refusal, int status, string code, string name)
    {
        Assert.Equal(status, refusal.GetProperty("status").GetInt32());
        Assert.Equal(code, refusal.GetProperty("code").GetString());
        Assert.Equal(name, refusal.GetProperty("name").GetString());
        Assert.Equal(1, refusal.GetProperty("requests").GetInt32());
        Assert.NotEmpty(refusal.GetProperty("id").GetString()!);
    }
}
