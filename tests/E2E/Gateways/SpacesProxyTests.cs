using System.Text.Json;
using ControlPanel.Tests.E2E.Support;

namespace ControlPanel.Tests.E2E.Gateways;

/// <summary>nginx and Caddy with the files of docs/deploy in front of an S3 store: unmodified clients, real signatures.</summary>
public sealed class SpacesProxyTests(Stage stage)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("nginx")]
    [InlineData("caddy")]
    public async Task A_proxy_lets_exactly_what_is_signed_and_granted_pass(string name)
    {
        await using var proxy = await StartAsync(name);
        var key = await SpacesKey.CreateAsync(stage.Server, Ct, "raw-photos:readwrite", "final-photos:read");
        Assert.Equal("200", await CurlAsync(proxy, key, "/raw-photos/a%20b//c.txt?versionId=null"));
        var (target, headers) = Assert.Single(proxy.Seen);
        Assert.Equal("/raw-photos/a%20b//c.txt?versionId=null", target);
        Assert.False(headers.ContainsKey("Authorization"));
        Assert.Equal(key.Id, headers["X-ControlPanel-Key"]);
        Assert.Equal(await TeamAsync(), headers["X-ControlPanel-Team"]);
        Assert.Equal("200", await CurlAsync(proxy, key, "/raw-photos/x", "-X PUT -H 'x-amz-acl: private' -d ''"));
        proxy.Seen.Clear();

        Assert.Equal("403", await CurlAsync(proxy, key, "/raw-photos/x", secret: new string('x', key.Secret.Length)));
        Assert.Equal("403", await CurlAsync(proxy, key, "/marketing-materials/x"));
        Assert.Equal("403", await CurlAsync(proxy, key, "/final-photos/x", "-X PUT -d ''"));
        Assert.Equal("403", await CurlAsync(proxy, key, "/"));
        Assert.Equal(
            "403",
            await ShellAsync(key, $"curl -s -o /dev/null -w '%{{http_code}}' {proxy.Address}raw-photos/x")
        );
        await key.DeleteAsync(Ct);
        Assert.Equal("403", await CurlAsync(proxy, key, "/raw-photos/x"));
        Assert.Empty(proxy.Seen);
    }

    [Theory]
    [InlineData("nginx")]
    [InlineData("caddy")]
    public async Task What_a_client_claims_about_itself_changes_nothing_and_goes_no_further(string name)
    {
        await using var proxy = await StartAsync(name);
        var key = await SpacesKey.CreateAsync(stage.Server, Ct, "raw-photos:read");
        var claims = string.Concat(
            ((string[])["X-Original-", "X-Forwarded-", "X_Original_", "X_Forwarded_"]).Select(family =>
                $"-H '{family}Method: GET' -H '{family}URI: /raw-photos/x' -H '{family}Host: {proxy.Address.Authority}' "
                + $"-H '{family}Content-Length: 1' "
            )
        );
        const string identity =
            "-H 'X-ControlPanel-Key: spoofed' -H 'X-ControlPanel-Owner: spoofed' -H 'X-ControlPanel-Team: spoofed' ";
        Assert.Equal("403", await CurlAsync(proxy, key, "/marketing-materials/x", claims + identity));
        Assert.Equal("403", await CurlAsync(proxy, key, "/raw-photos/x", "-X DELETE " + claims + identity));
        Assert.Empty(proxy.Seen);

        Assert.Equal("200", await CurlAsync(proxy, key, "/raw-photos/x", identity));
        var (_, headers) = Assert.Single(proxy.Seen);
        Assert.Equal(key.Id, headers["X-ControlPanel-Key"]);
        Assert.DoesNotContain(headers, h => h.Value.Contains("spoofed", StringComparison.Ordinal));

        // Hung on afterwards, so the signature does not cover it.
        var presigned = await PresignAsync(proxy, key, "s3://raw-photos/x");
        Assert.Equal("200", await ShellAsync(key, Status(presigned)));
        Assert.Equal("403", await ShellAsync(key, Status(presigned, "-H 'x-amz-copy-source: /final-photos/x'")));
        Assert.Equal("403", await ShellAsync(key, Status(presigned, "-X PUT -d ''")));
        Assert.Equal("403", await ShellAsync(key, Status(presigned.Replace("/x?", "/y?", StringComparison.Ordinal))));
    }

    [Theory]
    [InlineData("nginx")]
    [InlineData("caddy")]
    public async Task Aws_s3cmd_and_rclone_upload_and_read_through_it(string name)
    {
        await using var proxy = await StartAsync(name);
        var key = await SpacesKey.CreateAsync(stage.Server, Ct, "raw-photos:readwrite");
        foreach (
            var line in (string[])
                [
                    "echo photo | $AWS s3 cp - s3://raw-photos/aws.txt",
                    "$AWS s3api get-object --bucket raw-photos --key aws.txt /dev/null",
                    "f=$(mktemp); echo photo > $f; $S3CMD put $f s3://raw-photos/s3cmd.txt --no-check-md5 --disable-multipart; "
                        + "e=$?; rm -f $f; exit $e",
                    "echo photo | rclone rcat s:raw-photos/rclone.txt --s3-no-check-bucket --ignore-checksum "
                        + "--s3-no-head --size-only",
                ]
        )
        {
            var (exit, output, error) = await key.RunAsync(
                line.Replace("rclone ", $"RCLONE_CONFIG_S_ENDPOINT={proxy.Address} rclone ", StringComparison.Ordinal),
                Ct,
                endpoint: proxy.Address.ToString().TrimEnd('/')
            );
            Assert.True(exit == 0, $"{line}\n{output}\n{error}");
        }

        Assert.Contains(proxy.Seen, s => s.Target.StartsWith("/raw-photos/s3cmd.txt", StringComparison.Ordinal));
        Assert.Contains(proxy.Seen, s => s.Target.StartsWith("/raw-photos/rclone.txt", StringComparison.Ordinal));
        Assert.All(proxy.Seen, s => Assert.False(s.Headers.ContainsKey("Authorization")));
    }

    private async Task<ProxyServer> StartAsync(string name)
    {
        var (file, command) =
            name == "nginx" ? ("nginx-spaces.conf", ProxyServer.Nginx) : ("Caddyfile.spaces", ProxyServer.Caddy);
        Assert.SkipUnless(File.Exists(command[0]), $"{command[0]} is not installed.");
        return await ProxyServer.StartAsync(
            file,
            command,
            stage.Server,
            ("00000000-0000-4000-8000-000000000000", await TeamAsync()),
            Ct
        );
    }

    private async Task<string> TeamAsync()
    {
        using var client = stage.Server.ApiClient();
        using var body = JsonDocument.Parse(await client.GetStringAsync("/v2/account", Ct));
        return body.RootElement.GetProperty("account").GetProperty("team").GetProperty("uuid").GetString()!;
    }

    // curl signs the host, the date and every header x-amz-* that it sends.
    private static Task<string> CurlAsync(
        ProxyServer proxy,
        SpacesKey key,
        string target,
        string options = "",
        string? secret = null
    ) =>
        ShellAsync(
            key,
            $"curl -s -o /dev/null -w '%{{http_code}}' --path-as-is --aws-sigv4 aws:amz:nyc3:s3 "
                + $"--user '{key.Id}:{secret ?? key.Secret}' -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' {options} "
                + $"'{proxy.Address.ToString().TrimEnd('/')}{target}'"
        );

    private static string Status(string url, string options = "") =>
        $"curl -s -o /dev/null -w '%{{http_code}}' {options} '{url}'";

    private static async Task<string> PresignAsync(ProxyServer proxy, SpacesKey key, string uri)
    {
        var (exit, output, error) = await key.RunAsync(
            $"$AWS s3 presign {uri}",
            Ct,
            endpoint: proxy.Address.ToString().TrimEnd('/')
        );
        Assert.True(exit == 0, error);
        return output.Trim();
    }

    private static async Task<string> ShellAsync(SpacesKey key, string line) => (await key.RunAsync(line, Ct)).Output;
}
