using Microsoft.AspNetCore.Components;

namespace ControlPanel.Shared;

/// <summary>
/// A button that opens a menu; for a table row it is named <c>Actions for …</c>. Its content are elements of
/// <c>role="menuitem"</c>, most often <see cref="MenuItem"/>s. Arrows, Home, End and letters move; Escape closes.
/// </summary>
public sealed partial class RowMenu
{
    private ElementReference _button;
    private ElementReference _menu;

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

    [Inject]
    public required Browser Browser { get; init; }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender)
        {
            await Browser.AttachMenuAsync(_button, _menu);
        }
    }
}
