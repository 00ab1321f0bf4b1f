using ControlPanel.Data.Operations.Inference;
using ControlPanel.Shared;
using ControlPanel.Verification.Keys;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Features.Inference;

/// <summary>Model access keys in their tabs, and the catalogue they choose from.</summary>
public sealed partial class ManagePage
{
    private ModelKeys? _keys;
    private ModelCatalog? _catalog;
    private ModelKeyRow? _from;
    private OneTimeSecret? _secret;
    private bool _creating;
    private bool _importing;

    /// <summary>The tab's part of the address; none: My keys.</summary>
    [Parameter]
    public string? Tab { get; set; }

    [CascadingParameter]
    public CurrentPerson Person { get; set; } = CurrentPerson.Nobody;

    [Inject]
    public required ImportModelKeys Import { get; init; }

    [Inject]
    public required Notices Notices { get; init; }

    [Inject]
    public required ModelKeySecret Secrets { get; init; }

    private bool IsOwnersOnly => Tab is "team" or "models";

    private string? Current =>
        Tab switch
        {
            null or "my" => "My keys",
            "legacy" => "Legacy keys",
            "team" => "Team's keys",
            "models" => "Models",
            _ => null,
        };

    private ModelKeyTab Shown =>
        Tab switch
        {
            "legacy" => ModelKeyTab.Legacy,
            "team" => ModelKeyTab.Team,
            _ => ModelKeyTab.Mine,
        };

    private IReadOnlyList<Tab> Items =>
        Person.Role == TeamRole.Owner
            ?
            [
                new("My keys", "/inference/manage"),
                new("Legacy keys", "/inference/manage/legacy"),
                new("Team's keys", "/inference/manage/team"),
                new("Models", "/inference/manage/models"),
            ]
            : [new("My keys", "/inference/manage"), new("Legacy keys", "/inference/manage/legacy")];

    protected override async Task OnChangedAsync()
    {
        await (_keys?.RefreshAsync() ?? Task.CompletedTask);
        await (_catalog?.RefreshAsync() ?? Task.CompletedTask);
    }

    private Task ImportedAsync(string what)
    {
        _importing = false;
        Notices.Say(what);
        return OnChangedAsync();
    }

    private void Start(ModelKeyRow? from)
    {
        _from = from;
        _creating = true;
    }

    private async Task RevealAsync(NewModelKey created)
    {
        _creating = false;
        _secret = await Secrets.ForAsync(await Actor.GetActorAsync(), created, "was created");
    }

    private Task HideAsync()
    {
        _secret = null;
        return OnChangedAsync();
    }
}
