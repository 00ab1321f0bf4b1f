using System.Text;
using ControlPanel.Data;
using ControlPanel.Data.Audit;
using ControlPanel.Data.Model;
using ControlPanel.Data.Nodes;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Functions;
using ControlPanel.Data.Operations.Teams;
using ControlPanel.Data.Providers;
using ControlPanel.Data.Snapshots;
using ControlPanel.Tests.Unit.Support;
using ControlPanel.Verification.Decisions;
using ControlPanel.Verification.Formats;
using ControlPanel.Verification.Keys;
using ControlPanel.Verification.Secrets;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ControlPanel.Tests.Unit.Data;

/// <summary>
/// The store room by itself: a fresh database of either kind, the operations over it, a clock set by hand, one person of
/// each role in one team, and a second team with an owner. Nothing runs in the background unless a test starts it.
/// </summary>
internal sealed class StoreFixture : IAsyncDisposable
{
    private const string TeamName = "Acme Photos";

    private static readonly SemaphoreSlim s_template = new(1, 1);
    private static byte[]? s_emptyDatabase;

    private readonly ServiceProvider _services;
    private readonly DirectoryInfo? _folder;
    private readonly Dictionary<TeamRole, Guid> _people = [];
    private readonly Stack<IHostedService> _started = [];
    private bool _isClosed;

    private StoreFixture(ServiceProvider services, DirectoryInfo? folder, string place, FakeClock clock)
    {
        _services = services;
        _folder = folder;
        Place = place;
        Clock = clock;
    }

    public FakeClock Clock { get; }

    /// <summary>The database file, or how to connect.</summary>
    public string Place { get; }

    public IControlPanelStore Store => Get<IControlPanelStore>();

    /// <summary>The same store, as something that can be made to fail.</summary>
    public FaultyStore Faults => (FaultyStore)Store;

    public Guid TeamId { get; private set; }

    /// <summary>The owner of the team.</summary>
    public Actor Owner => As(TeamRole.Owner);

    /// <summary>The owner of another team.</summary>
    public Actor Stranger { get; private set; } = null!;

    public static MasterKey Root { get; } = new([new(1, [.. Enumerable.Repeat((byte)7, MasterKey.Size)])]);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Opens a fresh store.</summary>
    /// <param name="configure">Registers what the test wants otherwise.</param>
    /// <param name="place">A database without people; <see langword="null"/> makes a fresh one.</param>
    public static async Task<StoreFixture> StartAsync(
        StoreKind kind,
        Action<IServiceCollection>? configure = null,
        string? place = null
    )
    {
        var fixture = await OpenAsync(kind, place, configure);
        await fixture.PeopleAsync();
        await fixture.Get<KeySnapshots>().RefreshAsync(Ct);
        return fixture;
    }

    /// <summary>Opens a store that a fixture made, with the people it has.</summary>
    public static async Task<StoreFixture> OpenExistingAsync(StoreKind kind, string place)
    {
        var fixture = await OpenAsync(kind, place);
        var members = await fixture.ReadAsync(db =>
            db.Memberships.Join(db.Teams, m => m.TeamId, t => t.Id, (m, t) => new { Member = m, t.Name })
                .ToListAsync(Ct)
        );
        foreach (var member in members.Where(m => m.Name == TeamName).Select(m => m.Member))
        {
            fixture._people[member.Role] = member.UserId;
            fixture.TeamId = member.TeamId;
        }

        await fixture.Get<KeySnapshots>().RefreshAsync(Ct);
        return fixture;
    }

    /// <summary>Lets go of the database, which stays until this is disposed.</summary>
    public async Task CloseAsync()
    {
        if (_isClosed)
        {
            return;
        }

        _isClosed = true;
        var store = Store;
        await StopNodeAsync();
        await _services.DisposeAsync();
        (store as IDisposable)?.Dispose();
    }

    /// <summary>Opens the store of another fixture as a second process would, with the same people.</summary>
    public async Task<StoreFixture> OpenSecondAsync(Action<IServiceCollection>? configure = null)
    {
        var second = await OpenAsync(StoreKind.Postgres, Place, configure, Clock);
        foreach (var (role, id) in _people)
        {
            second._people[role] = id;
        }

        (second.TeamId, second.Stranger) = (TeamId, Stranger);
        return second;
    }

    /// <summary>Opens a store, prepared as at every start.</summary>
    /// <param name="place">A database that exists; <see langword="null"/> makes a fresh one.</param>
    public static async Task<StoreFixture> OpenAsync(
        StoreKind kind,
        string? place,
        Action<IServiceCollection>? configure = null,
        FakeClock? clock = null
    )
    {
        DirectoryInfo? folder = null;
        var random = new SystemSecretSource();
        IControlPanelStore store;
        if (kind == StoreKind.Postgres)
        {
            var cluster =
                await TestContext.Current.GetFixture<PostgresCluster>()
                ?? throw new InvalidOperationException("The test run has no PostgreSQL fixture.");
            place ??= await cluster.CreateDatabaseAsync(Ct);
            store = new PostgresStore(place, random);
        }
        else
        {
            if (place is null)
            {
                folder = Directory.CreateTempSubdirectory("store-test-");
                place = Path.Combine(folder.FullName, "controlpanel.db");
                await File.WriteAllBytesAsync(place, await EmptyDatabaseAsync(), Ct);
            }

            store = new SqliteStore(place, random);
        }

        store = new FaultyStore(store);
        await store.PrepareAsync(Ct);
        clock ??= new FakeClock();
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddOptions();
        services.AddSingleton<TimeProvider>(clock);
        services.AddControlPanelData(store, Root);
        configure?.Invoke(services);
        // Handed over by hand above, so the container would not dispose it.
        var provider = services.BuildServiceProvider();
        return new StoreFixture(provider, folder, place, clock);
    }

    /// <summary>Starts what a node does by itself: it listens, keeps its snapshot fresh and reports to the others.</summary>
    public async Task StartNodeAsync()
    {
        foreach (var service in _services.GetServices<IHostedService>())
        {
            if (service is NodeHeartbeat or ChangeListener or SnapshotRefresher)
            {
                _started.Push(service);
                await service.StartAsync(Ct);
            }
        }
    }

    /// <summary>Stops it in the order in which a host does.</summary>
    public async Task StopNodeAsync()
    {
        while (_started.TryPop(out var service))
        {
            await service.StopAsync(CancellationToken.None);
        }
    }

    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    /// <summary>The team's person of a role.</summary>
    public Actor As(TeamRole role) =>
        new(_people[role], TeamId, Door.Panel) { RequestId = "req-1", Address = System.Net.IPAddress.Loopback };

    public async Task<T> ReadAsync<T>(Func<ControlPanelDb, Task<T>> read)
    {
        await using var db = Store.OpenRead();
        return await read(db);
    }

    public Task<long> VersionAsync() => ReadAsync(db => db.ChangeClocks.Select(c => c.Version).SingleAsync(Ct));

    public Task<List<AuditEntry>> AuditAsync() =>
        ReadAsync(db => db.AuditEntries.OrderBy(a => a.Sequence).ToListAsync(Ct));

    public async Task<NamespaceRow> NamespaceAsync(string label, string region = "nyc1", Actor? by = null) =>
        Must(await Get<CreateNamespace>().ExecuteAsync(by ?? Owner, new NewNamespace(label, region), Ct));

    public async Task<NewNamespaceKey> KeyAsync(
        string namespaceId,
        string name,
        string? expiresIn = null,
        Actor? by = null
    ) =>
        Must(
            await Get<CreateNamespaceKey>()
                .ExecuteAsync(by ?? Owner, new NewKeyRequest(namespaceId, name, expiresIn), Ct)
        );

    /// <summary>Gives a namespace a shared credential, as an import does.</summary>
    public async Task<(string Uuid, Secret Key)> LegacyAsync(string namespaceId, bool rehearsing = false)
    {
        var random = new SystemSecretSource();
        var bytes = new byte[16];
        random.Fill(bytes);
        var uuid = new Guid(bytes);
        var lookup = FunctionsKeyFormat.FromUuid(uuid);
        var secret = FunctionsKeyFormat.NewLegacyKey(random);
        var mac = new byte[Digest256.Size];
        var hasher = Get<SecretHasher>();
        Assert.True(hasher.TryHash(hasher.CurrentVersion, KeyFamily.Functions, lookup, secret.Bytes, mac));
        await using var transaction = await Store.BeginWriteAsync(Ct);
        var team = await transaction
            .Db.Namespaces.Where(n => n.Id == namespaceId)
            .Select(n => n.TeamId)
            .SingleAsync(Ct);
        var row = new AccessKey
        {
            Id = Guid.CreateVersion7(Clock.UtcNow),
            Family = KeyFamily.Functions,
            IsLegacy = true,
            TeamId = team,
            LookupId = lookup.ToArray(),
            PublicId = uuid.ToString(),
            Name = "shared credential",
            SecretMac = mac,
            MasterKeyVersion = hasher.CurrentVersion,
            NamespaceId = namespaceId,
            SuspendedUntil = rehearsing ? Clock.UtcNow.AddMinutes(5) : null,
            CreatedAt = Clock.UtcNow,
            UpdatedAt = Clock.UtcNow,
            ChangeVersion = await transaction.TickAsync(Ct),
        };
        row.SealedSecret = Get<SecretSealer>()
            .Seal(secret.Bytes, SealBindings.LegacyKey(row.Id, team, row.SecretVersion))
            .Envelope.ToArray();
        transaction.Db.AccessKeys.Add(row);
        await transaction.CommitAsync(Ct);
        await Get<KeySnapshots>().RefreshAsync(Ct);
        return (row.PublicId, secret);
    }

    /// <summary>Decides a call of the key on its own namespace.</summary>
    public Decision Call(NewNamespaceKey key) => Call(key.Key.KeyId, key.Secret);

    public Decision Call(string id, Secret secret) =>
        Get<Verifier>()
            .Decide(
                PresentedCredential.Basic(Encoding.ASCII.GetBytes(id), Encoding.ASCII.GetBytes(secret.Reveal())),
                AccessRequest.Functions(null, source: null)
            );

    /// <summary>Changes rows past every operation: what somebody with the database alone could do.</summary>
    public async Task TamperAsync(Func<ControlPanelDb, Task> change)
    {
        await using var transaction = await Store.BeginWriteAsync(Ct);
        await change(transaction.Db);
        await transaction.CommitAsync(Ct);
    }

    public static T Must<T>(Outcome<T> outcome)
    {
        Assert.True(outcome.IsDone, outcome.Refusal?.ToString());
        return outcome.Value;
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        _folder?.Delete(recursive: true);
    }

    private static async Task<byte[]> EmptyDatabaseAsync()
    {
        await s_template.WaitAsync(Ct);
        try
        {
            if (s_emptyDatabase is null)
            {
                var folder = Directory.CreateTempSubdirectory("store-template-");
                var path = Path.Combine(folder.FullName, "empty.db");
                using (var store = new SqliteStore(path, new SystemSecretSource()))
                {
                    await store.PrepareAsync(Ct);
                }

                s_emptyDatabase = await File.ReadAllBytesAsync(path, Ct);
                folder.Delete(recursive: true);
            }

            return s_emptyDatabase;
        }
        finally
        {
            s_template.Release();
        }
    }

    private async Task PeopleAsync()
    {
        var random = new SystemSecretSource();
        await using var transaction = await Store.BeginWriteAsync(Ct);
        var db = transaction.Db;
        var version = await transaction.TickAsync(Ct);
        var now = Clock.GetUtcNow();
        var team = new Team
        {
            Id = Guid.CreateVersion7(now),
            Name = TeamName,
            CreatedAt = now,
        };
        var other = new Team
        {
            Id = Guid.CreateVersion7(now),
            Name = "Other Works",
            CreatedAt = now,
        };
        db.Teams.AddRange(team, other);
        TeamId = team.Id;
        foreach (var role in Enum.GetValues<TeamRole>())
        {
            _people[role] = await JoinAsync(team, $"{role}@demo.test".ToLowerInvariant(), role);
        }

        Stranger = new Actor(await JoinAsync(other, "stranger@demo.test", TeamRole.Owner), other.Id, Door.Panel);
        await transaction.CommitAsync(Ct);

        async Task<Guid> JoinAsync(Team into, string email, TeamRole role)
        {
            var person = People.New(email, now, random);
            db.Users.Add(person);
            await db.SaveChangesAsync(Ct);
            db.Memberships.Add(
                new Membership
                {
                    TeamId = into.Id,
                    UserId = person.Id,
                    Role = role,
                    JoinedAt = now,
                    ChangeVersion = version,
                }
            );
            return person.Id;
        }
    }
}
