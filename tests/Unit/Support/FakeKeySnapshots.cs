using System.Diagnostics.CodeAnalysis;
using ControlPanel.Verification.Decisions;
using ControlPanel.Verification.Keys;

namespace ControlPanel.Tests.Unit.Support;

/// <summary>A node's knowledge of the keys, written by the test. Counts look-ups.</summary>
internal sealed class FakeKeySnapshots : IKeySnapshots
{
    private readonly Dictionary<(KeyFamily, UInt128), KeyRecord> _keys = [];
    private int _lookups;

    public bool IsFresh { get; set; } = true;

    /// <summary>How often a key was asked for.</summary>
    public int Lookups => Volatile.Read(ref _lookups);

    /// <summary>Adds the key or replaces what was known of it.</summary>
    public KeyRecord Set(KeyRecord key) => _keys[(key.Family, key.LookupId.Value)] = key;

    public bool TryGet(KeyFamily family, LookupId id, [NotNullWhen(true)] out KeyRecord? key)
    {
        Interlocked.Increment(ref _lookups);
        return _keys.TryGetValue((family, id.Value), out key);
    }
}
