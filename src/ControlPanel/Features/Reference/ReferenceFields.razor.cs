using ControlPanel.Shared;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Features.Reference;

/// <summary>Parameters or members, each with its type and what there is to say of it.</summary>
public sealed partial class ReferenceFields
{
    [Parameter, EditorRequired]
    public required IReadOnlyList<ReferenceField> Fields { get; set; }

    /// <summary>Whether a sender must know which are needed; of an answer all are there.</summary>
    [Parameter]
    public bool MarksNeeded { get; set; }
}
