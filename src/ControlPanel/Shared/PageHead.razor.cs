using Microsoft.AspNetCore.Components;

namespace ControlPanel.Shared;

/// <summary>The head of a page: where it is, what it is called, what it is for, and its main action.</summary>
public sealed partial class PageHead
{
    [Parameter, EditorRequired]
    public required string Title { get; set; }

    /// <summary>A sentence.</summary>
    [Parameter]
    public string? Purpose { get; set; }

    /// <summary>The pages above this one: text and address.</summary>
    [Parameter]
    public IReadOnlyList<(string Text, string Href)> Path { get; set; } = [];

    [Parameter]
    public RenderFragment? Action { get; set; }
}
