using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace ControlPanel.Tests.Unit.Gateways.Inference;

/// <summary>A model server that keeps every byte that reaches it and answers what a test wants.</summary>
internal sealed class RecordingModelServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private RecordingModelServer(WebApplication app) => _app = app;

    public sealed record Call(string Method, string Target, Dictionary<string, string> Headers, byte[] Body);

    public Uri Address => new(_app.Urls.First());

    public ConcurrentQueue<Call> Seen { get; } = new();

    /// <summary>What <c>GET /v1/models</c> is answered with.</summary>
    public string Models { get; set; } = """{"object":"list","data":[]}""";

    /// <summary>Holds back every second half of an answer until it completes.</summary>
    public TaskCompletionSource? Gate { get; set; }

    public static async Task<RecordingModelServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel(k => k.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        var server = new RecordingModelServer(app);
        app.Run(server.AnswerAsync);
        await app.StartAsync();
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        Seen.Enqueue(
            new Call(
                context.Request.Method,
                context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget,
                context.Request.Headers.ToDictionary(
                    h => h.Key,
                    h => h.Value.ToString(),
                    StringComparer.OrdinalIgnoreCase
                ),
                body.ToArray()
            )
        );
        context.Response.Headers["x-request-id"] = "the-upstreams-own";
        context.Response.Headers["openai-organization"] = "org-secret";
        context.Response.Headers["Set-Cookie"] = "session=upstream";
        context.Response.ContentType = "application/json";
        if (Gate is { } gate)
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync("data: first\n\n");
            await context.Response.Body.FlushAsync();
            await gate.Task;
            await context.Response.WriteAsync("data: second\n\n");
            return;
        }

        var listing = context.Request.Path == "/v1/models";
        if (listing)
        {
            context.Response.Headers.ETag = "\"whole\"";
        }

        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(listing ? Models : """{"upstream":true}"""));
    }
}
