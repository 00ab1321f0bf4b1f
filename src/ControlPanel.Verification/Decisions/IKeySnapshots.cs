using System.Diagnostics.CodeAnalysis;
using ControlPanel.Verification.Keys;

namespace ControlPanel.Verification.Decisions;

/// <summary>The one thing the engine asks of the world: this node's knowledge of the keys, and whether it is fresh.</summary>
public interface IKeySnapshots
{
    /// <summary>Whether the freshness lease still runs. When it does not, nothing may be allowed.</summary>
    bool IsFresh { get; }

    /// <summary>Finds a key of a family. Thread-safe, never blocks, allocates nothing.</summary>
    bool TryGet(KeyFamily family, LookupId id, [NotNullWhen(true)] out KeyRecord? key);
}
