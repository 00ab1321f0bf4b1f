using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Spaces;
using ControlPanel.Shared;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Features.Spaces;

/// <summary>Registers a bucket of the store behind.</summary>
public sealed partial class AddBucketDialog
{
    private static readonly Choice[] s_regions =
    [
        .. Regions.All.Select(r => new Choice(r.Slug, $"{r.Name} ({r.Slug})")),
    ];

    private Refusal? _refusal;
    private string? _name;
    private string? _region;
    private bool _busy;

    /// <summary>Called with the bucket's name.</summary>
    [Parameter]
    public EventCallback<string> OnAdded { get; set; }

    [Parameter]
    public EventCallback OnCancel { get; set; }

    [Inject]
    public required AddBuckets Add { get; init; }

    [Inject]
    public required CurrentActor Actor { get; init; }

    private async Task AddAsync()
    {
        if (_busy)
        {
            return;
        }

        _busy = true;
        try
        {
            var name = (_name ?? "").Trim();
            var outcome = await Add.ExecuteAsync(await Actor.GetActorAsync(), [name], _region, CancellationToken.None);
            _refusal = outcome.Refusal;
            if (outcome.IsDone)
            {
                await OnAdded.InvokeAsync(name);
            }
        }
        finally
        {
            _busy = false;
        }
    }
}
