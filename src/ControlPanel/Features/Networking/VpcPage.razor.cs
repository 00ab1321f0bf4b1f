using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Networking;
using ControlPanel.Shared;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Features.Networking;

/// <summary>The networks that model access keys can be restricted to.</summary>
public sealed partial class VpcPage
{
    private readonly Column<VpcRow>[] _columns =
    [
        new("Name", s_name, "name", "wrap strong"),
        new("Region", s_region, "region"),
        new("IP ranges", s_ranges, Class: "break"),
        new("Keys restricted to it", s_keys),
        new("Created", s_created, "created"),
    ];

    private DataTable<VpcRow>? _table;
    private VpcRow? _edited;
    private VpcRow? _deleting;
    private string? _error;
    private bool _editing;

    [CascadingParameter]
    public CurrentPerson Person { get; set; } = CurrentPerson.Nobody;

    [Inject]
    public required ListVpcs List { get; init; }

    [Inject]
    public required DeleteVpc Delete { get; init; }

    [Inject]
    public required Notices Notices { get; init; }

    protected override Task OnChangedAsync() => _table?.RefreshAsync() ?? Task.CompletedTask;

    private async Task<Outcome<Page<VpcRow>>> LoadAsync(PageRequest page, CancellationToken ct) =>
        await List.ExecuteAsync(await Actor.GetActorAsync(), page, ct);

    private void Start(VpcRow? row)
    {
        _edited = row;
        _editing = true;
    }

    private void Ask(VpcRow row)
    {
        _deleting = row;
        _error = null;
    }

    private async Task SavedAsync()
    {
        _editing = false;
        await OnChangedAsync();
    }

    private async Task DeleteAsync()
    {
        var outcome = await Delete.ExecuteAsync(await Actor.GetActorAsync(), _deleting!.Id, CancellationToken.None);
        _error = outcome.IsDone ? null : Refusals.Say(outcome.Refusal);
        if (outcome.IsDone)
        {
            Notices.Say($"{_deleting.Name} was deleted.");
            _deleting = null;
            await OnChangedAsync();
        }
    }
}
