using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using ControlPanel.Tests.Unit.Support;
using ControlPanel.Tests.Unit.Verification.SigV4;
using ControlPanel.Verification.SigV4;

namespace ControlPanel.Tests.Unit.Gateways.Spaces;

/// <summary>
/// Requests that two readers could read differently, sent byte by byte with a right signature of a key with full access:
/// whatever stops them is the door itself. None may reach the store.
/// </summary>
public sealed class DoubtfulRequestTests : IClassFixture<DoubtfulRequestTests.Stage>
{
    private const string Host = "s3.example.com";
    private readonly Stage _stage;

    public DoubtfulRequestTests(Stage stage) => _stage = stage;

    /// <summary>Name, method, raw target.</summary>
    public static TheoryData<string, string, string> Targets =>
        new()
        {
            { "dot segments", "GET", "/raw-photos/a/../../final-photos/b" },
            { "encoded dot segments", "GET", "/raw-photos/%2e%2e/final-photos/b" },
            { "dot segments behind an encoded slash", "GET", "/raw-photos/..%2ffinal-photos/b" },
            { "one dot", "GET", "/raw-photos/./b" },
            { "an encoded slash behind the bucket", "GET", "/raw-photos%2Fb" },
            { "an empty bucket", "GET", "//final-photos/b" },
            { "NUL", "GET", "/raw-photos/a%00b" },
            { "bytes that are no UTF-8", "GET", "/raw-photos/%ff" },
            { "a broken escape", "GET", "/raw-photos/a%zzb" },
            { "an escape cut short", "GET", "/raw-photos/a%2" },
            { "raw UTF-8", "GET", "/raw-photos/ü" },
            { "a fragment", "GET", "/raw-photos/a#b" },
            { "a backslash for a slash", "GET", "/raw-photos\\..\\final-photos/b" },
            { "an absolute target with another host", "GET", "http://store.example.com/raw-photos/a" },
            { "no path at all", "OPTIONS", "*" },
            { "the store's administration", "GET", "/admin/user?uid=x" },
            { "the store's other protocol", "GET", "/v1/AUTH_test/raw-photos" },
            { "the store's information", "GET", "/info" },
            { "the store's health", "GET", "/healthcheck" },
            { "actions on the root", "POST", "/?Action=CreateUser" },
            { "a header hoisted into the query", "PUT", "/raw-photos/x?x-amz-copy-source=final-photos%2Fb" },
            { "a method of its own", "PROPFIND", "/raw-photos/a" },
        };

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task A_target_that_two_readers_could_read_differently_never_reaches_the_store(
        string name,
        string method,
        string target
    )
    {
        var head = _stage.Caller.SignerFor(Host).SignHeader(method, target, PayloadModes.EmptyHash);
        await AssertRefusedAsync(name, Lines(head));
    }

    [Fact]
    public async Task Two_hosts_are_refused() =>
        await AssertRefusedAsync("two hosts", Lines(Good(), extra: "Host: other.example.com"));

    [Fact]
    public async Task No_host_is_refused() =>
        await AssertRefusedAsync("no host", Lines(Good()).Replace($"Host: {Host}\r\n", "", StringComparison.Ordinal));

    [Fact]
    public async Task A_folded_header_line_is_refused() =>
        await AssertRefusedAsync("obs-fold", Lines(Good(), extra: "x-folded: a\r\n b"));

    [Fact]
    public async Task A_header_value_that_is_no_utf8_is_refused() =>
        await AssertRefusedAsync("a Latin-1 byte", Lines(Good(), extra: "x-latin: f\u00fcr"), Encoding.Latin1);

    [Fact]
    public async Task Space_before_the_colon_is_refused() =>
        await AssertRefusedAsync("space before the colon", Lines(Good(), extra: "x-amz-acl : public-read"));

    [Fact]
    public async Task Two_authorization_lines_are_refused() =>
        await AssertRefusedAsync(
            "two credentials",
            Lines(Good(), extra: $"Authorization: {Good().Find("Authorization")}")
        );

    [Fact]
    public async Task The_same_request_without_doubt_reaches_the_store()
    {
        var answer = await SendAsync(Lines(Good()), Encoding.UTF8);
        Assert.Equal(200, answer.Status);
        Assert.Equal("/raw-photos/a", _stage.Store.Single().Head.Target);
    }

    private S3RequestHead Good() =>
        _stage.Caller.SignerFor(Host).SignHeader("GET", "/raw-photos/a", PayloadModes.EmptyHash);

    private async Task AssertRefusedAsync(string name, string request, Encoding? encoding = null)
    {
        var answer = await SendAsync(request, encoding ?? Encoding.UTF8);
        Assert.True(answer.Status is >= 400 and < 500, $"{name}: {answer.Status}");
        Assert.True(_stage.Store.Seen.IsEmpty, name);
    }

    private async Task<S3Answer> SendAsync(string request, Encoding encoding)
    {
        using var socket = new TcpClient();
        var port = new Uri(_stage.Panel.App.Addresses.Spaces).Port;
        await socket.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
        await using var stream = socket.GetStream();
        await stream.WriteAsync(encoding.GetBytes(request), TestContext.Current.CancellationToken);
        return await SpacesCaller.ReadAsync(stream);
    }

    private static string Lines(S3RequestHead head, string? extra = null)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{head.Method} {head.Target} HTTP/1.1\r\nConnection: close\r\n");
        foreach (var (name, value) in head.Headers.ToArray())
        {
            text.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        }

        return text.Append(extra is null ? "" : extra + "\r\n").Append("\r\n").ToString();
    }

    /// <summary>A panel in front of a store that writes down what reaches it, and a key that may do everything.</summary>
    public sealed class Stage : IAsyncLifetime
    {
        public TestPanel Panel { get; } = new();

        internal RecordingStore Store { get; private set; } = null!;

        internal SpacesCaller Caller { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            await Panel.InitializeAsync();
            Store = await RecordingStore.StartAsync();
            await Store.PutBehindAsync(Panel);
            Caller = await SpacesCaller.CreateAsync(Panel, ":fullaccess");
        }

        public async ValueTask DisposeAsync()
        {
            await Panel.DisposeAsync();
            await Store.DisposeAsync();
        }
    }
}
