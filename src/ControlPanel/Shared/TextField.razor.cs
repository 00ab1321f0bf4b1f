using Microsoft.AspNetCore.Components;

namespace ControlPanel.Shared;

/// <summary>A labelled text box with its hint and its error. What is typed is never written back, so nothing typed is lost.</summary>
public sealed partial class TextField
{
    // Enough for whoever types while the page is busy; one that never answers must not make it grow.
    private const int MostEchoes = 100;

    private readonly Queue<string> _echoes = new();
    private string _id = $"field-{Ids.Next()}";
    private string? _given;
    private string? _shown;
    private bool _isTouched;

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
        if (Text == _given)
        {
            return;
        }

        _given = Text;
        // An echo of what was typed earlier must not overwrite what was typed since.
        if (_echoes.Contains(Text ?? ""))
        {
            while (_echoes.Dequeue() != Text) { }

            return;
        }

        _echoes.Clear();
        if (_isTouched && Text == _shown)
        {
            // To the renderer nothing would have changed, and the box would keep what was typed: it needs a new one.
            _id = $"field-{Ids.Next()}";
        }

        _shown = Text;
        _isTouched = false;
    }

    private Task Read(ChangeEventArgs change)
    {
        var typed = change.Value?.ToString() ?? "";
        _isTouched = true;
        _echoes.Enqueue(typed);
        if (_echoes.Count > MostEchoes)
        {
            _echoes.Dequeue();
        }

        return TextChanged.InvokeAsync(typed);
    }
}
