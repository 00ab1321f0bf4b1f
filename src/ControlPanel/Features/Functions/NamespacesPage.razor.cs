using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Functions;
using ControlPanel.Shared;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Features.Functions;

/// <summary>The namespaces of the team.</summary>
public sealed partial class NamespacesPage
{
    private readonly Column<NamespaceRow>[] _columns =
    [
        new("Label", s_label, "label", "wrap strong"),
        new("Namespace ID", s_id, Class: "hide-phone"),
        new("Region", s_region, "region"),
        new("Access keys", s_keys, "keys"),
        new("Legacy credential", s_legacy),
    ];

    private DataTable<NamespaceRow>? _table;
    private NamespaceRow? _deleting;
    private string? _typed;
    private string? _error;
    private bool _creating;
    private bool _importing;

    [CascadingParameter]
    public CurrentPerson Person { get; set; } = CurrentPerson.Nobody;

    [Inject]
    public required ListNamespaces List { get; init; }

    [Inject]
    public required DeleteNamespace Delete { get; init; }

    [Inject]
    public required ImportLegacyCredentials Import { get; init; }

    [Inject]
    public required FunctionsExamples Examples { get; init; }

    [Inject]
    public required NavigationManager Navigation { get; init; }

    [Inject]
    public required Notices Notices { get; init; }

    protected override Task OnChangedAsync() => _table?.RefreshAsync() ?? Task.CompletedTask;

    private async Task<Outcome<Page<NamespaceRow>>> LoadAsync(PageRequest page, CancellationToken ct) =>
        await List.ExecuteAsync(await Actor.GetActorAsync(), page, ct);

    private Task ImportedAsync(string what)
    {
        _importing = false;
        Notices.Say(what);
        return OnChangedAsync();
    }

    private void Open(NamespaceRow row) => Navigation.NavigateTo($"/functions/{row.Id}");

    private void Ask(NamespaceRow row)
    {
        _deleting = row;
        _typed = null;
        _error = null;
    }

    private async Task DeleteAsync()
    {
        var outcome = await Delete.ExecuteAsync(await Actor.GetActorAsync(), _deleting!.Id, CancellationToken.None);
        if (outcome.IsDone)
        {
            _deleting = null;
            Notices.Say(Receipts.Say("Deleted", outcome.Value));
            await OnChangedAsync();
        }
        else
        {
            _error = Refusals.Say(outcome.Refusal);
        }
    }
}
