using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace ControlPanel.Tests.E2E.Support;

/// <summary>
/// The product as a user starts it: its own process, <c>--demo</c>, an empty data folder. Everything a test needs to
/// know it reads from demo.json, like any script would.
/// </summary>
public sealed class DemoServer : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output;

    private DemoServer(Process process, StringBuilder output, string data, JsonElement demo)
    {
        _process = process;
        _output = output;
        Data = data;
        Panel = demo.GetProperty("panel").GetString()!;
        Functions = demo.GetProperty("functions").GetString()!;
        Spaces = demo.GetProperty("spaces").GetString()!;
        Inference = demo.GetProperty("inference").GetString()!;
        Password = demo.GetProperty("password").GetString()!;
        Token = demo.GetProperty("token").GetString()!;
        People = demo.GetProperty("people")
            .EnumerateArray()
            .ToDictionary(p => p.GetProperty("email").GetString()!, p => p.GetProperty("role").GetString()!);
        Namespaces = demo.GetProperty("namespaces")
            .EnumerateArray()
            .ToDictionary(n => n.GetProperty("label").GetString()!, n => n.GetProperty("id").GetString()!);
    }

    public string Data { get; }

    /// <summary>The server's process, for what the operating system knows about it.</summary>
    public int ProcessId => _process.Id;

    public string Panel { get; }

    public string Functions { get; }

    public string Spaces { get; }

    public string Inference { get; }

    public string Password { get; }

    /// <summary>The demo owner's full-access API token.</summary>
    public string Token { get; }

    public IReadOnlyDictionary<string, string> People { get; }

    /// <summary>Ids by label.</summary>
    public IReadOnlyDictionary<string, string> Namespaces { get; }

    /// <summary>What the process wrote so far.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    /// <summary>Issues a namespace key by the API.</summary>
    public async Task<(string Id, string Secret)> IssueKeyAsync(string label, string name, CancellationToken ct)
    {
        using var client = ApiClient();
        using var response = await client.PostAsync(
            $"/v2/functions/namespaces/{Namespaces[label]}/keys",
            new StringContent(JsonSerializer.Serialize(new { name }), Encoding.UTF8, "application/json"),
            ct
        );
        response.EnsureSuccessStatusCode();
        using var body = JsonDocument.Parse(await response.Content.ReadAsStringAsync(ct));
        var key = body.RootElement.GetProperty("access_key");
        return (key.GetProperty("id").GetString()!, key.GetProperty("secret").GetString()!);
    }

    /// <summary>Revokes a namespace key by the API; returns when it is refused everywhere.</summary>
    public async Task RevokeKeyAsync(string label, string keyId, CancellationToken ct)
    {
        using var client = ApiClient();
        using var response = await client.DeleteAsync($"/v2/functions/namespaces/{Namespaces[label]}/keys/{keyId}", ct);
        response.EnsureSuccessStatusCode();
    }

    /// <summary>A client of the API with the demo token.</summary>
    public HttpClient ApiClient()
    {
        var client = new HttpClient { BaseAddress = new Uri(Panel) };
        client.DefaultRequestHeaders.Authorization = new("Bearer", Token);
        return client;
    }

    /// <summary>Starts the built product and waits until it says it is ready.</summary>
    /// <param name="settings">Settings as environment variables.</param>
    public static async Task<DemoServer> StartAsync(
        CancellationToken ct,
        params IReadOnlyList<(string Name, string Value)> settings
    )
    {
        var data = Directory.CreateTempSubdirectory("controlpanel-e2e-").FullName;
        var output = new StringBuilder();
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList =
            {
                Path.Combine(AppContext.BaseDirectory, "ControlPanel.dll"),
                "--demo",
                "--data",
                data,
                "--base-port",
                FreePorts(4).ToString(System.Globalization.CultureInfo.InvariantCulture),
            },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in settings)
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, line) => Append(output, line.Data);
        process.ErrorDataReceived += (_, line) => Append(output, line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();

        using var client = new HttpClient();
        var file = Path.Combine(data, "demo.json");
        var deadline = Stopwatch.StartNew();
        while (deadline.Elapsed < TimeSpan.FromSeconds(60))
        {
            ct.ThrowIfCancellationRequested();
            if (process.HasExited)
            {
                throw new InvalidOperationException($"The server ended with {process.ExitCode}:\n{output}");
            }

            if (File.Exists(file) && await TryReadAsync(file, ct) is { } demo)
            {
                var server = new DemoServer(process, output, data, demo);
                try
                {
                    if ((await client.GetAsync($"{server.Panel}/health/ready", ct)).StatusCode == HttpStatusCode.OK)
                    {
                        return server;
                    }
                }
                catch (HttpRequestException)
                {
                    // Not listening yet.
                }
            }

            await Task.Delay(100, ct);
        }

        process.Kill(entireProcessTree: true);
        throw new TimeoutException($"The server was not ready within a minute:\n{output}");
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        Directory.Delete(Data, recursive: true);
    }

    private static async Task<JsonElement?> TryReadAsync(string file, CancellationToken ct)
    {
        try
        {
            return JsonDocument.Parse(await File.ReadAllTextAsync(file, ct)).RootElement;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static void Append(StringBuilder output, string? line)
    {
        if (line is not null)
        {
            lock (output)
            {
                output.AppendLine(line);
            }
        }
    }

    /// <summary>The first of several adjacent ports that are free now.</summary>
    public static int FreePorts(int count)
    {
        for (var attempt = 0; attempt < 200; attempt++)
        {
            var first = Random.Shared.Next(20_000, 60_000 - count);
            try
            {
                for (var port = first; port < first + count; port++)
                {
                    using var listener = new TcpListener(IPAddress.Loopback, port);
                    listener.Start();
                }

                return first;
            }
            catch (SocketException)
            {
                // Taken; try elsewhere.
            }
        }

        throw new InvalidOperationException("No adjacent free ports were found.");
    }
}
