using ControlPanel.Verification.Decisions;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Shared;

/// <summary>The checks behind a decision, in order; the first that failed is the last.</summary>
public sealed partial class Ladder
{
    [Parameter, EditorRequired]
    public required IReadOnlyList<TraceStep> Steps { get; set; }

    private static string Name(Check check) =>
        check switch
        {
            Check.Freshness => "Fresh knowledge",
            Check.Format => "Form",
            Check.Known => "Known key",
            Check.Secret => "Secret",
            Check.State => "In force",
            Check.Owner => "Owner",
            Check.Expiry => "Expiry",
            Check.Scope => "Scope",
            Check.Network => "Network",
            _ => throw new System.Diagnostics.UnreachableException(),
        };
}
