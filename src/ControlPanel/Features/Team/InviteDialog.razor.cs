using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Teams;
using ControlPanel.Hosting;
using ControlPanel.Mail;
using ControlPanel.Shared;
using ControlPanel.Verification.Keys;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Features.Team;

/// <summary>Invites somebody; the link is shown once, to be handed over.</summary>
public sealed partial class InviteDialog
{
    private static readonly Choice[] s_roles =
    [
        .. Enum.GetValues<TeamRole>().Select(r => new Choice(r.ToString(), Roles.Name(r))),
    ];

    private Refusal? _refusal;
    private string? _email;
    private string? _role;
    private string? _link;
    private MailOutcome _mail;
    private bool _busy;

    /// <summary>The dialog is to be taken away.</summary>
    [Parameter]
    public EventCallback OnDone { get; set; }

    [Inject]
    public required InvitePerson Invite { get; init; }

    [Inject]
    public required InvitationMail Mail { get; init; }

    [Inject]
    public required CurrentActor Actor { get; init; }

    [Inject]
    public required ListenAddresses Addresses { get; init; }

    private async Task InviteAsync()
    {
        if (_busy)
        {
            return;
        }

        if (!Enum.TryParse<TeamRole>(_role, out var role))
        {
            _refusal = Refusal.Rule("Role", "Choose what they may do.");
            return;
        }

        _busy = true;
        try
        {
            var outcome = await Invite.ExecuteAsync(
                await Actor.GetActorAsync(),
                new NewInvitation(_email, role),
                CancellationToken.None
            );
            _refusal = outcome.Refusal;
            if (outcome.IsDone)
            {
                using var code = outcome.Value.Code;
                var link = InvitationAddress.Of(new Uri(Addresses.Panel), code);
                _mail = await Mail.SendAsync(outcome.Value, link, CancellationToken.None);
                _link = link;
            }
        }
        finally
        {
            _busy = false;
        }
    }
}
