using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Functions;
using ControlPanel.Shared;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Features.Functions;

/// <summary>Creates a namespace, with the API behind it or without.</summary>
public sealed partial class CreateNamespaceDialog
{
    private static readonly Choice[] s_regions =
    [
        .. Regions.All.Select(r => new Choice(r.Slug, $"{r.Name} ({r.Slug})")),
    ];

    private Refusal? _refusal;
    private string? _label;
    private string? _region;
    private string? _url;
    private string? _credential;
    private bool _busy;

    [Parameter]
    public EventCallback<NamespaceRow> OnCreated { get; set; }

    [Parameter]
    public EventCallback OnCancel { get; set; }

    [Inject]
    public required CreateNamespace Create { get; init; }

    [Inject]
    public required CurrentActor Actor { get; init; }

    private async Task CreateAsync()
    {
        if (_busy)
        {
            return;
        }

        _busy = true;
        try
        {
            var outcome = await Create.ExecuteAsync(
                await Actor.GetActorAsync(),
                new NewNamespace(_label, _region, _url, _credential),
                CancellationToken.None
            );
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
