using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Inference;
using ControlPanel.Shared;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Features.Inference;

/// <summary>Gives a model key another secret, behind its typed name.</summary>
public sealed partial class RegenerateDialog
{
    private BlastRadius? _radius;
    private string? _typed;
    private Refusal? _refusal;

    [Parameter, EditorRequired]
    public required ModelKeyRow Row { get; set; }

    [Parameter]
    public EventCallback<NewModelKey> OnRegenerated { get; set; }

    [Parameter]
    public EventCallback OnCancel { get; set; }

    [Inject]
    public required RegenerateModelKey Regenerate { get; init; }

    [Inject]
    public required GetModelKeyBlastRadius GetRadius { get; init; }

    [Inject]
    public required CurrentActor Actor { get; init; }

    protected override async Task OnInitializedAsync() =>
        _radius = (await GetRadius.ExecuteAsync(await Actor.GetActorAsync(), Row.Id, CancellationToken.None)).Value;

    private async Task RegenerateAsync()
    {
        var outcome = await Regenerate.ExecuteAsync(
            await Actor.GetActorAsync(),
            Row.Id,
            _typed,
            CancellationToken.None
        );
        _refusal = outcome.Refusal;
        if (outcome.IsDone)
        {
            await OnRegenerated.InvokeAsync(outcome.Value);
        }
    }
}
