using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Access;
using ControlPanel.Shared;
using ControlPanel.Verification.Keys;
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

    internal static string AddressOf(ConcernedKey key)
    {
        var search = $"?q={Uri.EscapeDataString(key.Name)}";
        return key.Family switch
        {
            KeyFamily.Functions => key.Name == "Legacy credential"
                ? $"/functions/{key.Place}/settings"
                : $"/functions/{key.Place}/settings{search}",
            KeyFamily.Spaces => $"/spaces/access-keys{search}",
            KeyFamily.Inference => $"/inference/manage{search}",
            _ => $"/account/api/tokens{search}",
        };
    }

    internal static string Kind(ConcernedKey key) =>
        key.Family switch
        {
            KeyFamily.Functions => $"Namespace key in {key.PlaceName}",
            KeyFamily.Spaces => "Spaces key",
            KeyFamily.Inference => "Model key",
            _ => "API token",
        };

    private async Task<Outcome<Page<ConcernedKey>>> LoadAsync(PageRequest page, CancellationToken ct) =>
        await List.ExecuteAsync(await Actor.GetActorAsync(), Shown!.Value, page, ct);
}
