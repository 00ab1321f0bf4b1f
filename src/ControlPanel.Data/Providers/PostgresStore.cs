using System.Data;
using ControlPanel.Data.Model;
using ControlPanel.Verification.Secrets;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;

namespace ControlPanel.Data.Providers;

/// <summary>
/// The store for several nodes. Every write states <c>synchronous_commit=on</c> for itself: a database's default could
/// silently undo the promise that an acknowledged revocation survives a crash.
/// </summary>
public sealed class PostgresStore : IControlPanelStore, IDisposable
{
    private const string Channel = "controlpanel_changes";

    private readonly NpgsqlDataSource _source;
    private readonly string _listenString;
    private readonly DbContextOptions<PostgresControlPanelDb> _writerOptions;
    private readonly DbContextOptions<PostgresControlPanelDb> _readerOptions;
    private readonly ISecretSource _random;

    public PostgresStore(string connectionString, ISecretSource random)
    {
        _random = random;
        _source = NpgsqlDataSource.Create(connectionString);
        _listenString = new NpgsqlConnectionStringBuilder(connectionString)
        {
            Pooling = false,
            // Asks the server every few seconds whether it is still there; a dead link would otherwise look like silence.
            KeepAlive = 5,
            // There is no statement to cancel while listening; at the end the connection is simply dropped.
            CancellationTimeout = -1,
        }.ToString();
        _writerOptions = new DbContextOptionsBuilder<PostgresControlPanelDb>()
            .UseNpgsql(_source)
            .AddInterceptors(new PostgresText(), new LostTransactions())
            .Options;
        _readerOptions = new DbContextOptionsBuilder<PostgresControlPanelDb>()
            .UseNpgsql(_source)
            .UseQueryTrackingBehavior(QueryTrackingBehavior.NoTracking)
            .AddInterceptors(new PostgresText(), new LostTransactions())
            .Options;
    }

    /// <summary>Whether a text can be a connection string at all; whether a server answers is found out later.</summary>
    public static bool IsConnectionString(string text)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(text).Host is { Length: > 0 };
        }
        catch (Exception e)
            when (e is ArgumentException or FormatException or InvalidCastException or OverflowException)
        {
            return false;
        }
    }

    public bool IsShared => true;

    public ControlPanelDb OpenRead() => new PostgresControlPanelDb(_readerOptions);

    public Task<IDbContextTransaction> BeginSnapshotAsync(ControlPanelDb db, CancellationToken ct) =>
        db.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, ct);

    public async Task<WriteTransaction> BeginWriteAsync(CancellationToken ct)
    {
        var db = new PostgresControlPanelDb(_writerOptions);
        try
        {
            var transaction = await db.Database.BeginTransactionAsync(IsolationLevel.ReadCommitted, ct);
            await db.Database.ExecuteSqlRawAsync("SET LOCAL synchronous_commit = on", ct);
            return new WriteTransaction(db, transaction, turn: null, AnnounceAsync);
        }
        catch
        {
            await db.DisposeAsync();
            throw;
        }
    }

    public ControlPanelDb OpenIdentity() => new PostgresControlPanelDb(_writerOptions);

    public async Task ListenAsync(Action heard, CancellationToken ct)
    {
        // A connection of its own and directly to the server: a pooler in between would lose what it listens for.
        await using var connection = new NpgsqlConnection(_listenString);
        await connection.OpenAsync(ct);
        connection.Notification += (_, _) => heard();
        await using (var listen = new NpgsqlCommand($"LISTEN {Channel}", connection))
        {
            await listen.ExecuteNonQueryAsync(ct);
        }

        // First listen, then look: what was committed in between is not missed.
        heard();
        while (true)
        {
            await connection.WaitAsync(ct);
        }
    }

    public async Task PrepareAsync(CancellationToken ct)
    {
        try
        {
            await using var db = new PostgresControlPanelDb(_writerOptions);
            await Migrate.UpAsync(db, _random, ct);
        }
        catch (NpgsqlException e)
        {
            throw new StoreRefusedException($"PostgreSQL cannot be used: {e.Message}", e);
        }
    }

    public void Dispose() => _source.Dispose();

    // Sent by the server when the transaction commits, and only then.
    private static async Task AnnounceAsync(ControlPanelDb db, CancellationToken ct) =>
        await db.Database.ExecuteSqlRawAsync($"NOTIFY {Channel}", ct);
}
