using System.Diagnostics;
using System.Globalization;
using ControlPanel.Data.Providers;
using ControlPanel.Tests.Unit.Data;
using ControlPanel.Verification.Secrets;
using Npgsql;

[assembly: AssemblyFixture(typeof(PostgresCluster))]

namespace ControlPanel.Tests.Unit.Data;

/// <summary>
/// A PostgreSQL of this test run alone: in a temporary folder, on a socket in that folder, started when the first test
/// asks for a database and gone with the run, even when the run is killed.
/// </summary>
public sealed class PostgresCluster : IAsyncDisposable
{
    /// <summary>What a test without PostgreSQL is skipped with.</summary>
    public const string NotInstalled =
        "PostgreSQL is not installed (Debian package postgresql; ./test installs it): the store tests ran on SQLite only.";

    private const string Template = "store_template";

    private readonly SemaphoreSlim _start = new(1, 1);
    private Process? _server;
    private DirectoryInfo? _folder;
    private int _databases;

    /// <summary>Where the server's programs are; <see langword="null"/> when there are none.</summary>
    public static string? Programs { get; } =
        Directory.Exists("/usr/lib/postgresql")
            ? Directory
                .EnumerateDirectories("/usr/lib/postgresql")
                .Select(version => Path.Combine(version, "bin"))
                .Where(bin => File.Exists(Path.Combine(bin, "initdb")))
                .Order(StringComparer.Ordinal)
                .LastOrDefault()
            : null;

    /// <summary>Makes a database with the present schema and returns how to connect to it.</summary>
    public async Task<string> CreateDatabaseAsync(CancellationToken ct)
    {
        await EnsureStartedAsync(ct);
        var name = $"store_{Interlocked.Increment(ref _databases)}";
        await ExecuteAsync("postgres", $"CREATE DATABASE {name} TEMPLATE {Template}", ct);
        return ConnectionString(name);
    }

    /// <summary>Runs a statement in a database of <see cref="CreateDatabaseAsync"/>, past the product.</summary>
    public static async Task ExecuteOnAsync(string connectionString, string sql, CancellationToken ct)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(ct);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>
    /// Ends the server as an <c>immediate</c> shutdown does, without writing anything more, and waits until it has
    /// recovered. What was committed asynchronously within the last moments is lost by that.
    /// </summary>
    public async Task CrashAsync(CancellationToken ct)
    {
        var lines = await File.ReadAllLinesAsync(Path.Combine(_folder!.FullName, "data", "postmaster.pid"), ct);
        await RunAsync("kill", ["-QUIT", lines[0]], ct);
        using (var server = TryFind(int.Parse(lines[0], CultureInfo.InvariantCulture)))
        {
            if (server is not null)
            {
                await server.WaitForExitAsync(ct);
            }
        }

        NpgsqlConnection.ClearAllPools();
        await UntilItAnswersAsync(ct);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            // The server's parent waits for the end of its input; that is also what it sees when this process dies.
            _server.StandardInput.Close();
            await _server.WaitForExitAsync();
            _server.Dispose();
        }

        if (_folder is { Exists: true })
        {
            _folder.Delete(recursive: true);
        }

        _start.Dispose();
    }

    private string ConnectionString(string database) =>
        new NpgsqlConnectionStringBuilder
        {
            Host = _folder!.FullName,
            Username = "postgres",
            Database = database,
            // Hundreds of small databases on one server: each test's connections end with the test.
            Pooling = database != "postgres" && database != Template,
            MaxPoolSize = 20,
        }.ToString();

    private Task ExecuteAsync(string database, string sql, CancellationToken ct) =>
        ExecuteOnAsync(ConnectionString(database), sql, ct);

    private async Task EnsureStartedAsync(CancellationToken ct)
    {
        await _start.WaitAsync(ct);
        try
        {
            if (_server is null)
            {
                await StartAsync(ct);
            }
        }
        finally
        {
            _start.Release();
        }
    }

    private async Task StartAsync(CancellationToken ct)
    {
        // A socket's path may not be longer than about 100 bytes, so the folder stands directly below /tmp.
        _folder = Directory.CreateTempSubdirectory("cp-pg-");
        var programs = Programs ?? throw new InvalidOperationException(NotInstalled);
        var data = Path.Combine(_folder.FullName, "data");
        string[] asServerUser = [];
        if (Environment.IsPrivilegedProcess)
        {
            // PostgreSQL refuses to run as root.
            await RunAsync("chown", ["postgres:", _folder.FullName], ct);
            asServerUser = ["runuser", "-u", "postgres", "--"];
        }

        string[] init = [Path.Combine(programs, "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8"];
        string[] all = [.. asServerUser, .. init, "--no-sync", "--locale=C.UTF-8"];
        await RunAsync(all[0], all[1..], ct);

        // fsync is off because these tests pull no plug; synchronous_commit is off to show that the store sets it itself.
        // A server that was made to crash is started again; the end of the input ends it for good. Signals to the whole
        // test run are left to it.
        const string Server = """
            trap "" HUP INT TERM
            exec 9<&0
            (
                read -r _ <&9
                : >"$3/end"
                while [ -e "$3" ]; do
                    kill -INT "$(head -n 1 "$2/postmaster.pid")"
                    sleep 0.1
                done
            ) 2>/dev/null &
            while [ ! -e "$3/end" ]; do
                "$1" -D "$2" -k "$3" -c listen_addresses= -c fsync=off -c synchronous_commit=off \
                    -c max_connections=300 -c shared_buffers=32MB >>"$3/log" 2>&1
                sleep 0.1
            done
            rm -rf "$3"
            """;
        string[] serve =
        [
            .. asServerUser,
            "/bin/sh",
            "-c",
            Server,
            "serve",
            Path.Combine(programs, "postgres"),
            data,
            _folder.FullName,
        ];
        var start = new ProcessStartInfo(serve[0], serve[1..])
        {
            RedirectStandardInput = true,
            WorkingDirectory = _folder.FullName,
        };
        _server = Process.Start(start) ?? throw new InvalidOperationException("PostgreSQL did not start.");
        await UntilItAnswersAsync(ct);
        await ExecuteAsync("postgres", $"CREATE DATABASE {Template}", ct);
        using var store = new PostgresStore(ConnectionString(Template), new SystemSecretSource());
        await store.PrepareAsync(ct);
    }

    private static Process? TryFind(int id)
    {
        try
        {
            return Process.GetProcessById(id);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private async Task UntilItAnswersAsync(CancellationToken ct)
    {
        for (var tries = 0; ; tries++)
        {
            try
            {
                await ExecuteAsync("postgres", "SELECT 1", ct);
                return;
            }
            catch (NpgsqlException) when (tries < 200)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, ct);
            }
        }
    }

    private async Task RunAsync(string program, string[] arguments, CancellationToken ct)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _folder!.FullName,
        };
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
        var output = process.StandardOutput.ReadToEndAsync(ct);
        var errors = process.StandardError.ReadToEndAsync(ct);
        await process.WaitForExitAsync(ct);
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} failed: {await output}{await errors}");
        }
    }
}
