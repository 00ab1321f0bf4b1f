using System.Diagnostics;
using System.Text.Json;

namespace ControlPanel.Tests.Unit.Gateways.Inference;

/// <summary>
/// A model server that others wrote: aimock from npm, as ./test installs it. It takes one key only, and keeps a journal
/// of what reached it.
/// </summary>
internal sealed class Aimock : IAsyncDisposable
{
    /// <summary>The one key it takes.</summary>
    public const string Key = "upstream-secret";

    private const string Fixtures = """
        {
          "fixtures": [
            { "match": { "userMessage": "hello" }, "response": { "content": "one two three four five six" } }
          ]
        }
        """;

    private readonly Process _process;
    private readonly string _folder;
    private readonly HttpClient _control;

    private Aimock(Process process, string folder, Uri address)
    {
        _process = process;
        _folder = folder;
        Address = address;
        _control = new HttpClient { BaseAddress = address };
    }

    public Uri Address { get; }

    /// <summary>Starts it; the test that calls is skipped where npm's packages are not installed.</summary>
    /// <param name="latency">Between two pieces of a stream.</param>
    public static async Task<Aimock> StartAsync(TimeSpan latency, CancellationToken ct)
    {
        var program = Path.Combine(
            Root(),
            "tests",
            "E2E",
            "clients",
            "node_modules",
            "@copilotkit",
            "aimock",
            "dist",
            "cli.js"
        );
        Assert.SkipUnless(File.Exists(program), "aimock is not installed; ./test installs it.");
        var folder = Directory.CreateTempSubdirectory("controlpanel-aimock-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "fixtures.json"), Fixtures, ct);
        var process = Process.Start(
            new ProcessStartInfo("node")
            {
                ArgumentList =
                {
                    program,
                    "--port",
                    "0",
                    "--fixtures",
                    Path.Combine(folder, "fixtures.json"),
                    "--latency",
                    ((int)latency.TotalMilliseconds).ToString(System.Globalization.CultureInfo.InvariantCulture),
                    "--chunk-size",
                    "4",
                },
                Environment = { ["AIMOCK_API_KEYS"] = Key },
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                WorkingDirectory = folder,
            }
        )!;
        _ = process.StandardError.ReadToEndAsync(CancellationToken.None);
        const string ready = "listening on ";
        while (await process.StandardOutput.ReadLineAsync(ct) is { } line)
        {
            if (line.IndexOf(ready, StringComparison.Ordinal) is var at and >= 0)
            {
                _ = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
                return new Aimock(process, folder, new Uri(line[(at + ready.Length)..].Trim()));
            }
        }

        throw new InvalidOperationException("aimock did not start.");
    }

    /// <summary>What reached it, oldest first.</summary>
    public async Task<IReadOnlyList<JsonElement>> JournalAsync(CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/__aimock/journal");
        request.Headers.Authorization = new("Bearer", Key);
        using var response = await _control.SendAsync(request, ct);
        var text = await response.Content.ReadAsStringAsync(ct);
        Assert.True(response.IsSuccessStatusCode, text);
        using var journal = JsonDocument.Parse(text);
        return [.. journal.RootElement.EnumerateArray().Select(e => e.Clone())];
    }

    public async ValueTask DisposeAsync()
    {
        _control.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "ControlPanel.sln")))
        {
            folder = folder.Parent!;
        }

        return folder.FullName;
    }
}
