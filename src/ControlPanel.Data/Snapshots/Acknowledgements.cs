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

    /// <summary>Waits for a version.</summary>
    /// <param name="committedAt">The monotonic timestamp of the commit.</param>
    public async Task<Receipt> WaitAsync(long version, long committedAt, CancellationToken ct)
    {
        while (snapshots.AppliedVersion < version)
        {
            await snapshots.RefreshAsync(ct);
        }

        var nodes = new List<NodeReceipt>
        {
            new(options.Value.NodeName, clock.GetElapsedTime(committedAt), ByLease: false),
        };
        if (store.IsShared)
        {
            await WaitForOthersAsync(version, committedAt, nodes, ct);
        }

        return new Receipt(version, nodes);
    }

    private async Task WaitForOthersAsync(long version, long committedAt, List<NodeReceipt> nodes, CancellationToken ct)
    {
        // A node reports before it reads the clock again, so a silence of one lease (and a little for the report's own
        // way) means that it cannot say yes. Measured on our monotonic clock from our commit: no clocks are compared.
        var silence = options.Value.Lease + TimeSpan.FromMilliseconds(250);
        await using var db = store.OpenRead();
        var waiting = await db.VerifyingNodes.Where(n => n.Id != self.Id).ToDictionaryAsync(n => n.Id, n => n.Name, ct);
        while (waiting.Count > 0)
        {
            var applied = await db
                .VerifyingNodes.Where(n => n.Id != self.Id && n.AppliedVersion >= version)
                .Select(n => n.Id)
                .ToListAsync(ct);
            var elapsed = clock.GetElapsedTime(committedAt);
            foreach (var id in waiting.Keys.ToList())
            {
                if (applied.Contains(id) || elapsed > silence)
                {
                    nodes.Add(new NodeReceipt(waiting[id], elapsed, ByLease: !applied.Contains(id)));
                    waiting.Remove(id);
                }
            }

            if (waiting.Count > 0)
            {
                await Task.Delay(s_poll, clock, ct);
            }
        }
    }
}

/// <summary>Who this process is among the nodes; new at every start.</summary>
public sealed record NodeIdentity(Guid Id);
