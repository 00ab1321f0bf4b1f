using ControlPanel.Data.Audit;
using ControlPanel.Data.Model;
using ControlPanel.Data.Providers;
using ControlPanel.Verification.Secrets;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Seed;

/// <summary>Adds many believable entries to the audit log, chained like every other, to measure with.</summary>
public sealed class AuditSeed(IControlPanelStore store, AuditChain chain, MasterKey masterKey, TimeProvider clock)
{
    private const int BatchSize = 5_000;

    private static readonly (string Action, string Kind)[] s_actions =
    [
        ("functions_key.create", "functions_key"),
        ("functions_key.revoke", "functions_key"),
        ("functions_key.rename", "functions_key"),
        ("spaces_key.create", "spaces_key"),
        ("spaces_key.update", "spaces_key"),
        ("spaces_key.delete", "spaces_key"),
        ("model_key.create", "model_key"),
        ("model_key.regenerate", "model_key"),
        ("token.create", "token"),
        ("token.revoke", "token"),
        ("namespace.create", "namespace"),
    ];

    /// <summary>Adds entries to a team.</summary>
    /// <param name="into">The team; <see langword="null"/> means the one that was set up first.</param>
    /// <param name="progress">Told how many there are, after each batch.</param>
    /// <returns><see langword="false"/> when no team is set up.</returns>
    public async Task<bool> AddAsync(int count, Guid? into, Action<int> progress, CancellationToken ct)
    {
        if (await SeededTeam.FindAsync(store, into, ct) is not { } team)
        {
            return false;
        }

        for (var done = 0; done < count; )
        {
            var batch = Math.Min(BatchSize, count - done);
            await using var transaction = await store.BeginWriteAsync(ct);
            // The clock's row lock orders the chain on a shared store.
            await transaction.TickAsync(ct);
            var last = await transaction
                .Db.AuditEntries.AsNoTracking()
                .OrderByDescending(a => a.Sequence)
                .Select(a => new { a.Sequence, a.Mac })
                .FirstOrDefaultAsync(ct);
            var (sequence, previous) = (last?.Sequence ?? 0, last?.Mac ?? []);
            var now = clock.GetUtcNow();
            transaction.Db.ChangeTracker.AutoDetectChangesEnabled = false;
            for (var i = done; i < done + batch; i++)
            {
                // Written now, and dated back over a year: an entry's place in the chain is its number, not its time.
                var entry = NewEntry(team, i, now.AddSeconds(-30L * (count - i)));
                entry.Sequence = ++sequence;
                entry.Mac = chain.Mac(entry, previous);
                previous = entry.Mac;
                transaction.Db.AuditEntries.Add(entry);
            }

            await transaction.CommitAsync(ct);
            done += batch;
            progress(done);
        }

        return true;
    }

    private AuditEntry NewEntry(SeededTeam team, int i, DateTimeOffset at)
    {
        var (action, kind) = s_actions[i % s_actions.Length];
        var person = (i / 7) % team.People.Count;
        return new AuditEntry
        {
            At = at,
            TeamId = team.Id,
            ActorId = team.People[person],
            ActorName = team.Emails[person],
            Door = i % 3 == 0 ? "api" : "panel",
            Action = action,
            TargetKind = kind,
            TargetId = $"seed-{i % 100_000}",
            TargetName = $"{kind.Replace('_', '-')}-{i % 100_000}",
            Result = i % 50 == 0 ? AuditChain.Refused : AuditChain.Done,
            Details = i % 2 == 0 ? "" : $$"""{"namespace":"fn-seed-{{i % 100}}"}""",
            Address = $"10.0.{i % 250}.{i % 199}",
            RequestId = $"seed-{i:x}",
            GroupId = Guid.CreateVersion7(at),
            MasterKeyVersion = masterKey.CurrentVersion,
        };
    }
}
