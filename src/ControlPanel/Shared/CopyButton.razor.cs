using Microsoft.AspNetCore.Components;

namespace ControlPanel.Shared;

/// <summary>Copies a text, says so in a live region and keeps the focus. Works without the clipboard API.</summary>
public sealed partial class CopyButton
{
    private ElementReference _button;
    private bool _copied;

    /// <summary>What is copied, as the end of the button's name: <c>Copy …</c>.</summary>
    [Parameter, EditorRequired]
    public required string Label { get; set; }

    /// <summary>Gives the text when it is asked for, so that the button itself keeps none.</summary>
    [Parameter, EditorRequired]
    public required Func<string> Text { get; set; }

    [Parameter]
    public string? Class { get; set; }

    /// <summary>Whether only the picture is shown; the name stays.</summary>
    [Parameter]
    public bool IsIconOnly { get; set; }

    [Inject]
    public required Browser Browser { get; init; }

    private async Task CopyAsync()
    {
        _copied = false;
        StateHasChanged();
        _copied = await Browser.CopyAsync(Text(), _button);
    }
}
