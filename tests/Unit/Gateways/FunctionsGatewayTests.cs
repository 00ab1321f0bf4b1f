using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;
using ControlPanel.Data.Model;
using ControlPanel.Data.Operations.Functions;
using ControlPanel.Tests.Unit.Support;
using ControlPanel.Verification.Decisions;

namespace ControlPanel.Tests.Unit.Gateways;

/// <summary>The Functions door, over real sockets, in front of a real upstream.</summary>
public sealed class FunctionsGatewayTests(TestPanel panel) : IClassFixture<TestPanel>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static int Scale =>
        int.TryParse(Environment.GetEnvironmentVariable("CONTROLPANEL_TEST_SCALE"), out var s) ? Math.Max(1, s) : 1;

    [Fact]
    public async Task A_valid_key_invokes_an_action_and_reads_its_result()
    {
        using var client = panel.FunctionsClient(await panel.IssueKeyAsync());
        using var response = await client.PostAsync(
            "/api/v1/namespaces/_/actions/demo/hello?blocking=true&result=true",
            new StringContent("{\"name\":\"Ada\"}", Encoding.UTF8, "application/json"),
            Ct
        );
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        using var body = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Ct));
        Assert.Equal("Hello, Ada!", body.RootElement.GetProperty("greeting").GetString());
    }

    [Theory]
    [InlineData("/api/v1/namespaces")]
    [InlineData("/fn.io/api/v1/namespaces")]
    [InlineData("/fn.co/api/v1/namespaces")]
    [InlineData("/fn.io//api/v1/namespaces")]
    public async Task The_namespace_list_holds_exactly_the_keys_own(string path)
    {
        using var client = panel.FunctionsClient(await panel.IssueKeyAsync());
        Assert.Equal($"[\"{panel.NamespaceId}\"]", await client.GetStringAsync(path, Ct));
    }

    [Fact]
    public async Task The_root_describes_runtimes_without_a_credential()
    {
        using var client = new HttpClient { BaseAddress = panel.Functions };
        using var body = JsonDocument.Parse(await client.GetStringAsync("/api/v1", Ct));
        Assert.True(body.RootElement.GetProperty("runtimes").TryGetProperty("nodejs", out _));
    }

    [Fact]
    public async Task Everything_a_stranger_could_try_reads_the_same_and_is_logged_precisely()
    {
        var good = await panel.IssueKeyAsync();
        var revoked = await panel.IssueKeyAsync();
        await panel.RevokeAsync(revoked.Id);
        var suspended = await panel.IssueKeyAsync();
        await panel.SuspendAsync(suspended.Id);
        var other = await panel.IssueKeyAsync();
        (string Credential, DenialReason Reason)[] cases =
        [
            ($"dof_v1_{new string('0', 32)}:{good.Secret}", DenialReason.UnknownKey),
            ($"{good.Id}:{other.Secret}", DenialReason.WrongSecret),
            ($"{revoked.Id}:{revoked.Secret}", DenialReason.Revoked),
            ($"{suspended.Id}:{suspended.Secret}", DenialReason.Suspended),
            ($"{good.Id}:{good.Secret[..^1]}x", DenialReason.BadFormat),
            ($"{good.Id}:", DenialReason.BadFormat),
            ($"{good.Id}", DenialReason.Malformed),
            ("somebody:something", DenialReason.BadFormat),
        ];
        string? first = null;
        foreach (var (credential, reason) in cases)
        {
            using var client = panel.FunctionsClient(credential);
            using var response = await client.GetAsync("/api/v1/namespaces/_/actions", Ct);
            var id = response.Headers.GetValues("x-request-id").Single();
            var face =
                (int)response.StatusCode
                + "|"
                + string.Join(
                    '|',
                    response
                        .Headers.Where(h =>
                            !h.Key.Equals("date", StringComparison.OrdinalIgnoreCase)
                            && !h.Key.Equals("x-request-id", StringComparison.OrdinalIgnoreCase)
                        )
                        .Select(h => h.Key + "=" + string.Join(',', h.Value))
                )
                + "|"
                + response.Content.Headers.ContentType
                + "|"
                + (await response.Content.ReadAsStringAsync(Ct)).Replace(id, "ID", StringComparison.Ordinal);
            Assert.Equal(first ??= face, face);
            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
            var refusal = await panel.RefusalAsync(id);
            // Refusals without a key are folded by source; those of a known key stand alone.
            if (
                refusal is not null
                || reason is DenialReason.WrongSecret or DenialReason.Revoked or DenialReason.Suspended
            )
            {
                Assert.Equal(reason, refusal!.Reason);
            }
        }
    }

    [Fact]
    public async Task Another_namespace_reads_the_same_whether_it_exists_or_not()
    {
        var existing = await panel.AddNamespaceAsync(upstream: null);
        const string missing = "fn-00000000-0000-4000-8000-000000000000";
        using var client = panel.FunctionsClient(await panel.IssueKeyAsync());
        var answers = new List<string>();
        foreach (var name in (string[])[existing, missing])
        {
            using var response = await client.GetAsync($"/api/v1/namespaces/{name}/actions", Ct);
            Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
            var body = await response.Content.ReadAsStringAsync(Ct);
            answers.Add(
                body.Replace(name, "NS", StringComparison.Ordinal)
                    .Replace(response.Headers.GetValues("x-request-id").Single(), "ID", StringComparison.Ordinal)
            );
        }

        Assert.Equal(answers[0], answers[1]);
    }

    [Fact]
    public async Task A_namespace_without_an_upstream_says_so_in_openwhisks_form()
    {
        var name = await panel.AddNamespaceAsync(upstream: null);
        using var client = panel.FunctionsClient(await panel.IssueKeyAsync(name));
        using var response = await client.GetAsync("/api/v1/namespaces/_/actions", Ct);
        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        using var body = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Ct));
        Assert.Contains("No upstream is set up", body.RootElement.GetProperty("error").GetString());
        Assert.True(body.RootElement.TryGetProperty("code", out _));
    }

    [Theory]
    [InlineData("/api/v1/namespaces/_/actions/a%2Fb", "/api/v1/namespaces/_/actions/a%2Fb")]
    [InlineData("/api/v1/namespaces/_/actions/%C3%BC+x%20y", "/api/v1/namespaces/_/actions/%C3%BC+x%20y")]
    [InlineData("/api/v1/namespaces/_/actions//x", "/api/v1/namespaces/_/actions//x")]
    [InlineData("/api/v1/namespaces/_/actions?", "/api/v1/namespaces/_/actions?")]
    [InlineData("/api/v1/namespaces/_/actions?a=%ff&b=%zz", "/api/v1/namespaces/_/actions?a=%ff&b=%zz")]
    [InlineData("/fn.io/api/v1/namespaces/_/triggers/t", "/api/v1/namespaces/_/triggers/t")]
    public async Task The_path_reaches_the_upstream_byte_for_byte(string sent, string received)
    {
        await using var upstream = await TestUpstream.StartAsync();
        var name = await panel.AddNamespaceAsync(upstream.Address);
        var key = await panel.IssueKeyAsync(name);
        var answer = await TestPanel.SendRawAsync(panel.Functions, Request("GET", sent, key));
        Assert.StartsWith("HTTP/1.1 200", answer);
        Assert.Equal(received, Assert.Single(upstream.Seen).Target);
    }

    [Theory]
    [InlineData("/api/v1/namespaces/_/../other/actions")]
    [InlineData("/api/v1/namespaces/_/%2e%2e/other/actions")]
    [InlineData("/api/v1/namespaces/_/.%2E/other/actions")]
    [InlineData("/api/v1/namespaces/_/./actions")]
    [InlineData("/api/v1/namespaces/%5F/actions")]
    [InlineData("/api/v1/namespaces/_%2Factions")]
    [InlineData("/api/v1/namespaces//actions")]
    [InlineData("/api/v1/../v1/namespaces/_/actions")]
    [InlineData("/api/v1x/namespaces/_/actions")]
    [InlineData("/x/api/v1/namespaces/_/actions")]
    public async Task A_path_that_two_servers_could_read_differently_is_refused(string sent)
    {
        await using var upstream = await TestUpstream.StartAsync();
        var name = await panel.AddNamespaceAsync(upstream.Address);
        var key = await panel.IssueKeyAsync(name);
        var answer = await TestPanel.SendRawAsync(panel.Functions, Request("GET", sent, key));
        Assert.Matches("^HTTP/1.1 (400|403|404)", answer);
        Assert.Empty(upstream.Seen);
    }

    [Fact]
    public async Task An_explicit_namespace_is_forwarded_as_the_upstreams_own()
    {
        await using var upstream = await TestUpstream.StartAsync();
        var name = await panel.AddNamespaceAsync(upstream.Address);
        using var client = panel.FunctionsClient(await panel.IssueKeyAsync(name));
        (await client.GetAsync($"/api/v1/namespaces/{name}/actions?limit=2", Ct)).EnsureSuccessStatusCode();
        Assert.Equal("/api/v1/namespaces/_/actions?limit=2", Assert.Single(upstream.Seen).Target);
    }

    [Fact]
    public async Task The_upstream_sees_its_own_credential_and_no_identity_the_client_claims()
    {
        await using var upstream = await TestUpstream.StartAsync();
        var name = await panel.AddNamespaceAsync(upstream.Address);
        var key = await panel.IssueKeyAsync(name);
        string[] spoofed =
        [
            "X-Forwarded-For",
            "X-Forwarded-User",
            "X-Forwarded-Uri",
            "X-Forwarded-Host",
            "X-Forwarded-Proto",
            "X-Forwarded-Prefix",
            "X-Forwarded-Method",
            "X-Forwarded-Email",
            "X-Forwarded-Groups",
            "Forwarded",
            "X-Original-URI",
            "X-Original-Method",
            "X-Original-URL",
            "X-Original-Host",
            "X-Real-IP",
            "X-Auth-User",
            "X-Auth-Token",
            "X-Auth-Request-User",
            "Remote-User",
            "Remote-Groups",
            "X-Remote-User",
            "X-Remote-Group",
            "X-ControlPanel-Key",
            "X-ControlPanel-Team",
            "X-ControlPanel-Owner",
            "X-ControlPanel-Namespace",
            "Cookie",
            "Proxy-Authorization",
            "X-Rewrite-URL",
            "True-Client-IP",
            "Client-IP",
            "CF-Connecting-IP",
            "X-Cluster-Client-IP",
            "X-Client-IP",
            "X-Envoy-External-Address",
            "X-User-Id",
            "X-User",
            "X-WEBAUTH-USER",
            "X-Authenticated-User",
            "X-Consumer-Username",
        ];
        foreach (
            var spelling in (Func<string, string>[])
                [n => n, n => n.ToLowerInvariant(), n => n.ToUpperInvariant(), n => n.Replace('-', '_')]
        )
        {
            var extra = string.Concat(spoofed.Select(n => $"{spelling(n)}: spoofed\r\n"));
            var answer = await TestPanel.SendRawAsync(
                panel.Functions,
                Request("GET", "/api/v1/namespaces/_/actions", key, extra)
            );
            Assert.StartsWith("HTTP/1.1 200", answer);
        }

        Assert.Equal(4, upstream.Seen.Count);
        foreach (var (_, _, headers) in upstream.Seen)
        {
            Assert.Equal("Basic " + Convert.ToBase64String("up:stream"u8), headers["Authorization"]);
            Assert.DoesNotContain(headers, h => h.Value.Contains("spoofed", StringComparison.Ordinal));
            Assert.DoesNotContain(headers.Values, v => v.Contains(key.Secret, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_redirect_of_the_upstream_is_passed_on_and_never_followed()
    {
        await using var upstream = await TestUpstream.StartAsync();
        var name = await panel.AddNamespaceAsync(upstream.Address);
        var key = await panel.IssueKeyAsync(name);
        var answer = await TestPanel.SendRawAsync(
            panel.Functions,
            Request("GET", "/api/v1/namespaces/_/actions?redirect=1", key)
        );
        Assert.StartsWith("HTTP/1.1 302", answer);
        Assert.Single(upstream.Seen);
    }

    [Fact]
    public async Task Smuggled_requests_reach_no_upstream()
    {
        await using var upstream = await TestUpstream.StartAsync();
        var name = await panel.AddNamespaceAsync(upstream.Address);
        var key = await panel.IssueKeyAsync(name);
        var auth = $"Authorization: {TestPanel.Basic($"{key.Id}:{key.Secret}")}";
        const string target = "POST /api/v1/namespaces/_/triggers/x HTTP/1.1";
        const string hidden = "GET /api/v1/namespaces/_/hidden HTTP/1.1\r\nHost: x\r\n\r\n";
        string[] bodies = ["0\r\n\r\n", "5\r\nhello\r\n0\r\n\r\n", "0;x\n\r\n", $"0\r\n\r\n{hidden}"];
        string[] framings =
        [
            "Content-Length: 5\r\nTransfer-Encoding: chunked",
            "Transfer-Encoding: chunked\r\nContent-Length: 5",
            "Content-Length: 5\r\nContent-Length: 6",
            "Content-Length: 5\r\nContent-Length: 5",
            "Content-Length: 5x",
            "Content-Length: -1",
            "Content-Length: 0x5",
            "Content-Length: 5, 5",
            "Transfer-Encoding: xchunked",
            "Transfer-Encoding: chunked, identity",
            "Transfer-Encoding: identity, chunked\r\nContent-Length: 3",
            "Transfer-Encoding : chunked",
            "Transfer-Encoding: \x0bchunked",
            "Transfer-Encoding: chunked\nX: y",
            "Transfer-Encoding:\n chunked",
            " Transfer-Encoding: chunked",
        ];
        var refused = 0;
        foreach (var framing in framings)
        {
            foreach (var body in bodies)
            {
                var answer = await TestPanel.SendRawAsync(
                    panel.Functions,
                    $"{target}\r\nHost: {panel.Functions.Authority}\r\n{auth}\r\n{framing}\r\nConnection: close\r\n\r\n{body}"
                );
                Assert.True(
                    answer.Length == 0
                        || answer.StartsWith("HTTP/1.1 4", StringComparison.Ordinal)
                        || answer.StartsWith("HTTP/1.1 501", StringComparison.Ordinal),
                    $"{framing} / {body}: {answer}"
                );
                refused++;
            }
        }

        Assert.True(refused >= 60);
        Assert.Empty(upstream.Seen);
    }

    [Fact]
    public async Task Malformed_authorization_is_never_accepted_and_never_an_error_of_ours()
    {
        var key = await panel.IssueKeyAsync();
        var valid = TestPanel.Basic($"{key.Id}:{key.Secret}").ToString();
        var random = new Random(20261121);
        using var client = new HttpClient { BaseAddress = panel.Functions };
        for (var i = 0; i < 2_000 * Scale; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/namespaces");
            var text = Mutate(valid, random);
            if (
                text == valid
                || text.Trim() == valid
                || text.Equals(valid, StringComparison.OrdinalIgnoreCase) && text[5..] == valid[5..]
            )
            {
                continue;
            }

            request.Headers.TryAddWithoutValidation("Authorization", text);
            using var response = await client.SendAsync(request, Ct);
            Assert.True(
                response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.BadRequest,
                $"{(int)response.StatusCode} for {text}"
            );
        }
    }

    [Fact]
    public async Task Two_credentials_are_refused()
    {
        var key = await panel.IssueKeyAsync();
        var auth = $"Authorization: {TestPanel.Basic($"{key.Id}:{key.Secret}")}\r\n";
        var answer = await TestPanel.SendRawAsync(
            panel.Functions,
            $"GET /api/v1/namespaces HTTP/1.1\r\nHost: x\r\n{auth}{auth}Connection: close\r\n\r\n"
        );
        Assert.StartsWith("HTTP/1.1 401", answer);
    }

    [Fact]
    public async Task No_call_that_starts_after_the_receipt_succeeds()
    {
        for (var round = 0; round < 10 * Scale; round++)
        {
            var key = await panel.IssueKeyAsync();
            using var client = panel.FunctionsClient(key);
            var successes = new ConcurrentQueue<long>();
            using var stop = new CancellationTokenSource();
            var callers = Enumerable
                .Range(0, 4)
                .Select(_ =>
                    Task.Run(
                        async () =>
                        {
                            while (!stop.IsCancellationRequested)
                            {
                                var started = Stopwatch.GetTimestamp();
                                using var response = await client.GetAsync(
                                    "/api/v1/namespaces",
                                    CancellationToken.None
                                );
                                if (response.IsSuccessStatusCode)
                                {
                                    successes.Enqueue(started);
                                }
                            }
                        },
                        Ct
                    )
                )
                .ToArray();
            while (successes.Count < 20)
            {
                await Task.Delay(1, Ct);
            }

            await panel.RevokeAsync(key.Id);
            var receipt = Stopwatch.GetTimestamp();
            for (var i = 0; i < 20; i++)
            {
                using var after = await client.GetAsync("/api/v1/namespaces", Ct);
                Assert.Equal(HttpStatusCode.Unauthorized, after.StatusCode);
            }

            await stop.CancelAsync();
            await Task.WhenAll(callers);
            Assert.DoesNotContain(successes, started => started > receipt);
        }
    }

    [Fact]
    public async Task A_running_response_is_cut_when_its_key_is_revoked()
    {
        var key = await panel.IssueKeyAsync();
        using var client = panel.FunctionsClient(key);
        using var request = new HttpRequestMessage(
            HttpMethod.Post,
            "/api/v1/namespaces/_/actions/demo/slow?blocking=true&result=true"
        )
        {
            Content = new StringContent("{\"seconds\":30}", Encoding.UTF8, "application/json"),
        };
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Ct);
        await using var stream = await response.Content.ReadAsStreamAsync(Ct);
        var buffer = new byte[64];
        Assert.NotEqual(0, await stream.ReadAsync(buffer, Ct));
        await panel.RevokeAsync(key.Id);
        var cut = Stopwatch.StartNew();
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            while (await stream.ReadAsync(buffer, Ct) > 0) { }
        });
        Assert.True(cut.Elapsed < TimeSpan.FromSeconds(3), $"cut after {cut.Elapsed}");
    }

    [Fact]
    public async Task A_deleted_namespace_takes_its_keys_with_it()
    {
        var name = await panel.AddNamespaceAsync(upstream: null);
        using var client = panel.FunctionsClient(await panel.IssueKeyAsync(name));
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/api/v1/namespaces", Ct)).StatusCode);
        var outcome = await panel.Get<DeleteNamespace>().ExecuteAsync(panel.Owner, name, Ct);
        Assert.True(outcome.IsDone);
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/api/v1/namespaces", Ct)).StatusCode);
    }

    private static string Request(string method, string target, (string Id, string Secret) key, string extra = "") =>
        $"{method} {target} HTTP/1.1\r\nHost: gateway\r\nAuthorization: {TestPanel.Basic($"{key.Id}:{key.Secret}")}\r\n{extra}Connection: close\r\n\r\n";

    private static string Mutate(string valid, Random random)
    {
        var text = new StringBuilder(valid);
        for (var i = random.Next(1, 4); i > 0; i--)
        {
            switch (random.Next(6))
            {
                case 0:
                    text[random.Next(text.Length)] = (char)random.Next(32, 127);
                    break;
                case 1:
                    text.Remove(random.Next(text.Length), 1);
                    break;
                case 2:
                    text.Insert(random.Next(text.Length), (char)random.Next(32, 127));
                    break;
                case 3:
                    text.Length = Math.Max(1, random.Next(text.Length));
                    break;
                case 4:
                    text.Append(", ").Append(valid);
                    break;
                default:
                    text.Replace("Basic", random.Next(2) == 0 ? "Bearer" : "Digest");
                    break;
            }
        }

        return text.ToString();
    }
}
