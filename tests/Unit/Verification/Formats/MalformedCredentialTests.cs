using System.Diagnostics;
using System.Text;
using ControlPanel.Tests.Unit.Support;
using ControlPanel.Verification.Decisions;
using ControlPanel.Verification.Formats;

namespace ControlPanel.Tests.Unit.Verification.Formats;

/// <summary>Whatever stands in an Authorization header: never an exception, never a yes.</summary>
public sealed class MalformedCredentialTests : IDisposable
{
    private readonly TestEngine _engine = new();

    public void Dispose() => _engine.Dispose();

    [Fact]
    public void Every_value_of_the_corpus_is_refused_for_its_reason()
    {
        var key = _engine.FunctionsKey();
        var token = _engine.Token(["api:write"]);
        using var other = FunctionsKeyFormat.NewSecret(_engine.Random);
        var id = FunctionsKeyFormat.Format(key.Record.LookupId);
        var surprises = new List<string>();
        foreach (var line in AuthorizationCorpus.Lines)
        {
            var value = line.Fill(id, key.Secret, other.Reveal(), token.Secret);
            var decision = _engine.Decide(value, AccessRequest.Functions(namespaceId: null, source: null));
            if (decision.IsAllowed || decision.Reason != line.Reason)
            {
                surprises.Add($"line {line.Number}: {decision.Reason}, not {line.Reason}: {line.Template}");
            }
        }

        Assert.True(AuthorizationCorpus.Lines.Count > 150, "The corpus was not read.");
        Assert.Empty(surprises);
        Assert.True(_engine.Decide(key.Header, AccessRequest.Functions(null, null)).IsAllowed);
    }

    [Fact]
    public void Mutated_headers_are_never_accepted_and_never_throw()
    {
        var key = _engine.FunctionsKey();
        var token = _engine.Token(["api:write"]);
        var model = _engine.ModelKey();
        string[] seeds =
        [
            key.Header,
            _engine.LegacyCredential().Header,
            token.Header,
            model.Header,
            .. AuthorizationCorpus.Lines.Select(l =>
                l.Fill(FunctionsKeyFormat.Format(key.Record.LookupId), key.Secret, key.Secret, token.Secret)
            ),
        ];
        var right = new HashSet<string>(seeds[..4], StringComparer.Ordinal);
        var random = new Random(7_106_2006);
        var rounds = TestScale.Of(100_000);
        for (var i = 0; i < rounds; i++)
        {
            var value = Mutate(seeds[i % 3 == 0 ? random.Next(4) : random.Next(seeds.Length)], random);
            if (right.Any(r => SameCredential(r, value)))
            {
                continue;
            }

            foreach (var request in Requests())
            {
                var decision = _engine.Decide(value, request);
                Assert.False(decision.IsAllowed, $"round {i}, {request.Family}: {Escape(value)}");
                Assert.InRange(PublicAnswers.For(Protocol.OpenWhisk, decision.Reason).Status, 401, 403);
            }
        }
    }

    [Fact]
    public void Random_text_is_never_accepted_and_never_throws()
    {
        var random = new Random(20_261_121);
        var rounds = TestScale.Of(100_000);
        for (var i = 0; i < rounds; i++)
        {
            var text = new char[random.Next(0, 700)];
            for (var c = 0; c < text.Length; c++)
            {
                text[c] = (char)random.Next(random.Next(2) == 0 ? 128 : 65536);
            }

            string[] values = [new string(text), "Basic " + new string(text), "Bearer " + new string(text)];
            foreach (var value in values)
            {
                Assert.False(_engine.Decide(value, AccessRequest.Functions(null, null)).IsAllowed, Escape(value));
            }
        }
    }

    [Fact]
    public void Refusing_a_malformed_header_allocates_at_most_1_KiB_and_takes_at_most_5_ms_at_p99()
    {
        var values = AuthorizationCorpus.Lines.Select(l => l.Fill("dof_v1_", "s", "o", "t")).ToArray();
        var times = new List<TimeSpan>(10 * values.Length);
        for (var round = 0; round < 10; round++)
        {
            foreach (var value in values)
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                var start = Stopwatch.GetTimestamp();
                var decision = _engine.Decide(value, AccessRequest.Functions(null, null));
                _ = PublicAnswers.For(Protocol.OpenWhisk, decision.Reason);
                times.Add(Stopwatch.GetElapsedTime(start));
                var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
                Assert.True(round == 0 || allocated <= 1024, $"{allocated} bytes for {Escape(value)}");
            }
        }

        times.Sort();
        Assert.InRange(times[times.Count * 99 / 100].TotalMilliseconds, 0, 5);
    }

    /// <summary>But for a text that an earlier issuer may have made as a model key, which has no checksum of ours.</summary>
    [Fact]
    public void A_wrong_checksum_costs_no_look_up()
    {
        var key = _engine.FunctionsKey();
        var id = FunctionsKeyFormat.Format(key.Record.LookupId);
        var token = _engine.Token(["api:write"]);
        var model = _engine.ModelKey();
        var random = new Random(11);
        var rounds = TestScale.Of(100_000);
        for (var i = 0; i < rounds; i++)
        {
            Refused(TestEngine.Basic(id, Typo(key.Secret)), AccessRequest.Functions(null, null));
            Refused("Bearer " + Typo(token.Secret), AccessRequest.Api([], null));
            Refused("Bearer " + Typo(model.Secret), AccessRequest.Api([], null));
        }

        Assert.Equal(0, _engine.Keys.Lookups);
        for (var i = 0; i < rounds; i++)
        {
            var before = _engine.Keys.Lookups;
            var typo = Typo(model.Secret);
            Refused("Bearer " + typo, AccessRequest.Inference(InferenceEndpoint.Catalogue, null, null));
            var expected = ModelKeyFormat.IsImportable(Encoding.ASCII.GetBytes(typo)) ? 1 : 0;
            Assert.Equal(expected, _engine.Keys.Lookups - before);
        }

        string Typo(string secret)
        {
            var text = secret.ToCharArray();
            var at = random.Next(text.Length);
            char other;
            do
            {
                other = (char)random.Next('!', '~');
            } while (other == text[at] || other == ':');

            text[at] = other;
            return new string(text);
        }

        void Refused(string header, in AccessRequest request)
        {
            var reason = _engine.Decide(header, request).Reason;
            Assert.True(reason is DenialReason.BadFormat or DenialReason.Malformed, $"{reason}");
        }
    }

    [Theory]
    [InlineData(0, MalformedReason.None, PresentedKind.None)]
    [InlineData(2, MalformedReason.SeveralCredentials, PresentedKind.Invalid)]
    [InlineData(3, MalformedReason.SeveralCredentials, PresentedKind.Invalid)]
    public void Only_one_line_may_present_a_credential(int lines, MalformedReason reason, PresentedKind kind)
    {
        var credential = PresentedCredential.Parse(lines, "Basic YTpi", new byte[PresentedCredential.BufferSize]);
        Assert.Equal(kind, credential.Kind);
        Assert.Equal(reason, credential.Malformed);
    }

    [Theory]
    [InlineData("", MalformedReason.Empty)]
    [InlineData("Basic ", MalformedReason.Empty)]
    [InlineData("Bearer ", MalformedReason.Empty)]
    [InlineData("Digest x", MalformedReason.UnknownScheme)]
    [InlineData("Basic", MalformedReason.UnknownScheme)]
    [InlineData("Basic a:b", MalformedReason.BadBase64)]
    [InlineData("Basic YTpi ", MalformedReason.BadBase64)]
    [InlineData("Basic YTp=", MalformedReason.BadBase64)]
    [InlineData("Basic Y T p i", MalformedReason.BadBase64)]
    [InlineData("Basic /zph", MalformedReason.BadUtf8)]
    [InlineData("Basic YWI=", MalformedReason.NoColon)]
    [InlineData("Bearer a b", MalformedReason.BadCharacters)]
    public void What_cannot_be_read_with_certainty_says_why(string value, MalformedReason reason)
    {
        var credential = PresentedCredential.Parse(1, value, new byte[PresentedCredential.BufferSize]);
        Assert.Equal(PresentedKind.Invalid, credential.Kind);
        Assert.Equal(reason, credential.Malformed);
        Assert.True(credential.Id.IsEmpty && credential.Secret.IsEmpty);
    }

    [Fact]
    public void Length_is_bounded_before_anything_is_decoded()
    {
        Assert.Equal(MalformedReason.TooLong, Reason("Basic " + new string('A', PresentedCredential.MaxHeaderLength)));
        Assert.Equal(MalformedReason.TooLong, Reason("Bearer " + new string('A', 1_000_000)));
        Assert.Equal(
            MalformedReason.NoColon,
            Reason("Basic " + new string('A', PresentedCredential.MaxHeaderLength - 8))
        );
        Assert.Equal(
            MalformedReason.None,
            Reason("Bearer " + new string('A', PresentedCredential.MaxHeaderLength - 7))
        );

        var alone = PresentedCredential.Bearer(
            new string('A', PresentedCredential.MaxHeaderLength + 1),
            new byte[PresentedCredential.BufferSize]
        );
        Assert.Equal(MalformedReason.TooLong, alone.Malformed);

        static MalformedReason Reason(string value) =>
            PresentedCredential.Parse(1, value, new byte[PresentedCredential.BufferSize]).Malformed;
    }

    [Theory]
    [InlineData("a:b", "a", "b")]
    [InlineData(":", "", "")]
    [InlineData("a:", "a", "")]
    [InlineData(":b", "", "b")]
    [InlineData("a:b:c", "a", "b:c")]
    [InlineData("é:ß€😀", "é", "ß€😀")]
    public void The_first_colon_splits_id_and_secret(string text, string id, string secret)
    {
        foreach (var scheme in (string[])["Basic ", "basic ", "BASIC ", "bAsIc "])
        {
            var value = scheme + Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
            var credential = PresentedCredential.Parse(1, value, new byte[PresentedCredential.BufferSize]);
            Assert.Equal(PresentedKind.Basic, credential.Kind);
            Assert.Equal(id, Encoding.UTF8.GetString(credential.Id));
            Assert.Equal(secret, Encoding.UTF8.GetString(credential.Secret));
        }
    }

    [Fact]
    public void Every_byte_string_that_is_text_survives_Basic()
    {
        var random = new Random(3);
        var rounds = TestScale.Of(20_000);
        for (var i = 0; i < rounds; i++)
        {
            var bytes = new byte[random.Next(1, 370)];
            for (var b = 0; b < bytes.Length; b++)
            {
                bytes[b] = (byte)random.Next(128);
            }

            bytes[random.Next(bytes.Length)] = (byte)':';
            var credential = PresentedCredential.Parse(
                1,
                TestEngine.Basic(bytes),
                new byte[PresentedCredential.BufferSize]
            );
            Assert.Equal(PresentedKind.Basic, credential.Kind);
            byte[] read = [.. credential.Id, (byte)':', .. credential.Secret];
            Assert.Equal(bytes, read);
        }
    }

    private static AccessRequest[] Requests() =>
        [
            AccessRequest.Functions(null, null),
            AccessRequest.Inference(InferenceEndpoint.Catalogue, null, null),
            AccessRequest.Api([], null),
            AccessRequest.Spaces(null, default, null, null),
        ];

    // The scheme's case is free, a legacy UUID's case is free: the same credential, spelled as it may be.
    private static bool SameCredential(string right, string value)
    {
        var buffer = new byte[PresentedCredential.BufferSize];
        var other = new byte[PresentedCredential.BufferSize];
        var a = PresentedCredential.Parse(1, right, buffer);
        var b = PresentedCredential.Parse(1, value, other);
        return a.Kind == b.Kind
            && a.Secret.SequenceEqual(b.Secret)
            && Encoding.UTF8.GetString(a.Id).Equals(Encoding.UTF8.GetString(b.Id), StringComparison.OrdinalIgnoreCase)
            && (a.Kind != PresentedKind.Basic || a.Id.Length == 36 || a.Id.SequenceEqual(b.Id));
    }

    private static string Mutate(string seed, Random random)
    {
        var text = new StringBuilder(seed);
        for (var n = random.Next(1, 4); n > 0; n--)
        {
            var at = random.Next(text.Length + 1);
            var c = (char)(random.Next(8) == 0 ? random.Next(65536) : random.Next(128));
            switch (random.Next(6))
            {
                case 0 when at < text.Length:
                    text[at] = c;
                    break;
                case 1 when at < text.Length:
                    text.Remove(at, random.Next(1, text.Length - at + 1));
                    break;
                case 2:
                    text.Insert(at, new string(c, random.Next(1, 4)));
                    break;
                case 3 when at < text.Length:
                    text[at] = (char)(text[at] ^ (1 << random.Next(7)));
                    break;
                case 4:
                    text.Append(text.ToString(0, at));
                    break;
                default:
                    text.Insert(at, c);
                    break;
            }
        }

        return text.ToString();
    }

    private static string Escape(string value) =>
        string.Concat(value.Select(c => c is >= ' ' and <= '~' ? c.ToString() : $"\\u{(int)c:x4}"));
}
