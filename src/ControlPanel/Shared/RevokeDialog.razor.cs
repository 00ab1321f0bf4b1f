using ControlPanel.Data.Operations;
using ControlPanel.Data.Snapshots;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Shared;

/// <summary>Shows who still uses a key, and ends it: the same dialog for every family.</summary>
public sealed partial class RevokeDialog
{
    private BlastRadius? _radius;
    private string? _typed;
    private string? _error;

    [Parameter, EditorRequired]
    public required string Title { get; set; }

    /// <summary>The text of the button.</summary>
    [Parameter]
    public string Action { get; set; } = "Revoke";

    /// <summary>A name that must be typed exactly; none unless set.</summary>
    [Parameter]
    public string? ConfirmName { get; set; }

    /// <summary>What will really happen, in words.</summary>
    [Parameter]
    public RenderFragment? ChildContent { get; set; }

    /// <summary>Reads who uses it; not shown when not set.</summary>
    [Parameter]
    public Func<Actor, Task<Outcome<BlastRadius>>>? Look { get; set; }

    /// <summary>Does it.</summary>
    [Parameter, EditorRequired]
    public required Func<Actor, Task<Outcome<Receipt>>> Revoke { get; set; }

    [Parameter]
    public EventCallback<Receipt> OnRevoked { get; set; }

    [Parameter]
    public EventCallback OnCancel { get; set; }

    [Inject]
    public required CurrentActor Actor { get; init; }

    protected override async Task OnInitializedAsync()
    {
        if (Look is not null)
        {
            var outcome = await Look(await Actor.GetActorAsync());
            _radius = outcome.Value;
            _error = outcome.IsDone ? null : Refusals.Say(outcome.Refusal);
        }
    }

    private async Task RevokeAsync()
    {
        var outcome = await Revoke(await Actor.GetActorAsync());
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
