using ControlPanel.Tests.Unit.Support;
using ControlPanel.Verification.Secrets;

namespace ControlPanel.Tests.Unit.Verification.Secrets;

public sealed class MasterKeyTests
{
    private readonly RepeatableSecretSource _random = new();

    [Fact]
    public void The_check_value_tells_one_master_key_from_another_and_each_version_from_the_next()
    {
        byte[] one = Bytes();
        byte[] two = Bytes();
        var key = new MasterKey([new(1, one), new(2, two)]);
        var same = new MasterKey([new(1, one), new(2, two)]);
        var other = new MasterKey([new(1, Bytes())]);

        Assert.Equal(16, key.CheckValue(1).Length);
        Assert.Equal(key.CheckValue(1), same.CheckValue(1));
        Assert.NotEqual(key.CheckValue(1), key.CheckValue(2));
        Assert.NotEqual(key.CheckValue(1), other.CheckValue(1));
    }

    [Fact]
    public void The_check_value_is_no_part_of_the_key_or_of_any_derived_key()
    {
        var bytes = Bytes();
        var key = new MasterKey([new(1, bytes)]);
        var check = Convert.ToHexString(key.CheckValue(1));
        foreach (
            var material in (byte[][])[bytes, key.Derive(1, "verify"), key.Derive(1, "audit"), key.Derive(1, "seal")]
        )
        {
            Assert.DoesNotContain(check, Convert.ToHexString(material), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Every_use_and_version_gets_a_key_of_its_own()
    {
        var key = new MasterKey([new(1, Bytes()), new(7, Bytes())]);
        string[] uses = ["verify", "audit", "seal/a/b", "seal/a/c", "check-value"];
        var derived = (
            from use in uses
            from version in key.Versions
            select Convert.ToHexString(key.Derive(version, use))
        ).ToList();
        Assert.Equal(derived.Count, derived.Distinct(StringComparer.Ordinal).Count());
        Assert.All(derived, d => Assert.Equal(64, d.Length));
    }

    [Fact]
    public void The_newest_version_makes_and_all_are_held()
    {
        var key = new MasterKey([new(3, Bytes()), new(1, Bytes()), new(2, Bytes())]);
        Assert.Equal(3, key.CurrentVersion);
        Assert.Equal([1, 2, 3], key.Versions);
        Assert.True(key.Has(2));
        Assert.False(key.Has(4));
        Assert.Throws<KeyNotFoundException>(() => key.Derive(4, "verify"));
    }

    [Fact]
    public void A_key_without_version_of_another_length_or_number_is_refused()
    {
        Assert.Throws<ArgumentException>(() => new MasterKey([]));
        Assert.Throws<ArgumentException>(() => new MasterKey([new(1, new byte[31])]));
        Assert.Throws<ArgumentException>(() => new MasterKey([new(1, new byte[33])]));
        Assert.Throws<ArgumentException>(() => new MasterKey([new(0, new byte[32])]));
        Assert.Throws<ArgumentException>(() => new MasterKey([new(-1, new byte[32])]));
        Assert.Throws<ArgumentException>(() => new MasterKey([new(1, Bytes()), new(1, Bytes())]));
    }

    [Fact]
    public void The_caller_s_array_may_be_overwritten_and_nothing_prints()
    {
        var bytes = Bytes();
        var key = new MasterKey([new(1, bytes)]);
        var before = key.CheckValue(1);
        Array.Clear(bytes);
        Assert.Equal(before, key.CheckValue(1));
        Assert.Equal("master key (version 1)", key.ToString());
    }

    private byte[] Bytes()
    {
        var bytes = new byte[MasterKey.Size];
        _random.Fill(bytes);
        return bytes;
    }
}
