using ControlPanel.Data.Audit;
using ControlPanel.Data.Model;
using ControlPanel.Data.Operations.Sessions;
using ControlPanel.Data.Providers;
using ControlPanel.Verification.Keys;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Teams;

/// <summary>
/// Makes another team, which the actor owns and their session looks at from then on. Nothing of the present team is in it,
/// and the present team's log does not name it.
/// </summary>
public sealed class CreateTeam(OwnAccountRunner runner, IControlPanelStore store, AuditChain audit, TimeProvider clock)
{
    /// <summary>How many teams one person may own.</summary>
    public const int MaxOwned = 50;

    /// <summary>Needs to be an owner of the present team. Refuses a name that is not usable, and one team too many.</summary>
    /// <returns>The new team's id.</returns>
    public async Task<Outcome<Guid>> ExecuteAsync(Actor actor, string? name, CancellationToken ct)
    {
        var id = Guid.CreateVersion7(clock.GetUtcNow());
        var outcome = await runner.ChangeAsync<Guid>(
            // What is audited belongs to the new team.
            actor with
            {
                TeamId = id,
            },
            async context =>
            {
                var db = context.Db;
                var owned = db.Memberships.Where(m =>
                    m.UserId == actor.UserId && m.Role == TeamRole.Owner && m.RemovedAt == null
                );
                if (!await owned.AnyAsync(m => m.TeamId == actor.TeamId, ct))
                {
                    return new Refusal.Forbidden("team:update");
                }

                if (!Names.TryRead(name, "The team name", out var readName, out var error))
                {
                    return Refusal.Rule("Name", error);
                }

                if (await owned.CountAsync(ct) >= MaxOwned)
                {
                    return new Refusal.LimitReached($"You own {MaxOwned} teams. That is as many as one person may.");
                }

                db.Teams.Add(
                    new Team
                    {
                        Id = id,
                        Name = readName,
                        CreatedAt = context.Now,
                    }
                );
                await db.SaveChangesAsync(ct);
                db.Memberships.Add(
                    new Membership
                    {
                        TeamId = id,
                        UserId = actor.UserId,
                        Role = TeamRole.Owner,
                        JoinedAt = context.Now,
                        ChangeVersion = context.Version,
                    }
                );
                if (actor.SessionId is { } sessionId)
                {
                    var session = await db.Sessions.SingleAsync(s => s.Id == sessionId, ct);
                    session.TeamId = id;
                    session.ChangeVersion = context.Version;
                }

                context.Audit("team.create", "team", id.ToString(), readName);
                return id;
            },
            ct
        );
        if (outcome.Refusal is Refusal.Forbidden or Refusal.NotAMember)
        {
            // There is no new team whose log could say so.
            await store.WriteRefusalAsync(audit, clock, actor, "team.create", outcome.Refusal, ct);
        }

        return outcome;
    }
}
