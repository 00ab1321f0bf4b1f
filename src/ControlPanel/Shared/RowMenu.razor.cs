using Microsoft.AspNetCore.Components;

namespace ControlPanel.Shared;

/// <summary>
/// A button that opens a menu; for a table row it is named <c>Actions for …</c>. Its content are elements of
/// <c>role="menuitem"</c>, most often <see cref="MenuItem"/>s. Arrows, Home, End and letters move; Escape closes.
/// Opened by the browser itself, placed and moved through by <c>menus.js</c>.
/// </summary>
public sealed partial class RowMenu
{
    private readonly string _id = $"menu-{Ids.Next()}";

    /// <summary>The accessible name of button and menu.</summary>
    [Parameter, EditorRequired]
    public required string Label { get; set; }

    /// <summary>Whether the name is shown beside the icon.</summary>
    [Parameter]
    public bool ShowLabel { get; set; }

    /// <summary>The icon's name; three dots unless set.</summary>
    [Parameter]
    public string Icon { get; set; } = "more_horiz";

    [Parameter]
    public string Class { get; set; } = "button quiet icon-only";

    [Parameter]
    public RenderFragment? ChildContent { get; set; }
}
