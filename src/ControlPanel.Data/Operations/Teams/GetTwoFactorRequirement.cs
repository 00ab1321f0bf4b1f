using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Teams;

/// <summary>Whether the team requires a second factor, and whom that concerns.</summary>
/// <param name="HaveOne">Whether the actor's session was proved by two: otherwise nobody may require it of others.</param>
/// <param name="Without">How many members have neither an authenticator app nor a passkey.</param>
/// <param name="Named">E-mail addresses of the first twenty of them.</param>
public sealed record TwoFactorRequirement(bool IsRequired, bool HaveOne, int Without, IReadOnlyList<string> Named);

/// <summary>Says whether the team requires a second factor of its members.</summary>
public sealed class GetTwoFactorRequirement(OperationRunner runner)
{
    /// <summary>Needs <c>team:read</c>.</summary>
    public Task<Outcome<TwoFactorRequirement>> ExecuteAsync(Actor actor, CancellationToken ct) =>
        runner.ReadAsync<TwoFactorRequirement>(
            actor,
            "team:read",
            async context =>
            {
                var db = context.Db;
                var without = db
                    .Memberships.Where(m => m.TeamId == context.TeamId && m.RemovedAt == null)
                    .Join(
                        db.Users.Where(u => !u.TwoFactorEnabled && !db.UserPasskeys.Any(p => p.UserId == u.Id)),
                        m => m.UserId,
                        u => u.Id,
                        (m, u) => u
                    );
                return new TwoFactorRequirement(
                    await db.Teams.Where(t => t.Id == context.TeamId).Select(t => t.RequiresTwoFactor).SingleAsync(ct),
                    await db.Sessions.AnyAsync(s => s.Id == actor.SessionId && s.ProvedTwoFactors, ct),
                    await without.CountAsync(ct),
                    await without.OrderBy(u => u.Email).Select(u => u.Email ?? "").Take(20).ToListAsync(ct)
                );
            },
            ct
        );
}
