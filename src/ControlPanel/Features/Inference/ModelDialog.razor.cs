using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Inference;
using ControlPanel.Shared;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Features.Inference;

/// <summary>Adds or changes an entry of the catalogue.</summary>
public sealed partial class ModelDialog
{
    private static readonly Choice[] s_kinds =
    [
        new("text", "text"),
        new("image", "image"),
        new("audio", "audio"),
        new("embedding", "embedding"),
        new("video", "video"),
    ];

    private Refusal? _refusal;
    private string? _modelId;
    private string? _displayName;
    private string? _provider;
    private string? _modality = "text";
    private string? _price;
    private bool _batch;
    private bool _busy;

    /// <summary>The entry to change; <see langword="null"/> adds one.</summary>
    [Parameter]
    public ModelRow? Model { get; set; }

    [Parameter]
    public EventCallback OnSaved { get; set; }

    [Parameter]
    public EventCallback OnCancel { get; set; }

    [Inject]
    public required AddModels Add { get; init; }

    [Inject]
    public required UpdateModel Update { get; init; }

    [Inject]
    public required CurrentActor Actor { get; init; }

    protected override void OnInitialized()
    {
        if (Model is { } model)
        {
            (_modelId, _displayName, _provider, _modality) = (
                model.ModelId,
                model.DisplayName,
                model.Provider,
                model.Modality
            );
            (_price, _batch) = (model.PriceNote, model.BatchCapable);
        }
    }

    private async Task SaveAsync()
    {
        if (_busy)
        {
            return;
        }

        _busy = true;
        try
        {
            var input = new ModelInput(_modelId, _displayName, _provider, _modality, _batch, _price);
            var actor = await Actor.GetActorAsync();
            _refusal = Model is null
                ? (await Add.ExecuteAsync(actor, [input], CancellationToken.None)).Refusal
                : (await Update.ExecuteAsync(actor, Model.Id, input, CancellationToken.None)).Refusal;
            if (_refusal is null)
            {
                await OnSaved.InvokeAsync();
            }
        }
        finally
        {
            _busy = false;
        }
    }
}
