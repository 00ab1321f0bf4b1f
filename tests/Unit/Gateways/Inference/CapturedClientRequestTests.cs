using System.Net;
using System.Text;
using System.Text.Json;
using ControlPanel.Tests.Unit.Support;

namespace ControlPanel.Tests.Unit.Gateways.Inference;

/// <summary>
/// Requests as OpenAI's JavaScript and .NET clients really sent them (tests/Unit/data/openai-requests.jsonl), each with
/// three keys: the catalogue of paths and the reading of bodies fit what clients do.
/// </summary>
public sealed class CapturedClientRequestTests(InferenceForwardingTests.Fixture fixture)
    : IClassFixture<InferenceForwardingTests.Fixture>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private sealed record Captured(
        string Label,
        string Method,
        string Target,
        string Kind,
        string? Model,
        string? Type,
        string? Body
    );

    [Fact]
    public async Task Each_reaches_the_server_unchanged_with_a_key_that_covers_it_and_never_with_another()
    {
        var panel = fixture.Panel;
        await using var server = await RecordingModelServer.StartAsync();
        await panel.RemoveUpstreamsAsync();
        await panel.UseUpstreamAsync(server.Address);
        var everything = (await panel.IssueModelKeyAsync(batch: true)).Secret;
        var noBatch = (await panel.IssueModelKeyAsync()).Secret;
        var other = (await panel.IssueModelKeyAsync(["demo-echo"])).Secret;
        var requests = Read();
        Assert.True(requests.Count > 30);
        foreach (var request in requests)
        {
            var listing = request.Kind == "list";
            Assert.Equal((HttpStatusCode.OK, true), await SendAsync(server, everything, request));
            Assert.Equal(
                request.Kind == "batch" ? (HttpStatusCode.Forbidden, false) : (HttpStatusCode.OK, true),
                await SendAsync(server, noBatch, request)
            );
            Assert.Equal(
                listing ? (HttpStatusCode.OK, true) : (HttpStatusCode.Forbidden, false),
                await SendAsync(server, other, request)
            );
            if (request.Model is not null)
            {
                var own = await panel.IssueModelKeyAsync([await panel.AddModelAsync(request.Model)]);
                Assert.Equal((HttpStatusCode.OK, true), await SendAsync(server, own.Secret, request));
            }
        }
    }

    private async Task<(HttpStatusCode Status, bool Arrived)> SendAsync(
        RecordingModelServer server,
        string secret,
        Captured request
    )
    {
        server.Seen.Clear();
        var body = Encoding.Latin1.GetBytes(request.Body ?? "");
        using var client = fixture.Panel.InferenceClient(secret);
        using var message = new HttpRequestMessage(new HttpMethod(request.Method), request.Target);
        if (request.Type is not null)
        {
            message.Content = new ByteArrayContent(body);
            message.Content.Headers.TryAddWithoutValidation("Content-Type", request.Type);
        }

        using var answer = await client.SendAsync(message, Ct);
        if (server.Seen.SingleOrDefault() is { } seen)
        {
            Assert.Equal(request.Target, seen.Target);
            Assert.Equal(request.Method, seen.Method);
            Assert.Equal(body, seen.Body);
            Assert.Equal(request.Type, seen.Headers.GetValueOrDefault("Content-Type"));
            return (answer.StatusCode, true);
        }

        return (answer.StatusCode, false);
    }

    private static List<Captured> Read()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        var parts = Path.Combine("tests", "Unit", "data", "openai-requests.jsonl");
        while (!File.Exists(Path.Combine(folder.FullName, parts)))
        {
            folder = folder.Parent ?? throw new FileNotFoundException(parts);
        }

        return
        [
            .. File.ReadLines(Path.Combine(folder.FullName, parts))
                .Select(line => JsonSerializer.Deserialize<Captured>(line, JsonSerializerOptions.Web)!),
        ];
    }
}
