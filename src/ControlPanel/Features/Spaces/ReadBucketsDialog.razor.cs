using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Spaces;
using ControlPanel.Shared;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Features.Spaces;

/// <summary>Shows which buckets the store has beyond those of the panel, and adds what is ticked.</summary>
public sealed partial class ReadBucketsDialog
{
    private static readonly Choice[] s_regions =
    [
        .. Regions.All.Select(r => new Choice(r.Slug, $"{r.Name} ({r.Slug})")),
    ];

    private readonly HashSet<string> _chosen = new(StringComparer.Ordinal);
    private IReadOnlyList<string>? _found;
    private Refusal? _refusal;
    private string? _region;
    private bool _busy;

    /// <summary>Called with how many were added.</summary>
    [Parameter]
    public EventCallback<int> OnAdded { get; set; }

    [Parameter]
    public EventCallback OnCancel { get; set; }

    [Inject]
    public required BucketSync Sync { get; init; }

    [Inject]
    public required AddBuckets Add { get; init; }

    [Inject]
    public required CurrentActor Actor { get; init; }

    protected override async Task OnInitializedAsync()
    {
        var outcome = await Sync.FindNewAsync(await Actor.GetActorAsync(), CancellationToken.None);
        _found = outcome.Value;
        _refusal = outcome.Refusal;
        _chosen.UnionWith(_found ?? []);
    }

    private void Tick(string name, bool ticked)
    {
        if (ticked)
        {
            _chosen.Add(name);
        }
        else
        {
            _chosen.Remove(name);
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
                [.. _found.Where(_chosen.Contains)],
                _region,
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
