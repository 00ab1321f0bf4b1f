using System.Globalization;
using ControlPanel.Data.Operations.Access;
using ControlPanel.Verification.Keys;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Shared;

/// <summary>A key that was chosen in a list.</summary>
/// <param name="Calls">Accepted within 24 hours.</param>
public sealed record SelectedKey(Guid Id, string Name, DateTimeOffset? LastUsedAt, long Calls);

/// <summary>Shows which keys are to go and how they are used, ends them together, and says what became of each.</summary>
public sealed partial class RevokeSelectedDialog
{
    // From here on a slip of the hand is too dear.
    private const int TypedAbove = 10;

    private IReadOnlyList<SelectedKey> _keys = [];
    private KeyRevocations? _done;
    private string? _typed;
    private string? _error;

    [Parameter, EditorRequired]
    public required KeyFamily Family { get; set; }

    /// <summary>As they were chosen; later changes of the list do not matter.</summary>
    [Parameter, EditorRequired]
    public required IReadOnlyList<SelectedKey> Keys { get; set; }

    /// <summary>They were revoked, and what became of them was read.</summary>
    [Parameter]
    public EventCallback OnDone { get; set; }

    [Parameter]
    public EventCallback OnCancel { get; set; }

    [Inject]
    public required RevokeKeys Revoke { get; init; }

    [Inject]
    public required CurrentActor Actor { get; init; }

    private string Title => _keys.Count == 1 ? "Revoke 1 key" : $"Revoke {_keys.Count} keys";

    private string Result => $"{Revoked} of {_keys.Count} revoked";

    private int Revoked => _done?.Keys.Count(k => k.IsRevoked) ?? 0;

    private int InUse => _keys.Count(k => k.Calls > 0);

    private bool MustType => _keys.Count > TypedAbove;

    private bool IsConfirmed => !MustType || _typed?.Trim() == _keys.Count.ToString(CultureInfo.InvariantCulture);

    protected override void OnInitialized() => _keys = Keys;

    private async Task RevokeAsync()
    {
        var outcome = await Revoke.ExecuteAsync(
            await Actor.GetActorAsync(),
            Family,
            [.. _keys.Select(k => k.Id)],
            CancellationToken.None
        );
        _done = outcome.Value;
        _error = outcome.IsDone ? null : Refusals.Say(outcome.Refusal);
    }
}
