using ControlPanel.Data.Model;
using ControlPanel.Verification.Secrets;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Sessions;

/// <summary>A session that was just begun.</summary>
/// <param name="Id">The <c>sid</c> of the cookie.</param>
public sealed record StartedSession(Guid Id, Guid UserId, Guid? TeamId);

/// <summary>
/// Begins a session for a person whose identity was just proved. The caller has proved it: this is no door by itself.
/// </summary>
public sealed class StartSession(OwnAccountRunner runner, ISecretSource random)
{
    /// <summary>Always a new id, so that nothing planted before the sign-in is worth anything after it.</summary>
    /// <param name="actor">The person, with the address; no session and no team yet.</param>
    /// <param name="client">What the browser calls itself.</param>
    /// <param name="proof">
    /// How they proved it. One factor is refused when the account has an authenticator app or a team of theirs requires two:
    /// what was asked before may have changed meanwhile.
    /// </param>
    public Task<Outcome<StartedSession>> ExecuteAsync(
        Actor actor,
        string? client,
        SignInProof proof,
        CancellationToken ct
    ) =>
        runner.ChangeAsync<StartedSession>(
            actor with
            {
                TeamId = Guid.Empty,
                SessionId = null,
            },
            async context =>
            {
                var db = context.Db;
                if (
                    !proof.IsTwoFactor
                    && (
                        await db.Users.AnyAsync(u => u.Id == actor.UserId && u.TwoFactorEnabled, ct)
                        || (await db.RequiringTeamsAsync(actor.UserId, ct)).Count > 0
                    )
                )
                {
                    return new Refusal.StepUpNeeded();
                }

                var id = new byte[16];
                random.Fill(id);
                var session = new PersonSession
                {
                    Id = new Guid(id),
                    UserId = actor.UserId,
                    CreatedAt = context.Now,
                    LastSeenAt = context.Now,
                    AuthenticatedAt = context.Now,
                    ProvedTwoFactors = proof.IsTwoFactor,
                    Address = actor.Address?.ToString(),
                    Client = client is { Length: > 256 } ? client[..256] : client,
                    TeamId = await FirstTeamAsync(db, actor.UserId, ct),
                    ChangeVersion = context.Version,
                };
                db.Sessions.Add(session);
                context.Audit("session.start", "session", session.Id.ToString(), "", new { method = proof.Name });
                return new StartedSession(session.Id, session.UserId, session.TeamId);
            },
            ct
        );

    // Where they worked last, as long as they belong there; otherwise their oldest team.
    private static async Task<Guid?> FirstTeamAsync(ControlPanelDb db, Guid userId, CancellationToken ct)
    {
        var teams = await db
            .Memberships.Where(m => m.UserId == userId && m.RemovedAt == null)
            .OrderBy(m => m.JoinedAt)
            .ThenBy(m => m.TeamId)
            .Select(m => m.TeamId)
            .ToListAsync(ct);
        var last = await db
            .Sessions.Where(s => s.UserId == userId && s.TeamId != null)
            .OrderByDescending(s => s.CreatedAt)
            .Select(s => s.TeamId)
            .FirstOrDefaultAsync(ct);
        return last is { } team && teams.Contains(team) ? team
            : teams.Count > 0 ? teams[0]
            : null;
    }
}
