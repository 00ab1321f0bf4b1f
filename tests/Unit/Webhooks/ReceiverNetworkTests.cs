using System.Net;
using ControlPanel.Data.Webhooks;

namespace ControlPanel.Tests.Unit.Webhooks;

/// <summary>Which addresses a webhook may be sent to.</summary>
public sealed class ReceiverNetworkTests
{
    private static readonly WebhookRules s_strict = new();

    private static readonly WebhookRules s_private = new() { AllowPrivateNetworks = true, AllowHttp = true };

    private static readonly WebhookRules s_all = new()
    {
        AllowPrivateNetworks = true,
        AllowHttp = true,
        AllowLoopback = true,
    };

    [Theory]
    [InlineData("1.1.1.1")]
    [InlineData("8.8.8.8")]
    [InlineData("100.63.255.255")]
    [InlineData("100.128.0.0")]
    [InlineData("172.15.255.255")]
    [InlineData("172.32.0.0")]
    [InlineData("223.255.255.255")]
    [InlineData("2606:4700:4700::1111")]
    [InlineData("2a00:1450:4001:81b::200e")]
    [InlineData("::ffff:8.8.8.8")]
    [InlineData("64:ff9b::8.8.8.8")]
    public void Anybody_may_receive_at_a_public_address(string address) =>
        Assert.True(s_strict.Allows(IPAddress.Parse(address)));

    [Theory]
    [InlineData("10.0.0.0")]
    [InlineData("10.255.255.255")]
    [InlineData("172.16.0.1")]
    [InlineData("172.31.255.255")]
    [InlineData("192.168.1.1")]
    [InlineData("100.64.0.1")]
    [InlineData("100.127.255.255")]
    [InlineData("fc00::1")]
    [InlineData("fd12:3456:789a::1")]
    [InlineData("::ffff:192.168.1.1")]
    [InlineData("64:ff9b::10.1.2.3")]
    public void A_private_network_only_where_the_operator_allows_it(string address)
    {
        Assert.False(s_strict.Allows(IPAddress.Parse(address)));
        Assert.True(s_private.Allows(IPAddress.Parse(address)));
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.255.255.254")]
    [InlineData("::1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("64:ff9b::127.0.0.1")]
    public void This_machine_only_in_the_demo(string address)
    {
        Assert.False(s_strict.Allows(IPAddress.Parse(address)));
        Assert.False(s_private.Allows(IPAddress.Parse(address)));
        Assert.True(s_all.Allows(IPAddress.Parse(address)));
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("0.1.2.3")]
    [InlineData("169.254.0.1")]
    [InlineData("169.254.169.254")]
    [InlineData("::ffff:169.254.169.254")]
    [InlineData("64:ff9b::169.254.169.254")]
    [InlineData("168.63.129.16")]
    [InlineData("100.100.100.200")]
    [InlineData("192.0.0.192")]
    [InlineData("192.0.2.1")]
    [InlineData("192.88.99.1")]
    [InlineData("198.18.0.1")]
    [InlineData("198.51.100.1")]
    [InlineData("203.0.113.1")]
    [InlineData("224.0.0.1")]
    [InlineData("239.255.255.250")]
    [InlineData("240.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("::8.8.8.8")]
    [InlineData("fe80::1")]
    [InlineData("fec0::1")]
    [InlineData("ff02::1")]
    [InlineData("fd00:ec2::254")]
    [InlineData("fd20:ce::254")]
    [InlineData("64:ff9b:1::8.8.8.8")]
    [InlineData("2001::1")]
    [InlineData("2001:db8::1")]
    [InlineData("2002:7f00:1::")]
    [InlineData("3fff::1")]
    [InlineData("4000::1")]
    [InlineData("2606:4700::1%3")]
    public void Never_what_is_no_place_of_a_receiver(string address) =>
        Assert.False(s_all.Allows(IPAddress.Parse(address)));
}
