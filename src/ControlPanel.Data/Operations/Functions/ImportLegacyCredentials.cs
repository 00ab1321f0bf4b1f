using System.Security.Cryptography;
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

/// <summary>
/// Takes over the shared credentials that namespaces had before access keys, so that their callers go on working until
/// the cut-off. Lines are namespace, UUID, key. Doing it again changes nothing.
/// </summary>
public sealed class ImportLegacyCredentials(
    OperationRunner runner,
    IControlPanelStore store,
    AuditChain audit,
    ChangeSignal signal,
    SecretHasher hasher,
    SecretSealer sealer,
    Acknowledgements acknowledgements,
    TimeProvider clock
)
{
    /// <summary>The first line that a file may have.</summary>
    public const string Heading = "namespace,uuid,key";

    private const string Action = "legacy_credential.import";

    /// <summary>
    /// Needs the role owner (<c>team:update</c>) and, unless it is a dry run, a fresh proof; takes namespaces of the
    /// actor's team. The operator at the command line needs neither and takes those of every team.
    /// </summary>
    public async Task<Outcome<ImportResult>> ExecuteAsync(
        Actor actor,
        IReadOnlyList<CredentialLine> lines,
        ImportMode mode,
        CancellationToken ct
    )
    {
        if (actor.Door == Door.Command)
        {
            return await ByOperatorAsync(actor, lines, mode, ct);
        }

        if (mode == ImportMode.DryRun)
        {
            return await runner.ReadAsync<ImportResult>(
                actor,
                "team:update",
                async context =>
                    (await TakeAsync(context.Db, context.TeamId, lines, mode, context.Now, version: 0, ct)).Result,
                ct
            );
        }

        var (outcome, version, committedAt) = await runner.ChangeWithVersionAsync<ImportResult>(
            actor,
            Action,
            "team:update",
            async context =>
            {
                if (context.MustConfirm)
                {
                    return new Refusal.StepUpNeeded();
                }

                var import = await TakeAsync(context.Db, context.TeamId, lines, mode, context.Now, context.Version, ct);
                context.Db.AccessKeys.AddRange(import.Keys);
                foreach (var key in import.Keys)
                {
                    context.Audit(Action, "namespace", key.NamespaceId!, import.Spaces[key.NamespaceId!].Label);
                }

                return import.Result;
            },
            ct
        );
        if (outcome.IsDone)
        {
            await acknowledgements.WaitAsync(version, committedAt, ct);
        }

        return outcome;
    }

    private async Task<ImportResult> ByOperatorAsync(
        Actor actor,
        IReadOnlyList<CredentialLine> lines,
        ImportMode mode,
        CancellationToken ct
    )
    {
        await using var transaction = await store.BeginWriteAsync(ct);
        var version = await transaction.TickAsync(ct);
        var db = transaction.Db;
        var now = clock.GetUtcNow();
        var import = await TakeAsync(db, teamId: null, lines, mode, now, version, ct);
        if (import.Keys.Count == 0)
        {
            return import.Result;
        }

        db.AccessKeys.AddRange(import.Keys);
        foreach (var team in import.Keys.GroupBy(k => k.TeamId))
        {
            await audit.AppendAsync(
                db,
                actor with
                {
                    UserId = Guid.Empty,
                    TeamId = team.Key,
                },
                [
                    .. team.Select(k => new AuditNote(
                        Action,
                        "namespace",
                        k.NamespaceId!,
                        import.Spaces[k.NamespaceId!].Label,
                        ""
                    )),
                ],
                AuditChain.Done,
                now,
                ct
            );
            // The next team's entries are chained to these.
            await db.SaveChangesAsync(ct);
        }

        await transaction.CommitAsync(ct);
        signal.Raise(version);
        return import.Result;
    }

    private async Task<Import> TakeAsync(
        ControlPanelDb db,
        Guid? teamId,
        IReadOnlyList<CredentialLine> lines,
        ImportMode mode,
        DateTimeOffset now,
        long version,
        CancellationToken ct
    )
    {
        var spaces = await db
            .Namespaces.AsNoTracking()
            .Where(n => n.DeletedAt == null && (teamId == null || n.TeamId == teamId))
            .ToDictionaryAsync(n => n.Id, StringComparer.Ordinal, ct);
        // There is at most one living one for each namespace, so all of them fit where the namespaces do.
        var there = await db
            .AccessKeys.AsNoTracking()
            .Where(k => k.Family == KeyFamily.Functions && k.IsLegacy)
            .Select(k => new Present(k.NamespaceId!, k.LookupId, k.SecretMac, k.MasterKeyVersion, k.RevokedAt != null))
            .ToListAsync(ct);
        var byId = there.ToDictionary(p => LookupId.Read(p.Id));
        var living = there.Where(p => !p.IsRevoked).Select(p => p.NamespaceId).ToHashSet(StringComparer.Ordinal);
        var before = (Ids: new HashSet<LookupId>(), Spaces: new HashSet<string>(StringComparer.Ordinal));
        var faults = new List<LineFault>();
        var keys = new List<AccessKey>();
        var known = 0;
        foreach (var line in lines)
        {
            var fault = Read(line, out var id);
            if (fault is null && !spaces.ContainsKey(line.First))
            {
                fault = "There is no such namespace.";
            }
            else if (fault is null && (before.Ids.Contains(id) || before.Spaces.Contains(line.First)))
            {
                fault = "An earlier line has this UUID or this namespace.";
            }
            else if (fault is null && byId.TryGetValue(id, out var same))
            {
                fault =
                    !IsSame(same, line, id)
                        ? "The namespace has another legacy credential, or another namespace has this one."
                    : same.IsRevoked ? "This credential was retired; it does not come back."
                    : null;
                if (fault is null)
                {
                    known++;
                    continue;
                }
            }
            else if (fault is null && living.Contains(line.First))
            {
                fault = "The namespace has another legacy credential, or another namespace has this one.";
            }

            if (fault is not null)
            {
                faults.Add(new LineFault(line.Number, fault));
                continue;
            }

            before.Ids.Add(id);
            before.Spaces.Add(line.First);
            keys.Add(NewKey(spaces[line.First], id, line.Secret!, now, version));
        }

        var isTaken = mode == ImportMode.LeaveOutRefused || (mode == ImportMode.AllOrNone && faults.Count == 0);
        var wouldAdd = mode == ImportMode.AllOrNone && faults.Count > 0 ? 0 : keys.Count;
        return new Import(new ImportResult(wouldAdd, known, faults), isTaken ? keys : [], spaces);
    }

    private static string? Read(CredentialLine line, out LookupId id)
    {
        id = default;
        return line.Secret is null ? "Three values are needed: namespace,uuid,key."
            : !FunctionsKeyFormat.TryParseLegacy(Encoding.UTF8.GetBytes(line.Second), out id)
                ? "The second value is no UUID."
            : !FunctionsKeyFormat.IsLegacyKey(line.Secret.Bytes)
                ? "The third value is no legacy key: 64 letters and digits."
            : null;
    }

    // With the master key that the row was hashed under, which may be an older one.
    private bool IsSame(Present there, CredentialLine line, LookupId id)
    {
        var mac = new byte[Digest256.Size];
        return there.NamespaceId == line.First
            && hasher.TryHash(there.MasterKeyVersion, KeyFamily.Functions, id, line.Secret!.Bytes, mac)
            && CryptographicOperations.FixedTimeEquals(mac, there.Mac);
    }

    private AccessKey NewKey(FunctionsNamespace space, LookupId id, Secret secret, DateTimeOffset now, long version)
    {
        var mac = new byte[Digest256.Size];
        hasher.TryHash(hasher.CurrentVersion, KeyFamily.Functions, id, secret.Bytes, mac);
        var key = new AccessKey
        {
            Id = Guid.CreateVersion7(now),
            Family = KeyFamily.Functions,
            IsLegacy = true,
            TeamId = space.TeamId,
            LookupId = id.ToArray(),
            PublicId = new Guid(id.ToArray(), bigEndian: true).ToString(),
            Name = "shared credential",
            SecretMac = mac,
            MasterKeyVersion = hasher.CurrentVersion,
            NamespaceId = space.Id,
            CreatedAt = now,
            UpdatedAt = now,
            ChangeVersion = version,
        };
        key.SealedSecret = sealer
            .Seal(secret.Bytes, SealBindings.LegacyKey(key.Id, space.TeamId, key.SecretVersion))
            .Envelope.ToArray();
        return key;
    }

    private sealed record Present(string NamespaceId, byte[] Id, byte[]? Mac, int MasterKeyVersion, bool IsRevoked);

    private sealed record Import(
        ImportResult Result,
        List<AccessKey> Keys,
        Dictionary<string, FunctionsNamespace> Spaces
    );
}
