using Microsoft.AspNetCore.Components;

namespace ControlPanel.Shared;

/// <summary>Says that something is not there; the same whether it never was or belongs to others.</summary>
public sealed partial class NotFound
{
    /// <summary>The kind of thing, in lower case.</summary>
    [Parameter, EditorRequired]
    public required string What { get; set; }
}
