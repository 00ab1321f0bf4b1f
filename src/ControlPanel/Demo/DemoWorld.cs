using System.Text;
using System.Text.Json;
using ControlPanel.Data;
using ControlPanel.Data.Model;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Functions;
using ControlPanel.Data.Operations.Sessions;
using ControlPanel.Data.Operations.Teams;
using ControlPanel.Data.Operations.Tokens;
using ControlPanel.Data.Providers;
using ControlPanel.Data.Snapshots;
using ControlPanel.Demo.Models;
using ControlPanel.Demo.ObjectStore;
using ControlPanel.Demo.OpenWhisk;
using ControlPanel.Hosting;
using ControlPanel.Verification.Formats;
using ControlPanel.Verification.Keys;
using ControlPanel.Verification.Secrets;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Demo;

/// <summary>
/// What <c>--demo</c> adds: five people, a team, two namespaces, a model catalogue, keys with a past, and upstreams in the process. Made
/// once for each data folder; a second start finds the same people, password and keys.
/// </summary>
public sealed class DemoWorld(
    IControlPanelStore store,
    IServiceProvider services,
    DemoOpenWhisk openWhisk,
    DemoObjectStore objects,
    DemoBuckets buckets,
    DemoInference inference,
    ISecretSource random,
    SecretHasher hasher,
    SecretSealer sealer,
    TimeProvider clock
) : IAsyncDisposable
{
    private const string FileName = "demo.json";
    private const string Owner = "olivia@demo.test";

    private static readonly (string Email, string Name, TeamRole Role)[] s_people =
    [
        (Owner, "Olivia", TeamRole.Owner),
        ("mateo@demo.test", "Mateo", TeamRole.Member),
        ("rosa@demo.test", "Rosa", TeamRole.Modifier),
        ("vera@demo.test", "Vera", TeamRole.ResourceViewer),
        ("bill@demo.test", "Bill", TeamRole.Biller),
    ];

    private string _password = "";
    private string _token = "";
    private List<(string Id, string Label)> _namespaces = [];

    /// <summary>Starts the upstream and makes, or finds, the example data.</summary>
    internal async Task PrepareAsync(DataFolder data, ListenAddresses addresses, CancellationToken ct)
    {
        await openWhisk.StartAsync(ct);
        await objects.StartAsync(Path.Combine(data.Path, "demo-store"), ct);
        await inference.StartAsync(ct);
        await services.GetRequiredService<KeySnapshots>().RefreshAsync(ct);
        var file = Path.Combine(data.Path, FileName);
        if (await services.GetRequiredService<SetUpInstallation>().IsNeededAsync(ct))
        {
            await SeedAsync(ct);
            // Before anything else can fail, a taken port for one: without its password the folder would be of no use.
            WriteFile(data, addresses);
        }
        else if (File.Exists(file))
        {
            using var known = JsonDocument.Parse(await File.ReadAllTextAsync(file, ct));
            _password = known.RootElement.GetProperty("password").GetString()!;
            _token = known.RootElement.GetProperty("token").GetString()!;
        }
        else
        {
            throw new StartRefusedException(
                $"{data.Path} holds data that was not made by --demo; choose another folder with --data."
            );
        }

        await ConnectUpstreamAsync(ct);
        await inference.ConnectAsync(await OwnerAsync(ct), ct);
    }

    /// <summary>Writes what scripts and acceptance tests need, readable by the owner of the process alone.</summary>
    internal void WriteFile(DataFolder data, ListenAddresses addresses) =>
        data.WriteSecretFile(
            FileName,
            JsonSerializer.Serialize(
                new
                {
                    panel = addresses.Panel,
                    functions = addresses.Functions,
                    spaces = addresses.Spaces,
                    inference = addresses.Inference,
                    password = _password,
                    people = s_people.Select(p => new { email = p.Email, role = Spell(p.Role) }),
                    namespaces = _namespaces.Select(n => new { id = n.Id, label = n.Label }),
                    buckets = DemoBuckets.Names,
                    models = DemoInference.ModelIds,
                    token = _token,
                },
                s_indented
            )
        );

    /// <summary>Says who can sign in.</summary>
    internal void Describe(StringBuilder text)
    {
        text.AppendLine();
        text.AppendLine("  Demo people, all with the password  " + _password);
        foreach (var (email, _, role) in s_people)
        {
            text.AppendLine($"    {email, -20} {Spell(role)}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await openWhisk.DisposeAsync();
        await objects.DisposeAsync();
        await inference.DisposeAsync();
    }

    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true };

    private static string Spell(TeamRole role) =>
        role switch
        {
            TeamRole.Owner => "owner",
            TeamRole.Member => "member",
            TeamRole.Modifier => "modifier",
            TeamRole.ResourceViewer => "resource viewer",
            TeamRole.Biller => "biller",
            TeamRole.BillingViewer => "billing viewer",
            _ => throw new ArgumentOutOfRangeException(nameof(role)),
        };

    private async Task SeedAsync(CancellationToken ct)
    {
        _password = NewPassword();
        var setUp = await services
            .GetRequiredService<SetUpInstallation>()
            .ExecuteAsync(
                new Actor(Guid.Empty, Guid.Empty, Door.System),
                new NewInstallation(Owner, _password, "Acme Photos"),
                ct
            );
        var team = Must(setUp).TeamId;
        var people = await AddPeopleAsync(team, ct);
        var olivia = new Actor(people[Owner], team, Door.System);
        var mateo = new Actor(people["mateo@demo.test"], team, Door.System);

        var create = services.GetRequiredService<CreateNamespace>();
        var images = Must(await create.ExecuteAsync(olivia, new NewNamespace("image-tools", "nyc1"), ct)).Id;
        var hooks = Must(await create.ExecuteAsync(olivia, new NewNamespace("webhooks", "fra1"), ct)).Id;

        await AddKeyAsync(
            mateo,
            images,
            "thumbnailer",
            "90d",
            daysAgo: 41,
            calls: 18_204,
            "10.20.0.14",
            "axios/1.7.9",
            ct
        );
        await AddKeyAsync(
            olivia,
            images,
            "nightly-cleanup",
            null,
            daysAgo: 112,
            calls: 112,
            "10.20.0.9",
            "curl/8.9.1",
            ct
        );
        await AddKeyAsync(mateo, images, "local-dev", "7d", daysAgo: 2, calls: 0, "", "", ct);
        await AddKeyAsync(
            olivia,
            hooks,
            "payments-relay",
            "365d",
            daysAgo: 63,
            calls: 51_877,
            "10.20.3.2",
            "Go-http-client/2.0",
            ct
        );
        await AddLegacyAsync(team, hooks, ct);
        await buckets.SeedAsync(olivia, ct);
        await inference.SeedAsync(olivia, mateo, ct);
        using var token = Must(
            await services
                .GetRequiredService<CreateToken>()
                .ExecuteAsync(olivia, new NewTokenRequest("demo scripts", null, [KeyScope.Api.WriteAlias]), ct)
        ).Value;
        _token = token.Reveal();
    }

    private async Task<Dictionary<string, Guid>> AddPeopleAsync(Guid team, CancellationToken ct)
    {
        await using var transaction = await store.BeginWriteAsync(ct);
        var version = await transaction.TickAsync(ct);
        var now = clock.GetUtcNow();
        var olivia = await transaction.Db.Users.SingleAsync(ct);
        var ids = new Dictionary<string, Guid>(StringComparer.Ordinal) { [Owner] = olivia.Id };
        var stamp = new byte[20];
        foreach (var (email, name, role) in s_people.Where(p => p.Email != Owner))
        {
            random.Fill(stamp);
            var person = new Person
            {
                Id = Guid.CreateVersion7(now),
                Email = email,
                NormalizedEmail = email.ToUpperInvariant(),
                UserName = email,
                NormalizedUserName = email.ToUpperInvariant(),
                DisplayName = name,
                CreatedAt = now,
                SecurityStamp = Convert.ToHexString(stamp),
                PasswordHash = olivia.PasswordHash,
            };
            transaction.Db.Users.Add(person);
            transaction.Db.Memberships.Add(
                new Membership
                {
                    TeamId = team,
                    UserId = person.Id,
                    Role = role,
                    JoinedAt = now,
                    ChangeVersion = version,
                }
            );
            ids[email] = person.Id;
        }

        await transaction.CommitAsync(ct);
        return ids;
    }

    private async Task AddKeyAsync(
        Actor actor,
        string namespaceId,
        string name,
        string? expiresIn,
        int daysAgo,
        long calls,
        string address,
        string client,
        CancellationToken ct
    )
    {
        var made = Must(
            await services
                .GetRequiredService<CreateNamespaceKey>()
                .ExecuteAsync(actor, new NewKeyRequest(namespaceId, name, expiresIn), ct)
        );
        made.Secret.Dispose();
        await using var transaction = await store.BeginWriteAsync(ct);
        var now = clock.GetUtcNow();
        var key = await transaction.Db.AccessKeys.SingleAsync(k => k.Id == made.Key.Id, ct);
        key.CreatedAt = now.AddDays(-daysAgo);
        if (calls > 0)
        {
            AddUse(transaction.Db, key.Id, key.CreatedAt, now.AddMinutes(-calls % 90 - 4), calls, address, client);
        }

        await transaction.CommitAsync(ct);
    }

    private async Task AddLegacyAsync(Guid team, string namespaceId, CancellationToken ct)
    {
        Span<byte> bytes = stackalloc byte[16];
        random.Fill(bytes);
        var uuid = new Guid(bytes);
        var lookup = FunctionsKeyFormat.FromUuid(uuid);
        using var secret = FunctionsKeyFormat.NewLegacyKey(random);
        var mac = new byte[Digest256.Size];
        hasher.TryHash(hasher.CurrentVersion, KeyFamily.Functions, lookup, secret.Bytes, mac);
        var now = clock.GetUtcNow();
        var key = new AccessKey
        {
            Id = Guid.CreateVersion7(now),
            Family = KeyFamily.Functions,
            IsLegacy = true,
            TeamId = team,
            LookupId = lookup.ToArray(),
            PublicId = uuid.ToString(),
            Name = "shared credential",
            SecretMac = mac,
            MasterKeyVersion = hasher.CurrentVersion,
            NamespaceId = namespaceId,
            CreatedAt = now.AddDays(-400),
            UpdatedAt = now.AddDays(-400),
        };
        key.SealedSecret = sealer
            .Seal(secret.Bytes, SealBindings.LegacyKey(key.Id, team, key.SecretVersion))
            .Envelope.ToArray();
        await using var transaction = await store.BeginWriteAsync(ct);
        key.ChangeVersion = await transaction.TickAsync(ct);
        transaction.Db.AccessKeys.Add(key);
        AddUse(transaction.Db, key.Id, key.CreatedAt, now.AddHours(-3), 940, "10.20.7.30", "openwhisk-client-js");
        AddCaller(transaction.Db, key.Id, now.AddDays(-1), 61, "10.20.9.4", "Java/17.0.2");
        await transaction.CommitAsync(ct);
    }

    internal static void AddUse(
        ControlPanelDb db,
        Guid keyId,
        DateTimeOffset first,
        DateTimeOffset last,
        long calls,
        string address,
        string client
    )
    {
        db.KeyUsages.Add(
            new KeyUsage
            {
                KeyId = keyId,
                FirstUsedAt = first,
                LastUsedAt = last,
                LastAddress = address,
                LastClient = client,
                Calls = calls,
            }
        );
        for (var hour = 0; hour < 24; hour++)
        {
            db.KeyUsageHours.Add(
                new KeyUsageHour
                {
                    KeyId = keyId,
                    Hour = (int)(last.AddHours(-hour).ToUnixTimeSeconds() / 3600),
                    Calls = Math.Max(1, calls / 700) + (hour * 7 % 5),
                }
            );
        }

        // The days before, coarser, with quiet nights.
        for (var hour = 24; hour < 24 * 29 && last.AddHours(-hour) > first; hour += 4)
        {
            var at = last.AddHours(-hour);
            db.KeyUsageHours.Add(
                new KeyUsageHour
                {
                    KeyId = keyId,
                    Hour = (int)(at.ToUnixTimeSeconds() / 3600),
                    Calls = 1 + (calls / 250 * (at.Hour is > 6 and < 20 ? 4 : 1) * (at.Day % 7 + 3) / 10),
                    Refused = at.Day % 11 == 0 ? 1 + (calls / 5000) : 0,
                }
            );
        }

        AddCaller(db, keyId, last, Math.Max(1, calls / 40), address, client);
    }

    /// <summary>What the calls since the key was made needed, one entry for each different thing.</summary>
    internal static void AddNeeds(
        ControlPanelDb db,
        Guid keyId,
        DateTimeOffset first,
        DateTimeOffset last,
        params (string Resource, string Permission, long Calls)[] needs
    ) =>
        db.KeyNeeds.AddRange(
            needs.Select(n => new KeyNeed
            {
                KeyId = keyId,
                Resource = n.Resource,
                Permission = n.Permission,
                FirstSeenAt = first,
                LastSeenAt = last,
                Calls = n.Calls,
            })
        );

    internal static void AddCaller(
        ControlPanelDb db,
        Guid keyId,
        DateTimeOffset last,
        long calls,
        string address,
        string client
    ) =>
        db.KeyCallers.Add(
            new KeyCaller
            {
                KeyId = keyId,
                Day = (int)(last.ToUnixTimeSeconds() / 86400),
                Address = address,
                Client = client,
                Calls = calls,
                LastSeenAt = last,
            }
        );

    private async Task<Actor> OwnerAsync(CancellationToken ct)
    {
        await using var db = store.OpenRead();
        var id = await db.Users.Where(u => u.Email == Owner).Select(u => u.Id).SingleAsync(ct);
        var team = await db.Memberships.Where(m => m.UserId == id).Select(m => m.TeamId).SingleAsync(ct);
        return new Actor(id, team, Door.System);
    }

    // The upstream's port and credentials are new at every start, so the namespaces are pointed at it each time.
    private async Task ConnectUpstreamAsync(CancellationToken ct)
    {
        await using (var transaction = await store.BeginWriteAsync(ct))
        {
            var version = await transaction.TickAsync(ct);
            var rows = await transaction
                .Db.Namespaces.Where(n => n.DeletedAt == null && (n.Label == "image-tools" || n.Label == "webhooks"))
                .OrderBy(n => n.Label)
                .ToListAsync(ct);
            foreach (var row in rows)
            {
                row.UpstreamUrl = openWhisk.Address.GetLeftPart(UriPartial.Authority);
                row.UpstreamCredentialVersion++;
                row.SealedUpstreamCredential = sealer
                    .Seal(
                        Encoding.UTF8.GetBytes(openWhisk.CredentialFor(row.Id)),
                        SealBindings.UpstreamCredential(row.SealId, row.TeamId, row.UpstreamCredentialVersion)
                    )
                    .Envelope.ToArray();
                row.ChangeVersion = version;
            }

            _namespaces = [.. rows.Select(r => (r.Id, r.Label))];
            await transaction.CommitAsync(ct);
        }

        await buckets.ConnectAsync(ct);
        await services.GetRequiredService<KeySnapshots>().RefreshAsync(ct);
    }

    private string NewPassword()
    {
        Span<byte> bytes = stackalloc byte[12];
        random.Fill(bytes);
        return "demo-" + Convert.ToHexStringLower(bytes);
    }

    private static T Must<T>(Outcome<T> outcome) =>
        outcome.IsDone
            ? outcome.Value
            : throw new InvalidOperationException($"The demo data could not be made: {outcome.Refusal}");
}

/// <summary>Registers this room.</summary>
internal static class DemoRoom
{
    public static void AddDemo(this IServiceCollection services)
    {
        services.AddSingleton<DemoOpenWhisk>();
        services.AddSingleton<DemoObjectStore>();
        services.AddSingleton<DemoBuckets>();
        services.AddSingleton<DemoModels>();
        services.AddSingleton<DemoInference>();
        services.AddSingleton<DemoWorld>();
    }
}
