using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Functions;
using ControlPanel.Shared;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Features.Overview;

/// <summary>The first page: what there is, and where to begin.</summary>
public sealed partial class OverviewPage
{
    private Page<NamespaceRow>? _namespaces;

    [CascadingParameter]
    public CurrentPerson Person { get; set; } = CurrentPerson.Nobody;

    [Inject]
    public required ListNamespaces List { get; init; }

    private string Keys
    {
        get
        {
            var keys = _namespaces?.Items.Sum(n => n.LiveKeys) ?? 0;
            return keys == 1 ? "1 access key in use" : $"{keys} access keys in use";
        }
    }

    protected override Task OnInitializedAsync() => OnChangedAsync();

    protected override async Task OnChangedAsync()
    {
        if (Person.May("function:read"))
        {
            var outcome = await List.ExecuteAsync(await Actor.GetActorAsync(), new PageRequest(Take: 200), Gone);
            _namespaces = outcome.Value;
        }
    }
}
