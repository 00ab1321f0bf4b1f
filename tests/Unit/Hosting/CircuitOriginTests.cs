using ControlPanel.Tests.Unit.Support;

namespace ControlPanel.Tests.Unit.Hosting;

/// <summary>A circuit opens for our own pages alone, whatever cookies come along.</summary>
public sealed class CircuitOriginTests(TestPanel panel) : IClassFixture<TestPanel>
{
    public static TheoryData<string> ForeignOrigins =>
        [
            "http://evil.example",
            "https://evil.example",
            "null",
            "",
            "http://127.0.0.1",
            "http://127.0.0.1:1",
            "https://127.0.0.1:{port}",
            "http://localhost:{port}",
            "http://sub.127.0.0.1:{port}",
            "http://127.0.0.1:{port}.evil.example",
            "http://evil.example:{port}",
            "http://127.0.0.1:{port}@evil.example",
            "http://127.0.0.1:{port}/",
            "http://127.0.0.1:{port} http://evil.example",
            "http://127.0.0.1:{port}, http://evil.example",
            "ws://127.0.0.1:{port}",
            "//127.0.0.1:{port}",
            "127.0.0.1:{port}",
            "file://",
            "chrome-extension://abcdefghijklmnop",
        ];

    [Theory]
    [MemberData(nameof(ForeignOrigins))]
    public async Task A_foreign_origin_is_refused_before_a_circuit_exists(string origin)
    {
        foreach (var path in new[] { "/_blazor", "/_blazor?id=x", "/_BLAZOR", "/_blazor/" })
        {
            Assert.StartsWith("HTTP/1.1 403 ", await OpenAsync(path, Own(origin)), StringComparison.Ordinal);
        }

        Assert.StartsWith("HTTP/1.1 403 ", await NegotiateAsync(Own(origin)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_origin_is_refused() =>
        Assert.StartsWith("HTTP/1.1 403 ", await OpenAsync("/_blazor"), StringComparison.Ordinal);

    [Fact]
    public async Task Two_origins_are_refused_even_when_one_is_ours() =>
        Assert.StartsWith(
            "HTTP/1.1 403 ",
            await OpenAsync("/_blazor", Own("http://127.0.0.1:{port}"), "http://evil.example"),
            StringComparison.Ordinal
        );

    [Fact]
    public async Task Our_own_pages_open_one()
    {
        Assert.StartsWith(
            "HTTP/1.1 101 ",
            await OpenAsync("/_blazor", Own("http://127.0.0.1:{port}")),
            StringComparison.Ordinal
        );
        Assert.StartsWith(
            "HTTP/1.1 200 ",
            await NegotiateAsync(Own("http://127.0.0.1:{port}")),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Behind_a_trusted_proxy_the_public_origin_is_ours_and_the_inner_one_is_not()
    {
        await using var behind = new TestPanel(static b =>
            b.Configuration["ControlPanel:TrustedProxies:0"] = "127.0.0.1/32"
        );
        await behind.InitializeAsync();
        const string Forwarded = "X-Forwarded-Proto: https\r\nX-Forwarded-Host: panel.example.com\r\n";

        var own = await SendAsync(behind, "/_blazor", Forwarded, "https://panel.example.com");
        var inner = await SendAsync(behind, "/_blazor", Forwarded, $"http://{behind.Panel.Authority}");
        var plain = await SendAsync(behind, "/_blazor", Forwarded, "http://panel.example.com");

        Assert.StartsWith("HTTP/1.1 101 ", own, StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 403 ", inner, StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 403 ", plain, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stranger_cannot_make_his_origin_ours_by_forwarded_headers() =>
        Assert.StartsWith(
            "HTTP/1.1 403 ",
            await SendAsync(
                panel,
                "/_blazor",
                "X-Forwarded-Proto: https\r\nX-Forwarded-Host: evil.example\r\nForwarded: host=evil.example;proto=https\r\n",
                "https://evil.example"
            ),
            StringComparison.Ordinal
        );

    private string Own(string origin) => origin.Replace("{port}", $"{panel.Panel.Port}", StringComparison.Ordinal);

    private Task<string> OpenAsync(string path, params string[] origins) => SendAsync(panel, path, "", origins);

    private static Task<string> SendAsync(TestPanel panel, string path, string headers, params string[] origins) =>
        FirstLineAsync(
            panel,
            $"GET {path} HTTP/1.1\r\nHost: {panel.Panel.Authority}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                + headers
                + string.Concat(origins.Select(o => $"Origin: {o}\r\n"))
                + "\r\n"
        );

    private Task<string> NegotiateAsync(string origin) =>
        FirstLineAsync(
            panel,
            $"POST /_blazor/negotiate?negotiateVersion=1 HTTP/1.1\r\nHost: {panel.Panel.Authority}\r\n"
                + $"Origin: {origin}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );

    // The status line, without waiting for the server to close.
    private static async Task<string> FirstLineAsync(TestPanel panel, string request)
    {
        using var socket = new System.Net.Sockets.TcpClient();
        await socket.ConnectAsync(
            System.Net.IPAddress.Loopback,
            panel.Panel.Port,
            TestContext.Current.CancellationToken
        );
        await using var stream = socket.GetStream();
        await stream.WriteAsync(System.Text.Encoding.Latin1.GetBytes(request), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(stream);
        return await reader.ReadLineAsync(TestContext.Current.CancellationToken) ?? "";
    }
}
