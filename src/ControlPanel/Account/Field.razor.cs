using Microsoft.AspNetCore.Components;

namespace ControlPanel.Account;

/// <summary>A labelled input of a form that is posted: these pages work without a circuit, as they set cookies.</summary>
public sealed partial class Field
{
    [Parameter, EditorRequired]
    public required string Label { get; set; }

    /// <summary>The posted name, as the page's form model is bound: <c>Input.Email</c>.</summary>
    [Parameter, EditorRequired]
    public required string Name { get; set; }

    [Parameter]
    public string Type { get; set; } = "text";

    /// <summary>What stands in it at first. Never set for a password.</summary>
    [Parameter]
    public string? Value { get; set; }

    [Parameter]
    public string? Autocomplete { get; set; }

    /// <summary>Which keyboard a phone shows: <c>numeric</c>.</summary>
    [Parameter]
    public string? InputMode { get; set; }

    [Parameter]
    public int MaxLength { get; set; } = 256;

    [Parameter]
    public bool AutoFocus { get; set; }

    [Parameter]
    public string? Hint { get; set; }

    /// <summary>The rule that was broken.</summary>
    [Parameter]
    public string? Error { get; set; }

    private string Id => Name.Replace('.', '-').ToLowerInvariant();

    private string HintId => $"{Id}-hint";

    private string ErrorId => $"{Id}-error";

    private string? Descriptions =>
        (Hint, Error) switch
        {
            (null, null) => null,
            (not null, null) => HintId,
            (null, not null) => ErrorId,
            _ => $"{ErrorId} {HintId}",
        };
}
