using ControlPanel.Data.Operations.Sessions;
using ControlPanel.Verification.Keys;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Teams;

/// <summary>What every member of a team may know of it, whatever their role.</summary>
/// <param name="Owners">E-mail addresses of those who can be asked for more rights.</param>
public sealed record TeamOverview(string Name, TeamRole MyRole, IReadOnlyList<string> Owners);

/// <summary>Says who owns the team; the <em>No permission</em> page names them.</summary>
public sealed class GetTeamOverview(OwnAccountRunner runner)
{
    /// <summary>Needs membership, no permission: it is what people without one are shown.</summary>
    public Task<Outcome<TeamOverview>> ExecuteAsync(Actor actor, CancellationToken ct) =>
        runner.ReadAsync<TeamOverview>(
            actor,
            async context =>
            {
                var db = context.Db;
                var mine = await db
                    .Memberships.Where(m => m.TeamId == actor.TeamId && m.UserId == actor.UserId && m.RemovedAt == null)
                    .Join(db.Teams, m => m.TeamId, t => t.Id, (m, t) => new { t.Name, m.Role })
                    .SingleOrDefaultAsync(ct);
                if (mine is null)
                {
                    return new Refusal.NotAMember();
                }

                var owners = await db
                    .Memberships.Where(m => m.TeamId == actor.TeamId && m.Role == TeamRole.Owner && m.RemovedAt == null)
                    .Join(db.Users, m => m.UserId, u => u.Id, (m, u) => u.Email ?? "")
                    .OrderBy(e => e)
                    .Take(20)
                    .ToListAsync(ct);
                return new TeamOverview(mine.Name, mine.Role, owners);
            },
            ct
        );
}
