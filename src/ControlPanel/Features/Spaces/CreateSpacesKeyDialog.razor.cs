using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Spaces;
using ControlPanel.Shared;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Features.Spaces;

/// <summary>Asks what a key may reach, says it in words, and makes the key.</summary>
public sealed partial class CreateSpacesKeyDialog
{
    private readonly string _scopeId = $"scope-{Ids.Next()}";
    private readonly SortedDictionary<string, string> _grants = new(StringComparer.Ordinal);
    private Refusal? _refusal;
    private string? _name;
    private bool _full;
    private bool _busy;

    [Parameter]
    public EventCallback<NewSpacesKey> OnCreated { get; set; }

    [Parameter]
    public EventCallback OnCancel { get; set; }

    [Inject]
    public required CreateSpacesKey Create { get; init; }

    [Inject]
    public required CurrentActor Actor { get; init; }

    private async Task CreateAsync()
    {
        if (_busy)
        {
            return;
        }

        if (!_full && _grants.Count == 0)
        {
            _refusal = Refusal.Rule("Grants", "Choose at least one bucket, or full access.");
            return;
        }

        _busy = true;
        try
        {
            IReadOnlyList<SpacesGrant> grants = _full
                ? [new SpacesGrant("", SpacesGrant.FullAccess)]
                : [.. _grants.Select(g => new SpacesGrant(g.Key, g.Value))];
            var outcome = await Create.ExecuteAsync(await Actor.GetActorAsync(), _name, grants, CancellationToken.None);
            _refusal = outcome.Refusal;
            if (outcome.IsDone)
            {
                await OnCreated.InvokeAsync(outcome.Value);
            }
        }
        finally
        {
            _busy = false;
        }
    }
}
