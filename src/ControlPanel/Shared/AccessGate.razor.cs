using Microsoft.AspNetCore.Components;

namespace ControlPanel.Shared;

/// <summary>
/// Stands around every page of the panel and follows the person's standing: another role or team builds the page anew,
/// the end of the session leaves for the sign-in page, the loss of the last team says so.
/// </summary>
public sealed partial class AccessGate : IDisposable
{
    private CurrentPerson? _person;

    /// <summary>The page. It receives the <see cref="CurrentPerson"/> as a cascading value.</summary>
    [Parameter]
    public RenderFragment? ChildContent { get; set; }

    [Inject]
    public required CurrentActor Actor { get; init; }

    [Inject]
    public required Departure Departure { get; init; }

    [Inject]
    public required NavigationManager Navigation { get; init; }

    public void Dispose() => Actor.Changed -= OnChanged;

    protected override async Task OnInitializedAsync()
    {
        Actor.Changed += OnChanged;
        await FollowAsync();
    }

    private void OnChanged() => _ = InvokeAsync(FollowAsync);

    private async Task FollowAsync()
    {
        var before = _person;
        _person = await Actor.GetAsync();
        // Over plain HTTP there is no circuit to leave, and a 404 shown to somebody not signed in must stay one.
        if (!_person.IsSignedIn && RendererInfo.IsInteractive)
        {
            Departure.Take();
        }
        else if (before?.Team is not null && before.TeamId != _person.TeamId)
        {
            // The address may name something of the other team.
            Navigation.NavigateTo("/");
        }

        StateHasChanged();
    }
}
