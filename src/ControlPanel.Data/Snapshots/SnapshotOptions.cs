namespace ControlPanel.Data.Snapshots;

/// <summary>How long a node may trust what it knows.</summary>
public sealed class SnapshotOptions
{
    /// <summary>
    /// The freshness lease, default 3 s. It is the hard bound of every promise about revocation, and as long as gateways
    /// go on through a database outage. 1 s to 60 s.
    /// </summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>This node's name in receipts.</summary>
    public string NodeName { get; set; } = "this node";
}
