using ControlPanel.Data.Snapshots;
using ControlPanel.Verification.Keys;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Teams;

/// <summary>Gives a member another role. It counts at their next click and their tokens' next call.</summary>
public sealed class ChangeRole(OperationRunner runner, Acknowledgements acknowledgements)
{
    /// <summary>Needs <c>team:update</c>. The last owner stays one. Returns when every node knows the new role.</summary>
    public async Task<Outcome<Receipt>> ExecuteAsync(Actor actor, Guid userId, TeamRole role, CancellationToken ct)
    {
        var (outcome, version, committedAt) = await runner.ChangeWithVersionAsync<Done>(
            actor,
            "member.change_role",
            "team:update",
            async context =>
            {
                if (!Enum.IsDefined(role))
                {
                    return Refusal.Rule("Role", "Choose one of the roles offered.");
                }

                if (await context.FindMemberAsync(userId, ct) is not { } member)
                {
                    return new Refusal.Missing("member");
                }

                if (
                    member.Role == TeamRole.Owner
                    && role != TeamRole.Owner
                    && await context.IsLastOwnerAsync(userId, ct)
                )
                {
                    return new Refusal.Conflict("Role", "The last owner of a team cannot be given another role.");
                }

                var email = await context.Db.Users.Where(u => u.Id == userId).Select(u => u.Email).SingleAsync(ct);
                context.Audit(
                    "member.change_role",
                    "member",
                    userId.ToString(),
                    email ?? "",
                    new { from = member.Role.ToString(), to = role.ToString() }
                );
                member.Role = role;
                member.ChangeVersion = context.Version;
                return default(Done);
            },
            ct
        );
        return outcome.IsDone
            ? await acknowledgements.WaitAsync(version, committedAt, CancellationToken.None)
            : outcome.Refusal;
    }
}
