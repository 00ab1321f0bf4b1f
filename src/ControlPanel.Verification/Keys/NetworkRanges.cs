using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace ControlPanel.Verification.Keys;

/// <summary>
/// The CIDR ranges of a VPC network, ready to be asked. IPv4 ranges match IPv4-mapped IPv6 sources too,
/// because a dual-stack listener reports an IPv4 client as <c>::ffff:a.b.c.d</c>.
/// </summary>
public sealed class NetworkRanges
{
    // IPv4 lives in the last 32 bits of ::ffff:0:0/96 (RFC 4291, 2.5.5.2).
    private const int MappedPrefix = 96;
    private const int Width = 128;

    private readonly Range[] _ranges;
    private readonly string _text;

    /// <param name="ranges">The network's ranges; none means that no source is inside.</param>
    public NetworkRanges(Guid networkId, string name, IEnumerable<IPNetwork> ranges)
    {
        NetworkId = networkId;
        Name = name;
        IPNetwork[] all = [.. ranges];
        _ranges = [.. all.Select(Range.Of)];
        _text = $"{name} ({string.Join(", ", all)})";
    }

    public Guid NetworkId { get; }

    public string Name { get; }

    /// <summary>Whether the source lies in one of the ranges. An unknown source lies in none. Allocates nothing.</summary>
    public bool Contains(IPAddress? source)
    {
        if (source is null)
        {
            return false;
        }

        var (bits, isV4) = Bits(source);
        foreach (var range in _ranges)
        {
            if (range.IsV4 == isV4 && (bits & range.Mask) == range.Base)
            {
                return true;
            }
        }

        return false;
    }

    public override string ToString() => _text;

    private static (UInt128 Bits, bool IsV4) Bits(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[Width / 8];
        if (address.AddressFamily == AddressFamily.InterNetwork)
        {
            bytes[10] = bytes[11] = 0xff;
            address.TryWriteBytes(bytes[(MappedPrefix / 8)..], out _);
            return (BinaryPrimitives.ReadUInt128BigEndian(bytes), true);
        }

        address.TryWriteBytes(bytes, out _);
        return (BinaryPrimitives.ReadUInt128BigEndian(bytes), address.IsIPv4MappedToIPv6);
    }

    private readonly record struct Range(UInt128 Base, UInt128 Mask, bool IsV4)
    {
        public static Range Of(IPNetwork network)
        {
            var (bits, isV4) = Bits(network.BaseAddress);
            var length =
                network.PrefixLength
                + (network.BaseAddress.AddressFamily == AddressFamily.InterNetwork ? MappedPrefix : 0);
            var mask = length == 0 ? UInt128.Zero : UInt128.MaxValue << (Width - length);

            // A range written as ::ffff:a.b.c.d/n is one of IPv4, unless it is wider than all of IPv4.
            return new Range(bits & mask, mask, isV4 && length >= MappedPrefix);
        }
    }
}
