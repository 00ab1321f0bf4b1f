using ControlPanel.Data.Operations.Access;
using ControlPanel.Shared;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Features.Overview;

/// <summary>The first page: which keys deserve a look, and where to begin.</summary>
public sealed partial class OverviewPage
{
    private IReadOnlyDictionary<KeyConcern, int>? _counts;

    [CascadingParameter]
    public CurrentPerson Person { get; set; } = CurrentPerson.Nobody;

    [Inject]
    public required CountKeyConcerns Count { get; init; }

    protected override Task OnInitializedAsync() => OnChangedAsync();

    protected override async Task OnChangedAsync()
    {
        if (Person.May("access:verify"))
        {
            _counts = (await Count.ExecuteAsync(await Actor.GetActorAsync(), Gone)).Value;
        }
    }
}
