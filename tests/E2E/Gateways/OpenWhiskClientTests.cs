using System.Text.Json;
using ControlPanel.Tests.E2E.Support;

namespace ControlPanel.Tests.E2E.Gateways;

/// <summary>Unmodified clients against the Functions gateway: curl and the npm client.</summary>
public sealed class OpenWhiskClientTests(Stage stage)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("")]
    [InlineData("/fn.io/")]
    public async Task The_npm_client_lists_reads_and_invokes_until_its_key_is_revoked(string path)
    {
        var clients = Path.Combine(Repository.Root, "tests", "E2E", "clients");
        Assert.SkipUnless(
            Directory.Exists(Path.Combine(clients, "node_modules", "openwhisk")),
            "The npm client is not installed; ./test installs it."
        );
        var key = await stage.Server.IssueKeyAsync("image-tools", $"npm-{path.Length}", Ct);
        var line = $"node openwhisk.js '{stage.Server.Functions}{path}' '{key.Id}:{key.Secret}'";
        var (exit, output, error) = await Shell.RunAsync(line, Ct, clients);
        Assert.True(exit == 0, output + error);
        using var result = JsonDocument.Parse(output);
        var root = result.RootElement;
        Assert.Equal(
            ["echo", "hello", "slow"],
            root.GetProperty("actions").EnumerateArray().Select(a => a.GetString())
        );
        Assert.Equal("hello", root.GetProperty("action").GetString());
        Assert.Equal("ü/+", root.GetProperty("result").GetProperty("b").GetString());
        Assert.Equal(404, root.GetProperty("missing").GetInt32());

        await stage.Server.RevokeKeyAsync("image-tools", key.Id, Ct);
        (exit, output, _) = await Shell.RunAsync(line, Ct, clients);
        Assert.Equal(3, exit);
        using var refusal = JsonDocument.Parse(output);
        Assert.Equal(401, refusal.RootElement.GetProperty("status").GetInt32());
        Assert.Equal("The supplied authentication is invalid.", refusal.RootElement.GetProperty("error").GetString());
    }

    [Fact]
    public async Task Curl_gets_the_result_and_after_revocation_the_refusal()
    {
        var key = await stage.Server.IssueKeyAsync("webhooks", "curl", Ct);
        var line =
            $"curl -s -o /dev/null -w '%{{http_code}}' -X POST -u '{key.Id}:{key.Secret}' "
            + $"'{stage.Server.Functions}/api/v1/namespaces/_/actions/demo/hello?blocking=true&result=true'";
        Assert.Equal("200", (await Shell.RunAsync(line, Ct)).Output);
        await stage.Server.RevokeKeyAsync("webhooks", key.Id, Ct);
        Assert.Equal("401", (await Shell.RunAsync(line, Ct)).Output);
    }
}
