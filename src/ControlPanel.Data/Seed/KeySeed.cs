using ControlPanel.Data.Model;
using ControlPanel.Data.Providers;
using ControlPanel.Verification.Formats;
using ControlPanel.Verification.Keys;
using ControlPanel.Verification.Secrets;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Seed;

/// <summary>
/// Fills a team with many believable keys of all families and their use, to measure with. The secrets are thrown away
/// as they are made: nobody ever holds one.
/// </summary>
public sealed class KeySeed(
    IControlPanelStore store,
    ISecretSource random,
    SecretSealer sealer,
    SecretHasher hasher,
    TimeProvider clock
)
{
    /// <summary>How many keys go into the first namespace, at most.</summary>
    public const int LargeNamespace = 10_000;

    // Keeps one transaction, and what the change tracker holds, small.
    private const int BatchSize = 1_000;

    private static readonly string[] s_programs =
    [
        "deploy",
        "backup",
        "thumbnailer",
        "billing",
        "search-index",
        "webhook",
        "report",
        "importer",
        "mailer",
        "support-bot",
    ];

    private static readonly string[] s_places = ["prod", "staging", "ci", "eu", "us", "laptop", "batch"];

    private static readonly string[] s_clients =
    [
        "curl/8.5.0",
        "axios/1.7.9",
        "python-requests/2.32",
        "Go-http-client/2.0",
    ];

    /// <summary>Adds keys to a team.</summary>
    /// <param name="count">How many, all families together.</param>
    /// <param name="into">The team; <see langword="null"/> means the one that was set up first.</param>
    /// <param name="progress">Told how many there are, after each batch.</param>
    /// <returns>The namespace with the most of them; <see langword="null"/> when no team is set up.</returns>
    public async Task<string?> AddAsync(int count, Guid? into, Action<int> progress, CancellationToken ct)
    {
        if (await SeededTeam.FindAsync(store, into, ct) is not { } team)
        {
            return null;
        }

        var spaces = await NamespacesAsync(team, count, ct);
        await BucketsAsync(team, ct);
        // Names are unique in a namespace; a second seed must not meet the first one's.
        var run = clock.GetUtcNow().ToUnixTimeSeconds() % 1_000_000;
        for (var done = 0; done < count; )
        {
            var batch = Math.Min(BatchSize, count - done);
            await using var transaction = await store.BeginWriteAsync(ct);
            var version = await transaction.TickAsync(ct);
            transaction.Db.ChangeTracker.AutoDetectChangesEnabled = false;
            for (var i = done; i < done + batch; i++)
            {
                var key = NewKey(team, spaces, i, $"{s_programs[i % 10]}-{s_places[i % 7]}-{run}-{i}");
                key.ChangeVersion = version;
                transaction.Db.AccessKeys.Add(key);
                AddUse(transaction.Db, key, i);
            }

            await transaction.CommitAsync(ct);
            done += batch;
            progress(done);
        }

        return spaces[0];
    }

    private AccessKey NewKey(SeededTeam team, IReadOnlyList<string> spaces, int i, string name)
    {
        var now = clock.GetUtcNow();
        var family =
            i < LargeNamespace
                ? KeyFamily.Functions
                : (i % 20) switch
                {
                    < 8 => KeyFamily.Functions,
                    < 12 => KeyFamily.Spaces,
                    < 17 => KeyFamily.Inference,
                    _ => KeyFamily.Api,
                };
        var lookup = FunctionsKeyFormat.NewId(random);
        var created = now.AddMinutes(-(i % 500_000) - 1);
        var key = new AccessKey
        {
            Id = Guid.CreateVersion7(created),
            Family = family,
            TeamId = team.Id,
            OwnerId = team.People[i % team.People.Count],
            LookupId = lookup.ToArray(),
            Name = name,
            CreatedAt = created,
            UpdatedAt = created,
            MasterKeyVersion = hasher.CurrentVersion,
            // A third never expires; of the others some have expired and some are about to.
            ExpiresAt =
                family is KeyFamily.Functions or KeyFamily.Api && i % 3 > 0 ? now.AddHours((i % 9_000) - 300) : null,
            SuspendedUntil = i % 97 == 0 ? DateTimeOffset.MaxValue : null,
        };
        switch (family)
        {
            case KeyFamily.Functions:
                key.PublicId = FunctionsKeyFormat.Format(lookup);
                key.NamespaceId = i < LargeNamespace ? spaces[0] : spaces[i % spaces.Count];
                break;
            case KeyFamily.Spaces:
                var id = SpacesKeyFormat.NewId(random);
                key.LookupId = id.ToArray();
                key.PublicId = SpacesKeyFormat.Format(id);
                key.CoversAll = i % 30 == 0;
                using (var secret = SpacesKeyFormat.NewSecret(random))
                {
                    key.SealedSecret = sealer
                        .Seal(secret.Bytes, SealBinding.AccessKey(key.Id, key.TeamId, key.SecretVersion))
                        .Envelope.ToArray();
                }

                if (!key.CoversAll)
                {
                    key.Grants.Add(Grant(key, $"seed-{s_programs[i % 10]}", i % 2 == 0 ? "read" : "readwrite"));
                }

                return key;
            case KeyFamily.Inference:
                key.PublicId = "sk-do-…";
                key.CoversAll = i % 4 == 0;
                if (!key.CoversAll)
                {
                    key.Grants.Add(Grant(key, $"seed-model-{i % 12}", "use"));
                }

                break;
            default:
                key.PublicId = "dop_v1_…";
                key.CoversAll = i % 40 == 0;
                key.Grants.Add(key.CoversAll ? Grant(key, "api", "write") : Grant(key, "function", "read"));
                break;
        }

        // The hash of a secret that nobody has: any 32 bytes are one.
        key.SecretMac = new byte[Digest256.Size];
        random.Fill(key.SecretMac);
        return key;
    }

    private static KeyGrant Grant(AccessKey key, string resource, string permission) =>
        new()
        {
            KeyId = key.Id,
            Resource = resource,
            Permission = permission,
        };

    private void AddUse(ControlPanelDb db, AccessKey key, int i)
    {
        // Three in ten were never used.
        if (i % 10 < 3)
        {
            return;
        }

        var age = clock.GetUtcNow() - key.CreatedAt;
        var last = clock.GetUtcNow() - (age * (i % 13) / 14);
        var (address, client) = ($"10.{i % 7}.{i % 251}.{i % 241}", s_clients[i % 4]);
        db.KeyUsages.Add(
            new KeyUsage
            {
                KeyId = key.Id,
                FirstUsedAt = key.CreatedAt,
                LastUsedAt = last,
                LastAddress = address,
                LastClient = client,
                Calls = 1 + (i % 7_919),
            }
        );
        db.KeyCallers.Add(
            new KeyCaller
            {
                KeyId = key.Id,
                Day = (int)(last.ToUnixTimeSeconds() / 86400),
                Address = address,
                Client = client,
                Calls = 1 + (i % 89),
                LastSeenAt = last,
            }
        );
        for (var hour = 0; hour < (i % 5 == 4 ? 12 : 1); hour++)
        {
            db.KeyUsageHours.Add(
                new KeyUsageHour
                {
                    KeyId = key.Id,
                    Hour = (int)(last.ToUnixTimeSeconds() / 3600) - hour,
                    Calls = 1 + ((i + hour) % 53),
                    Refused = i % 41 == 0 ? 1 : 0,
                }
            );
        }
    }

    private async Task<IReadOnlyList<string>> NamespacesAsync(SeededTeam team, int keys, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        await using var transaction = await store.BeginWriteAsync(ct);
        var version = await transaction.TickAsync(ct);
        var made = new List<string>();
        for (var i = 0; i <= Math.Min(200, keys / 1_000); i++)
        {
            var id = $"fn-{Guid.CreateVersion7(now)}";
            transaction.Db.Namespaces.Add(
                new FunctionsNamespace
                {
                    Id = id,
                    TeamId = team.Id,
                    Label = $"{(i == 0 ? "large" : "seed")}-{made.Count + 1}-{now.ToUnixTimeSeconds() % 1_000_000}",
                    Region = "nyc1",
                    SealId = Guid.CreateVersion7(now),
                    CreatedAt = now,
                    UpdatedAt = now,
                    CreatedBy = team.People[0],
                    ChangeVersion = version,
                }
            );
            made.Add(id);
        }

        await transaction.CommitAsync(ct);
        return made;
    }

    private async Task BucketsAsync(SeededTeam team, CancellationToken ct)
    {
        await using var transaction = await store.BeginWriteAsync(ct);
        var version = await transaction.TickAsync(ct);
        var names = s_programs.Select(p => $"seed-{p}").ToList();
        var there = await transaction
            .Db.Buckets.Where(b => names.Contains(b.Name) && b.RemovedAt == null)
            .Select(b => b.Name)
            .ToListAsync(ct);
        foreach (var name in names.Except(there, StringComparer.Ordinal))
        {
            transaction.Db.Buckets.Add(
                new Bucket
                {
                    Id = Guid.CreateVersion7(clock.GetUtcNow()),
                    TeamId = team.Id,
                    Name = name,
                    Region = "nyc3",
                    CreatedAt = clock.GetUtcNow(),
                    ChangeVersion = version,
                }
            );
        }

        await transaction.CommitAsync(ct);
    }
}

/// <summary>The team that a seed goes to, and who its keys and entries belong to.</summary>
internal sealed record SeededTeam(Guid Id, IReadOnlyList<Guid> People, IReadOnlyList<string> Emails)
{
    /// <summary>The wanted team, or the one that was set up first; <see langword="null"/> when there is none.</summary>
    public static async Task<SeededTeam?> FindAsync(IControlPanelStore store, Guid? wanted, CancellationToken ct)
    {
        await using var db = store.OpenRead();
        var team =
            wanted
            ?? await db.Teams.OrderBy(t => t.CreatedAt).ThenBy(t => t.Id).Select(t => t.Id).FirstOrDefaultAsync(ct);
        var people = await db
            .Memberships.Where(m => m.TeamId == team && m.RemovedAt == null && m.Role <= TeamRole.Modifier)
            .Join(db.Users, m => m.UserId, u => u.Id, (m, u) => new { u.Id, u.Email })
            .OrderBy(p => p.Email)
            .ToListAsync(ct);
        return people.Count == 0 ? null : new(team, [.. people.Select(p => p.Id)], [.. people.Select(p => p.Email!)]);
    }
}
