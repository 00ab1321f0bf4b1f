using ControlPanel.Data.Operations.Sessions;
using ControlPanel.Shared;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using Microsoft.AspNetCore.Components.Web;

namespace ControlPanel.Layout;

/// <summary>The shell of the panel: top bar, menu, content. An entry that the role may not open is not there.</summary>
public sealed partial class MainLayout : IDisposable
{
    private static readonly Entry[] s_entries =
    [
        new("/", "Overview", "dashboard", null),
        new("/functions", "Functions", "function", "function:read"),
        new("/spaces", "Spaces Object Storage", "database", "spaces:read"),
        new("/inference/manage", "Inference", "neurology", "genai:read"),
        new("/account/api/tokens", "API", "api", "tokens:read"),
        new("/networking/vpc", "Networking", "lan", "vpc:read"),
        new("/team/members", "Team", "group", "team:read"),
        new("/activity", "Activity", "history", "activity:read"),
        new("/try", "Try this key", "fact_check", "access:verify"),
    ];

    private CurrentPerson? _person;
    private ErrorBoundary? _boundary;
    private bool _menuOpen;
    private bool _finding;
    private bool _dark;

    [Inject]
    public required CurrentActor Actor { get; init; }

    [Inject]
    public required SwitchTeam SwitchTeam { get; init; }

    [Inject]
    public required Browser Browser { get; init; }

    [Inject]
    public required NavigationManager Navigation { get; init; }

    private IEnumerable<Entry> Entries =>
        s_entries.Where(e => e.Permission is null || _person?.May(e.Permission) == true);

    private string Here => "/" + Navigation.ToBaseRelativePath(Navigation.Uri).Split('#')[0];

    public void Dispose()
    {
        Actor.Changed -= OnChanged;
        Navigation.LocationChanged -= OnLocationChanged;
    }

    protected override async Task OnInitializedAsync()
    {
        Actor.Changed += OnChanged;
        Navigation.LocationChanged += OnLocationChanged;
        _person = await Actor.GetAsync();
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender)
        {
            _dark = await Browser.IsDarkAsync();
            StateHasChanged();
        }
    }

    private void OnChanged() =>
        _ = InvokeAsync(async () =>
        {
            _person = await Actor.GetAsync();
            StateHasChanged();
        });

    private void OnLocationChanged(object? sender, LocationChangedEventArgs e)
    {
        _menuOpen = false;
        _finding = false;
        _boundary?.Recover();
        _ = InvokeAsync(StateHasChanged);
    }

    private void ToggleMenu() => _menuOpen = !_menuOpen;

    private void CloseMenu() => _menuOpen = false;

    private void Recover() => _boundary?.Recover();

    private async Task SwitchThemeAsync()
    {
        _dark = !_dark;
        await Browser.SetThemeAsync(_dark);
    }

    private async Task SwitchTeamAsync(ChangeEventArgs change)
    {
        if (Guid.TryParse(change.Value?.ToString(), out var team))
        {
            await SwitchTeam.ExecuteAsync(await Actor.GetActorAsync(), team, CancellationToken.None);
        }
    }

    private sealed record Entry(string Href, string Text, string Icon, string? Permission);
}
