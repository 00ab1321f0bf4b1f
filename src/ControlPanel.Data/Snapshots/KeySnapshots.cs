using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using ControlPanel.Data.Model;
using ControlPanel.Data.Nodes;
using ControlPanel.Data.Operations.Functions;
using ControlPanel.Data.Providers;
using ControlPanel.Verification.Decisions;
using ControlPanel.Verification.Keys;
using ControlPanel.Verification.Secrets;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace ControlPanel.Data.Snapshots;

/// <summary>
/// This node's knowledge of keys, owners and namespaces: loaded once, then caught up by the change clock. It may be
/// trusted for one lease, counted on the monotonic clock from before the change clock was read, so neither a slow read
/// nor a changed wall clock can stretch it.
/// </summary>
public sealed class KeySnapshots(
    IControlPanelStore store,
    SecretSealer sealer,
    NodeRegister register,
    TimeProvider clock,
    IOptions<SnapshotOptions> options,
    LegacyRules legacy
) : IKeySnapshots, INamespaceDirectory, IInferenceDirectory, IDisposable
{
    private readonly KeyTable[] _tables = [new(), new(), new(), new(), new()];
    private readonly Dictionary<(Guid Team, Guid User), KeyOwner> _owners = [];
    private readonly Dictionary<Guid, NetworkRanges> _networks = [];
    private readonly ConcurrentDictionary<string, NamespaceRecord> _namespaces = new(StringComparer.Ordinal);
    private readonly InferenceRouteTable _inference = new(sealer);
    private readonly SpacesDirectory _spaces = new(sealer);
    private readonly SemaphoreSlim _oneAtATime = new(1, 1);
    private readonly TimeSpan _lease = options.Value.Lease;
    private long _leaseFrom;
    private long _appliedVersion = -1;
    private Guid _epoch;
    private volatile bool _isClosed;

    /// <summary>Raised after new knowledge was applied, with its version. Handlers must not block.</summary>
    public event Action<long>? Applied;

    public bool IsFresh =>
        !_isClosed && _appliedVersion >= 0 && clock.GetElapsedTime(Volatile.Read(ref _leaseFrom)) < _lease;

    /// <summary>The version of the change clock that this node has applied; -1 before the first load.</summary>
    public long AppliedVersion => Volatile.Read(ref _appliedVersion);

    /// <summary>The buckets and the stores behind them, of the same version.</summary>
    public ISpacesDirectory Spaces => _spaces;

    /// <summary>How many keys are known, revoked ones included.</summary>
    public int Count => _tables.Sum(t => t.Count);

    public bool TryGet(KeyFamily family, LookupId id, [NotNullWhen(true)] out KeyRecord? key) =>
        _tables[(int)family].TryGet(id, out key);

    public NamespaceRecord? Find(string namespaceId) =>
        _namespaces.TryGetValue(namespaceId, out var record) && !record.IsDeleted ? record : null;

    public InferenceRoutes? RoutesOf(Guid teamId) => _inference.Find(teamId);

    /// <summary>Catches up with the store and renews the lease.</summary>
    /// <returns>The version that is applied now.</returns>
    /// <exception cref="Exception">The store cannot be read. The lease is not renewed; when it ends, nothing is allowed.</exception>
    public async Task<long> RefreshAsync(CancellationToken ct)
    {
        await _oneAtATime.WaitAsync(ct);
        try
        {
            while (true)
            {
                if (await TryRefreshAsync(ct) is { } version)
                {
                    return version;
                }

                // A revocation waits for the nodes on the list: whoever is not on it must not say yes.
                await register.ReportAsync(_appliedVersion, ct);
            }
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    /// <summary>Says no from now on, whatever is refreshed: the end of this node's work.</summary>
    public void Close() => _isClosed = true;

    public void Dispose() => _oneAtATime.Dispose();

    private async Task<long?> TryRefreshAsync(CancellationToken ct)
    {
        var before = clock.GetTimestamp();
        await using var db = store.OpenRead();
        await using var snapshot = await store.BeginSnapshotAsync(db, ct);
        if (!await register.StandsInAsync(db, ct))
        {
            return null;
        }

        var now = await db.ChangeClocks.Select(c => new { c.Version, c.Epoch }).SingleAsync(ct);
        var known = _appliedVersion;
        if (now.Epoch != _epoch || now.Version < known)
        {
            // Another epoch or a clock that went back: the store was restored. Nothing known may be believed.
            Clear();
            known = -1;
        }

        if (now.Version > known || known < 0)
        {
            await ApplyAsync(db, known, ct);
        }

        _epoch = now.Epoch;
        Volatile.Write(ref _appliedVersion, now.Version);
        Volatile.Write(ref _leaseFrom, before);
        if (now.Version != known)
        {
            Applied?.Invoke(now.Version);
        }

        return now.Version;
    }

    private void Clear()
    {
        Volatile.Write(ref _appliedVersion, -1);
        for (var i = 0; i < _tables.Length; i++)
        {
            _tables[i] = new KeyTable();
        }

        _owners.Clear();
        _networks.Clear();
        _namespaces.Clear();
        _inference.Clear();
        _spaces.Clear();
    }

    private async Task ApplyAsync(ControlPanelDb db, long known, CancellationToken ct)
    {
        await foreach (
            var member in db.Memberships.Where(m => m.ChangeVersion > known).AsAsyncEnumerable().WithCancellation(ct)
        )
        {
            Owner(member.TeamId, member.UserId).Set(member.Role, member.RemovedAt is null);
        }

        var changedNetworks = new List<Guid>();
        foreach (var network in await db.VpcNetworks.Where(v => v.ChangeVersion > known).ToListAsync(ct))
        {
            // A deleted network covers nothing: a key still tied to it is refused, not freed.
            var ranges = network.DeletedAt is null ? ParseRanges(network.Ranges) : [];
            _networks[network.Id] = new NetworkRanges(network.Id, network.Name, ranges);
            changedNetworks.Add(network.Id);
        }

        foreach (var row in await db.Namespaces.Where(n => n.ChangeVersion > known).ToListAsync(ct))
        {
            _namespaces[row.Id] = ToRecord(row);
        }

        await _inference.ApplyAsync(db, known, ct);
        await _spaces.ApplyAsync(db, known, ct);

        var keys = db.AccessKeys.Where(k =>
            k.ChangeVersion > known || (k.VpcId != null && changedNetworks.Contains(k.VpcId.Value))
        );
        var grants = (
            await db
                .KeyGrants.Where(g => keys.Any(k => k.Id == g.KeyId))
                .Select(g => new
                {
                    g.KeyId,
                    g.Resource,
                    g.Permission,
                })
                .ToListAsync(ct)
        ).ToLookup(g => g.KeyId, g => (g.Resource, g.Permission));
        await foreach (var row in keys.AsAsyncEnumerable().WithCancellation(ct))
        {
            _tables[(int)row.Family].Apply(ToRecord(row, grants[row.Id]));
        }
    }

    private KeyRecord ToRecord(AccessKey row, IEnumerable<(string Resource, string Permission)> grants)
    {
        SealedSecret? sealedSecret = null;
        if (row is { Family: KeyFamily.Spaces, SealedSecret: { } envelope })
        {
            SealedSecret.TryRead(envelope, out sealedSecret);
        }

        return new KeyRecord
        {
            Id = row.Id,
            Family = row.Family,
            IsLegacy = row.IsLegacy,
            LookupId = LookupId.Read(row.LookupId),
            TeamId = row.TeamId,
            Owner = row.OwnerId is { } owner ? Owner(row.TeamId, owner) : null,
            Scope = ToScope(row, grants),
            SecretMac = row.SecretMac is { Length: Digest256.Size } mac ? Digest256.From(mac) : default,
            MasterKeyVersion = row.MasterKeyVersion,
            SigningSecret = sealedSecret,
            SecretVersion = row.SecretVersion,
            Expiry = Expiry.From(legacy.ExpiryOf(row)),
            // A key whose MAC is missing where one is needed must never match an all-zero MAC.
            IsRevoked = row.RevokedAt is not null || (row.SecretMac is null && sealedSecret is null),
            SuspendedUntil = row.SuspendedUntil,
            ChangeVersion = row.ChangeVersion,
        };
    }

    private KeyScope ToScope(AccessKey row, IEnumerable<(string Resource, string Permission)> grants) =>
        row.Family switch
        {
            KeyFamily.Functions => new KeyScope.Namespace(row.NamespaceId ?? ""),
            KeyFamily.Spaces => new KeyScope.Buckets(
                row.CoversAll,
                grants.ToFrozenDictionary(g => g.Resource, g => Right(g.Permission), StringComparer.Ordinal)
            ),
            KeyFamily.Inference => new KeyScope.Models(
                row.CoversAll ? null : grants.Select(g => g.Resource).ToFrozenSet(StringComparer.Ordinal),
                row.Batch,
                row.VpcId is { } vpc ? Network(vpc) : null
            ),
            KeyFamily.Api => new KeyScope.Api(
                grants.Select(g => $"{g.Resource}:{g.Permission}").ToFrozenSet(StringComparer.Ordinal)
            ),
            _ => throw new InvalidOperationException($"Key {row.Id} has no family."),
        };

    private static BucketRight Right(string permission) =>
        permission switch
        {
            "read" => BucketRight.Read,
            "readwrite" => BucketRight.ReadWrite,
            _ => BucketRight.None,
        };

    // Unknown to this node: a network that covers nothing, so that the key is refused rather than unbound.
    private NetworkRanges Network(Guid id) =>
        _networks.TryGetValue(id, out var ranges) ? ranges : new NetworkRanges(id, "unknown network", []);

    private KeyOwner Owner(Guid team, Guid user)
    {
        if (!_owners.TryGetValue((team, user), out var owner))
        {
            // Until a membership says otherwise, nobody is a member.
            owner = new KeyOwner(team, user, TeamRole.BillingViewer, active: false);
            _owners[(team, user)] = owner;
        }

        return owner;
    }

    private NamespaceRecord ToRecord(FunctionsNamespace row)
    {
        Secret? authorization = null;
        if (
            row.SealedUpstreamCredential is { } envelope
            && SealedSecret.TryRead(envelope, out var credential)
            && sealer.TryOpen(
                credential!,
                SealBindings.UpstreamCredential(row.SealId, row.TeamId, row.UpstreamCredentialVersion),
                out var opened
            )
        )
        {
            using (opened)
            {
                authorization = new Secret($"Basic {Convert.ToBase64String(opened.Bytes)}");
            }
        }

        return new NamespaceRecord(
            row.Id,
            row.TeamId,
            row.Label,
            row.Region,
            Uri.TryCreate(row.UpstreamUrl, UriKind.Absolute, out var upstream) ? upstream : null,
            authorization,
            row.DeletedAt is not null
        );
    }

    private static List<IPNetwork> ParseRanges(string lines) =>
        [
            .. lines
                .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                .Select(line => IPNetwork.TryParse(line, out var range) ? range : (IPNetwork?)null)
                .OfType<IPNetwork>(),
        ];
}
