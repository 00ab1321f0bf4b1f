using ControlPanel.Data.Operations;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Shared;

/// <summary>Gives something another name.</summary>
public sealed partial class RenameDialog
{
    private string? _name;
    private Refusal? _refusal;
    private bool _busy;

    [Parameter, EditorRequired]
    public required string Title { get; set; }

    /// <summary>The field's name.</summary>
    [Parameter, EditorRequired]
    public required string Label { get; set; }

    /// <summary>The text of the button.</summary>
    [Parameter]
    public string Action { get; set; } = "Rename";

    /// <summary>The present name.</summary>
    [Parameter, EditorRequired]
    public required string Name { get; set; }

    /// <summary>Does it; the refusal is shown, none closes the dialog by <see cref="OnCancel"/>.</summary>
    [Parameter, EditorRequired]
    public required Func<string?, Task<Refusal?>> Save { get; set; }

    [Parameter]
    public RenderFragment? ChildContent { get; set; }

    /// <summary>The dialog is to be taken away.</summary>
    [Parameter]
    public EventCallback OnCancel { get; set; }

    protected override void OnInitialized() => _name = Name;

    private async Task SaveAsync()
    {
        if (_busy)
        {
            return;
        }

        _busy = true;
        try
        {
            _refusal = await Save(_name);
            if (_refusal is null)
            {
                await OnCancel.InvokeAsync();
            }
        }
        finally
        {
            _busy = false;
        }
    }
}
