using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using ControlPanel.Data.Operations.Spaces;
using ControlPanel.Data.Snapshots;
using ControlPanel.Tests.Unit.Support;
using Microsoft.AspNetCore.Builder;

namespace ControlPanel.Tests.Unit.Gateways.Spaces;

/// <summary>A real S3 store (Ceph) behind the gateway of a panel. Started by <c>tools/radosgw.sh</c> where its packages are installed.</summary>
public sealed class RadosGateway : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("controlpanel-rgw-").FullName;

    /// <summary>Whether the packages are there; ./test installs them.</summary>
    public static bool IsInstalled =>
        File.Exists("/usr/bin/radosgw") && File.Exists("/usr/bin/ceph-mon") && File.Exists("/usr/bin/ceph-osd");

    /// <summary>Why a test was skipped.</summary>
    public const string HowToInstall = "The packages of Ceph are not installed; ./test installs them.";

    public TestPanel Panel { get; } = new();

    public async ValueTask InitializeAsync()
    {
        if (!IsInstalled)
        {
            return;
        }

        await Panel.InitializeAsync();
        var port = FreePorts();
        var credential = (await RunAsync("start", _folder, $"{port}")).Trim().Split(' ');
        var outcome = await Panel
            .Get<SetSpacesUpstream>()
            .ExecuteAsync(
                Panel.Owner,
                new NewSpacesUpstream($"http://127.0.0.1:{port}", "default", credential[0], credential[1]),
                CancellationToken.None
            );
        Assert.True(outcome.IsDone, outcome.Refusal?.ToString());
        await Panel.Get<KeySnapshots>().RefreshAsync(CancellationToken.None);
        var full = await SpacesCaller.CreateAsync(Panel, ":fullaccess");
        foreach (var bucket in (string[])["raw-photos", "final-photos"])
        {
            Assert.Equal(200, (await full.SendAsync("PUT", "/" + bucket)).Status);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (IsInstalled)
        {
            await Panel.DisposeAsync();
            await RunAsync("stop", _folder);
        }

        Directory.Delete(_folder, recursive: true);
    }

    private static async Task<string> RunAsync(params string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(Path.Combine(Root(), "tools", "radosgw.sh"), arguments)
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException(await error);
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "ControlPanel.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("The tests run outside of their repository.");
    }

    // Two adjacent ones.
    private static int FreePorts()
    {
        for (var attempt = 0; attempt < 200; attempt++)
        {
            var port = Random.Shared.Next(20_000, 60_000);
            try
            {
                using var one = new TcpListener(IPAddress.Loopback, port);
                using var two = new TcpListener(IPAddress.Loopback, port + 1);
                one.Start();
                two.Start();
                return port;
            }
            catch (SocketException)
            {
                // Taken; try elsewhere.
            }
        }

        throw new InvalidOperationException("No adjacent free ports were found.");
    }
}
