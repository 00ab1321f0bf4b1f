using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ControlPanel.Tests.E2E.Support;

/// <summary>The built product as its own process, on four free ports, with an empty data folder. Ends with the test.</summary>
public sealed class PanelProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();

    private PanelProcess(Process process, string data, int port)
    {
        _process = process;
        Data = data;
        Panel = $"http://127.0.0.1:{port}";
        Functions = $"http://127.0.0.1:{port + 1}";
        process.OutputDataReceived += (_, line) => Append(line.Data);
        process.ErrorDataReceived += (_, line) => Append(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public string Data { get; }

    public string Panel { get; }

    public string Functions { get; }

    /// <summary>For what the operating system knows about it.</summary>
    public int Id => _process.Id;

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

    /// <summary>Starts the product and waits until it says that it is ready.</summary>
    /// <param name="options">Options of the command line, beside data folder and ports.</param>
    /// <param name="settings">Settings as environment variables.</param>
    public static async Task<PanelProcess> StartAsync(
        IReadOnlyList<string> options,
        IReadOnlyList<(string Name, string Value)> settings,
        CancellationToken ct
    )
    {
        var data = Directory.CreateTempSubdirectory("controlpanel-e2e-").FullName;
        var port = FreePorts(4);
        var start = new ProcessStartInfo(
            "dotnet",
            [
                Path.Combine(AppContext.BaseDirectory, "ControlPanel.dll"),
                .. options,
                "--data",
                data,
                "--base-port",
                port.ToString(CultureInfo.InvariantCulture),
            ]
        )
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in settings)
        {
            start.Environment[name] = value;
        }

        var panel = new PanelProcess(Process.Start(start)!, data, port);
        try
        {
            await panel.UntilReadyAsync(ct);
            return panel;
        }
        catch
        {
            await panel.DisposeAsync();
            throw;
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

    private async Task UntilReadyAsync(CancellationToken ct)
    {
        using var client = new HttpClient();
        var waited = Stopwatch.StartNew();
        while (waited.Elapsed < TimeSpan.FromMinutes(1))
        {
            if (_process.HasExited)
            {
                throw new InvalidOperationException($"The server ended with {_process.ExitCode}:\n{Output}");
            }

            try
            {
                using var answer = await client.GetAsync($"{Panel}/health/ready", ct);
                // The welcome is the last thing that is printed; demo.json is there by then.
                if (
                    answer.StatusCode == HttpStatusCode.OK
                    && Output.Contains("ControlPanel is ready", StringComparison.Ordinal)
                )
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }

            await Task.Delay(100, ct);
        }

        throw new TimeoutException($"The server was not ready within a minute:\n{Output}");
    }

    private void Append(string? line)
    {
        if (line is not null)
        {
            lock (_output)
            {
                _output.AppendLine(line);
            }
        }
    }
}
