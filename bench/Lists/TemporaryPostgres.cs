using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace ControlPanel.Bench.Lists;

/// <summary>
/// A PostgreSQL of this run alone: in a temporary folder, on a socket in that folder, with the server's own defaults. It
/// ends with this process, even when that is killed.
/// </summary>
internal sealed class TemporaryPostgres : IAsyncDisposable
{
    // The end of the input ends the server; it comes with the end of this process, whatever ends that.
    private const string Script = """
        trap "" HUP INT TERM
        "$1" -D "$2/data" -k "$2" -c listen_addresses= -c fsync=off >>"$2/log" 2>&1 <&- &
        read -r _
        kill -INT $!
        wait $!
        rm -rf "$2"
        """;

    private readonly Process _server;

    private TemporaryPostgres(Process server, string folder)
    {
        _server = server;
        ConnectionString = new NpgsqlConnectionStringBuilder
        {
            Host = folder,
            Username = "postgres",
            Database = "postgres",
        }.ToString();
    }

    /// <summary>How to connect to its only database, which is empty.</summary>
    public string ConnectionString { get; }

    public static async Task<TemporaryPostgres> StartAsync()
    {
        var programs = Directory
            .EnumerateDirectories("/usr/lib/postgresql")
            .Select(version => Path.Combine(version, "bin"))
            .Order(StringComparer.Ordinal)
            .Last();
        // A socket's path may not be longer than about 100 bytes, so the folder stands directly below /tmp.
        var folder = Directory.CreateTempSubdirectory("cp-pg-").FullName;
        string[] asServerUser = [];
        if (Environment.IsPrivilegedProcess)
        {
            // PostgreSQL refuses to run as root.
            await RunAsync("chown", ["postgres:", folder], folder);
            asServerUser = ["runuser", "-u", "postgres", "--"];
        }

        string[] init = [Path.Combine(programs, "initdb"), "-D", Path.Combine(folder, "data"), "-U", "postgres"];
        string[] all = [.. asServerUser, .. init, "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C.UTF-8"];
        await RunAsync(all[0], all[1..], folder);
        string[] serve =
        [
            .. asServerUser,
            "/bin/sh",
            "-c",
            Script,
            "serve",
            Path.Combine(programs, "postgres"),
            folder,
        ];
        var server = Process.Start(
            new ProcessStartInfo(serve[0], serve[1..]) { RedirectStandardInput = true, WorkingDirectory = folder }
        );
        var started = new TemporaryPostgres(
            server ?? throw new InvalidOperationException("PostgreSQL did not start."),
            folder
        );
        for (var tries = 0; ; tries++)
        {
            try
            {
                await started.ExecuteAsync("SELECT 1");
                return started;
            }
            catch (NpgsqlException) when (tries < 200)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
            }
        }
    }

    /// <summary>Runs a statement.</summary>
    public async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        command.CommandTimeout = (int)TimeSpan.FromMinutes(10).TotalSeconds;
        await command.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        _server.StandardInput.Close();
        await _server.WaitForExitAsync();
        _server.Dispose();
    }

    private static async Task RunAsync(string program, string[] arguments, string folder)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            WorkingDirectory = folder,
        };
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
        await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException(
                $"{program} ended with {process.ExitCode.ToString(CultureInfo.InvariantCulture)}."
            );
        }
    }
}
