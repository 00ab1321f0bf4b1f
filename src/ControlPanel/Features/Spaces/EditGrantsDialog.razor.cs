using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Spaces;
using ControlPanel.Shared;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Features.Spaces;

/// <summary>Changes what a limited key may reach. Without any bucket the key is suspended, and the dialog says so.</summary>
public sealed partial class EditGrantsDialog
{
    private readonly SortedDictionary<string, string> _grants = new(StringComparer.Ordinal);
    private Refusal? _refusal;
    private bool _busy;

    [Parameter, EditorRequired]
    public required SpacesKeyRow Row { get; set; }

    [Parameter]
    public EventCallback<SpacesKeyRow> OnSaved { get; set; }

    [Parameter]
    public EventCallback OnCancel { get; set; }

    [Inject]
    public required UpdateSpacesKey Update { get; init; }

    [Inject]
    public required CurrentActor Actor { get; init; }

    protected override void OnInitialized()
    {
        foreach (var grant in Row.Grants.Where(g => g.Permission != SpacesGrant.FullAccess))
        {
            _grants[grant.Bucket] = grant.Permission;
        }
    }

    private async Task SaveAsync()
    {
        if (_busy || Row.HasFullAccess)
        {
            return;
        }

        _busy = true;
        try
        {
            var outcome = await Update.ExecuteAsync(
                await Actor.GetActorAsync(),
                Row.AccessKeyId,
                name: null,
                [.. _grants.Select(g => new SpacesGrant(g.Key, g.Value))],
                CancellationToken.None
            );
            _refusal = outcome.Refusal;
            if (outcome.IsDone)
            {
                await OnSaved.InvokeAsync(outcome.Value);
            }
        }
        finally
        {
            _busy = false;
        }
    }
}
