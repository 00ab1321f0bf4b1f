using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using ControlPanel.Tests.Unit.Support;
using ControlPanel.Tests.Unit.Verification.SigV4;
using ControlPanel.Verification.SigV4;

namespace ControlPanel.Tests.Unit.Gateways.Spaces;

/// <summary>What a proxy in front of an S3 store learns, asked as each proxy asks; the real ones are in tests/E2E.</summary>
public sealed class SpacesForwardAuthTests(TestPanel panel) : IClassFixture<TestPanel>
{
    public static TheoryData<string> Proxies => ["nginx", "caddy", "traefik", "envoy"];

    [Theory]
    [MemberData(nameof(Proxies))]
    public async Task A_signed_and_a_presigned_request_pass_with_every_identity_header_until_the_key_is_deleted(
        string proxy
    )
    {
        var caller = await SpacesCaller.CreateAsync(panel, "raw-photos:read");
        var signed = Signed(caller, "GET", "/raw-photos/a%20b//c?list-type=2&prefix=x%2Fy");
        var presigned = caller.Signer.Presign("GET", "/raw-photos/a", "response-content-type=image%2Fpng", "60");
        foreach (var head in (S3RequestHead[])[signed, presigned])
        {
            var yes = await AskAsync(proxy, head);
            Assert.Equal(200, yes.Status);
            Assert.Equal(caller.Id, yes.Headers["X-ControlPanel-Key"]);
            Assert.Equal(panel.Owner.TeamId.ToString(), yes.Headers["X-ControlPanel-Team"]);
            Assert.Equal("none", yes.Headers["X-ControlPanel-Namespace"]);
            Assert.True(yes.Headers.ContainsKey("X-ControlPanel-Owner"));
        }

        await caller.DeleteAsync();
        foreach (var head in (S3RequestHead[])[signed, presigned])
        {
            var no = await AskAsync(proxy, head);
            Assert.Equal(403, no.Status);
            Assert.DoesNotContain(no.Headers, h => h.Key.StartsWith("X-ControlPanel", StringComparison.Ordinal));
        }
    }

    [Theory]
    [MemberData(nameof(Proxies))]
    public async Task What_the_signature_covers_cannot_be_changed_and_the_grants_hold(string proxy)
    {
        var caller = await SpacesCaller.CreateAsync(panel, "raw-photos:read", "final-photos:readwrite");
        var good = Signed(caller, "GET", "/raw-photos/a");
        Assert.Equal(200, (await AskAsync(proxy, good)).Status);
        Assert.Equal(403, (await AskAsync(proxy, new S3RequestHead("HEAD", good.Target, good.Headers))).Status);
        Assert.Equal(403, (await AskAsync(proxy, new S3RequestHead("GET", "/final-photos/a", good.Headers))).Status);
        Assert.Equal(403, (await AskAsync(proxy, new S3RequestHead("GET", "/raw-photos/a?x=1", good.Headers))).Status);
        var elsewhere = good.Headers.ToArray();
        elsewhere[0] = new S3Header("Host", "s3.example.net");
        Assert.Equal(403, (await AskAsync(proxy, new S3RequestHead("GET", good.Target, elsewhere))).Status);
        S3Header[] extra = [.. good.Headers.Span, new("x-amz-acl", "public-read")];
        Assert.Equal(403, (await AskAsync(proxy, new S3RequestHead("GET", good.Target, extra))).Status);

        Assert.Equal(200, (await AskAsync(proxy, Signed(caller, "PUT", "/final-photos/a"))).Status);
        Assert.Equal(403, (await AskAsync(proxy, Signed(caller, "PUT", "/raw-photos/a"))).Status);
        Assert.Equal(403, (await AskAsync(proxy, Signed(caller, "GET", "/marketing-materials/a"))).Status);
        Assert.Equal(403, (await AskAsync(proxy, Signed(caller, "GET", "/final-photos/../raw-photos/a"))).Status);
        Assert.Equal(
            200,
            (await AskAsync(proxy, Signed(caller, "PUT", "/final-photos/b", Source("/raw-photos/a")))).Status
        );
        Assert.Equal(
            403,
            (await AskAsync(proxy, Signed(caller, "PUT", "/final-photos/b", Source("/marketing-materials/a")))).Status
        );
    }

    [Theory]
    [MemberData(nameof(Proxies))]
    public async Task What_only_the_gateway_can_answer_is_refused(string proxy)
    {
        var limited = await SpacesCaller.CreateAsync(panel, "raw-photos:readwrite");
        var full = await SpacesCaller.CreateAsync(panel, ":fullaccess");
        Assert.Equal(403, (await AskAsync(proxy, Signed(limited, "GET", "/"))).Status);
        Assert.Equal(200, (await AskAsync(proxy, Signed(full, "GET", "/"))).Status);
        Assert.Equal(403, (await AskAsync(proxy, Signed(limited, "PUT", "/raw-photos"))).Status);
        S3Header[] form = [new("Host", "s3.example.com"), new("Content-Type", "multipart/form-data; boundary=x")];
        Assert.Equal(403, (await AskAsync(proxy, new S3RequestHead("POST", "/raw-photos", form))).Status);
        Assert.Equal(403, (await AskAsync(proxy, new S3RequestHead("GET", "/raw-photos/a", form))).Status);
    }

    [Theory]
    [MemberData(nameof(Proxies))]
    public async Task Only_keys_of_the_routes_team_pass_and_without_one_only_to_buckets_of_the_panel(string proxy)
    {
        var full = await SpacesCaller.CreateAsync(panel, ":fullaccess");
        var own = Signed(full, "PUT", "/bucket-of-nobody/a");
        Assert.Equal(200, (await AskAsync(proxy, own)).Status);
        Assert.Equal(403, (await AskAsync(proxy, own, Guid.NewGuid().ToString())).Status);
        Assert.Equal(403, (await AskAsync(proxy, own, team: "")).Status);
        Assert.Equal(403, (await AskAsync(proxy, Signed(full, "GET", "/"), team: "")).Status);
        Assert.Equal(200, (await AskAsync(proxy, Signed(full, "PUT", "/raw-photos/a"), team: "")).Status);
        Assert.Equal(
            403,
            (
                await AskAsync(proxy, Signed(full, "PUT", "/raw-photos/a", Source("/bucket-of-nobody/a")), team: "")
            ).Status
        );
    }

    [Theory]
    [InlineData("nginx", 200)]
    [InlineData("caddy", 200)]
    [InlineData("traefik", 403)]
    [InlineData("envoy", 403)]
    public async Task A_signed_length_is_checked_where_the_proxy_can_pass_it_on(string proxy, int expected)
    {
        var caller = await SpacesCaller.CreateAsync(panel, "raw-photos:readwrite");
        var head = Signed(caller, "PUT", "/raw-photos/a", new S3Header("Content-Length", "42"));
        var passed = new S3Header("X-Original-Content-Length", "42");
        Assert.Equal(expected, (await AskAsync(proxy, head, extra: passed)).Status);
        Assert.Equal(403, (await AskAsync(proxy, head, extra: passed with { Value = "43" })).Status);
        Assert.Equal(403, (await AskAsync(proxy, head)).Status);
    }

    [Fact]
    public async Task Headers_of_another_proxys_family_and_doubled_ones_decide_nothing()
    {
        var caller = await SpacesCaller.CreateAsync(panel, "raw-photos:read");
        var head = Signed(caller, "GET", "/raw-photos/a");
        var bare = new S3RequestHead("GET", "/raw-photos/a", head.Headers);
        foreach (var name in (string[])["X-Original-Host", "X-Original-URI", "X-Original-Method"])
        {
            Assert.Equal(403, (await AskAsync("nginx", bare, extra: new S3Header(name, "s3.example.com"))).Status);
        }

        // nginx's words through Caddy's door: the host is missing there.
        var asked = Question("nginx", bare, Team, extra: null).Replace("/nginx ", "/caddy ", StringComparison.Ordinal);
        Assert.Equal(403, (await SendAsync(asked)).Status);
        Assert.Equal(200, (await SendAsync(Question("nginx", bare, Team, extra: null))).Status);
        Assert.Equal(404, (await AskAsync("haproxy", bare)).Status);
    }

    private string Team => panel.Owner.TeamId.ToString();

    private static S3Header Source(string value) => new("x-amz-copy-source", value);

    private static S3RequestHead Signed(SpacesCaller caller, string method, string target, params S3Header[] headers) =>
        caller.Signer.SignHeader(method, target, PayloadModes.Unsigned, headers);

    private Task<S3Answer> AskAsync(string proxy, S3RequestHead head, string? team = null, S3Header? extra = null) =>
        SendAsync(Question(proxy, head, team ?? Team, extra));

    // The client's head as the documentation of each proxy says it asks: without body and length.
    private static string Question(string proxy, S3RequestHead head, string team, S3Header? extra)
    {
        var route = $"/verify/spaces/{team}{(team.Length > 0 ? "/" : "")}{proxy}";
        var isEnvoy = proxy == "envoy";
        var family = proxy == "nginx" ? "X-Original-" : "X-Forwarded-";
        var uri = proxy == "nginx" ? "URI" : "Uri";
        var text = new StringBuilder();
        text.Append(
            CultureInfo.InvariantCulture,
            $"{(isEnvoy ? head.Method : "GET")} {route}{(isEnvoy ? head.Target : "")} HTTP/1.1\r\nConnection: close\r\n"
        );
        foreach (var (name, value) in head.Headers.ToArray())
        {
            if (!name.Equals("content-length", StringComparison.OrdinalIgnoreCase))
            {
                var sent = name == "Host" && !isEnvoy ? "panel.example.com" : value;
                text.Append(CultureInfo.InvariantCulture, $"{name}: {sent}\r\n");
            }
        }

        text.Append(
            CultureInfo.InvariantCulture,
            $"{(proxy == "nginx" ? "X-Real-IP" : "X-Forwarded-For")}: 203.0.113.9\r\n"
        );
        if (isEnvoy)
        {
            text.Append("Content-Length: 0\r\n");
        }
        else
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"{family}Method: {head.Method}\r\n{family}{uri}: {head.Target}\r\n{family}Host: {head.Find("Host")}\r\n"
            );
        }

        if (extra is { } one)
        {
            text.Append(CultureInfo.InvariantCulture, $"{one.Name}: {one.Value}\r\n");
        }

        return text.Append("\r\n").ToString();
    }

    private async Task<S3Answer> SendAsync(string question)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, panel.Panel.Port, TestContext.Current.CancellationToken);
        await using var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(question), TestContext.Current.CancellationToken);
        return await SpacesCaller.ReadAsync(stream);
    }
}
