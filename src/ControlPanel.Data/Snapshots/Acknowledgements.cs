using ControlPanel.Data.Providers;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace ControlPanel.Data.Snapshots;

/// <summary>One node's part in a receipt.</summary>
/// <param name="After">How long after the commit it was known to refuse.</param>
/// <param name="ByLease">It did not answer; its lease ran out, so it cannot say yes any more.</param>
public sealed record NodeReceipt(string Node, TimeSpan After, bool ByLease);

/// <summary>The proof of a revocation: which nodes refuse, and since when.</summary>
public sealed record Receipt(long Version, IReadOnlyList<NodeReceipt> Nodes)
{
    /// <summary>When the last node refused.</summary>
    public TimeSpan Elapsed => Nodes.Count == 0 ? TimeSpan.Zero : Nodes.Max(n => n.After);
}

/// <summary>
/// Waits until a committed change is in force everywhere: every registered node has applied it, or its lease has run out.
/// What is acknowledged here is refused everywhere.
/// </summary>
public sealed class Acknowledgements(
    KeySnapshots snapshots,
    IControlPanelStore store,
    NodeIdentity self,
    TimeProvider clock,
    IOptions<SnapshotOptions> options
)
{
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(20);

    /// <summary>
    /// Waits for a version. The change is committed, so this does not fail when the store cannot be read any more: then
    /// it waits until every lease has run out.
    /// </summary>
    /// <param name="committedAt">The monotonic timestamp of the commit.</param>
    public async Task<Receipt> WaitAsync(long version, long committedAt, CancellationToken ct)
    {
        var nodes = new List<NodeReceipt> { await WaitForSelfAsync(version, committedAt, ct) };
        if (store.IsShared)
        {
            await WaitForOthersAsync(version, committedAt, nodes, ct);
        }

        return new Receipt(version, nodes);
    }

    private async Task<NodeReceipt> WaitForSelfAsync(long version, long committedAt, CancellationToken ct)
    {
        while (snapshots.AppliedVersion < version)
        {
            try
            {
                await snapshots.RefreshAsync(ct);
            }
            catch (Exception e) when (StoreFaults.IsFromStore(e))
            {
                if (!snapshots.IsFresh)
                {
                    return new NodeReceipt(options.Value.NodeName, clock.GetElapsedTime(committedAt), ByLease: true);
                }

                await Task.Delay(s_poll, clock, ct);
            }
        }

        return new NodeReceipt(options.Value.NodeName, clock.GetElapsedTime(committedAt), ByLease: false);
    }

    private async Task WaitForOthersAsync(long version, long committedAt, List<NodeReceipt> nodes, CancellationToken ct)
    {
        // A lease counts from before its node read the change clock. A node that has not applied this version read it
        // before our commit, so its lease ends within one lease of our commit (and a little, for clocks that do not run
        // at quite the same pace). Measured on our own monotonic clock: no two clocks are compared.
        var silence = options.Value.Lease + TimeSpan.FromMilliseconds(250);
        Dictionary<Guid, string>? waiting = null;
        while (waiting is not { Count: 0 })
        {
            HashSet<Guid> applied = [];
            try
            {
                await using var db = store.OpenRead();
                var others = await db.VerifyingNodes.Where(n => n.Id != self.Id).ToListAsync(ct);
                waiting ??= others.ToDictionary(n => n.Id, n => n.Name);
                applied = [.. others.Where(n => n.AppliedVersion >= version).Select(n => n.Id)];
                // Who has left the list since cannot say yes any more.
                foreach (var left in waiting.Keys.Except(others.Select(n => n.Id)).ToList())
                {
                    waiting.Remove(left);
                }
            }
            catch (Exception e) when (StoreFaults.IsFromStore(e))
            {
                // Not known who has applied it; the leases decide.
            }

            var elapsed = clock.GetElapsedTime(committedAt);
            foreach (var (id, name) in waiting?.ToList() ?? [])
            {
                if (applied.Contains(id) || elapsed > silence)
                {
                    nodes.Add(new NodeReceipt(name, elapsed, ByLease: !applied.Contains(id)));
                    waiting!.Remove(id);
                }
            }

            if (waiting is null && elapsed > silence)
            {
                return;
            }

            if (waiting is not { Count: 0 })
            {
                await Task.Delay(s_poll, clock, ct);
            }
        }
    }
}

/// <summary>Who this process is among the nodes; new at every start.</summary>
public sealed record NodeIdentity(Guid Id);
