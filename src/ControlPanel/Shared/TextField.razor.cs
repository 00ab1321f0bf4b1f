using Microsoft.AspNetCore.Components;

namespace ControlPanel.Shared;

/// <summary>A labelled text box with its hint and its error. What is typed is never written back, so nothing typed is lost.</summary>
public sealed partial class TextField
{
    private readonly string _id = $"field-{Ids.Next()}";
    private string? _typed;
    private string? _shown;

    [Parameter, EditorRequired]
    public required string Label { get; set; }

    [Parameter]
    public string? Text { get; set; }

    [Parameter]
    public EventCallback<string> TextChanged { get; set; }

    [Parameter]
    public string? Hint { get; set; }

    /// <summary>The rule that is broken, as a sentence.</summary>
    [Parameter]
    public string? Error { get; set; }

    [Parameter]
    public string Type { get; set; } = "text";

    [Parameter]
    public string? Placeholder { get; set; }

    [Parameter]
    public int? MaxLength { get; set; }

    [Parameter]
    public string Autocomplete { get; set; } = "off";

    [Parameter]
    public bool AutoFocus { get; set; }

    [Parameter]
    public bool ReadOnly { get; set; }

    private string? Value => _shown;

    private string? Described =>
        (Hint, Error) switch
        {
            (null, null) => null,
            (not null, null) => $"{_id}-hint",
            (null, not null) => $"{_id}-error",
            _ => $"{_id}-hint {_id}-error",
        };

    protected override void OnParametersSet()
    {
        // An echo of what was typed earlier must not overwrite what was typed since.
        if (Text != _typed)
        {
            _shown = Text;
            _typed = Text;
        }
    }

    private Task Read(ChangeEventArgs change)
    {
        _typed = change.Value?.ToString() ?? "";
        return TextChanged.InvokeAsync(_typed);
    }
}
