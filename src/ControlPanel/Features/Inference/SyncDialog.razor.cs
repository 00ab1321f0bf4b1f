using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Inference;
using ControlPanel.Shared;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Features.Inference;

/// <summary>Shows what the model servers offer beyond the catalogue, and adds what is ticked.</summary>
public sealed partial class SyncDialog
{
    private readonly HashSet<string> _chosen = new(StringComparer.Ordinal);
    private IReadOnlyList<ModelInput>? _found;
    private Refusal? _refusal;
    private bool _busy;

    /// <summary>Called with how many were added.</summary>
    [Parameter]
    public EventCallback<int> OnAdded { get; set; }

    [Parameter]
    public EventCallback OnCancel { get; set; }

    [Inject]
    public required ModelSync Sync { get; init; }

    [Inject]
    public required AddModels Add { get; init; }

    [Inject]
    public required CurrentActor Actor { get; init; }

    protected override async Task OnInitializedAsync()
    {
        var outcome = await Sync.FindNewAsync(await Actor.GetActorAsync(), CancellationToken.None);
        _found = outcome.Value;
        _refusal = outcome.Refusal;
        _chosen.UnionWith(_found?.Select(m => m.ModelId!) ?? []);
    }

    private void Tick(string model, bool ticked)
    {
        if (ticked)
        {
            _chosen.Add(model);
        }
        else
        {
            _chosen.Remove(model);
        }
    }

    private async Task AddAsync()
    {
        if (_busy || _found is null)
        {
            return;
        }

        _busy = true;
        try
        {
            var outcome = await Add.ExecuteAsync(
                await Actor.GetActorAsync(),
                [.. _found.Where(m => _chosen.Contains(m.ModelId!))],
                CancellationToken.None
            );
            _refusal = outcome.Refusal;
            if (outcome.IsDone)
            {
                await OnAdded.InvokeAsync(outcome.Value);
            }
        }
        finally
        {
            _busy = false;
        }
    }
}
