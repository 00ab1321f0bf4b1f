using System.Data.Common;
using System.Globalization;
using ControlPanel.Data.Model;
using ControlPanel.Verification.Secrets;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Storage;

namespace ControlPanel.Data.Providers;

/// <summary>
/// The embedded store: WAL, <c>synchronous=FULL</c>, one process, and one connection that writes and checkpoints.
/// The last matters: SQLite from 3.7.0 to 3.51.2 can corrupt a database when two connections write and checkpoint at
/// once (the WAL-reset bug), and most systems still ship such a version.
/// </summary>
public sealed class SqliteStore : IControlPanelStore, IDisposable
{
    private readonly SemaphoreSlim _writersTurn = new(1, 1);
    private readonly SqliteConnection _writer;
    private readonly DbContextOptions<SqliteControlPanelDb> _writerOptions;
    private readonly DbContextOptions<SqliteControlPanelDb> _readerOptions;
    private readonly DbContextOptions<SqliteControlPanelDb> _identityOptions;
    private readonly string _connectionString;
    private readonly ISecretSource _random;

    /// <param name="path">The database file, absolute.</param>
    public SqliteStore(string path, ISecretSource random)
    {
        _random = random;
        _connectionString = new SqliteConnectionStringBuilder
        {
            DataSource = path,
            ForeignKeys = true,
            DefaultTimeout = 30,
        }.ToString();
        _writer = new SqliteConnection(_connectionString);
        _writerOptions = new DbContextOptionsBuilder<SqliteControlPanelDb>().UseSqlite(_writer).Options;
        _readerOptions = new DbContextOptionsBuilder<SqliteControlPanelDb>()
            .UseSqlite(_connectionString)
            .UseQueryTrackingBehavior(QueryTrackingBehavior.NoTracking)
            .AddInterceptors(new ReaderConnection())
            .Options;
        _identityOptions = new DbContextOptionsBuilder<SqliteControlPanelDb>()
            .UseSqlite(_connectionString)
            .AddInterceptors(new IdentityConnection(), new IdentitySaves(_writersTurn))
            .Options;
    }

    public bool IsShared => false;

    /// <summary>The version of the SQLite library in use.</summary>
    public string LibraryVersion => _writer.ServerVersion;

    public ControlPanelDb OpenRead() => new SqliteControlPanelDb(_readerOptions);

    public Task<IDbContextTransaction> BeginSnapshotAsync(ControlPanelDb db, CancellationToken ct) =>
        BeginDeferredAsync(db, ct);

    public async Task<WriteTransaction> BeginWriteAsync(CancellationToken ct)
    {
        await _writersTurn.WaitAsync(ct);
        var turn = new Turn(_writersTurn);
        ControlPanelDb? db = null;
        try
        {
            db = new SqliteControlPanelDb(_writerOptions);
            var transaction = await db.Database.BeginTransactionAsync(ct);
            return new WriteTransaction(db, transaction, turn);
        }
        catch
        {
            if (db is not null)
            {
                await db.DisposeAsync();
            }

            turn.Dispose();
            throw;
        }
    }

    public ControlPanelDb OpenIdentity() => new SqliteControlPanelDb(_identityOptions);

    public Task ListenAsync(Action heard, CancellationToken ct)
    {
        heard();
        return Task.Delay(Timeout.InfiniteTimeSpan, ct);
    }

    public async Task PrepareAsync(CancellationToken ct)
    {
        try
        {
            await _writer.OpenAsync(ct);
            await ExecuteAsync("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;", ct);
            if (await ScalarAsync("PRAGMA journal_mode", ct) is not "wal")
            {
                throw new StoreRefusedException(
                    "The database cannot use a write-ahead log here; a network file system is not a place for it."
                );
            }

            if (await ScalarAsync("PRAGMA synchronous", ct) is not "2")
            {
                throw new StoreRefusedException(
                    "SQLite does not run with synchronous=FULL; an acknowledged revocation could be lost."
                );
            }

            await using var db = new SqliteControlPanelDb(_writerOptions);
            await Migrate.UpAsync(db, _random, ct);
        }
        catch (SqliteException e)
        {
            throw new StoreRefusedException($"The database cannot be opened: {e.Message}", e);
        }
    }

    public void Dispose()
    {
        _writer.Dispose();
        SqliteConnection.ClearPool(new SqliteConnection(_connectionString));
        _writersTurn.Dispose();
    }

    private static async Task<IDbContextTransaction> BeginDeferredAsync(ControlPanelDb db, CancellationToken ct)
    {
        await db.Database.OpenConnectionAsync(ct);
        var connection = (SqliteConnection)db.Database.GetDbConnection();
        // Deferred: a reader must not take the write lock, which BeginTransaction would by default.
        var transaction = connection.BeginTransaction(deferred: true);
        return (await db.Database.UseTransactionAsync(transaction, ct))!;
    }

    private async Task ExecuteAsync(string sql, CancellationToken ct)
    {
        await using var command = _writer.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(ct);
    }

    private async Task<string?> ScalarAsync(string sql, CancellationToken ct)
    {
        await using var command = _writer.CreateCommand();
        command.CommandText = sql;
        return Convert.ToString(await command.ExecuteScalarAsync(ct), CultureInfo.InvariantCulture);
    }

    private sealed class Turn(SemaphoreSlim gate) : IDisposable
    {
        private SemaphoreSlim? _gate = gate;

        public void Dispose() => Interlocked.Exchange(ref _gate, null)?.Release();
    }

    private sealed class ReaderConnection : DbConnectionInterceptor
    {
        public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData)
        {
            Set(connection, "PRAGMA query_only=ON; PRAGMA wal_autocheckpoint=0;");
            // SQLite's own lower() knows ASCII only; a search for "ключ" must find "Ключ" here as it does elsewhere.
            ((SqliteConnection)connection).CreateFunction(
                "lower",
                (string? text) => text?.ToLowerInvariant(),
                isDeterministic: true
            );
        }

        public override Task ConnectionOpenedAsync(
            DbConnection connection,
            ConnectionEndEventData eventData,
            CancellationToken cancellationToken = default
        )
        {
            ConnectionOpened(connection, eventData);
            return Task.CompletedTask;
        }
    }

    private sealed class IdentityConnection : DbConnectionInterceptor
    {
        public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData) =>
            Set(connection, "PRAGMA query_only=OFF; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0;");

        public override Task ConnectionOpenedAsync(
            DbConnection connection,
            ConnectionEndEventData eventData,
            CancellationToken cancellationToken = default
        )
        {
            ConnectionOpened(connection, eventData);
            return Task.CompletedTask;
        }
    }

    private static void Set(DbConnection connection, string pragmas)
    {
        using var command = connection.CreateCommand();
        command.CommandText = pragmas;
        command.ExecuteNonQuery();
    }

    private sealed class IdentitySaves(SemaphoreSlim turn) : SaveChangesInterceptor
    {
        public override async ValueTask<InterceptionResult<int>> SavingChangesAsync(
            DbContextEventData eventData,
            InterceptionResult<int> result,
            CancellationToken cancellationToken = default
        )
        {
            await turn.WaitAsync(cancellationToken);
            return result;
        }

        public override ValueTask<int> SavedChangesAsync(
            SaveChangesCompletedEventData eventData,
            int result,
            CancellationToken cancellationToken = default
        )
        {
            turn.Release();
            return ValueTask.FromResult(result);
        }

        public override Task SaveChangesFailedAsync(
            DbContextErrorEventData eventData,
            CancellationToken cancellationToken = default
        )
        {
            turn.Release();
            return Task.CompletedTask;
        }

        public override Task SaveChangesCanceledAsync(
            DbContextEventData eventData,
            CancellationToken cancellationToken = default
        )
        {
            turn.Release();
            return Task.CompletedTask;
        }
    }
}
