using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Spaces;
using ControlPanel.Shared;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Features.Spaces;

/// <summary>Shows which buckets the store has beyond those of the panel, and adds what is ticked.</summary>
public sealed partial class ReadBucketsDialog
{
    private static readonly string[] s_fields = ["Region"];

    private static readonly Choice[] s_regions =
    [
        .. Regions.All.Select(r => new Choice(r.Slug, $"{r.Name} ({r.Slug})")),
    ];

    private string? _region;

    /// <summary>Called with how many were added.</summary>
    [Parameter]
    public EventCallback<int> OnAdded { get; set; }

    [Parameter]
    public EventCallback OnCancel { get; set; }

    [Inject]
    public required BucketSync Sync { get; init; }

    [Inject]
    public required AddBuckets Buckets { get; init; }
}
