using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using BenchmarkDotNet.Attributes;
using ControlPanel.Verification.Decisions;
using ControlPanel.Verification.Formats;
using ControlPanel.Verification.Keys;
using ControlPanel.Verification.Secrets;

namespace ControlPanel.Bench;

/// <summary>
/// From the header's characters to the decision, beside the HMAC over the same bytes that no verification can avoid.
/// Each pair (Basic, model key, token) has its own primitive, because their messages differ in length.
/// </summary>
[MemoryDiagnoser]
public class VerifyBenchmarks
{
    private readonly byte[] _mac = new byte[Digest256.Size];
    private readonly byte[] _pepper = new byte[MasterKey.Size];
    private byte[] _basicMessage = [];
    private byte[] _modelMessage = [];
    private byte[] _tokenMessage = [];
    private IncrementalHash _reused = null!;
    private Verifier _verifier = null!;
    private string _allowed = "";
    private string _unknown = "";
    private string _wrong = "";
    private string _modelKey = "";
    private string _token = "";
    private string[] _scopes = [];

    [GlobalSetup]
    public void Prepare()
    {
        var random = new SystemSecretSource();
        random.Fill(_pepper);
        _reused = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _pepper);
        var hasher = new SecretHasher(new MasterKey([new(1, RandomNumberGenerator.GetBytes(MasterKey.Size))]));
        var keys = new Dictionary<(KeyFamily, LookupId), KeyRecord>();
        var owner = new KeyOwner(Guid.CreateVersion7(), Guid.CreateVersion7(), TeamRole.Owner, active: true);

        void Add(KeyFamily family, LookupId id, KeyScope scope) =>
            keys.Add(
                (family, id),
                new KeyRecord
                {
                    Id = Guid.CreateVersion7(),
                    Family = family,
                    LookupId = id,
                    TeamId = owner.TeamId,
                    Owner = owner,
                    Scope = scope,
                    SecretMac = Digest256.From(_mac),
                    MasterKeyVersion = 1,
                    Expiry = Expiry.At(TimeProvider.System.GetUtcNow().AddDays(30)),
                }
            );

        var id = FunctionsKeyFormat.NewId(random);
        var secret = FunctionsKeyFormat.NewSecret(random);
        hasher.TryHash(1, KeyFamily.Functions, id, secret.Bytes, _mac);
        Add(KeyFamily.Functions, id, new KeyScope.Namespace("fn-1"));
        _allowed = Basic(id, secret);
        _wrong = Basic(id, FunctionsKeyFormat.NewSecret(random));
        _unknown = Basic(FunctionsKeyFormat.NewId(random), secret);
        _basicMessage = new byte[1 + LookupId.Size + FunctionsKeyFormat.SecretLength];

        var model = ModelKeyFormat.New(random);
        hasher.TryHashBearer(1, KeyFamily.Inference, model.Bytes, _mac);
        Add(
            KeyFamily.Inference,
            LookupId.Read(_mac),
            new KeyScope.Models(FrozenSet.Create("llama3.3-70b-instruct"), Batch: false, Network: null)
        );
        _modelKey = "Bearer " + model.Reveal();
        _modelMessage = new byte[1 + ModelKeyFormat.Length];

        var token = ApiTokenFormat.New(random);
        hasher.TryHashBearer(1, KeyFamily.Api, token.Bytes, _mac);
        Add(KeyFamily.Api, LookupId.Read(_mac), new KeyScope.Api(FrozenSet.Create("function:read", "function:admin")));
        _token = "Bearer " + token.Reveal();
        _tokenMessage = new byte[1 + ApiTokenFormat.Length];
        _scopes = ["function:admin"];
        _verifier = new Verifier(new Snapshot(keys.ToFrozenDictionary()), hasher, TimeProvider.System);
        if (!BasicAllowed() || BasicUnknown() || BasicWrong() || !ModelKey() || !Token())
        {
            throw new InvalidOperationException("The benchmark does not measure what it says.");
        }
    }

    [Benchmark]
    public int BasicBareHmac() => HMACSHA256.HashData(_pepper, _basicMessage, _mac);

    [Benchmark(Baseline = true)]
    public int BasicReusedHmac() => Reused(_basicMessage);

    [Benchmark]
    public bool BasicAllowed() => Decide(_allowed, AccessRequest.Functions("fn-1", source: null));

    [Benchmark]
    public bool BasicUnknown() => Decide(_unknown, AccessRequest.Functions("fn-1", source: null));

    [Benchmark]
    public bool BasicWrong() => Decide(_wrong, AccessRequest.Functions("fn-1", source: null));

    [Benchmark]
    public int ModelKeyReusedHmac() => Reused(_modelMessage);

    [Benchmark]
    public bool ModelKey() =>
        Decide(_modelKey, AccessRequest.Inference(InferenceEndpoint.Model, "llama3.3-70b-instruct", source: null));

    [Benchmark]
    public int TokenReusedHmac() => Reused(_tokenMessage);

    [Benchmark]
    public bool Token() => Decide(_token, AccessRequest.Api(_scopes, source: null));

    private static string Basic(LookupId id, Secret secret) =>
        "Basic "
        + Convert.ToBase64String(Encoding.ASCII.GetBytes($"{FunctionsKeyFormat.Format(id)}:{secret.Reveal()}"));

    private int Reused(byte[] message)
    {
        _reused.AppendData(message);
        return _reused.GetHashAndReset(_mac);
    }

    private bool Decide(string header, in AccessRequest request)
    {
        Span<byte> buffer = stackalloc byte[PresentedCredential.BufferSize];
        return _verifier.Decide(PresentedCredential.Parse(1, header, buffer), request).IsAllowed;
    }

    // Asks the monotonic clock for its lease at each decision, as the product's snapshot does.
    private sealed class Snapshot(FrozenDictionary<(KeyFamily, LookupId), KeyRecord> keys) : IKeySnapshots
    {
        private readonly long _until =
            TimeProvider.System.GetTimestamp() + (3600 * TimeProvider.System.TimestampFrequency);

        public bool IsFresh => TimeProvider.System.GetTimestamp() < _until;

        public bool TryGet(KeyFamily family, LookupId id, [NotNullWhen(true)] out KeyRecord? key) =>
            keys.TryGetValue((family, id), out key);
    }
}
