using ControlPanel.Shared;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Features.Spaces;

/// <summary>Head and tabs of the Spaces pages.</summary>
public sealed partial class SpacesFrame
{
    private static readonly Tab[] s_tabs = [new("Buckets", "/spaces"), new("Access Keys", "/spaces/access-keys")];

    /// <summary>The tab that is open.</summary>
    [Parameter, EditorRequired]
    public required string Tab { get; set; }

    [Parameter]
    public string? Purpose { get; set; }

    [Parameter]
    public RenderFragment? Action { get; set; }

    [Parameter]
    public RenderFragment? ChildContent { get; set; }
}
