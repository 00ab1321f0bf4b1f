using ControlPanel.Data.Operations;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Shared;

/// <summary>What will stop working, from what was really seen.</summary>
public sealed partial class BlastRadiusText
{
    /// <summary><see langword="null"/> while it is being read.</summary>
    [Parameter, EditorRequired]
    public required BlastRadius? Radius { get; set; }
}
