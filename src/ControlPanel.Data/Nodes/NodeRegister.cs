using ControlPanel.Data.Providers;
using ControlPanel.Data.Snapshots;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace ControlPanel.Data.Nodes;

/// <summary>
/// The list of the processes that verify on a shared store. A revocation waits for everybody on it, so two rules keep
/// it complete: a node grants itself no lease unless its own line stands in the very view of the store that the lease
/// is for, and nobody strikes off a node whose lease could still run. All spans are counted on monotonic clocks; no two
/// clocks are ever compared, not even with the store's.
/// </summary>
/// <remarks>
/// A node grants itself leases for at most three leases after its last report began, so the last of them ends within
/// four. A line is struck off after it was seen unchanged for six. The lease must be the same on every node.
/// </remarks>
public sealed class NodeRegister(
    IControlPanelStore store,
    NodeIdentity self,
    TimeProvider clock,
    IOptions<SnapshotOptions> options
) : IDisposable
{
    private readonly SemaphoreSlim _oneAtATime = new(1, 1);
    private readonly Dictionary<Guid, (DateTimeOffset SeenAt, long Since)> _observed = [];
    private readonly TimeSpan _reportHolds = 3 * options.Value.Lease;
    private readonly TimeSpan _silenceEnds = 6 * options.Value.Lease;
    private long _reportBegan;
    private bool _hasReported;

    /// <summary>Whether a lease may be granted for this view of the store.</summary>
    internal async Task<bool> StandsInAsync(ControlPanelDb view, CancellationToken ct) =>
        !store.IsShared
        || (
            Volatile.Read(ref _hasReported)
            && clock.GetElapsedTime(Volatile.Read(ref _reportBegan)) < _reportHolds
            && await view.VerifyingNodes.AnyAsync(n => n.Id == self.Id, ct)
        );

    /// <summary>Writes this node's line: alive, and which version it has applied. Nothing when the store is not shared.</summary>
    public async Task ReportAsync(long appliedVersion, CancellationToken ct)
    {
        if (!store.IsShared)
        {
            return;
        }

        await _oneAtATime.WaitAsync(ct);
        try
        {
            var began = clock.GetTimestamp();
            await using var transaction = await store.BeginWriteAsync(ct);
            var name = KeptText.Of(options.Value.NodeName, 100);
            // In ticks of the store's clock, for people to read; only that it changes is ever relied on.
            await transaction.Db.Database.ExecuteSqlAsync(
                $"""
                INSERT INTO verifying_nodes (id, name, applied_version, seen_at)
                VALUES ({self.Id}, {name}, {appliedVersion},
                    (extract(epoch FROM clock_timestamp()) * 10000000)::bigint + 621355968000000000)
                ON CONFLICT (id) DO UPDATE SET
                    applied_version = excluded.applied_version,
                    seen_at = greatest(excluded.seen_at, verifying_nodes.seen_at + 1)
                """,
                ct
            );
            await transaction.CommitAsync(ct);
            Volatile.Write(ref _reportBegan, began);
            Volatile.Write(ref _hasReported, true);
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    /// <summary>Takes this node's line out. Only after its snapshots were closed.</summary>
    internal async Task LeaveAsync(CancellationToken ct)
    {
        if (!store.IsShared)
        {
            return;
        }

        await using var transaction = await store.BeginWriteAsync(ct);
        await transaction.Db.VerifyingNodes.Where(n => n.Id == self.Id).ExecuteDeleteAsync(ct);
        await transaction.CommitAsync(ct);
    }

    /// <summary>
    /// Strikes off nodes that ended without leaving, so that revocations need not wait for their leases for ever.
    /// Called again and again by one caller; what it has seen is remembered between the calls.
    /// </summary>
    /// <returns>The names of those struck off.</returns>
    internal async Task<IReadOnlyList<string>> StrikeOffSilentAsync(CancellationToken ct)
    {
        var now = clock.GetTimestamp();
        await using var db = store.OpenRead();
        var others = await db.VerifyingNodes.Where(n => n.Id != self.Id).ToListAsync(ct);
        foreach (var gone in _observed.Keys.Except(others.Select(n => n.Id)).ToList())
        {
            _observed.Remove(gone);
        }

        var struck = new List<string>();
        foreach (var node in others)
        {
            if (!_observed.TryGetValue(node.Id, out var seen) || seen.SeenAt != node.SeenAt)
            {
                _observed[node.Id] = (node.SeenAt, now);
            }
            else if (clock.GetElapsedTime(seen.Since, now) > _silenceEnds)
            {
                await using var transaction = await store.BeginWriteAsync(ct);
                var count = await transaction
                    .Db.VerifyingNodes.Where(n => n.Id == node.Id && n.SeenAt == node.SeenAt)
                    .ExecuteDeleteAsync(ct);
                await transaction.CommitAsync(ct);
                if (count > 0)
                {
                    struck.Add(node.Name);
                }
            }
        }

        return struck;
    }

    public void Dispose() => _oneAtATime.Dispose();
}
