using System.Net;
using ControlPanel.Tests.Unit.Support;
using ControlPanel.Verification.Decisions;
using ControlPanel.Verification.Keys;

namespace ControlPanel.Tests.Unit.Verification.Keys;

public sealed class NetworkRangesTests
{
    [Theory]
    [InlineData("10.10.0.0/16", "10.10.0.0", true)]
    [InlineData("10.10.0.0/16", "10.10.255.255", true)]
    [InlineData("10.10.0.0/16", "10.9.255.255", false)]
    [InlineData("10.10.0.0/16", "10.11.0.0", false)]
    [InlineData("10.10.0.0/16", "::ffff:10.10.3.4", true)]
    [InlineData("10.10.0.0/16", "::ffff:10.11.0.0", false)]
    [InlineData("10.10.0.0/16", "::10.10.3.4", false)]
    [InlineData("10.10.0.0/16", "a0a::", false)]
    [InlineData("192.168.7.9/32", "192.168.7.9", true)]
    [InlineData("192.168.7.9/32", "192.168.7.8", false)]
    [InlineData("0.0.0.0/0", "255.255.255.255", true)]
    [InlineData("0.0.0.0/0", "::ffff:1.2.3.4", true)]
    [InlineData("0.0.0.0/0", "::1", false)]
    [InlineData("::/0", "2001:db8::1", true)]
    [InlineData("::/0", "1.2.3.4", false)]
    [InlineData("::/0", "::ffff:1.2.3.4", false)]
    [InlineData("2001:db8::/33", "2001:db8:7fff:ffff::", true)]
    [InlineData("2001:db8::/33", "2001:db8:8000::", false)]
    [InlineData("fe80::/10", "fe80::1%3", true)]
    [InlineData("::1/128", "::1", true)]
    [InlineData("::1/128", "127.0.0.1", false)]
    [InlineData("::ffff:10.0.0.0/104", "10.200.0.1", true)]
    [InlineData("::ffff:10.0.0.0/104", "::ffff:10.200.0.1", true)]
    [InlineData("::ffff:10.0.0.0/104", "11.0.0.1", false)]
    public void A_source_is_inside_or_outside_in_every_notation(string range, string source, bool inside) =>
        Assert.Equal(inside, Ranges(range).Contains(IPAddress.Parse(source)));

    [Fact]
    public void Agrees_with_the_framework_on_random_ranges_and_sources()
    {
        var random = new Random(4);
        var hits = 0;
        for (var i = 0; i < TestScale.Of(100_000); i++)
        {
            var v6 = random.Next(2) == 0;
            var bytes = new byte[v6 ? 16 : 4];
            random.NextBytes(bytes);
            bytes[0] = 0x20;
            var length = random.Next((8 * bytes.Length) + 1);
            var range = new IPNetwork(Masked(bytes, length), length);
            bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            var source = new IPAddress(bytes);
            var expected = range.Contains(source);
            hits += expected ? 1 : 0;
            var ranges = new NetworkRanges(Guid.Empty, "n", [range]);
            Assert.Equal(expected, ranges.Contains(source));
            if (!v6)
            {
                Assert.Equal(expected, ranges.Contains(source.MapToIPv6()));
            }
        }

        Assert.True(hits > 0);
    }

    [Fact]
    public void An_unknown_source_is_inside_nothing_and_no_ranges_hold_nobody()
    {
        Assert.False(Ranges("0.0.0.0/0", "::/0").Contains(null));
        Assert.False(Ranges().Contains(IPAddress.Loopback));
        Assert.False(Ranges().Contains(IPAddress.IPv6Loopback));
    }

    [Fact]
    public void Any_of_several_ranges_is_enough()
    {
        var ranges = Ranges("10.0.0.0/8", "fd00::/8");
        Assert.True(ranges.Contains(IPAddress.Parse("10.1.1.1")));
        Assert.True(ranges.Contains(IPAddress.Parse("fd12::1")));
        Assert.False(ranges.Contains(IPAddress.Parse("11.1.1.1")));
        Assert.Equal("net (10.0.0.0/8, fd00::/8)", ranges.ToString());
    }

    [Fact]
    public void A_model_key_of_a_network_works_only_from_inside()
    {
        using var engine = new TestEngine();
        var key = engine.ModelKey(network: Ranges("10.10.0.0/16"));
        Assert.True(Decide("10.10.1.1").IsAllowed);
        Assert.True(Decide("::ffff:10.10.1.1").IsAllowed);
        Assert.Equal(DenialReason.OutsideNetwork, Decide("10.11.1.1").Reason);
        Assert.Equal(DenialReason.OutsideNetwork, Decide(null).Reason);

        Decision Decide(string? source) =>
            engine.Decide(
                key.Header,
                AccessRequest.Inference(
                    InferenceEndpoint.Catalogue,
                    model: null,
                    source is null ? null : IPAddress.Parse(source)
                )
            );
    }

    private static NetworkRanges Ranges(params string[] ranges) =>
        new(Guid.Empty, "net", ranges.Select(IPNetwork.Parse));

    private static IPAddress Masked(byte[] bytes, int length)
    {
        var masked = bytes.ToArray();
        for (var bit = length; bit < 8 * masked.Length; bit++)
        {
            masked[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        }

        return new IPAddress(masked);
    }
}
