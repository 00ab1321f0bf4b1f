using ControlPanel.Data.Operations.Access;
using ControlPanel.Verification.Keys;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Shared;

/// <summary>
/// Which narrower rights a key needs, or how far its callers have moved to the key that has them. Read anew together
/// with the key.
/// </summary>
public sealed partial class LeastPrivilegeSection
{
    private const int MostShown = 100;

    private KeyUsageView? _read;
    private Narrowing? _narrowing;
    private IReadOnlyList<ReplacementProgress> _replacements = [];
    private string? _error;

    [Parameter, EditorRequired]
    public required KeyFamily Family { get; set; }

    [Parameter, EditorRequired]
    public required KeyUsageView Key { get; set; }

    /// <summary>A replacement with these rights is wanted.</summary>
    [Parameter]
    public EventCallback<Narrowing.Proposal> OnNarrow { get; set; }

    /// <summary>The old key of a replacement is to be revoked.</summary>
    [Parameter]
    public EventCallback<ReplacementProgress> OnRevokeOld { get; set; }

    [CascadingParameter]
    public CurrentPerson Person { get; set; } = CurrentPerson.Nobody;

    [Inject]
    public required GetNarrowing GetNarrowing { get; init; }

    [Inject]
    public required GetReplacements GetReplacements { get; init; }

    [Inject]
    public required CurrentActor Actor { get; init; }

    private bool IsBeingReplaced => _replacements.Any(r => r.Old.Id == Key.Id);

    protected override async Task OnParametersSetAsync()
    {
        // Whatever else is drawn anew, the key was not read again: neither is this.
        if (ReferenceEquals(_read, Key))
        {
            return;
        }

        _read = Key;
        var actor = await Actor.GetActorAsync();
        var narrowing = await GetNarrowing.ExecuteAsync(actor, Family, Key.Id, CancellationToken.None);
        var replacements = await GetReplacements.ExecuteAsync(actor, Family, Key.Id, CancellationToken.None);
        _narrowing = narrowing.Value;
        _replacements = replacements.Value ?? [];
        _error = (narrowing.Refusal ?? replacements.Refusal) is { } refusal ? Refusals.Say(refusal) : null;
    }

    private static string Callers(int count) => count == 1 ? "1 caller" : $"{count} callers";

    // Who calls once a month has not moved for all that nobody hears of them.
    private static string Waiting(ReplacementProgress progress) =>
        (progress.Callers.Count - progress.Moved) switch
        {
            0 => "",
            1 => " One caller of the last 30 days has not moved, though.",
            var more => $" {more} callers of the last 30 days have not moved, though.",
        };

    private static string State(CallerMove move) =>
        move switch
        {
            CallerMove.Moved => "Moved",
            CallerMove.Quiet => "Quiet",
            _ => "On the old key",
        };

    private static string Chip(CallerMove move) =>
        move switch
        {
            CallerMove.Moved => "good",
            CallerMove.Quiet => "plain",
            _ => "warn",
        };
}
