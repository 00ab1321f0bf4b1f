using System.Text;
using ControlPanel.Data.Audit;
using ControlPanel.Data.Model;
using ControlPanel.Data.Providers;
using ControlPanel.Data.Snapshots;
using ControlPanel.Verification.Formats;
using ControlPanel.Verification.Keys;
using ControlPanel.Verification.Secrets;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Functions;

/// <summary>A shared credential from before, as a file names it.</summary>
/// <param name="Line">Where it stands, from 1.</param>
public sealed record LegacyEntry(int Line, string NamespaceId, string Uuid, Secret Key);

/// <summary>Why an entry cannot be taken. Never holds the key.</summary>
public sealed record LegacyFault(int Line, string Message);

/// <summary>What an import did, or would do.</summary>
/// <param name="Added">New ones; all of them or, when anything is wrong, none.</param>
/// <param name="Known">Those that were there already, with the same key.</param>
/// <param name="Faults">Everything wrong, in order of the lines.</param>
public sealed record LegacyImport(int Added, int Known, IReadOnlyList<LegacyFault> Faults);

/// <summary>
/// Takes over the shared credentials that namespaces had before access keys, so that their callers go on working until
/// the cut-off. All entries or none; doing it again changes nothing.
/// </summary>
public sealed class ImportLegacyCredentials(
    IControlPanelStore store,
    AuditChain audit,
    ChangeSignal signal,
    SecretHasher hasher,
    SecretSealer sealer,
    TimeProvider clock
)
{
    /// <summary>Missing by every door but <see cref="Door.Command"/>.</summary>
    /// <param name="dryRun">Only says what would happen.</param>
    public async Task<Outcome<LegacyImport>> ExecuteAsync(
        Actor actor,
        IReadOnlyList<LegacyEntry> entries,
        bool dryRun,
        CancellationToken ct
    )
    {
        if (actor.Door != Door.Command)
        {
            return new Refusal.Missing("import");
        }

        await using var transaction = await store.BeginWriteAsync(ct);
        var version = await transaction.TickAsync(ct);
        var db = transaction.Db;
        var faults = new List<LegacyFault>();
        var added = new List<(AccessKey Key, FunctionsNamespace Space)>();
        var known = 0;
        foreach (var entry in entries)
        {
            var taken = await TakeAsync(db, entry, [.. added.Select(a => a.Key)], ct);
            switch (taken)
            {
                case Taken.Wrong wrong:
                    faults.Add(new LegacyFault(entry.Line, wrong.Message));
                    break;
                case Taken.Known:
                    known++;
                    break;
                case Taken.New fresh:
                    fresh.Key.ChangeVersion = version;
                    added.Add((fresh.Key, fresh.Space));
                    break;
            }
        }

        if (dryRun || faults.Count > 0 || added.Count == 0)
        {
            return new LegacyImport(faults.Count > 0 ? 0 : added.Count, known, faults);
        }

        db.AccessKeys.AddRange(added.Select(a => a.Key));
        foreach (var team in added.GroupBy(a => a.Key.TeamId))
        {
            await audit.AppendAsync(
                db,
                actor with
                {
                    UserId = Guid.Empty,
                    TeamId = team.Key,
                },
                [
                    .. team.Select(a => new AuditNote(
                        "legacy_credential.import",
                        "namespace",
                        a.Space.Id,
                        a.Space.Label,
                        ""
                    )),
                ],
                AuditChain.Done,
                clock.GetUtcNow(),
                ct
            );
            // The next team's entries are chained to these.
            await db.SaveChangesAsync(ct);
        }

        await transaction.CommitAsync(ct);
        signal.Raise(version);
        return new LegacyImport(added.Count, known, faults);
    }

    private async Task<Taken> TakeAsync(
        ControlPanelDb db,
        LegacyEntry entry,
        IReadOnlyList<AccessKey> before,
        CancellationToken ct
    )
    {
        if (!FunctionsKeyFormat.TryParseLegacy(Encoding.UTF8.GetBytes(entry.Uuid), out var lookup))
        {
            return new Taken.Wrong("The second value is no UUID.");
        }

        if (!FunctionsKeyFormat.IsLegacyKey(entry.Key.Bytes))
        {
            return new Taken.Wrong("The third value is no legacy key: 64 letters and digits.");
        }

        var space = await db
            .Namespaces.AsNoTracking()
            .SingleOrDefaultAsync(n => n.Id == entry.NamespaceId && n.DeletedAt == null, ct);
        if (space is null)
        {
            return new Taken.Wrong("There is no such namespace.");
        }

        var id = lookup.ToArray();
        if (before.Any(k => k.LookupId.AsSpan().SequenceEqual(id) || k.NamespaceId == space.Id))
        {
            return new Taken.Wrong("An earlier line has this UUID or this namespace.");
        }

        var mac = new byte[Digest256.Size];
        hasher.TryHash(hasher.CurrentVersion, KeyFamily.Functions, lookup, entry.Key.Bytes, mac);
        var there = await db
            .AccessKeys.AsNoTracking()
            .Where(k => k.Family == KeyFamily.Functions && k.IsLegacy)
            .Where(k => k.LookupId == id || (k.NamespaceId == space.Id && k.RevokedAt == null))
            .ToListAsync(ct);
        if (there.Count == 0)
        {
            return new Taken.New(NewKey(space, lookup, mac, entry.Key), space);
        }

        if (there.Exists(k => k.RevokedAt is not null))
        {
            return new Taken.Wrong("This credential was retired; it does not come back.");
        }

        return there is [var same] && IsSame(same, space.Id, lookup, entry.Key)
            ? new Taken.Known()
            : new Taken.Wrong("The namespace has another legacy credential, or another namespace has this one.");
    }

    // With the master key that the row was hashed under, which may be an older one.
    private bool IsSame(AccessKey there, string namespaceId, LookupId lookup, Secret key)
    {
        var mac = new byte[Digest256.Size];
        return there.NamespaceId == namespaceId
            && there.LookupId.AsSpan().SequenceEqual(lookup.ToArray())
            && hasher.TryHash(there.MasterKeyVersion, KeyFamily.Functions, lookup, key.Bytes, mac)
            && System.Security.Cryptography.CryptographicOperations.FixedTimeEquals(mac, there.SecretMac);
    }

    private AccessKey NewKey(FunctionsNamespace space, LookupId lookup, byte[] mac, Secret secret)
    {
        var now = clock.GetUtcNow();
        var uuid = new Guid(lookup.ToArray(), bigEndian: true);
        var key = new AccessKey
        {
            Id = Guid.CreateVersion7(now),
            Family = KeyFamily.Functions,
            IsLegacy = true,
            TeamId = space.TeamId,
            LookupId = lookup.ToArray(),
            PublicId = uuid.ToString(),
            Name = "shared credential",
            SecretMac = mac,
            MasterKeyVersion = hasher.CurrentVersion,
            NamespaceId = space.Id,
            CreatedAt = now,
            UpdatedAt = now,
        };
        key.SealedSecret = sealer
            .Seal(secret.Bytes, SealBindings.LegacyKey(key.Id, space.TeamId, key.SecretVersion))
            .Envelope.ToArray();
        return key;
    }

    private abstract record Taken
    {
        public sealed record New(AccessKey Key, FunctionsNamespace Space) : Taken;

        public sealed record Known : Taken;

        public sealed record Wrong(string Message) : Taken;
    }
}
