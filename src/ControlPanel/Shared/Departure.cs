using Microsoft.AspNetCore.Components;

namespace ControlPanel.Shared;

/// <summary>
/// The way from this circuit to the sign-in page, and back here afterwards. A full load: nothing of the circuit stays. Taken
/// once, whoever notices first that the session has ended; a second load would cut off the first.
/// </summary>
public sealed class Departure(NavigationManager navigation)
{
    private bool _isTaken;

    /// <summary>Leaves, unless this circuit is leaving already.</summary>
    public void Take()
    {
        if (!_isTaken)
        {
            _isTaken = true;
            var here = "/" + navigation.ToBaseRelativePath(navigation.Uri);
            navigation.NavigateTo($"/account/login?returnUrl={Uri.EscapeDataString(here)}", forceLoad: true);
        }
    }
}
