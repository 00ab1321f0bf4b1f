using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Access;
using ControlPanel.Shared;
using ControlPanel.Verification.Keys;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Features.Overview;

/// <summary>What will stop soon unless somebody acts: for whoever made the keys, and for owners all of the team.</summary>
public sealed partial class ExpiringPage
{
    private static readonly TimeSpan s_month = TimeSpan.FromDays(30);
    private static readonly (string Text, string Href)[] s_path = [("Overview", "/")];

    private readonly Column<ConcernedKey>[] _columns =
    [
        new("Name", s_name, Class: "wrap strong"),
        new("Kind", s_kind, Class: "break"),
        new("Created by", s_createdBy, Class: "break"),
        new("Expires", s_expires),
        new("Last used", s_lastUsed),
    ];

    private DataTable<ConcernedKey>? _table;

    [CascadingParameter]
    public CurrentPerson Person { get; set; } = CurrentPerson.Nobody;

    [Inject]
    public required ListExpiringKeys List { get; init; }

    [Inject]
    public required Browser Browser { get; init; }

    private string Purpose =>
        Person.Role == TeamRole.Owner
            ? "Keys of the team that expire within 30 days. What uses them stops unless it gets a new key."
            : "Keys you made that expire within 30 days. What uses them stops unless it gets a new key.";

    protected override Task OnChangedAsync() => _table?.RefreshAsync() ?? Task.CompletedTask;

    private async Task<Outcome<Page<ConcernedKey>>> LoadAsync(PageRequest page, CancellationToken ct) =>
        await List.ExecuteAsync(await Actor.GetActorAsync(), s_month, page, ct);

    private async Task DownloadAsync() => await Browser.DownloadFromAsync(ExpirationCalendar.Path);
}
