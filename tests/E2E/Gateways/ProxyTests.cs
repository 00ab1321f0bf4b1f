using System.Net;
using System.Net.Sockets;
using System.Text;
using ControlPanel.Tests.E2E.Support;

namespace ControlPanel.Tests.E2E.Gateways;

/// <summary>nginx and Caddy with the files of docs/deploy: what passes, what does not, and what reaches the upstream.</summary>
public sealed class ProxyTests(Stage stage)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("nginx")]
    [InlineData("caddy")]
    public async Task A_proxy_lets_exactly_the_valid_keys_of_its_namespace_pass(string name)
    {
        await using var proxy = await StartAsync(name);
        var key = await stage.Server.IssueKeyAsync("image-tools", $"{name}-allow", Ct);
        Assert.StartsWith("HTTP/1.1 200", await CallAsync(proxy, key, "/api/v1/namespaces/_/actions?limit=3"));
        var (target, headers) = Assert.Single(proxy.Seen);
        Assert.Equal("/api/v1/namespaces/_/actions?limit=3", target);
        Assert.Equal("Basic dXVpZDprZXk=", headers["Authorization"]);
        Assert.Equal(key.Id, headers["X-ControlPanel-Key"]);
        Assert.Equal(stage.Server.Namespaces["image-tools"], headers["X-ControlPanel-Namespace"]);

        Assert.StartsWith(
            "HTTP/1.1 401",
            await CallAsync(proxy, (key.Id, key.Secret[..^1] + "x"), "/api/v1/namespaces/_/actions")
        );
        var foreign = await stage.Server.IssueKeyAsync("webhooks", $"{name}-foreign", Ct);
        Assert.StartsWith("HTTP/1.1 403", await CallAsync(proxy, foreign, "/api/v1/namespaces/_/actions"));
        Assert.StartsWith("HTTP/1.1 403", await CallAsync(proxy, key, "/api/v1/namespaces/fn-other/actions"));

        await stage.Server.RevokeKeyAsync("image-tools", key.Id, Ct);
        Assert.StartsWith("HTTP/1.1 401", await CallAsync(proxy, key, "/api/v1/namespaces/_/actions"));
        Assert.Single(proxy.Seen);
    }

    [Theory]
    [InlineData("nginx")]
    [InlineData("caddy")]
    public async Task What_a_client_claims_about_itself_changes_nothing_and_goes_no_further(string name)
    {
        await using var proxy = await StartAsync(name);
        var key = await stage.Server.IssueKeyAsync("image-tools", $"{name}-spoof", Ct);
        const string claims =
            "X-Original-Method: GET\r\nX-Original-URI: /api/v1/namespaces/_/actions\r\n"
            + "X-Forwarded-Method: GET\r\nX-Forwarded-Uri: /api/v1/namespaces/_/actions\r\n"
            + "X-ControlPanel-Key: spoofed\r\nX-ControlPanel-Owner: spoofed\r\nX-ControlPanel-Team: spoofed\r\n"
            + "X-ControlPanel-Namespace: spoofed\r\nX_ControlPanel_Key: spoofed\r\nX_Original_URI: spoofed\r\n"
            + "X_Forwarded_Uri: /api/v1/namespaces/_/actions\r\n";
        // Claims of an allowed path do not open a forbidden one …
        Assert.StartsWith("HTTP/1.1 403", await CallAsync(proxy, key, "/api/v1/namespaces/fn-other/actions", claims));
        Assert.StartsWith("HTTP/1.1 403", await CallAsync(proxy, key, "/somewhere/else", claims));
        Assert.Empty(proxy.Seen);

        // … and an allowed call carries what ControlPanel said, not what the client said.
        Assert.StartsWith("HTTP/1.1 200", await CallAsync(proxy, key, "/api/v1/namespaces/_/actions", claims));
        var (_, headers) = Assert.Single(proxy.Seen);
        Assert.DoesNotContain(
            headers,
            h =>
                h.Key.Replace('_', '-').StartsWith("X-ControlPanel", StringComparison.OrdinalIgnoreCase)
                && !h.Key.Contains('_')
                && h.Value.Contains("spoofed", StringComparison.Ordinal)
        );
        Assert.Equal(key.Id, headers["X-ControlPanel-Key"]);
    }

    private async Task<ProxyServer> StartAsync(string name)
    {
        var (file, command) = name == "nginx" ? ("nginx.conf", ProxyServer.Nginx) : ("Caddyfile", ProxyServer.Caddy);
        Assert.SkipUnless(File.Exists(command[0]), $"{command[0]} is not installed.");
        return await ProxyServer.StartAsync(
            file,
            command,
            stage.Server,
            ("fn-00000000-0000-4000-8000-000000000000", stage.Server.Namespaces["image-tools"]),
            Ct
        );
    }

    private static async Task<string> CallAsync(
        ProxyServer proxy,
        (string Id, string Secret) key,
        string target,
        string headers = ""
    )
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, proxy.Address.Port, Ct);
        await using var stream = socket.GetStream();
        var basic = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{key.Id}:{key.Secret}"));
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes(
                $"GET {target} HTTP/1.1\r\nHost: {proxy.Address.Authority}\r\nAuthorization: Basic {basic}\r\n{headers}Connection: close\r\n\r\n"
            ),
            Ct
        );
        using var reader = new StreamReader(stream, Encoding.Latin1);
        return await reader.ReadToEndAsync(Ct);
    }
}
