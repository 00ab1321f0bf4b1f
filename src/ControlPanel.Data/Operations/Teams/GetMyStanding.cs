using ControlPanel.Data.Operations.Sessions;
using ControlPanel.Verification.Keys;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Teams;

/// <summary>One team of a person and what they are there.</summary>
public sealed record TeamStanding(Guid TeamId, string Name, TeamRole Role);

/// <summary>A signed-in person as of now: who, in which teams, and which team the session looks at.</summary>
/// <param name="Current"><see langword="null"/> when the person belongs to no team.</param>
/// <param name="Teams">All of them, by name.</param>
/// <param name="AuthenticatedAt">When the person last proved who they are.</param>
public sealed record Standing(
    Guid UserId,
    string Email,
    string DisplayName,
    TeamStanding? Current,
    IReadOnlyList<TeamStanding> Teams,
    DateTimeOffset AuthenticatedAt
);

/// <summary>Says who the signed-in person is and where they belong.</summary>
public sealed class GetMyStanding(OwnAccountRunner runner)
{
    /// <summary>Needs a session that is in force.</summary>
    public Task<Outcome<Standing>> ExecuteAsync(Actor actor, CancellationToken ct) =>
        runner.ReadAsync<Standing>(
            actor,
            async context =>
            {
                var db = context.Db;
                var me = await db
                    .Sessions.Where(s => s.Id == actor.SessionId && s.UserId == actor.UserId)
                    .Join(
                        db.Users,
                        s => s.UserId,
                        u => u.Id,
                        (s, u) =>
                            new
                            {
                                u.Email,
                                u.DisplayName,
                                s.TeamId,
                                s.AuthenticatedAt,
                            }
                    )
                    .SingleOrDefaultAsync(ct);
                if (me is null)
                {
                    return new Refusal.NotAMember();
                }

                var teams = await db
                    .Memberships.Where(m => m.UserId == actor.UserId && m.RemovedAt == null)
                    .Join(
                        db.Teams,
                        m => m.TeamId,
                        t => t.Id,
                        (m, t) =>
                            new
                            {
                                t.Id,
                                t.Name,
                                m.Role,
                                m.JoinedAt,
                            }
                    )
                    .OrderBy(t => t.Name)
                    .ThenBy(t => t.Id)
                    .ToListAsync(ct);

                // Removed from the team it looked at: the session goes on in the oldest one that is left.
                var current =
                    teams.FirstOrDefault(t => t.Id == me.TeamId) ?? teams.OrderBy(t => t.JoinedAt).FirstOrDefault();
                return new Standing(
                    actor.UserId,
                    me.Email ?? "",
                    me.DisplayName,
                    current is null ? null : new TeamStanding(current.Id, current.Name, current.Role),
                    [.. teams.Select(t => new TeamStanding(t.Id, t.Name, t.Role))],
                    me.AuthenticatedAt
                );
            },
            ct
        );
}
