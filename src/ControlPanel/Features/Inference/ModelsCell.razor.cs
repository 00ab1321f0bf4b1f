using ControlPanel.Data.Operations.Inference;
using ControlPanel.Shared;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Features.Inference;

/// <summary>Which models a key may use; the list opens on hover and on focus.</summary>
public sealed partial class ModelsCell
{
    private readonly string _listId = $"models-{Ids.Next()}";

    [Parameter, EditorRequired]
    public required ModelKeyRow Row { get; set; }
}
