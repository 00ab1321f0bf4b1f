using System.Net;

namespace ControlPanel.Verification.Keys;

/// <summary>
/// The CIDR ranges of a VPC network, ready to be asked. IPv4 ranges match IPv4-mapped IPv6 sources too,
/// because a dual-stack listener reports an IPv4 client as <c>::ffff:a.b.c.d</c>.
/// </summary>
public sealed class NetworkRanges
{
    private readonly IPNetwork[] _ranges;

    public NetworkRanges(Guid networkId, string name, IEnumerable<IPNetwork> ranges)
    {
        NetworkId = networkId;
        Name = name;
        _ranges = [.. ranges];
    }

    public Guid NetworkId { get; }

    public string Name { get; }

    /// <summary>Whether the source lies in one of the ranges. An unknown source lies in none.</summary>
    public bool Contains(IPAddress? source)
    {
        if (source is null)
        {
            return false;
        }

        if (source.IsIPv4MappedToIPv6)
        {
            source = source.MapToIPv4();
        }

        foreach (var range in _ranges)
        {
            if (range.BaseAddress.AddressFamily == source.AddressFamily && range.Contains(source))
            {
                return true;
            }
        }

        return false;
    }

    public override string ToString() => $"{Name} ({string.Join(", ", _ranges)})";
}
