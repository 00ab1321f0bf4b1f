using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace ControlPanel.Tests.E2E.Support;

/// <summary>A real proxy running the very file that docs/deploy offers, with only ports and the namespace replaced.</summary>
public sealed class ProxyServer : IAsyncDisposable
{
    private readonly Process _process;
    private readonly WebApplication _upstream;
    private readonly string _folder;

    private ProxyServer(Process process, WebApplication upstream, string folder, Uri address)
    {
        _process = process;
        _upstream = upstream;
        _folder = folder;
        Address = address;
    }

    /// <summary>How nginx is started with a file.</summary>
    public static IReadOnlyList<string> Nginx { get; } =
    [
        "/usr/sbin/nginx",
        "-p",
        "{folder}",
        "-c",
        "{config}",
        "-e",
        "stderr",
        "-g",
        "daemon off; pid {folder}/nginx.pid;",
    ];

    /// <summary>How Caddy is started with a file.</summary>
    public static IReadOnlyList<string> Caddy { get; } =
    ["/usr/bin/caddy", "run", "--config", "{config}", "--adapter", "caddyfile"];

    /// <summary>Where clients call.</summary>
    public Uri Address { get; }

    /// <summary>Raw target and headers of what reached the upstream behind the proxy.</summary>
    public ConcurrentQueue<(string Target, Dictionary<string, string> Headers)> Seen { get; } = new();

    /// <summary>Starts the proxy.</summary>
    /// <param name="file">The file below docs/deploy.</param>
    /// <param name="id">What stands in the file for the namespace or the team, and whose keys pass.</param>
    /// <param name="command">Program and arguments; <c>{config}</c> and <c>{folder}</c> are replaced.</param>
    public static async Task<ProxyServer> StartAsync(
        string file,
        IReadOnlyList<string> command,
        DemoServer server,
        (string Placeholder, string Value) id,
        CancellationToken ct
    )
    {
        var folder = Directory.CreateTempSubdirectory("controlpanel-proxy-").FullName;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel(k => k.Listen(IPAddress.Loopback, 0));
        var upstream = builder.Build();
        ProxyServer? proxy = null;
        upstream.Run(async context =>
        {
            proxy!.Seen.Enqueue(
                (
                    context.Features.Get<IHttpRequestFeature>()!.RawTarget,
                    context.Request.Headers.ToDictionary(
                        h => h.Key,
                        h => h.Value.ToString(),
                        StringComparer.OrdinalIgnoreCase
                    )
                )
            );
            if (HttpMethods.IsPut(context.Request.Method))
            {
                // As a store does: no body, and a tag; one with a dash is no digest that clients compare.
                await context.Request.Body.CopyToAsync(Stream.Null);
                context.Response.Headers.ETag = "\"tag-1\"";
                return;
            }

            await context.Response.WriteAsync("{\"upstream\":true}");
        });
        await upstream.StartAsync(ct);

        var port = PanelProcess.FreePorts(1);
        var config = Path.Combine(folder, Path.GetFileName(file));
        var text = (await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "deploy", file), ct))
            .Replace("127.0.0.1:8080", $"127.0.0.1:{port}", StringComparison.Ordinal)
            .Replace("127.0.0.1:3233", new Uri(upstream.Urls.First()).Authority, StringComparison.Ordinal)
            .Replace("127.0.0.1:5000", new Uri(server.Panel).Authority, StringComparison.Ordinal)
            .Replace(id.Placeholder, id.Value, StringComparison.Ordinal);
        await File.WriteAllTextAsync(config, text, ct);

        var start = new ProcessStartInfo(command[0])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            WorkingDirectory = folder,
        };
        start.Environment["HOME"] = folder;
        foreach (var argument in command.Skip(1))
        {
            start.ArgumentList.Add(
                argument
                    .Replace("{config}", config, StringComparison.Ordinal)
                    .Replace("{folder}", folder, StringComparison.Ordinal)
            );
        }

        var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        _ = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        proxy = new ProxyServer(process, upstream, folder, new Uri($"http://127.0.0.1:{port}"));
        var deadline = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                using var probe = new TcpClient();
                await probe.ConnectAsync(IPAddress.Loopback, port, ct);
                return proxy;
            }
            catch (SocketException) when (deadline.Elapsed < TimeSpan.FromSeconds(10) && !process.HasExited)
            {
                await Task.Delay(50, ct);
            }
            catch (SocketException e)
            {
                await proxy.DisposeAsync();
                throw new InvalidOperationException($"{command[0]} did not start: {await errors}", e);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        await _upstream.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
