using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Teams;

/// <summary>
/// Sets whether the team's members need a second factor. Turning it on ends their sessions that were begun with one: the
/// next sign-in asks for the second, or leads to setting it up.
/// </summary>
public sealed class RequireTwoFactor(OperationRunner runner)
{
    /// <summary>Needs <c>team:update</c>. Whoever turns it on does so in a session of two factors, so as not to lock themselves out.</summary>
    /// <returns>How many sessions ended.</returns>
    public Task<Outcome<int>> ExecuteAsync(Actor actor, bool required, CancellationToken ct) =>
        runner.ChangeAsync<int>(
            actor,
            "team.require_two_factor",
            "team:update",
            async context =>
            {
                var db = context.Db;
                if (required && !await db.Sessions.AnyAsync(s => s.Id == actor.SessionId && s.ProvedTwoFactors, ct))
                {
                    return new Refusal.Conflict(
                        "Required",
                        "Set up your own second factor, or sign in with your passkey, first."
                    );
                }

                var team = await db.Teams.SingleAsync(t => t.Id == context.TeamId, ct);
                if (team.RequiresTwoFactor == required)
                {
                    return 0;
                }

                team.RequiresTwoFactor = required;
                var ended = required
                    ? await db
                        .Sessions.Where(s =>
                            s.EndedAt == null
                            && !s.ProvedTwoFactors
                            && db.Memberships.Any(m =>
                                m.TeamId == context.TeamId && m.UserId == s.UserId && m.RemovedAt == null
                            )
                        )
                        .ExecuteUpdateAsync(
                            set =>
                                set.SetProperty(s => s.EndedAt, context.Now)
                                    .SetProperty(s => s.ChangeVersion, context.Version),
                            ct
                        )
                    : 0;
                context.Audit(
                    "team.require_two_factor",
                    "team",
                    team.Id.ToString(),
                    team.Name,
                    new { required, sessionsEnded = ended }
                );
                return ended;
            },
            ct
        );
}
