using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ControlPanel.Bench.Gateways;

/// <summary>
/// A store and a model server that do nothing but move bytes: whatever a gateway costs shows in full beside them.
/// </summary>
internal sealed class PlainUpstream : IAsyncDisposable
{
    private static readonly byte[] s_data = new byte[GatewayTimings.ObjectSize];
    private readonly WebApplication _app;

    private PlainUpstream(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.First());

    public static async Task<PlainUpstream> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel(k =>
        {
            k.Listen(IPAddress.Loopback, 0);
            k.Limits.MaxRequestBodySize = null;
        });
        var app = builder.Build();
        app.Run(AnswerAsync);
        await app.StartAsync();
        return new PlainUpstream(app);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static async Task AnswerAsync(HttpContext context)
    {
        if (HttpMethods.IsPost(context.Request.Method))
        {
            await SpeakAsync(context);
        }
        else if (HttpMethods.IsPut(context.Request.Method))
        {
            await context.Request.Body.CopyToAsync(Stream.Null, 1 << 16, context.RequestAborted);
            context.Response.Headers.ETag = "\"0-1\"";
            context.Response.ContentLength = 0;
        }
        else
        {
            var length = context.Request.Path.Value!.EndsWith("/small", StringComparison.Ordinal)
                ? 1024
                : s_data.Length;
            context.Response.ContentLength = length;
            await context.Response.Body.WriteAsync(s_data.AsMemory(0, length), context.RequestAborted);
        }
    }

    // The first token at once, the last a little later: a gateway that gathered the stream would be found out.
    private static async Task SpeakAsync(HttpContext context)
    {
        await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
        context.Response.ContentType = "text/event-stream";
        await context.Response.WriteAsync(
            "data: {\"choices\":[{\"delta\":{\"content\":\"one\"}}]}\n\n",
            context.RequestAborted
        );
        await context.Response.Body.FlushAsync(context.RequestAborted);
        await Task.Delay(GatewayTimings.Pause, context.RequestAborted);
        await context.Response.WriteAsync("data: [DONE]\n\n", context.RequestAborted);
    }
}
