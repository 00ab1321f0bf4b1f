using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Functions;
using ControlPanel.Data.Snapshots;
using ControlPanel.Shared;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Features.Functions;

/// <summary>Shows who still uses a key, and revokes it.</summary>
public sealed partial class RevokeKeyDialog
{
    private BlastRadius? _radius;
    private string? _error;

    [Parameter, EditorRequired]
    public required string NamespaceId { get; set; }

    [Parameter, EditorRequired]
    public required NamespaceKeyRow Row { get; set; }

    [Parameter]
    public EventCallback<Receipt> OnRevoked { get; set; }

    [Parameter]
    public EventCallback OnCancel { get; set; }

    [Inject]
    public required RevokeNamespaceKey Revoke { get; init; }

    [Inject]
    public required GetNamespaceKeyBlastRadius GetRadius { get; init; }

    [Inject]
    public required CurrentActor Actor { get; init; }

    protected override async Task OnInitializedAsync()
    {
        var outcome = await GetRadius.ExecuteAsync(
            await Actor.GetActorAsync(),
            NamespaceId,
            Row.KeyId,
            CancellationToken.None
        );
        _radius = outcome.Value;
        _error = outcome.IsDone ? null : Refusals.Say(outcome.Refusal);
    }

    private async Task RevokeAsync()
    {
        var outcome = await Revoke.ExecuteAsync(
            await Actor.GetActorAsync(),
            NamespaceId,
            Row.KeyId,
            CancellationToken.None
        );
        if (outcome.IsDone)
        {
            await OnRevoked.InvokeAsync(outcome.Value);
        }
        else
        {
            _error = Refusals.Say(outcome.Refusal);
        }
    }
}
