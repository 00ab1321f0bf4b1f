using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Inference;
using ControlPanel.Shared;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Features.Inference;

/// <summary>The models that keys can be limited to. Owners keep it.</summary>
public sealed partial class ModelCatalog
{
    private readonly Column<ModelRow>[] _columns =
    [
        new("Model", s_id, "id", "wrap strong"),
        new("Provider", s_provider, "provider"),
        new("Kind", s_modality),
        new("Batch-capable", s_batch),
        new("Price note", s_price, Class: "break"),
    ];

    private DataTable<ModelRow>? _table;
    private ModelRow? _edited;
    private ModelRow? _removing;
    private string? _removeError;
    private bool _editing;
    private bool _syncing;

    [Inject]
    public required ListModels List { get; init; }

    [Inject]
    public required RemoveModel Remove { get; init; }

    [Inject]
    public required CurrentActor Actor { get; init; }

    [Inject]
    public required Notices Notices { get; init; }

    /// <summary>Opens the dialog for a new entry.</summary>
    public void StartAdding() => Start(null);

    /// <summary>Opens the dialog that shows what the model servers offer beyond the catalogue.</summary>
    public void StartSync()
    {
        _syncing = true;
        StateHasChanged();
    }

    /// <summary>Reads the list again.</summary>
    public Task RefreshAsync() => _table?.RefreshAsync() ?? Task.CompletedTask;

    private async Task<Outcome<Page<ModelRow>>> LoadAsync(PageRequest page, CancellationToken ct) =>
        await List.ExecuteAsync(await Actor.GetActorAsync(), page, ct);

    private void Start(ModelRow? row)
    {
        _edited = row;
        _editing = true;
        StateHasChanged();
    }

    private async Task AddedAsync(int count)
    {
        _syncing = false;
        Notices.Say(count == 1 ? "1 model was added." : $"{count} models were added.");
        await RefreshAsync();
    }

    private async Task SavedAsync()
    {
        _editing = false;
        await RefreshAsync();
    }

    private async Task RemoveAsync()
    {
        var outcome = await Remove.ExecuteAsync(await Actor.GetActorAsync(), _removing!.Id, CancellationToken.None);
        _removeError = outcome.IsDone ? null : Refusals.Say(outcome.Refusal);
        if (outcome.IsDone)
        {
            _removing = null;
            await RefreshAsync();
        }
    }
}
