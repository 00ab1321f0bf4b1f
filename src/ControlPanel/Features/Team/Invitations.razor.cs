using ControlPanel.Data.Operations.Teams;
using ControlPanel.Shared;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Features.Team;

/// <summary>Invitations that were not used yet.</summary>
public sealed partial class Invitations
{
    private IReadOnlyList<InvitationRow>? _open;

    [Inject]
    public required ListInvitations List { get; init; }

    [Inject]
    public required WithdrawInvitation Withdraw { get; init; }

    [Inject]
    public required CurrentActor Actor { get; init; }

    [Inject]
    public required Notices Notices { get; init; }

    /// <summary>Reads them again.</summary>
    public async Task RefreshAsync()
    {
        _open = (await List.ExecuteAsync(await Actor.GetActorAsync(), CancellationToken.None)).Value;
        StateHasChanged();
    }

    protected override Task OnInitializedAsync() => RefreshAsync();

    private async Task WithdrawAsync(InvitationRow invitation)
    {
        var outcome = await Withdraw.ExecuteAsync(await Actor.GetActorAsync(), invitation.Id, CancellationToken.None);
        Notices.Say(
            outcome.IsDone ? $"The invitation of {invitation.Email} was withdrawn." : Refusals.Say(outcome.Refusal)
        );
        await RefreshAsync();
    }
}
