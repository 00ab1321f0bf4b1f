using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using ControlPanel.Tests.Unit.Support;
using ControlPanel.Verification.Decisions;
using ControlPanel.Verification.Keys;
using ControlPanel.Verification.Secrets;

namespace ControlPanel.Tests.Unit.Verification.Secrets;

public sealed class SecretHasherTests : IDisposable
{
    private readonly TestEngine _engine = new();

    public void Dispose() => _engine.Dispose();

    [Fact]
    public void The_MAC_is_HMAC_SHA_256_of_family_identifier_and_secret_under_the_derived_pepper()
    {
        var id = LookupId.Read(_engine.Bytes(16));
        foreach (var length in (int[])[1, 46, 64, 110, 111, 112, 128, 129, 500])
        {
            var secret = _engine.Bytes(length);
            var pepper = _engine.MasterKey.Derive(1, "verify");
            Assert.Equal(
                HMACSHA256.HashData(pepper, (byte[])[(byte)KeyFamily.Functions, .. id.ToArray(), .. secret]),
                Mac(_engine.Hasher, KeyFamily.Functions, id, secret)
            );
            var bearer = new byte[32];
            Assert.True(_engine.Hasher.TryHashBearer(1, KeyFamily.Api, secret, bearer));
            Assert.Equal(HMACSHA256.HashData(pepper, (byte[])[(byte)KeyFamily.Api, .. secret]), bearer);
        }
    }

    [Fact]
    public void A_MAC_moved_to_another_row_verifies_nothing()
    {
        var victim = _engine.FunctionsKey();
        var attacker = _engine.FunctionsKey();
        var planted = new KeyRecord
        {
            Id = victim.Record.Id,
            Family = victim.Record.Family,
            LookupId = victim.Record.LookupId,
            TeamId = victim.Record.TeamId,
            Owner = victim.Record.Owner,
            Scope = victim.Record.Scope,
            SecretMac = attacker.Record.SecretMac,
            MasterKeyVersion = 1,
        };
        _engine.Keys.Set(planted);
        var header = new HeldKey(planted, attacker.Secret).Header;
        Assert.Equal(DenialReason.WrongSecret, Reason(header));
        Assert.Equal(DenialReason.WrongSecret, Reason(victim.Header));
    }

    [Fact]
    public void A_row_planted_without_the_master_key_verifies_nothing()
    {
        using var stranger = new SecretHasher(new MasterKey([new(1, _engine.Bytes(32))]));
        var key = _engine.FunctionsKey();
        var secret = Encoding.ASCII.GetBytes(key.Secret);
        foreach (
            var mac in (byte[][])
                [
                    Mac(stranger, KeyFamily.Functions, key.Record.LookupId, secret),
                    SHA256.HashData(secret),
                    HMACSHA256.HashData((byte[])[], secret),
                    new byte[32],
                    Enumerable.Repeat((byte)0xff, 32).ToArray(),
                ]
        )
        {
            _engine.Keys.Set(
                new KeyRecord
                {
                    Id = key.Record.Id,
                    Family = key.Record.Family,
                    LookupId = key.Record.LookupId,
                    TeamId = key.Record.TeamId,
                    Scope = key.Record.Scope,
                    SecretMac = Digest256.From(mac),
                    MasterKeyVersion = 1,
                }
            );
            Assert.Equal(DenialReason.WrongSecret, Reason(key.Header));
        }
    }

    [Fact]
    public void A_bearer_row_under_the_right_half_of_the_MAC_alone_verifies_nothing()
    {
        var key = _engine.ModelKey();
        var mac = new byte[32];
        _engine.Hasher.TryHashBearer(1, KeyFamily.Inference, Encoding.ASCII.GetBytes(key.Secret), mac);
        mac[31] ^= 1;
        _engine.Keys.Set(
            new KeyRecord
            {
                Id = key.Record.Id,
                Family = key.Record.Family,
                LookupId = key.Record.LookupId,
                TeamId = key.Record.TeamId,
                Scope = key.Record.Scope,
                SecretMac = Digest256.From(mac),
                MasterKeyVersion = 1,
            }
        );
        var request = AccessRequest.Inference(InferenceEndpoint.Catalogue, null, null);
        Assert.Equal(DenialReason.UnknownKey, _engine.Decide(key.Header, request).Reason);
    }

    [Fact]
    public void Family_and_identifier_are_part_of_the_MAC()
    {
        var id = LookupId.Read(_engine.Bytes(16));
        var secret = _engine.Bytes(46);
        var mac = Mac(_engine.Hasher, KeyFamily.Functions, id, secret);
        Assert.NotEqual(mac, Mac(_engine.Hasher, KeyFamily.Spaces, id, secret));
        for (var bit = 0; bit < 128; bit++)
        {
            Assert.NotEqual(
                mac,
                Mac(_engine.Hasher, KeyFamily.Functions, new LookupId(id.Value ^ (UInt128.One << bit)), secret)
            );
        }
    }

    [Fact]
    public void A_version_that_is_not_held_verifies_nothing_not_even_an_all_zero_MAC()
    {
        var key = _engine.FunctionsKey();
        _engine.Keys.Set(
            new KeyRecord
            {
                Id = key.Record.Id,
                Family = key.Record.Family,
                LookupId = key.Record.LookupId,
                TeamId = key.Record.TeamId,
                Scope = key.Record.Scope,
                SecretMac = default,
                MasterKeyVersion = 9,
            }
        );
        Assert.Equal(DenialReason.WrongSecret, Reason(key.Header));
        var mac = _engine.Bytes(32);
        Assert.False(_engine.Hasher.TryHash(9, KeyFamily.Functions, default, "x"u8, mac));
        Assert.All(mac, b => Assert.Equal(0, b));
        Assert.False(_engine.Hasher.TryHashBearer(0, KeyFamily.Api, "x"u8, mac));
    }

    [Fact]
    public void Keys_of_every_held_version_verify_and_those_of_a_dropped_one_do_not()
    {
        var first = _engine.Bytes(32);
        var second = _engine.Bytes(32);
        using var both = new SecretHasher(new MasterKey([new(1, first), new(2, second)]));
        using var dropped = new SecretHasher(new MasterKey([new(2, second)]));
        using var old = new SecretHasher(new MasterKey([new(1, first)]));
        var id = LookupId.Read(_engine.Bytes(16));
        var secret = _engine.Bytes(46);
        Span<byte> mac = stackalloc byte[32];
        Assert.True(both.TryHash(1, KeyFamily.Functions, id, secret, mac));
        Assert.Equal(Mac(old, KeyFamily.Functions, id, secret), mac.ToArray());
        Assert.True(both.TryHash(2, KeyFamily.Functions, id, secret, mac));
        Assert.NotEqual(Mac(old, KeyFamily.Functions, id, secret), mac.ToArray());
        Assert.False(dropped.TryHash(1, KeyFamily.Functions, id, secret, mac));
        Assert.Equal([2, 1], both.Versions);
        Assert.Equal(2, both.CurrentVersion);
    }

    [Fact]
    public void Hashers_and_threads_do_not_disturb_one_another()
    {
        using var other = new SecretHasher(new MasterKey([new(1, _engine.Bytes(32)), new(2, _engine.Bytes(32))]));
        var id = LookupId.Read(_engine.Bytes(16));
        var secret = _engine.Bytes(46);
        var expected = new[] { Mac(_engine.Hasher, 1), Mac(other, 1), Mac(other, 2) };
        var wrong = new ConcurrentBag<int>();
        Parallel.For(
            0,
            8,
            new ParallelOptions { MaxDegreeOfParallelism = 8 },
            _ =>
            {
                for (var i = 0; i < TestScale.Of(100_000); i++)
                {
                    var which = i % 3;
                    var mac = which == 0 ? Mac(_engine.Hasher, 1) : Mac(other, which);
                    if (!mac.AsSpan().SequenceEqual(expected[which]))
                    {
                        wrong.Add(which);
                    }
                }
            }
        );
        Assert.Empty(wrong);

        byte[] Mac(SecretHasher hasher, int version)
        {
            var mac = new byte[32];
            Assert.True(hasher.TryHash(version, KeyFamily.Functions, id, secret, mac));
            return mac;
        }
    }

    [Fact]
    public void A_disposed_hasher_makes_no_MAC()
    {
        var hasher = new SecretHasher(new MasterKey([new(1, _engine.Bytes(32))]));
        var mac = new byte[32];
        hasher.TryHash(1, KeyFamily.Functions, default, "x"u8, mac);
        hasher.Dispose();
        Assert.Throws<ObjectDisposedException>(() => hasher.TryHash(1, KeyFamily.Functions, default, "x"u8, mac));
    }

    [Fact]
    public void Digests_are_equal_only_when_every_bit_is()
    {
        var bytes = _engine.Bytes(32);
        var digest = Digest256.From(bytes);
        Assert.True(digest.FixedTimeEquals(bytes));
        for (var bit = 0; bit < 256; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(digest.FixedTimeEquals(bytes));
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        Assert.False(digest.FixedTimeEquals(bytes.AsSpan(0, 31)));
        Assert.False(digest.FixedTimeEquals([.. bytes, 0]));
        Assert.False(digest.FixedTimeEquals([]));
        Assert.Throws<ArgumentException>(() => Digest256.From(new byte[31]));
    }

    private static byte[] Mac(SecretHasher hasher, KeyFamily family, LookupId id, byte[] secret)
    {
        var mac = new byte[32];
        Assert.True(hasher.TryHash(1, family, id, secret, mac));
        return mac;
    }

    private DenialReason Reason(string header) => _engine.Decide(header, AccessRequest.Functions(null, null)).Reason;
}
