using ControlPanel.Data;
using ControlPanel.Data.Providers;
using Microsoft.EntityFrameworkCore.Storage;

namespace ControlPanel.Tests.Unit.Data;

/// <summary>A real store that can be made to fail like one that is out of reach, or to be slow.</summary>
internal sealed class FaultyStore(IControlPanelStore store) : IControlPanelStore, IDisposable
{
    /// <summary>While set, nothing can be read.</summary>
    public bool CannotRead { get; set; }

    /// <summary>While set, nothing can be written.</summary>
    public bool CannotWrite { get; set; }

    /// <summary>Runs after a consistent view was taken and before anything is read from it.</summary>
    public Action? InSnapshot { get; set; }

    /// <summary>The store itself.</summary>
    public IControlPanelStore Inner => store;

    public bool IsShared => store.IsShared;

    public ControlPanelDb OpenRead() => CannotRead ? throw Unreachable() : store.OpenRead();

    public ControlPanelDb OpenIdentity() => store.OpenIdentity();

    public async Task<IDbContextTransaction> BeginSnapshotAsync(ControlPanelDb db, CancellationToken ct)
    {
        var snapshot = await store.BeginSnapshotAsync(db, ct);
        InSnapshot?.Invoke();
        return snapshot;
    }

    public Task<WriteTransaction> BeginWriteAsync(CancellationToken ct) =>
        CannotWrite ? throw Unreachable() : store.BeginWriteAsync(ct);

    /// <summary>While set, other nodes' commits are not heard of.</summary>
    public bool IsDeaf { get; set; }

    public Task ListenAsync(Action heard, CancellationToken ct) =>
        IsDeaf ? Task.Delay(Timeout.InfiniteTimeSpan, ct) : store.ListenAsync(heard, ct);

    public Task PrepareAsync(CancellationToken ct) => store.PrepareAsync(ct);

    public void Dispose() => (store as IDisposable)?.Dispose();

    // As EF Core hands it on: what the database said is inside.
    private static InvalidOperationException Unreachable() =>
        new("The store is out of reach.", new IOException("Connection refused."));
}
