using Microsoft.AspNetCore.Components;

namespace ControlPanel.Shared;

/// <summary>Asks before something is destroyed. The focus starts on <em>Cancel</em>; a second click while it works does nothing.</summary>
public sealed partial class ConfirmDialog
{
    private bool _busy;

    [Parameter, EditorRequired]
    public required string Title { get; set; }

    /// <summary>The text of the button that does it: the verb.</summary>
    [Parameter, EditorRequired]
    public required string Action { get; set; }

    /// <summary>Whether what must be typed was typed.</summary>
    [Parameter]
    public bool IsConfirmed { get; set; } = true;

    [Parameter]
    public string? Error { get; set; }

    [Parameter]
    public RenderFragment? ChildContent { get; set; }

    [Parameter]
    public EventCallback OnConfirm { get; set; }

    [Parameter]
    public EventCallback OnCancel { get; set; }

    private async Task ConfirmAsync()
    {
        if (_busy)
        {
            return;
        }

        _busy = true;
        try
        {
            await OnConfirm.InvokeAsync();
        }
        finally
        {
            _busy = false;
        }
    }
}
