using ControlPanel.Data.Model;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace ControlPanel.Data.Providers;

/// <summary>
/// The store behind one interface: contexts to read with, and write transactions that never meet another writer's lock
/// as an error.
/// </summary>
public interface IControlPanelStore
{
    /// <summary>Whether several processes may share it (PostgreSQL), so that other nodes must acknowledge too.</summary>
    bool IsShared { get; }

    /// <summary>A context for reading. Never written with; the caller disposes it.</summary>
    ControlPanelDb OpenRead();

    /// <summary>A context for ASP.NET Core Identity, whose saves wait for their turn like every other write.</summary>
    ControlPanelDb OpenIdentity();

    /// <summary>A consistent view for several reads that must fit together.</summary>
    Task<IDbContextTransaction> BeginSnapshotAsync(ControlPanelDb db, CancellationToken ct);

    /// <summary>Begins a write. On SQLite it waits for the one writer's turn.</summary>
    Task<WriteTransaction> BeginWriteAsync(CancellationToken ct);

    /// <summary>
    /// Calls back whenever somebody commits a change, until it is cancelled. Called back once more at the start, for
    /// what was committed before anybody listened. Where nobody else writes it only waits.
    /// </summary>
    /// <exception cref="Exception">The way to the store broke; what was committed meanwhile was not told.</exception>
    Task ListenAsync(Action heard, CancellationToken ct);

    /// <summary>Brings the schema up to date and checks the settings that the promises rest on.</summary>
    /// <exception cref="StoreRefusedException">The store must not be used as it is; the message says why, in one line.</exception>
    Task PrepareAsync(CancellationToken ct);
}

/// <summary>The store cannot be used as it is. The message is one line for the operator.</summary>
public sealed class StoreRefusedException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>A write in progress. Disposing it without <see cref="CommitAsync"/> undoes everything.</summary>
/// <param name="announce">Tells the other nodes, by the time of the commit; only for changes that verifiers must learn of.</param>
public sealed class WriteTransaction(
    ControlPanelDb db,
    IDbContextTransaction transaction,
    IDisposable? turn,
    Func<ControlPanelDb, CancellationToken, Task>? announce = null
) : IAsyncDisposable
{
    private bool _ticked;

    /// <summary>The context of this transaction.</summary>
    public ControlPanelDb Db { get; } = db;

    /// <summary>
    /// Takes the change clock and advances it. Called first by every write that verifiers must learn of: the row's lock
    /// is held until the commit, so that versions become visible in order.
    /// </summary>
    /// <returns>The version of this transaction's changes.</returns>
    public async Task<long> TickAsync(CancellationToken ct)
    {
        _ticked = true;
        await Db
            .ChangeClocks.Where(c => c.Id == 1)
            .ExecuteUpdateAsync(set => set.SetProperty(c => c.Version, c => c.Version + 1), ct);
        return await Db.ChangeClocks.AsNoTracking().Select(c => c.Version).SingleAsync(ct);
    }

    /// <summary>Saves and commits. When this returns, the change survives a loss of power.</summary>
    public async Task CommitAsync(CancellationToken ct)
    {
        await Db.SaveChangesAsync(ct);
        if (_ticked && announce is not null)
        {
            await announce(Db, ct);
        }

        await transaction.CommitAsync(ct);
    }

    public async ValueTask DisposeAsync()
    {
        await transaction.DisposeAsync();
        await Db.DisposeAsync();
        turn?.Dispose();
    }
}
