using System.Text;
using ControlPanel.Tests.Unit.Support;
using ControlPanel.Verification.Formats;
using ControlPanel.Verification.Keys;
using ControlPanel.Verification.Secrets;

namespace ControlPanel.Tests.Unit.Verification.Formats;

/// <summary>What is made can be read; what is not exactly so cannot.</summary>
public sealed class KeyFormatTests
{
    private const string AnyCharacter =
        " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~\0\n";

    private readonly RepeatableSecretSource _random = new();

    private delegate Secret Make(ISecretSource random);

    private delegate bool Recognise(ReadOnlySpan<byte> text);

    [Fact]
    public void Random_keys_of_every_family_are_recognised()
    {
        var rounds = TestScale.Of(1_000_000);
        var ids = new HashSet<LookupId>();
        for (var i = 0; i < rounds; i++)
        {
            var functions = FunctionsKeyFormat.NewId(_random);
            Assert.True(FunctionsKeyFormat.TryParse(Ascii(FunctionsKeyFormat.Format(functions)), out var read));
            Assert.Equal(functions, read);

            var spaces = SpacesKeyFormat.NewId(_random);
            Assert.True(SpacesKeyFormat.TryParse(Ascii(SpacesKeyFormat.Format(spaces)), out read));
            Assert.Equal(spaces, read);
            Assert.True(ids.Add(functions) && ids.Add(spaces));

            foreach (var (make, recognise, _) in Secrets())
            {
                using var secret = make(_random);
                Assert.True(recognise(secret.Bytes));
            }
        }
    }

    [Fact]
    public void Every_single_character_change_of_a_secret_is_refused()
    {
        var rounds = TestScale.Of(1_000);
        for (var i = 0; i < rounds; i++)
        {
            foreach (var (make, recognise, name) in Secrets())
            {
                using var secret = make(_random);
                var text = secret.Bytes.ToArray();
                for (var at = 0; at < text.Length; at++)
                {
                    var right = text[at];
                    foreach (var c in AnyCharacter)
                    {
                        text[at] = (byte)c;
                        Assert.True(recognise(text) == (c == right), $"{name}: {Encoding.ASCII.GetString(text)}");
                    }

                    text[at] = right;
                }
            }
        }
    }

    [Fact]
    public void Transposed_and_truncated_and_longer_secrets_are_refused()
    {
        for (var i = 0; i < TestScale.Of(1_000); i++)
        {
            foreach (var (make, recognise, name) in Secrets())
            {
                using var secret = make(_random);
                var text = secret.Bytes.ToArray();
                for (var at = 0; at < text.Length; at++)
                {
                    Assert.False(recognise(text.AsSpan(0, at)), name);
                    Assert.False(recognise([.. text, text[at]]), name);
                    if (at > 0 && text[at] != text[at - 1])
                    {
                        (text[at], text[at - 1]) = (text[at - 1], text[at]);
                        Assert.False(recognise(text), name);
                        (text[at], text[at - 1]) = (text[at - 1], text[at]);
                    }
                }
            }
        }
    }

    [Fact]
    public void A_secret_of_one_family_is_none_of_another()
    {
        foreach (var (make, _, name) in Secrets())
        {
            for (var i = 0; i < 200; i++)
            {
                using var secret = make(_random);
                var takers = Secrets().Where(s => s.Recognise(secret.Bytes)).Select(s => s.Name);
                Assert.Equal([name], takers);
            }
        }
    }

    [Fact]
    public void Secrets_have_the_documented_shape_and_no_colon()
    {
        Assert.Matches("^dof_v1_[0-9a-f]{32}$", FunctionsKeyFormat.Format(FunctionsKeyFormat.NewId(_random)));
        Assert.Matches("^DO00[A-Z0-9]{16}$", SpacesKeyFormat.Format(SpacesKeyFormat.NewId(_random)));
        Assert.Matches("^[0-9A-Za-z]{46}$", Reveal(FunctionsKeyFormat.NewSecret));
        Assert.Matches("^[0-9A-Za-z]{43}$", Reveal(SpacesKeyFormat.NewSecret));
        Assert.Matches("^sk-do-[0-9A-Za-z]{46}$", Reveal(ModelKeyFormat.New));
        Assert.Matches("^dop_v1_[0-9a-f]{64}$", Reveal(ApiTokenFormat.New));
        Assert.Matches("^[0-9A-Za-z]{64}$", Reveal(FunctionsKeyFormat.NewLegacyKey));
    }

    [Fact]
    public void Every_character_of_an_alphabet_is_equally_likely()
    {
        var counts = new int[128];
        var total = 0;
        for (var i = 0; i < 5_000; i++)
        {
            using var secret = FunctionsKeyFormat.NewLegacyKey(_random);
            foreach (var c in secret.Bytes)
            {
                counts[c]++;
                total++;
            }
        }

        var used = counts.Where(c => c > 0).ToArray();
        var expected = total / 62.0;
        Assert.Equal(62, used.Length);

        // Chi-squared with 61 degrees of freedom: above 120 once in 100,000 for a fair source. A modulo of 256 by 62
        // would give thousands. The source is repeatable, so this is not a matter of luck.
        Assert.InRange(used.Sum(c => (c - expected) * (c - expected) / expected), 0, 120);
    }

    [Theory]
    [InlineData("123456789", 0xCBF43926)]
    [InlineData("", 0)]
    [InlineData("The quick brown fox jumps over the lazy dog", 0x414FA339)]
    public void The_checksum_is_the_common_CRC_32(string text, uint expected) =>
        Assert.Equal(expected, Crc32.Compute(Ascii(text)));

    [Fact]
    public void A_stranger_can_check_a_token_with_any_CRC_32()
    {
        var token = Reveal(ApiTokenFormat.New);
        var table = new uint[256];
        for (var i = 0u; i < 256; i++)
        {
            table[i] = i;
            for (var bit = 0; bit < 8; bit++)
            {
                table[i] = (table[i] & 1) == 0 ? table[i] >> 1 : (table[i] >> 1) ^ 0xEDB88320;
            }
        }

        var crc = uint.MaxValue;
        foreach (var c in token[..^8])
        {
            crc = table[(byte)(crc ^ c)] ^ (crc >> 8);
        }

        Assert.Equal($"{~crc:x8}", token[^8..]);
    }

    [Theory]
    [InlineData("23bc46b1-71f6-4ed5-8c54-816aa4f8c502", true)]
    [InlineData("23BC46B1-71F6-4ED5-8C54-816AA4F8C502", true)]
    [InlineData("00000000-0000-0000-0000-000000000000", true)]
    [InlineData("+3bc46b1-71f6-4ed5-8c54-816aa4f8c502", false)]
    [InlineData("0x3c46b1-71f6-4ed5-8c54-816aa4f8c502", false)]
    [InlineData("23bc46b1-71f6-4ed5-8c54-816aa4f8c50g", false)]
    [InlineData("23bc46b1171f6-4ed5-8c54-816aa4f8c502", false)]
    [InlineData("23bc46b171f64ed58c54816aa4f8c502", false)]
    [InlineData("{23bc46b1-71f6-4ed5-8c54-816aa4f8c502}", false)]
    public void A_legacy_id_is_a_UUID_in_its_usual_spelling(string text, bool taken)
    {
        Assert.Equal(taken, FunctionsKeyFormat.TryParseLegacy(Ascii(text), out var id));
        Assert.Equal(taken ? FunctionsKeyFormat.FromUuid(Guid.Parse(text)) : default, id);
    }

    [Fact]
    public void Every_single_character_change_of_an_id_is_another_id_or_none()
    {
        for (var i = 0; i < TestScale.Of(1_000); i++)
        {
            var id = FunctionsKeyFormat.NewId(_random);
            var text = Ascii(FunctionsKeyFormat.Format(id));
            for (var at = 0; at < text.Length; at++)
            {
                var right = text[at];
                for (var c = 0; c < 256; c++)
                {
                    text[at] = (byte)c;
                    var taken = FunctionsKeyFormat.TryParse(text, out var read);
                    var isDigit = c is >= '0' and <= '9' or >= 'a' and <= 'f';
                    Assert.Equal(at < 7 ? c == right : isDigit, taken);
                    Assert.Equal(c == right, read == id);
                }

                text[at] = right;
            }
        }
    }

    private static (Make Make, Recognise Recognise, string Name)[] Secrets() =>
        [
            (FunctionsKeyFormat.NewSecret, FunctionsKeyFormat.IsSecret, "Functions"),
            (SpacesKeyFormat.NewSecret, SpacesKeyFormat.IsSecret, "Spaces"),
            (ModelKeyFormat.New, ModelKeyFormat.IsKey, "Inference"),
            (ApiTokenFormat.New, ApiTokenFormat.IsToken, "API"),
        ];

    private static byte[] Ascii(string text) => Encoding.ASCII.GetBytes(text);

    private string Reveal(Make make)
    {
        using var secret = make(_random);
        return secret.Reveal();
    }
}
