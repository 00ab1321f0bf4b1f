using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Access;
using ControlPanel.Shared;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Features.Overview;

/// <summary>The keys behind one card of the overview, whatever their family.</summary>
public sealed partial class KeysPage
{
    private static readonly (string Text, string Href)[] s_path = [("Overview", "/")];

    private readonly Column<ConcernedKey>[] _columns =
    [
        new("Name", s_name, "name", "wrap strong"),
        new("Kind", s_kind, Class: "break"),
        new("Created by", s_createdBy, Class: "break"),
        new("Created", s_created, "created"),
        new("Expires", s_expires, "expires"),
        new("Last used", s_lastUsed, "last_used"),
    ];

    private DataTable<ConcernedKey>? _table;

    /// <summary>The concern's name, from the address.</summary>
    [Parameter]
    public string Concern { get; set; } = "";

    [CascadingParameter]
    public CurrentPerson Person { get; set; } = CurrentPerson.Nobody;

    [Inject]
    public required ListConcernedKeys List { get; init; }

    private KeyConcern? Shown =>
        Enum.TryParse<KeyConcern>(Concern, ignoreCase: true, out var concern) && Enum.IsDefined(concern)
            ? concern
            : null;

    protected override Task OnChangedAsync() => _table?.RefreshAsync() ?? Task.CompletedTask;

    private static string AddressOf(ConcernedKey key) =>
        KeyAddresses.Of(key.Family, key.Name, key.Place, key.IsOwn, key.IsLegacy);

    private async Task<Outcome<Page<ConcernedKey>>> LoadAsync(PageRequest page, CancellationToken ct) =>
        await List.ExecuteAsync(await Actor.GetActorAsync(), Shown!.Value, page, ct);
}
