using ControlPanel.Data.Operations;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Shared;

/// <summary>
/// Chooses when a key expires, with the resulting instant written out. Nothing is chosen at first: how long a key lives
/// is a decision, not a default.
/// </summary>
public sealed partial class ExpirationField
{
    private string? _custom;
    private string? _ends;

    /// <summary>What is offered; the presets of <see cref="Expirations"/> and what the family adds.</summary>
    [Parameter, EditorRequired]
    public required IReadOnlyList<Choice> Options { get; set; }

    /// <summary>What is chosen: a lifetime, <see cref="Expirations.Never"/>, <see cref="Expirations.Custom"/> or nothing.</summary>
    [Parameter]
    public string Choice { get; set; } = "";

    /// <summary>Called with the choice and the lifetime it means; <see langword="null"/> is for ever.</summary>
    [Parameter]
    public EventCallback<(string Choice, string? Lifetime)> OnChosen { get; set; }

    [Parameter]
    public string? Error { get; set; }

    [Inject]
    public required TimeProvider Clock { get; init; }

    [Inject]
    public required Browser Browser { get; init; }

    private async Task ChooseAsync(string choice)
    {
        await ShowEndAsync(
            choice switch
            {
                Expirations.Custom => _custom,
                _ => choice,
            }
        );
        await OnChosen.InvokeAsync((choice, Meant(choice)));
    }

    private async Task TypeAsync(string text)
    {
        _custom = text;
        await ShowEndAsync(text);
        await OnChosen.InvokeAsync((Expirations.Custom, text));
    }

    private string? Meant(string choice) =>
        choice switch
        {
            Expirations.Never => null,
            Expirations.Custom => _custom ?? "",
            _ => choice,
        };

    private async Task ShowEndAsync(string? lifetime) =>
        _ends =
            lifetime == Expirations.Never ? "The key works until somebody revokes it."
            : Lifetime.TryParse(lifetime, out var read, out _) && read.EndFrom(Clock.GetUtcNow()) is { } end
                ? $"Expires on {Timestamp.Exact(end, await Browser.ZoneAsync())}."
            : null;
}
