using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Spaces;
using ControlPanel.Shared;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Features.Spaces;

/// <summary>The buckets of the team.</summary>
public sealed partial class BucketsPage
{
    private readonly Column<BucketRow>[] _columns =
    [
        new("Name", s_name, "name", "wrap strong"),
        new("Region", s_region, "region"),
        new("Keys with access", s_keys),
        new("Added", s_created, "created"),
    ];

    private DataTable<BucketRow>? _table;
    private BucketRow? _removing;
    private string? _error;
    private bool _adding;
    private bool _reading;

    [CascadingParameter]
    public CurrentPerson Person { get; set; } = CurrentPerson.Nobody;

    [Inject]
    public required ListBuckets List { get; init; }

    [Inject]
    public required RemoveBucket Remove { get; init; }

    [Inject]
    public required Notices Notices { get; init; }

    protected override Task OnChangedAsync() => _table?.RefreshAsync() ?? Task.CompletedTask;

    private async Task<Outcome<Page<BucketRow>>> LoadAsync(PageRequest page, CancellationToken ct) =>
        await List.ExecuteAsync(await Actor.GetActorAsync(), page, ct);

    private async Task AddedAsync(string name)
    {
        _adding = false;
        Notices.Say($"{name} was added. Grant it to keys under Access Keys.");
        await OnChangedAsync();
    }

    private async Task ReadAsync(int added)
    {
        _reading = false;
        Notices.Say(
            $"{added} {(added == 1 ? "bucket was" : "buckets were")} added. Grant them to keys under Access Keys."
        );
        await OnChangedAsync();
    }

    private void Ask(BucketRow row)
    {
        _removing = row;
        _error = null;
    }

    private async Task RemoveAsync()
    {
        var outcome = await Remove.ExecuteAsync(await Actor.GetActorAsync(), _removing!.Name, CancellationToken.None);
        _error = outcome.IsDone ? null : Refusals.Say(outcome.Refusal);
        if (outcome.IsDone)
        {
            Notices.Say($"{_removing.Name} was removed from the panel.");
            _removing = null;
            await OnChangedAsync();
        }
    }
}
