using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Teams;

/// <summary>The person behind a token and the team it acts for.</summary>
public sealed record AccountView(
    Guid UserId,
    string Email,
    string DisplayName,
    bool EmailVerified,
    Guid TeamId,
    string TeamName
);

/// <summary>Says whose token it is.</summary>
public sealed class GetAccount(OperationRunner runner)
{
    /// <summary>Needs <c>account:read</c>.</summary>
    public Task<Outcome<AccountView>> ExecuteAsync(Actor actor, CancellationToken ct) =>
        runner.ReadAsync<AccountView>(
            actor,
            "account:read",
            async context =>
            {
                var person = await context.Db.Users.SingleAsync(u => u.Id == actor.UserId, ct);
                var team = await context.Db.Teams.SingleAsync(t => t.Id == actor.TeamId, ct);
                return new AccountView(
                    person.Id,
                    person.Email ?? "",
                    person.DisplayName,
                    person.EmailConfirmed,
                    team.Id,
                    team.Name
                );
            },
            ct
        );
}
