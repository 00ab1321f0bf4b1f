using System.Globalization;
using ControlPanel.Data.Model;
using ControlPanel.Data.Providers;
using ControlPanel.Verification.Secrets;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Hosting;

/// <summary>
/// The folder that holds everything: database, master key, data-protection keys. One process at a time; the master key
/// is readable by its owner alone, or the server does not start.
/// </summary>
internal sealed class DataFolder : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerOnlyFolder = OwnerOnly | UnixFileMode.UserExecute;

    private readonly FileStream _lock;

    private DataFolder(string path, FileStream @lock, MasterKey masterKey)
    {
        Path = path;
        _lock = @lock;
        MasterKey = masterKey;
    }

    public string Path { get; }

    public MasterKey MasterKey { get; }

    public string Database => System.IO.Path.Combine(Path, "controlpanel.db");

    public string KeyRing => System.IO.Path.Combine(Path, "keys");

    /// <summary>Whether a server has kept its data there.</summary>
    public static bool Exists(string path) => File.Exists(System.IO.Path.Combine(path, "master.key"));

    /// <summary>Takes the folder for this process; makes it and its master key when they are not there.</summary>
    /// <exception cref="StartRefusedException">It is in use, cannot be used, or its master key is missing or exposed.</exception>
    public static DataFolder Open(string path, ISecretSource random)
    {
        FileStream? taken = null;
        try
        {
            MakeFolder(path);
            taken = TakeLock(path);
            var keyFile = System.IO.Path.Combine(path, "master.key");
            var database = System.IO.Path.Combine(path, "controlpanel.db");
            if (!File.Exists(keyFile))
            {
                if (File.Exists(database))
                {
                    throw new StartRefusedException(
                        $"The master key {keyFile} is missing; put it back from your backup. Without it no key can be verified."
                    );
                }

                Create(keyFile, random);
            }

            var data = new DataFolder(path, taken, Read(keyFile));
            MakeFolder(data.KeyRing);
            return data;
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            taken?.Dispose();
            throw new StartRefusedException($"The data folder {path} cannot be used: {e.Message}", e);
        }
        catch
        {
            taken?.Dispose();
            throw;
        }
    }

    /// <summary>Checks that the store belongs to this master key; a new store is bound to it.</summary>
    /// <exception cref="StartRefusedException">It belongs to another one.</exception>
    public async Task CheckMasterKeyAsync(IControlPanelStore store, TimeProvider clock, CancellationToken ct)
    {
        await using var transaction = await store.BeginWriteAsync(ct);
        var checks = await transaction.Db.MasterKeyChecks.AsNoTracking().ToListAsync(ct);
        foreach (var check in checks)
        {
            if (
                !MasterKey.Has(check.Version)
                || !check.CheckValue.AsSpan().SequenceEqual(MasterKey.CheckValue(check.Version))
            )
            {
                throw new StartRefusedException(
                    $"The master key in {Path} is not the one this database was made with; put the right master.key back."
                );
            }
        }

        foreach (var version in MasterKey.Versions.Except(checks.Select(c => c.Version)))
        {
            transaction.Db.MasterKeyChecks.Add(
                new MasterKeyCheck
                {
                    Version = version,
                    CheckValue = MasterKey.CheckValue(version),
                    CreatedAt = clock.GetUtcNow(),
                }
            );
        }

        await transaction.CommitAsync(ct);
    }

    /// <summary>Writes a file that only its owner may read, whole or not at all.</summary>
    public void WriteSecretFile(string name, string content)
    {
        var target = System.IO.Path.Combine(Path, name);
        var temporary = target + ".new";
        File.Delete(temporary);
        using (var stream = new FileStream(temporary, NewSecretFile()))
        using (var writer = new StreamWriter(stream))
        {
            writer.Write(content);
        }

        File.Move(temporary, target, overwrite: true);
    }

    public void Dispose() => _lock.Dispose();

    /// <summary>
    /// Makes the empty database file for its owner alone, also in a folder that others may look into; SQLite gives its
    /// log files the same mode.
    /// </summary>
    public void PrepareDatabaseFile()
    {
        if (!File.Exists(Database))
        {
            new FileStream(Database, NewSecretFile()).Dispose();
        }
    }

    private static void MakeFolder(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, OwnerOnlyFolder);
        }
    }

    private static FileStream TakeLock(string path)
    {
        try
        {
            return new FileStream(
                System.IO.Path.Combine(path, "controlpanel.lock"),
                FileMode.OpenOrCreate,
                FileAccess.ReadWrite,
                FileShare.None
            );
        }
        catch (IOException e)
        {
            throw new StartRefusedException($"The data folder {path} is in use by another ControlPanel process.", e);
        }
    }

    private static void Create(string keyFile, ISecretSource random)
    {
        var key = new byte[MasterKey.Size];
        random.Fill(key);
        using var stream = new FileStream(keyFile, NewSecretFile());
        using var writer = new StreamWriter(stream);
        writer.WriteLine("# ControlPanel master key: version and 32 bytes in base64. Back it up; keep it secret.");
        writer.WriteLine($"1 {Convert.ToBase64String(key)}");
    }

    private static MasterKey Read(string keyFile)
    {
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(keyFile) & ~OwnerOnly) != UnixFileMode.None)
        {
            throw new StartRefusedException(
                $"The master key {keyFile} can be read by others; run: chmod 600 {keyFile}"
            );
        }

        var versions = new Dictionary<int, byte[]>();
        foreach (var line in File.ReadLines(keyFile).Where(l => l.Length > 0 && l[0] != '#'))
        {
            var parts = line.Split(' ', 2);
            var bytes = new byte[MasterKey.Size + 1];
            if (
                parts.Length != 2
                || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var version)
                || version < 1
                || !Convert.TryFromBase64String(parts[1], bytes, out var length)
                || length != MasterKey.Size
                || !versions.TryAdd(version, bytes[..MasterKey.Size])
            )
            {
                throw new StartRefusedException($"The master key {keyFile} is damaged; put it back from your backup.");
            }
        }

        return versions.Count > 0
            ? new MasterKey(versions)
            : throw new StartRefusedException($"The master key {keyFile} is empty; put it back from your backup.");
    }

    private static FileStreamOptions NewSecretFile()
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        return options;
    }
}
