using ControlPanel.Data.Operations.Teams;

namespace ControlPanel.Mail;

/// <summary>Mails invitations. Whoever invites has the link as well and can hand it over in any case.</summary>
public sealed class InvitationMail(MailDesk desk)
{
    /// <summary>Sends the link to whom it is for.</summary>
    /// <param name="invitation">As it was just made.</param>
    /// <param name="link">With the code; in no log.</param>
    public Task<MailOutcome> SendAsync(InvitationLink invitation, string link, CancellationToken ct) =>
        desk.SendAsync(
            invitation.Invitation.Email,
            $"You are invited to {invitation.Team}",
            $"""
            {invitation.Invitation.InvitedBy} invites you to the team {invitation.Team} in ControlPanel.

            Open this link to join. It works once, for seven days:
            {link}

            If you expected no invitation, do nothing: without the link nothing happens.
            """,
            "An invitation, whose link can be handed over by hand,",
            ct
        );
}
