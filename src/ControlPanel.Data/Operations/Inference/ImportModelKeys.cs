using System.Text;
using ControlPanel.Data.Audit;
using ControlPanel.Data.Model;
using ControlPanel.Data.Operations.Teams;
using ControlPanel.Data.Providers;
using ControlPanel.Data.Snapshots;
using ControlPanel.Verification.Formats;
using ControlPanel.Verification.Keys;
using ControlPanel.Verification.Secrets;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Inference;

/// <summary>
/// Takes over model keys that an earlier issuer made, so that their programs go on working until somebody deletes them:
/// all models, no network, no batch. Lines are name, owner's e-mail address or nothing, and the key or its SHA-256.
/// Either way the row holds the MAC of the SHA-256, so a key that came by its hash is as good as one that came itself,
/// and nothing is learnt or changed at its first use. Doing it again changes nothing.
/// </summary>
public sealed class ImportModelKeys(
    OperationRunner runner,
    IControlPanelStore store,
    AuditChain audit,
    ChangeSignal signal,
    SecretHasher hasher,
    Acknowledgements acknowledgements,
    TimeProvider clock
)
{
    /// <summary>The first line that a file may have.</summary>
    public const string Heading = "name,owner,key";

    private const string Action = "model_key.import";

    private static ReadOnlySpan<byte> HashMark => "sha256:"u8;

    /// <summary>
    /// Needs the role owner (<c>team:update</c>) and, unless it is a dry run, a fresh proof. The operator at the command
    /// line needs neither and names the team in the actor.
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
                context.Db.AccessKeys.AddRange(import.Taken.Select(t => t.Key));
                foreach (var taken in import.Taken)
                {
                    context.Audit(Action, "model_key", taken.Key.Id.ToString(), taken.Key.Name, taken.Details);
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

    private async Task<Outcome<ImportResult>> ByOperatorAsync(
        Actor actor,
        IReadOnlyList<CredentialLine> lines,
        ImportMode mode,
        CancellationToken ct
    )
    {
        await using var transaction = await store.BeginWriteAsync(ct);
        var version = await transaction.TickAsync(ct);
        var db = transaction.Db;
        if (!await db.Teams.AnyAsync(t => t.Id == actor.TeamId, ct))
        {
            return new Refusal.Missing("team");
        }

        var now = clock.GetUtcNow();
        var import = await TakeAsync(db, actor.TeamId, lines, mode, now, version, ct);
        if (import.Taken.Count == 0)
        {
            return import.Result;
        }

        db.AccessKeys.AddRange(import.Taken.Select(t => t.Key));
        await audit.AppendAsync(
            db,
            actor with
            {
                UserId = Guid.Empty,
            },
            [
                .. import.Taken.Select(t => new AuditNote(
                    Action,
                    "model_key",
                    t.Key.Id.ToString(),
                    t.Key.Name,
                    OperationContext.Write(t.Details)
                )),
            ],
            AuditChain.Done,
            now,
            ct
        );
        await transaction.CommitAsync(ct);
        signal.Raise(version);
        return import.Result;
    }

    private async Task<Import> TakeAsync(
        ControlPanelDb db,
        Guid teamId,
        IReadOnlyList<CredentialLine> lines,
        ImportMode mode,
        DateTimeOffset now,
        long version,
        CancellationToken ct
    )
    {
        var people = await (
            from member in db.Memberships
            where member.TeamId == teamId && member.RemovedAt == null
            join user in db.Users on member.UserId equals user.Id
            select new { user.Id, user.NormalizedEmail }
        ).ToDictionaryAsync(p => p.NormalizedEmail ?? "", p => p.Id, StringComparer.Ordinal, ct);
        var read = lines.Select(Read).ToList();
        var present = await PresentAsync(db, read, ct);
        var before = new HashSet<LookupId>();
        var faults = new List<LineFault>();
        var taken = new List<Taken>();
        var known = 0;
        foreach (var (line, proof) in lines.Zip(read))
        {
            Guid? owner = null;
            var name = "";
            var fault = proof.Fault;
            if (fault is null && !Names.TryRead(line.First, "The name", out name, out var error))
            {
                fault = error;
            }
            else if (fault is null && line.Second.Length > 0)
            {
                var isMember = people.TryGetValue(EmailAddresses.Normalize(line.Second), out var id);
                owner = isMember ? id : null;
                fault = isMember ? null : "No member of the team has this e-mail address.";
            }

            var there = proof.Ids.Select(id => present.GetValueOrDefault(id)).FirstOrDefault(p => p is not null);
            fault ??=
                !before.Add(proof.Ids[0]) ? "An earlier line has this key."
                : there is null ? null
                : there.TeamId != teamId ? "This key cannot be taken: it is in use elsewhere in this installation."
                : there.IsRevoked ? "This key was deleted; it does not come back."
                : null;
            if (fault is not null)
            {
                faults.Add(new LineFault(line.Number, fault));
            }
            else if (there is not null)
            {
                known++;
            }
            else
            {
                taken.Add(new Taken(NewKey(teamId, owner, name, proof.Mac, now, version), line.Second, proof.IsHash));
            }
        }

        var isTaken = mode == ImportMode.LeaveOutRefused || (mode == ImportMode.AllOrNone && faults.Count == 0);
        var wouldAdd = mode == ImportMode.AllOrNone && faults.Count > 0 ? 0 : taken.Count;
        return new Import(new ImportResult(wouldAdd, known, faults), isTaken ? taken : []);
    }

    // Rows under any of the ids, ours included: a key that this installation issued itself is there already.
    private static async Task<Dictionary<LookupId, Present>> PresentAsync(
        ControlPanelDb db,
        List<Proof> read,
        CancellationToken ct
    )
    {
        var present = new Dictionary<LookupId, Present>();
        foreach (var some in read.SelectMany(p => p.Ids).Distinct().Chunk(500))
        {
            var ids = some.Select(i => i.ToArray()).ToList();
            var rows = await db
                .AccessKeys.Where(k => k.Family == KeyFamily.Inference && ids.Contains(k.LookupId))
                .Select(k => new
                {
                    k.LookupId,
                    k.TeamId,
                    IsRevoked = k.RevokedAt != null,
                })
                .ToListAsync(ct);
            foreach (var row in rows)
            {
                present[LookupId.Read(row.LookupId)] = new Present(row.TeamId, row.IsRevoked);
            }
        }

        return present;
    }

    private Proof Read(CredentialLine line)
    {
        if (line.Secret is null)
        {
            return Proof.Wrong("Three values are needed: name,owner,key; the owner may be empty.");
        }

        var text = line.Secret.Bytes;
        var isHash = text.StartsWith(HashMark) || text.Length == 2 * Digest256.Size;
        Span<byte> digest = stackalloc byte[Digest256.Size];
        if (isHash)
        {
            var hex = text.StartsWith(HashMark) ? text[HashMark.Length..] : text;
            if (
                hex.Length != 2 * Digest256.Size
                || Convert.FromHexString(Encoding.ASCII.GetString(hex), digest, out _, out _)
                    != System.Buffers.OperationStatus.Done
            )
            {
                isHash = false;
            }
        }

        if (!isHash)
        {
            if (!ModelKeyFormat.IsImportable(text))
            {
                return Proof.Wrong(
                    "The third value is neither a key (sk-do- and 20 or more letters, digits, - or _) nor its SHA-256 (64 hexadecimal digits)."
                );
            }

            ModelKeyFormat.HashImported(text, digest);
        }

        // Under every master key that is held: a key imported before the last rotation is still the same key.
        var ids = new List<LookupId>();
        var current = new byte[Digest256.Size];
        var mac = new byte[Digest256.Size];
        hasher.TryHashImported(hasher.CurrentVersion, KeyFamily.Inference, digest, current);
        ids.Add(LookupId.Read(current));
        foreach (var version in hasher.Versions)
        {
            hasher.TryHashImported(version, KeyFamily.Inference, digest, mac);
            ids.Add(LookupId.Read(mac));
            if (!isHash)
            {
                hasher.TryHashBearer(version, KeyFamily.Inference, text, mac);
                ids.Add(LookupId.Read(mac));
            }
        }

        return new Proof(Fault: null, ids, current, isHash);
    }

    private AccessKey NewKey(Guid teamId, Guid? owner, string name, byte[] mac, DateTimeOffset now, long version) =>
        new()
        {
            Id = Guid.CreateVersion7(now),
            Family = KeyFamily.Inference,
            IsLegacy = true,
            TeamId = teamId,
            OwnerId = owner,
            LookupId = mac[..LookupId.Size],
            PublicId = "sk-do-…",
            Name = name,
            SecretMac = mac,
            MasterKeyVersion = hasher.CurrentVersion,
            CoversAll = true,
            CreatedAt = now,
            UpdatedAt = now,
            ChangeVersion = version,
        };

    /// <param name="Ids">Every id the key may be found under; the one it gets stands first.</param>
    private sealed record Proof(string? Fault, IReadOnlyList<LookupId> Ids, byte[] Mac, bool IsHash)
    {
        public static Proof Wrong(string fault) => new(fault, [], [], IsHash: false);
    }

    private sealed record Present(Guid TeamId, bool IsRevoked);

    private sealed record Taken(AccessKey Key, string Owner, bool IsHash)
    {
        public object Details => new { owner = Owner, by = IsHash ? "hash" : "secret" };
    }

    private sealed record Import(ImportResult Result, List<Taken> Taken);
}
