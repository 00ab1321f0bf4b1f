using ControlPanel.Verification.Keys;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Teams;

/// <summary>An open invitation in a list. Its code is known to whoever was given the link.</summary>
/// <param name="InvitedBy">The e-mail address of whoever made it.</param>
public sealed record InvitationRow(
    Guid Id,
    string Email,
    TeamRole Role,
    string InvitedBy,
    DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt
);

/// <summary>Lists the team's open invitations, the newest first.</summary>
public sealed class ListInvitations(OperationRunner runner)
{
    /// <summary>Needs <c>team:update</c>: who is about to come is the owners' business.</summary>
    public Task<Outcome<IReadOnlyList<InvitationRow>>> ExecuteAsync(Actor actor, CancellationToken ct) =>
        runner.ReadAsync<IReadOnlyList<InvitationRow>>(
            actor,
            "team:update",
            async context =>
            {
                var db = context.Db;
                return Outcome.Of<IReadOnlyList<InvitationRow>>(
                    await db
                        .Invitations.Open(context.Now)
                        .Where(i => i.TeamId == context.TeamId)
                        .OrderByDescending(i => i.CreatedAt)
                        .ThenByDescending(i => i.Id)
                        .Take(InvitePerson.MaxOpen)
                        .Select(i => new InvitationRow(
                            i.Id,
                            i.Email,
                            i.Role,
                            db.Users.Where(u => u.Id == i.InvitedBy).Select(u => u.Email).FirstOrDefault() ?? "",
                            i.CreatedAt,
                            i.ExpiresAt
                        ))
                        .ToListAsync(ct)
                );
            },
            ct
        );
}

/// <summary>Ends an open invitation: its link is worth nothing from now on.</summary>
public sealed class WithdrawInvitation(OperationRunner runner)
{
    /// <summary>Needs <c>team:update</c>. One that was used, withdrawn or has expired is missing.</summary>
    public Task<Outcome<Done>> ExecuteAsync(Actor actor, Guid invitationId, CancellationToken ct) =>
        runner.ChangeAsync<Done>(
            actor,
            "invitation.withdraw",
            "team:update",
            async context =>
            {
                var invitation = await context
                    .Db.Invitations.Open(context.Now)
                    .SingleOrDefaultAsync(i => i.Id == invitationId && i.TeamId == context.TeamId, ct);
                if (invitation is null)
                {
                    return new Refusal.Missing("invitation");
                }

                invitation.WithdrawnAt = context.Now;
                context.Audit("invitation.withdraw", "invitation", invitation.Id.ToString(), invitation.Email);
                return default(Done);
            },
            ct
        );
}
