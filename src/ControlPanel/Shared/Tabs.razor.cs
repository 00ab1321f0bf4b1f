using Microsoft.AspNetCore.Components;

namespace ControlPanel.Shared;

/// <summary>One tab: a page with an address of its own.</summary>
public sealed record Tab(string Text, string Href);

/// <summary>Tabs that are links, so that each can be opened, shared and gone back to.</summary>
public sealed partial class Tabs
{
    [Parameter, EditorRequired]
    public required string Label { get; set; }

    [Parameter, EditorRequired]
    public required IReadOnlyList<Tab> Items { get; set; }

    [Parameter, EditorRequired]
    public required string Current { get; set; }
}
