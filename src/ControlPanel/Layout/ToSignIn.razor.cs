using ControlPanel.Shared;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Layout;

/// <summary>Stands where a page would be that nobody not signed in may see.</summary>
public sealed partial class ToSignIn : ComponentBase
{
    [Inject]
    public required Departure Departure { get; init; }

    protected override void OnInitialized() => Departure.Take();
}
