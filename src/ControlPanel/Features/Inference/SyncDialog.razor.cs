using ControlPanel.Data.Operations.Inference;
using ControlPanel.Shared;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Features.Inference;

/// <summary>Shows what the model servers offer beyond the catalogue, and adds what is ticked.</summary>
public sealed partial class SyncDialog
{
    /// <summary>Called with how many were added.</summary>
    [Parameter]
    public EventCallback<int> OnAdded { get; set; }

    [Parameter]
    public EventCallback OnCancel { get; set; }

    [Inject]
    public required ModelSync Sync { get; init; }

    [Inject]
    public required AddModels Models { get; init; }
}
