using System.Text.Json;
using ControlPanel.Data.Audit;
using ControlPanel.Data.Operations.Teams;
using ControlPanel.Data.Providers;
using ControlPanel.Data.Snapshots;
using ControlPanel.Verification.Keys;
using ControlPanel.Verification.Secrets;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Sessions;

/// <summary>An owner's sign-in that was just reset.</summary>
/// <param name="Password">The temporary password. Shown once, kept as a hash.</param>
/// <param name="HadTwoFactor">Whether there was an authenticator app, which counts no more.</param>
/// <param name="Passkeys">How many passkeys were taken away.</param>
/// <param name="Sessions">How many sessions were ended.</param>
/// <param name="Teams">The teams they own, by name; the log of each says what happened.</param>
public sealed record ResetSignIn(
    string Email,
    Secret Password,
    bool HadTwoFactor,
    int Passkeys,
    int Sessions,
    IReadOnlyList<string> Teams
);

/// <summary>
/// Lets an owner in again who lost password, authenticator app and recovery codes: the operator's last resort, for whoever
/// can read the master key. Everything that opened the account before is worth nothing afterwards; access keys and API
/// tokens stay as they are.
/// </summary>
public sealed class ResetOwner(
    IControlPanelStore store,
    AuditChain audit,
    ChangeSignal signal,
    ISecretSource random,
    TimeProvider clock
)
{
    // 120 random bits in four groups that can be read off a screen.
    private const int PasswordSize = 15;
    private const int Group = 6;

    /// <summary>
    /// Missing by every door but <see cref="Door.Command"/>, for people who do not exist, and for people who own no team:
    /// their owner removes and invites them.
    /// </summary>
    public async Task<Outcome<ResetSignIn>> ExecuteAsync(Actor actor, string? email, CancellationToken ct)
    {
        if (actor.Door != Door.Command)
        {
            return new Refusal.Missing("owner");
        }

        var password = NewPassword();
        var normalized = EmailAddresses.Normalize((email ?? "").Trim());
        ResetSignIn done;
        long version;
        await using (var transaction = await store.BeginWriteAsync(ct))
        {
            version = await transaction.TickAsync(ct);
            var db = transaction.Db;
            var person = await db.Users.SingleOrDefaultAsync(u => u.NormalizedEmail == normalized, ct);
            var teams = person is null
                ? []
                : await db
                    .Memberships.Where(m => m.UserId == person.Id && m.Role == TeamRole.Owner && m.RemovedAt == null)
                    .Join(db.Teams, m => m.TeamId, t => t.Id, (m, t) => new { t.Id, t.Name })
                    .OrderBy(t => t.Name)
                    .ToListAsync(ct);
            if (person is null || teams.Count == 0)
            {
                return new Refusal.Missing("owner");
            }

            var now = clock.GetUtcNow();
            var hadTwoFactor = person.TwoFactorEnabled;
            person.PasswordHash = Passwords.Hasher.HashPassword(person, password.Reveal());
            person.SecurityStamp = SecurityStamps.New(random);
            person.TwoFactorEnabled = false;
            person.SealedTotpSecret = null;
            await db.RecoveryCodes.Where(c => c.UserId == person.Id).ExecuteDeleteAsync(ct);
            var passkeys = await db.UserPasskeys.Where(k => k.UserId == person.Id).ExecuteDeleteAsync(ct);
            var sessions = await db
                .Sessions.Where(s => s.UserId == person.Id && s.EndedAt == null)
                .ExecuteUpdateAsync(
                    set => set.SetProperty(s => s.EndedAt, now).SetProperty(s => s.ChangeVersion, version),
                    ct
                );
            foreach (var team in teams)
            {
                await audit.AppendAsync(
                    db,
                    actor with
                    {
                        UserId = Guid.Empty,
                        TeamId = team.Id,
                    },
                    [
                        new AuditNote(
                            "owner.reset",
                            "person",
                            person.Id.ToString(),
                            person.Email ?? "",
                            JsonSerializer.Serialize(
                                new
                                {
                                    hadTwoFactor,
                                    passkeys,
                                    sessionsEnded = sessions,
                                }
                            )
                        ),
                    ],
                    AuditChain.Done,
                    now,
                    ct
                );
                // The next team's entry is chained to this one.
                await db.SaveChangesAsync(ct);
            }

            await transaction.CommitAsync(ct);
            done = new ResetSignIn(
                person.Email ?? "",
                password,
                hadTwoFactor,
                passkeys,
                sessions,
                [.. teams.Select(t => t.Name)]
            );
        }

        signal.Raise(version);
        return done;
    }

    private Secret NewPassword()
    {
        Span<byte> bytes = stackalloc byte[PasswordSize];
        random.Fill(bytes);
        var text = Totp.Base32(bytes).ToLowerInvariant();
        return new Secret(string.Join('-', text.Chunk(Group).Select(g => new string(g))));
    }
}
