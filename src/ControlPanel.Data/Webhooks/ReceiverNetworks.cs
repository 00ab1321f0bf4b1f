using System.Net;
using System.Net.Sockets;

namespace ControlPanel.Data.Webhooks;

/// <summary>
/// Which IP addresses a webhook may be sent to. Whoever may set up a webhook chooses where this server connects to, so
/// it connects only where anybody on the Internet could, unless the operator allows more.
/// </summary>
/// <remarks>The ranges are those of the IANA special-purpose address registries (RFC 6890 and its successors).</remarks>
public static class ReceiverNetworks
{
    // Cloud machines ask these about themselves, credentials included. Two of them lie in networks that an operator may
    // allow and one in a public one: none is ever a receiver.
    private static readonly IPAddress[] s_metadata =
    [
        IPAddress.Parse("168.63.129.16"),
        IPAddress.Parse("100.100.100.200"),
        IPAddress.Parse("fd00:ec2::254"),
        IPAddress.Parse("fd20:ce::254"),
    ];

    private static readonly IPNetwork[] s_loopback = Parse("127.0.0.0/8", "::1/128");

    private static readonly IPNetwork[] s_private = Parse(
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "fc00::/7"
    );

    // This network, link-local, protocol assignments, documentation, 6to4 relays, benchmarks, multicast, reserved.
    private static readonly IPNetwork[] s_never = Parse(
        "0.0.0.0/8",
        "169.254.0.0/16",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4"
    );

    private static readonly IPNetwork s_globalUnicast = IPNetwork.Parse("2000::/3");

    // Protocol assignments with Teredo and ORCHID among them, documentation, 6to4: what they lead to is not in them.
    private static readonly IPNetwork[] s_neverOfUnicast = Parse(
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "3fff::/20"
    );

    // How a network without IPv4 names an IPv4 address (RFC 6052).
    private static readonly IPNetwork s_translated = IPNetwork.Parse("64:ff9b::/96");

    /// <summary>Whether a webhook may be sent to the address.</summary>
    public static bool Allows(this WebhookRules rules, IPAddress address)
    {
        var meant = Meant(address);
        if (s_metadata.Contains(meant))
        {
            return false;
        }

        if (Holds(s_loopback, meant))
        {
            return rules.AllowLoopback;
        }

        if (Holds(s_private, meant))
        {
            return rules.AllowPrivateNetworks;
        }

        return meant.AddressFamily == AddressFamily.InterNetwork
            ? !Holds(s_never, meant)
            : meant.ScopeId == 0 && s_globalUnicast.Contains(meant) && !Holds(s_neverOfUnicast, meant);
    }

    // An IPv4 address in either of its disguises is judged as what it is.
    private static IPAddress Meant(IPAddress address) =>
        address.IsIPv4MappedToIPv6 ? address.MapToIPv4()
        : s_translated.Contains(address) ? new IPAddress(address.GetAddressBytes().AsSpan(12))
        : address;

    private static bool Holds(IPNetwork[] networks, IPAddress address) =>
        Array.Exists(networks, n => n.Contains(address));

    private static IPNetwork[] Parse(params ReadOnlySpan<string> ranges)
    {
        var networks = new IPNetwork[ranges.Length];
        for (var i = 0; i < ranges.Length; i++)
        {
            networks[i] = IPNetwork.Parse(ranges[i]);
        }

        return networks;
    }
}
