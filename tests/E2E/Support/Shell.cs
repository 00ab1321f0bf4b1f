using System.Diagnostics;

namespace ControlPanel.Tests.E2E.Support;

/// <summary>Runs what a person would paste into a terminal.</summary>
public static class Shell
{
    /// <summary>Runs a line in bash.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(
        string line,
        CancellationToken ct,
        string? directory = null
    )
    {
        using var process = Process.Start(
            new ProcessStartInfo("bash")
            {
                ArgumentList = { "-c", line },
                WorkingDirectory = directory ?? Path.GetTempPath(),
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        var output = process.StandardOutput.ReadToEndAsync(ct);
        var error = process.StandardError.ReadToEndAsync(ct);
        await process.WaitForExitAsync(ct);
        return (process.ExitCode, await output, await error);
    }
}
