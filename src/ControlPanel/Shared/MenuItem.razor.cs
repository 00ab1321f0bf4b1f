using Microsoft.AspNetCore.Components;

namespace ControlPanel.Shared;

/// <summary>One entry of a <see cref="RowMenu"/>.</summary>
public sealed partial class MenuItem
{
    [Parameter, EditorRequired]
    public required string Text { get; set; }

    [Parameter]
    public string? Icon { get; set; }

    /// <summary>Whether it destroys something.</summary>
    [Parameter]
    public bool IsDanger { get; set; }

    [Parameter]
    public EventCallback OnSelect { get; set; }
}
