using Microsoft.AspNetCore.Components;

namespace ControlPanel.Shared;

/// <summary>When a key was last used, and from where.</summary>
public sealed partial class LastUsed
{
    [Parameter, EditorRequired]
    public required DateTimeOffset? At { get; set; }

    [Parameter, EditorRequired]
    public required string? Address { get; set; }
}
