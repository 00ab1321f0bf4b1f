using System.Globalization;
using ControlPanel.Bench.Lists;
using ControlPanel.Data.Providers;
using ControlPanel.Verification.Secrets;

const string usage = """
    Usage: dotnet run -c Release --project bench/Lists -- --store sqlite|postgres [KEYS AUDIT-ENTRIES]
           dotnet run -c Release --project bench/Lists -- DATA-FOLDER-OR-POSTGRES-CONNECTION

      --store   fills a temporary store first (110000 keys and 1000000 entries unless said otherwise) and removes it
                afterwards; postgres starts a PostgreSQL of its own, of the installed programs
    """;
var random = new SystemSecretSource();
switch (args)
{
    case ["--store", "sqlite" or "postgres", .. var sizes] when TryReadSizes(sizes, out var keys, out var entries):
        return await MeasureFilledAsync(args[1], keys, entries);
    case [var place] when !place.StartsWith("--", StringComparison.Ordinal):
        return await MeasureAsync(
            place.Contains('=', StringComparison.Ordinal)
                ? new PostgresStore(place, random)
                : new SqliteStore(Path.Combine(Path.GetFullPath(place), "controlpanel.db"), random)
        );
    default:
        await Console.Error.WriteLineAsync(usage);
        return 2;
}

async Task<int> MeasureFilledAsync(string kind, int keys, int entries)
{
    await using var server = kind == "postgres" ? await TemporaryPostgres.StartAsync() : null;
    var folder = Directory.CreateTempSubdirectory("cp-lists-");
    try
    {
        IControlPanelStore store = server is null
            ? new SqliteStore(Path.Combine(folder.FullName, "controlpanel.db"), random)
            : new PostgresStore(server.ConnectionString, random);
        await store.PrepareAsync(CancellationToken.None);
        var start = TimeProvider.System.GetTimestamp();
        await FilledStore.FillAsync(store, keys, entries);
        var took = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{kind}, filled in {took:0} s"));
        return await MeasureAsync(store);
    }
    finally
    {
        folder.Delete(recursive: true);
    }
}

static async Task<int> MeasureAsync(IControlPanelStore store)
{
    await store.PrepareAsync(CancellationToken.None);
    var isWithin = await ListTimings.RunAsync(store);
    (store as IDisposable)?.Dispose();
    return isWithin ? 0 : 1;
}

static bool TryReadSizes(string[] sizes, out int keys, out int entries)
{
    (keys, entries) = (FilledStore.Keys, FilledStore.AuditEntries);
    return sizes.Length == 0
        || (
            sizes.Length == 2
            && int.TryParse(sizes[0], CultureInfo.InvariantCulture, out keys)
            && int.TryParse(sizes[1], CultureInfo.InvariantCulture, out entries)
        );
}
