using ControlPanel.Data.Operations.Functions;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Features.Functions;

/// <summary>The state of a namespace's shared credential. One in use is the thing to worry about.</summary>
public sealed partial class LegacyChip
{
    [Parameter, EditorRequired]
    public required LegacyState State { get; set; }

    private string Text =>
        State switch
        {
            LegacyState.Retired => "Retired",
            LegacyState.Idle => "Idle",
            LegacyState.InUse => "In use",
            LegacyState.Rehearsing => "Rehearsing",
            _ => throw new System.Diagnostics.UnreachableException(),
        };

    private string Class =>
        State switch
        {
            LegacyState.InUse => "bad",
            LegacyState.Rehearsing or LegacyState.Idle => "warn",
            _ => "",
        };
}
