using System.Text;
using ControlPanel.Tests.Unit.Support;
using ControlPanel.Verification.Formats;
using ControlPanel.Verification.Secrets;

namespace ControlPanel.Tests.Unit.Verification.Secrets;

/// <summary>An envelope opens for its own row, unaltered, under the master key that made it, and never else.</summary>
public sealed class SecretSealerTests
{
    private readonly RepeatableSecretSource _random = new();
    private readonly MasterKey _masterKey;
    private readonly SecretSealer _sealer;

    public SecretSealerTests()
    {
        _masterKey = new MasterKey([new(1, Bytes(32))]);
        _sealer = new SecretSealer(_masterKey, _random);
    }

    [Fact]
    public void Secrets_of_every_length_come_back()
    {
        for (var length = 1; length < 300; length++)
        {
            var secret = Bytes(length);
            var binding = Row();
            var @sealed = _sealer.Seal(secret, binding);
            Assert.Equal(1, @sealed.MasterKeyVersion);
            Assert.True(SealedSecret.TryRead(@sealed.Envelope.Span, out var read));
            Assert.True(_sealer.TryOpen(read!, binding, out var opened));
            Assert.Equal(secret, opened.Bytes.ToArray());
        }
    }

    [Fact]
    public void An_empty_secret_is_not_sealed() => Assert.Throws<ArgumentException>(() => _sealer.Seal([], Row()));

    [Fact]
    public void Swapping_any_two_rows_opens_nothing()
    {
        var rows = TestScale.Of(1_000);
        var bindings = Enumerable.Range(0, rows).Select(_ => Row()).ToArray();
        var envelopes = bindings.Select(b => _sealer.Seal(Bytes(43), b)).ToArray();
        for (var i = 0; i < rows; i++)
        {
            Assert.True(_sealer.TryOpen(envelopes[i], bindings[i], out _));
            for (var j = 0; j < rows; j += Math.Max(1, rows / 25))
            {
                Assert.True(i == j || !_sealer.TryOpen(envelopes[i], bindings[j], out _), $"{i} opened for {j}");
            }
        }
    }

    [Fact]
    public void Moving_it_to_another_table_column_row_team_or_version_opens_nothing()
    {
        var row = Row();
        var @sealed = _sealer.Seal("secret"u8, row);
        foreach (
            var other in (SealBinding[])
                [
                    row with
                    {
                        Table = "namespaces",
                    },
                    row with
                    {
                        Column = "upstream",
                    },
                    row with
                    {
                        RowId = Guid.CreateVersion7(),
                    },
                    row with
                    {
                        TeamId = Guid.CreateVersion7(),
                    },
                    row with
                    {
                        SecretVersion = row.SecretVersion + 1,
                    },
                    row with
                    {
                        RowId = row.TeamId,
                        TeamId = row.RowId,
                    },
                ]
        )
        {
            Assert.False(_sealer.TryOpen(@sealed, other, out var opened), other.ToString());
            Assert.Null(opened);
        }
    }

    [Fact]
    public void Flipping_any_bit_opens_nothing()
    {
        for (var n = 0; n < TestScale.Of(100); n++)
        {
            var row = Row();
            var envelope = _sealer.Seal(Bytes(43), row).Envelope.ToArray();
            for (var bit = 0; bit < 8 * envelope.Length; bit++)
            {
                envelope[bit / 8] ^= (byte)(1 << (bit % 8));
                Assert.False(
                    SealedSecret.TryRead(envelope, out var altered) && _sealer.TryOpen(altered!, row, out _),
                    $"bit {bit}"
                );
                envelope[bit / 8] ^= (byte)(1 << (bit % 8));
            }
        }
    }

    [Fact]
    public void Truncating_or_lengthening_it_opens_nothing()
    {
        var row = Row();
        var envelope = _sealer.Seal(Bytes(43), row).Envelope.ToArray();
        for (var length = 0; length < envelope.Length; length++)
        {
            Assert.False(
                SealedSecret.TryRead(envelope.AsSpan(0, length), out var cut) && _sealer.TryOpen(cut!, row, out _)
            );
        }

        Assert.False(SealedSecret.TryRead([.. envelope, 0], out var longer) && _sealer.TryOpen(longer!, row, out _));
    }

    [Fact]
    public void Another_master_key_opens_nothing_and_an_older_version_still_opens()
    {
        var row = Row();
        var @sealed = _sealer.Seal("secret"u8, row);
        var stranger = new SecretSealer(new MasterKey([new(1, Bytes(32))]), _random);
        Assert.False(stranger.TryOpen(@sealed, row, out _));

        var first = Bytes(32);
        var before = new SecretSealer(new MasterKey([new(1, first)]), _random);
        var second = Bytes(32);
        var after = new SecretSealer(new MasterKey([new(1, first), new(2, second)]), _random);
        var dropped = new SecretSealer(new MasterKey([new(2, second)]), _random);
        var old = before.Seal("secret"u8, row);
        Assert.True(after.TryOpen(old, row, out _));
        Assert.False(dropped.TryOpen(old, row, out _));
        Assert.Equal(2, after.Seal("secret"u8, row).MasterKeyVersion);
    }

    [Fact]
    public void The_envelope_holds_nothing_of_the_secret_and_no_two_are_alike()
    {
        var row = Row();
        using var secret = SpacesKeyFormat.NewSecret(_random);
        var text = secret.Reveal();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < 100; i++)
        {
            var @sealed = _sealer.Seal(secret.Bytes, row);
            Assert.DoesNotContain(text, Encoding.Latin1.GetString(@sealed.Envelope.Span), StringComparison.Ordinal);
            Assert.Equal("***", @sealed.ToString());
            Assert.True(seen.Add(Convert.ToHexString(@sealed.Envelope.Span)));
        }
    }

    private SealBinding Row() => SealBinding.AccessKey(new Guid(Bytes(16)), new Guid(Bytes(16)), secretVersion: 1);

    private byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        _random.Fill(bytes);
        return bytes;
    }
}
