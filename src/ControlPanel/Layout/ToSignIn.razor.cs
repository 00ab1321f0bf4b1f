using Microsoft.AspNetCore.Components;

namespace ControlPanel.Layout;

/// <summary>Leaves for the sign-in page and comes back here afterwards. A full load: nothing of this circuit stays.</summary>
public sealed partial class ToSignIn : ComponentBase
{
    [Inject]
    public required NavigationManager Navigation { get; init; }

    protected override void OnInitialized()
    {
        var here = "/" + Navigation.ToBaseRelativePath(Navigation.Uri);
        Navigation.NavigateTo($"/account/login?returnUrl={Uri.EscapeDataString(here)}", forceLoad: true);
    }
}
