using System.Collections.Frozen;
using System.Text;
using ControlPanel.Verification.Decisions;
using ControlPanel.Verification.Formats;
using ControlPanel.Verification.Keys;
using ControlPanel.Verification.Secrets;

namespace ControlPanel.Tests.Unit.Support;

/// <summary>A key and the secret that only its holder has.</summary>
internal sealed record HeldKey(KeyRecord Record, string Secret)
{
    /// <summary>The <c>Authorization</c> value that proves it.</summary>
    public string Header =>
        Record.Family != KeyFamily.Functions ? "Bearer " + Secret
        : Record.IsLegacy ? TestEngine.Basic(new Guid(Record.LookupId.ToArray(), bigEndian: true).ToString(), Secret)
        : TestEngine.Basic(FunctionsKeyFormat.Format(Record.LookupId), Secret);
}

/// <summary>The engine with everything around it faked: what a test of decisions starts from.</summary>
internal sealed class TestEngine : IDisposable
{
    public const string Namespace = "fn-0a1b2c3d";
    public const string Model = "llama3.3-70b-instruct";

    public TestEngine()
    {
        MasterKey = new MasterKey([new(1, Bytes(32))]);
        Hasher = new SecretHasher(MasterKey);
        Verifier = new Verifier(Keys, Hasher, Clock);
        Owner = new KeyOwner(Guid.CreateVersion7(), Guid.CreateVersion7(), TeamRole.Owner, active: true);
    }

    public RepeatableSecretSource Random { get; } = new();

    public FakeClock Clock { get; } = new();

    public FakeKeySnapshots Keys { get; } = new();

    public MasterKey MasterKey { get; }

    public SecretHasher Hasher { get; }

    public Verifier Verifier { get; }

    public KeyOwner Owner { get; }

    public void Dispose() => Hasher.Dispose();

    public static string Basic(string id, string secret) => Basic(Encoding.UTF8.GetBytes($"{id}:{secret}"));

    public static string Basic(ReadOnlySpan<byte> credential) => "Basic " + Convert.ToBase64String(credential);

    public byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        Random.Fill(bytes);
        return bytes;
    }

    public HeldKey FunctionsKey(
        string namespaceId = Namespace,
        Expiry expiry = default,
        bool revoked = false,
        DateTimeOffset? suspendedUntil = null,
        KeyOwner? owner = null
    )
    {
        var id = FunctionsKeyFormat.NewId(Random);
        using var secret = FunctionsKeyFormat.NewSecret(Random);
        return Add(
            KeyFamily.Functions,
            id,
            secret,
            new KeyScope.Namespace(namespaceId),
            expiry,
            revoked,
            suspendedUntil,
            owner
        );
    }

    public HeldKey LegacyCredential(string namespaceId = Namespace)
    {
        var id = LookupId.Read(Bytes(16));
        using var secret = FunctionsKeyFormat.NewLegacyKey(Random);
        var mac = new byte[32];
        Hasher.TryHash(1, KeyFamily.Functions, id, secret.Bytes, mac);
        var record = new KeyRecord
        {
            Id = Guid.CreateVersion7(),
            Family = KeyFamily.Functions,
            IsLegacy = true,
            LookupId = id,
            TeamId = Owner.TeamId,
            Scope = new KeyScope.Namespace(namespaceId),
            SecretMac = Digest256.From(mac),
            MasterKeyVersion = 1,
        };
        return new HeldKey(Keys.Set(record), secret.Reveal());
    }

    public HeldKey ModelKey(
        string[]? models = null,
        bool batch = false,
        NetworkRanges? network = null,
        Expiry expiry = default,
        bool revoked = false,
        DateTimeOffset? suspendedUntil = null,
        KeyOwner? owner = null
    )
    {
        using var secret = ModelKeyFormat.New(Random);
        var scope = new KeyScope.Models(models?.ToFrozenSet(StringComparer.Ordinal), batch, network);
        return AddBearer(KeyFamily.Inference, secret, scope, expiry, revoked, suspendedUntil, owner);
    }

    public HeldKey Token(
        string[] scopes,
        Expiry expiry = default,
        bool revoked = false,
        DateTimeOffset? suspendedUntil = null,
        KeyOwner? owner = null
    )
    {
        using var secret = ApiTokenFormat.New(Random);
        var scope = new KeyScope.Api(scopes.ToFrozenSet(StringComparer.Ordinal));
        return AddBearer(KeyFamily.Api, secret, scope, expiry, revoked, suspendedUntil, owner);
    }

    public KeyOwner Person(TeamRole role, bool active = true) => new(Owner.TeamId, Guid.CreateVersion7(), role, active);

    /// <summary>Decides a request with one <c>Authorization</c> line.</summary>
    public Decision Decide(string header, in AccessRequest request, DecisionTrace? trace = null)
    {
        Span<byte> buffer = stackalloc byte[PresentedCredential.BufferSize];
        return Verifier.Decide(PresentedCredential.Parse(1, header, buffer), request, trace);
    }

    private HeldKey AddBearer(
        KeyFamily family,
        Secret secret,
        KeyScope scope,
        Expiry expiry,
        bool revoked,
        DateTimeOffset? suspendedUntil,
        KeyOwner? owner
    )
    {
        Span<byte> mac = stackalloc byte[32];
        Hasher.TryHashBearer(1, family, secret.Bytes, mac);
        return Add(family, LookupId.Read(mac), secret, scope, expiry, revoked, suspendedUntil, owner, mac);
    }

    private HeldKey Add(
        KeyFamily family,
        LookupId id,
        Secret secret,
        KeyScope scope,
        Expiry expiry,
        bool revoked,
        DateTimeOffset? suspendedUntil,
        KeyOwner? owner,
        ReadOnlySpan<byte> bearerMac = default
    )
    {
        var mac = bearerMac.ToArray();
        if (mac.Length == 0)
        {
            mac = new byte[32];
            Hasher.TryHash(1, family, id, secret.Bytes, mac);
        }

        var record = new KeyRecord
        {
            Id = Guid.CreateVersion7(),
            Family = family,
            LookupId = id,
            TeamId = Owner.TeamId,
            Owner = owner ?? Owner,
            Scope = scope,
            SecretMac = Digest256.From(mac),
            MasterKeyVersion = 1,
            Expiry = expiry,
            IsRevoked = revoked,
            SuspendedUntil = suspendedUntil,
        };
        return new HeldKey(Keys.Set(record), secret.Reveal());
    }
}
