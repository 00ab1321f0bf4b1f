using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Functions;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Features.Functions;

/// <summary>Head and tabs of one namespace, or why there is none.</summary>
public sealed partial class NamespaceFrame
{
    private static readonly (string Text, string Href)[] s_path = [("Functions", "/functions")];

    [Parameter, EditorRequired]
    public required NamespaceView? Shown { get; set; }

    [Parameter, EditorRequired]
    public required Refusal? Refused { get; set; }

    /// <summary>The tab that is open.</summary>
    [Parameter, EditorRequired]
    public required string Tab { get; set; }

    [Parameter]
    public RenderFragment? ChildContent { get; set; }
}
