using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ControlPanel.Tests.Unit.Webhooks;

/// <summary>A request that a receiver got.</summary>
internal sealed record ReceivedEvent(string Path, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public string Id => Headers["webhook-id"];

    public string Text => Encoding.UTF8.GetString(Body);

    /// <summary>Checks the signature with nothing of the product's: as a receiver does that reads the standard.</summary>
    public bool IsSignedWith(string secret)
    {
        var key = Convert.FromBase64String(secret["whsec_".Length..]);
        byte[] signed = [.. Encoding.UTF8.GetBytes($"{Id}.{Headers["webhook-timestamp"]}."), .. Body];
        var expected = "v1," + Convert.ToBase64String(HMACSHA256.HashData(key, signed));
        return Headers["webhook-signature"].Split(' ').Contains(expected, StringComparer.Ordinal);
    }
}

/// <summary>A receiver of webhooks on this machine.</summary>
internal sealed class Receiver : IAsyncDisposable
{
    private readonly WebApplication _app;

    private Receiver(WebApplication app) => _app = app;

    public ConcurrentQueue<ReceivedEvent> Received { get; } = new();

    public string Address => new Uri(new Uri(_app.Urls.First()), "/hooks").AbsoluteUri;

    public int Port => new Uri(_app.Urls.First()).Port;

    /// <param name="answer">What to answer; 204 unless given.</param>
    /// <param name="certificate">Speaks TLS with it.</param>
    public static async Task<Receiver> StartAsync(
        Func<HttpContext, int, Task>? answer = null,
        X509Certificate2? certificate = null
    )
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel(k =>
            k.Listen(
                IPAddress.Loopback,
                0,
                door =>
                {
                    if (certificate is not null)
                    {
                        door.UseHttps(certificate);
                    }
                }
            )
        );
        var app = builder.Build();
        var receiver = new Receiver(app);
        var count = 0;
        app.Run(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            receiver.Received.Enqueue(
                new ReceivedEvent(
                    context.Request.Path,
                    context.Request.Headers.ToDictionary(
                        h => h.Key,
                        h => h.Value.ToString(),
                        StringComparer.OrdinalIgnoreCase
                    ),
                    body.ToArray()
                )
            );
            var number = Interlocked.Increment(ref count);
            if (answer is null)
            {
                context.Response.StatusCode = 204;
                return;
            }

            await answer(context, number);
        });
        await app.StartAsync();
        return receiver;
    }

    /// <summary>Waits until so many requests came.</summary>
    public async Task<IReadOnlyList<ReceivedEvent>> WaitAsync(int count)
    {
        await Waiting.ForAsync(() => Task.FromResult(Received.Count >= count));
        return [.. Received];
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }
}

/// <summary>Waits for what happens elsewhere, in real time.</summary>
internal static class Waiting
{
    public static async Task ForAsync(Func<Task<bool>> isSo)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!await isSo())
        {
            await Task.Delay(20, limit.Token);
        }
    }
}
