using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Sessions;

/// <summary>Makes the session look at another of the person's teams.</summary>
public sealed class SwitchTeam(OwnAccountRunner runner)
{
    /// <summary>Needs membership of that team; a team they do not belong to is missing.</summary>
    public Task<Outcome<Done>> ExecuteAsync(Actor actor, Guid teamId, CancellationToken ct) =>
        runner.ChangeAsync<Done>(
            actor,
            async context =>
            {
                if (
                    actor.SessionId is not { } sessionId
                    || !await context.Db.Memberships.AnyAsync(
                        m => m.TeamId == teamId && m.UserId == actor.UserId && m.RemovedAt == null,
                        ct
                    )
                )
                {
                    return new Refusal.Missing("team");
                }

                var session = await context.Db.Sessions.SingleAsync(s => s.Id == sessionId, ct);
                session.TeamId = teamId;
                session.ChangeVersion = context.Version;
                return default(Done);
            },
            ct
        );
}
