using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Teams;
using ControlPanel.Shared;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Features.Team;

/// <summary>Makes another team and goes there.</summary>
public sealed partial class CreateTeamDialog
{
    private Refusal? _refusal;
    private string? _name;
    private bool _busy;

    /// <summary>The dialog is to be taken away.</summary>
    [Parameter]
    public EventCallback OnDone { get; set; }

    [Inject]
    public required CreateTeam Create { get; init; }

    [Inject]
    public required CurrentActor Actor { get; init; }

    [Inject]
    public required Notices Notices { get; init; }

    private async Task CreateAsync()
    {
        if (_busy)
        {
            return;
        }

        _busy = true;
        try
        {
            var outcome = await Create.ExecuteAsync(await Actor.GetActorAsync(), _name, CancellationToken.None);
            _refusal = outcome.Refusal;
            if (outcome.IsDone)
            {
                Notices.Say($"The team {_name?.Trim()} was created. You are looking at it now.");
                await OnDone.InvokeAsync();
            }
        }
        finally
        {
            _busy = false;
        }
    }
}
