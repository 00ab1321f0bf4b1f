using Microsoft.AspNetCore.Components;

namespace ControlPanel.Shared;

/// <summary>An error that belongs to no single field.</summary>
public sealed partial class ErrorText
{
    [Parameter]
    public string? Message { get; set; }
}
