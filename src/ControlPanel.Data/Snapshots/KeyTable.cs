using System.Diagnostics.CodeAnalysis;
using ControlPanel.Verification.Keys;

namespace ControlPanel.Data.Snapshots;

/// <summary>
/// The keys of one family by lookup id: open addressing over references, eight bytes a slot. Read by every request
/// without a lock; written by the snapshot alone. A key once there is replaced, never removed, so that a reader can
/// never miss a key because a neighbour went.
/// </summary>
internal sealed class KeyTable
{
    private const int MinCapacity = 64;

    private volatile KeyRecord?[] _slots = new KeyRecord?[MinCapacity];

    public int Count { get; private set; }

    public bool TryGet(LookupId id, [NotNullWhen(true)] out KeyRecord? key)
    {
        var slots = _slots;
        var mask = slots.Length - 1;
        // Ids are random (or a MAC), so their own low bits spread well enough.
        for (var slot = (int)(uint)id.Value & mask; ; slot = (slot + 1) & mask)
        {
            key = Volatile.Read(ref slots[slot]);
            if (key is null)
            {
                return false;
            }

            if (key.LookupId == id)
            {
                return true;
            }
        }
    }

    /// <summary>Adds the key, or replaces an older record of it. A record of an older version changes nothing.</summary>
    public void Apply(KeyRecord key)
    {
        if ((Count + 1) * 10 > _slots.Length * 6)
        {
            Grow();
        }

        var slots = _slots;
        var mask = slots.Length - 1;
        for (var slot = (int)(uint)key.LookupId.Value & mask; ; slot = (slot + 1) & mask)
        {
            var present = slots[slot];
            if (present is null)
            {
                Volatile.Write(ref slots[slot], key);
                Count++;
                return;
            }

            if (present.LookupId == key.LookupId)
            {
                if (present.ChangeVersion <= key.ChangeVersion)
                {
                    Volatile.Write(ref slots[slot], key);
                }

                return;
            }
        }
    }

    /// <summary>Every key; for the snapshot's own use between two changes.</summary>
    public IEnumerable<KeyRecord> All() => _slots.OfType<KeyRecord>();

    private void Grow()
    {
        var old = _slots;
        var larger = new KeyRecord?[old.Length * 2];
        var mask = larger.Length - 1;
        foreach (var key in old)
        {
            if (key is null)
            {
                continue;
            }

            var slot = (int)(uint)key.LookupId.Value & mask;
            while (larger[slot] is not null)
            {
                slot = (slot + 1) & mask;
            }

            larger[slot] = key;
        }

        _slots = larger;
    }
}
