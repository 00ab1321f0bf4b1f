using System.Diagnostics;
using System.Globalization;
using ControlPanel.Data.Audit;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Functions;
using ControlPanel.Verification.Keys;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using static ControlPanel.Tests.Unit.Data.StoreFixture;

namespace ControlPanel.Tests.Unit.Data;

/// <summary>
/// A writing process is killed without warning, again and again: what it had acknowledged is there, and the store opens.
/// <c>CONTROLPANEL_TEST_KILLS</c> says how often (3 unless told).
/// </summary>
/// <remarks>
/// Killing proves that nothing is acknowledged before it is committed and that no half is left. It cannot prove that
/// the disk has it: that is what the counted syncs are for.
/// </remarks>
public sealed class KillTests
{
    private const string PlaceVariable = "CONTROLPANEL_TEST_WRITER_PLACE";

    // Every acknowledged change, one a line: what was done and the key's id.
    private const string Acknowledged = "acknowledged";

    private static int Kills =>
        int.TryParse(
            Environment.GetEnvironmentVariable("CONTROLPANEL_TEST_KILLS"),
            CultureInfo.InvariantCulture,
            out var n
        )
            ? n
            : 3;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nothing_acknowledged_is_lost_when_the_process_is_killed()
    {
        await using var store = await StartAsync(StoreKind.Sqlite);
        var space = await store.NamespaceAsync("image-tools");
        await store.CloseAsync();
        var notes = Path.Combine(Path.GetDirectoryName(store.Place)!, Acknowledged);
        var before = 0;
        for (var kill = 0; kill < Kills; kill++)
        {
            using (var writer = StartWriter(store.Place))
            {
                // Somewhere in the middle of some write, another one each time.
                while (Lines(notes).Count < before + 20 + (kill * 7 % 30))
                {
                    Assert.False(writer.HasExited, $"The writer ended by itself with code {ExitCode(writer)}.");
                    await Task.Delay(1, Ct);
                }

                writer.Kill();
                await writer.WaitForExitAsync(Ct);
            }

            before = await CheckAsync(store.Place, space.Id, Lines(notes));
        }
    }

    [Fact]
    public async Task Every_acknowledged_change_was_synced_to_the_disk()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/strace"), "strace is not installed (./test installs it).");
        await using var store = await StartAsync(StoreKind.Sqlite);
        await store.NamespaceAsync("image-tools");
        await store.CloseAsync();
        var folder = Path.GetDirectoryName(store.Place)!;
        var (notes, syncs) = (Path.Combine(folder, Acknowledged), Path.Combine(folder, "syncs"));
        using var writer = StartWriter(
            store.Place,
            "/usr/bin/strace",
            "-f",
            "-e",
            "trace=fsync,fdatasync",
            "-o",
            syncs
        );
        while (Lines(notes).Count < 20)
        {
            Assert.SkipWhen(writer.HasExited, "strace may not trace here.");
            await Task.Delay(5, Ct);
        }

        // The notes first: a sync that is counted and not yet acknowledged does no harm.
        var acknowledged = Lines(notes).Count;
        var synced = Lines(syncs).Count(l => l.Contains("sync(", StringComparison.Ordinal));
        writer.Kill(entireProcessTree: true);
        await writer.WaitForExitAsync(Ct);
        Assert.True(synced >= acknowledged, $"{acknowledged} acknowledged, {synced} synced.");
    }

    /// <summary>The process that is killed: this very program, asked for this one test.</summary>
    [Fact(Explicit = true)]
    public async Task Writer()
    {
        var place = Environment.GetEnvironmentVariable(PlaceVariable);
        Assert.SkipWhen(place is null, "Only ever started by the tests beside it.");
        await using var store = await OpenExistingAsync(StoreKind.Sqlite, place!);
        var space = await store.ReadAsync(db => db.Namespaces.Select(n => n.Id).SingleAsync(Ct));
        await using var notes = new FileStream(
            Path.Combine(Path.GetDirectoryName(place)!, Acknowledged),
            FileMode.Append,
            FileAccess.Write,
            FileShare.Read,
            bufferSize: 0
        );
        // Whoever started this is gone when its end of the pipe is: then nobody would ever end this loop.
        var starter = Task.Run(() => Console.OpenStandardInput().ReadAsync(new byte[1], Ct).AsTask(), Ct);
        var run = Environment.ProcessId;
        for (var i = 0; !starter.IsCompleted; i++)
        {
            var made = await store.KeyAsync(space, $"key-{run}-{i}");
            await NoteAsync($"created {made.Key.KeyId}\n");
            if (i % 2 == 0)
            {
                Must(await store.Get<RevokeNamespaceKey>().ExecuteAsync(store.Owner, space, made.Key.KeyId, Ct));
                await NoteAsync($"revoked {made.Key.KeyId}\n");
            }
        }

        Task NoteAsync(string line) => notes.WriteAsync(System.Text.Encoding.ASCII.GetBytes(line), Ct).AsTask();
    }

    private static async Task<int> CheckAsync(string place, string namespaceId, List<string> acknowledged)
    {
        await using var store = await OpenExistingAsync(StoreKind.Sqlite, place);
        await using (var connection = new SqliteConnection($"Data Source={place};Pooling=False"))
        {
            await connection.OpenAsync(Ct);
            await using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA integrity_check";
            Assert.Equal("ok", await command.ExecuteScalarAsync(Ct));
        }

        var keys = await store.ReadAsync(db =>
            db.AccessKeys.ToDictionaryAsync(k => k.PublicId, k => k.RevokedAt is not null, Ct)
        );
        foreach (var line in acknowledged)
        {
            var (what, id) = (line[..7], line[8..]);
            Assert.True(keys.TryGetValue(id, out var isRevoked), $"{id} was acknowledged and is lost.");
            Assert.True(what == "created" || isRevoked, $"{id} was acknowledged as revoked and lives.");
        }

        // Each change with its entry, each entry with its change, and the chain as it was written.
        var audit = await store.AuditAsync();
        Assert.Equal(
            keys.Keys.Order(),
            audit.Where(a => a.Action == "functions_key.create").Select(a => a.TargetId).Order()
        );
        Assert.Equal(
            keys.Where(k => k.Value).Select(k => k.Key).Order(),
            audit.Where(a => a.Action == "functions_key.revoke").Select(a => a.TargetId).Order()
        );
        await using (var db = store.Store.OpenRead())
        {
            Assert.Equal(new ChainVerdict.Intact(audit.Count), await store.Get<AuditChain>().VerifyAsync(db, Ct));
        }

        // And the store still does its work.
        var listed = Must(
            await store
                .Get<ListNamespaceKeys>()
                .ExecuteAsync(store.As(TeamRole.ResourceViewer), namespaceId, new PageRequest(), null, Ct)
        );
        Assert.Equal(keys.Count(k => !k.Value), listed.Total);
        return acknowledged.Count;
    }

    private static Process StartWriter(string place, params string[] under)
    {
        string[] command =
        [
            .. under,
            Environment.ProcessPath!,
            "-method",
            $"{typeof(KillTests).FullName}.{nameof(Writer)}",
            "-explicit",
            "only",
        ];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment[PlaceVariable] = place;
        var writer = Process.Start(start) ?? throw new InvalidOperationException("The writer did not start.");
        writer.BeginOutputReadLine();
        writer.BeginErrorReadLine();
        return writer;
    }

    private static int? ExitCode(Process process) => process.HasExited ? process.ExitCode : null;

    // Whole lines only: the last one may be cut by the kill, and then it was not acknowledged.
    private static List<string> Lines(string file)
    {
        if (!File.Exists(file))
        {
            return [];
        }

        using var reader = new StreamReader(
            new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete)
        );
        var text = reader.ReadToEnd();
        var end = text.LastIndexOf('\n');
        return end < 0 ? [] : [.. text[..end].Split('\n')];
    }
}
