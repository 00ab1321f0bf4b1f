using Microsoft.AspNetCore.Components;

namespace ControlPanel.Shared;

/// <summary>One choice of a <see cref="SelectField"/>.</summary>
public sealed record Choice(string Value, string Text);

/// <summary>A labelled native select.</summary>
public sealed partial class SelectField
{
    private readonly string _id = $"field-{Ids.Next()}";

    [Parameter, EditorRequired]
    public required string Label { get; set; }

    [Parameter, EditorRequired]
    public required IReadOnlyList<Choice> Options { get; set; }

    [Parameter]
    public string? Value { get; set; }

    [Parameter]
    public EventCallback<string> ValueChanged { get; set; }

    /// <summary>Shown while nothing is chosen; there is no such entry when not set.</summary>
    [Parameter]
    public string? Placeholder { get; set; }

    [Parameter]
    public string? Hint { get; set; }

    [Parameter]
    public string? Error { get; set; }

    private string? Described =>
        Error is not null ? $"{_id}-error"
        : Hint is not null ? $"{_id}-hint"
        : null;

    private Task Read(ChangeEventArgs change) => ValueChanged.InvokeAsync(change.Value?.ToString() ?? "");
}
