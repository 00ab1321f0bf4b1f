using Microsoft.AspNetCore.Components;

namespace ControlPanel.Shared;

/// <summary>
/// More about one thing, beside the list it comes from: a modal dialog at the right side, the whole screen on a phone.
/// Escape, the cross and a click outside close it, and the focus goes back to where it was.
/// </summary>
public sealed partial class Drawer
{
    /// <summary>The heading and accessible name.</summary>
    [Parameter, EditorRequired]
    public required string Title { get; set; }

    /// <summary>It is to be closed. The page stops rendering it.</summary>
    [Parameter]
    public EventCallback OnClose { get; set; }

    [Parameter]
    public RenderFragment? ChildContent { get; set; }
}
