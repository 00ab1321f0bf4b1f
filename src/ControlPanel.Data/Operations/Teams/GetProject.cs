using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Teams;

/// <summary>The one project of a team, which holds everything there is: its id is the team's.</summary>
public sealed record ProjectView(Guid Id, string Name, DateTimeOffset CreatedAt);

/// <summary>Says which project a token works in.</summary>
public sealed class GetProject(OperationRunner runner)
{
    /// <summary>Needs <c>project:read</c>.</summary>
    public Task<Outcome<ProjectView>> ExecuteAsync(Actor actor, CancellationToken ct) =>
        runner.ReadAsync<ProjectView>(
            actor,
            "project:read",
            async context =>
            {
                var team = await context.Db.Teams.SingleAsync(t => t.Id == actor.TeamId, ct);
                return new ProjectView(team.Id, team.Name, team.CreatedAt);
            },
            ct
        );
}
