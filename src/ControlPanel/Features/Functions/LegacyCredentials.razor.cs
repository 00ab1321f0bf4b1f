using System.Globalization;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Functions;
using ControlPanel.Data.Snapshots;
using ControlPanel.Shared;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Features.Functions;

/// <summary>Who still uses the shared credential of a namespace, and the way out of it.</summary>
public sealed partial class LegacyCredentials
{
    private string? _receipt;
    private string? _error;
    private string? _typed;
    private bool _rehearsing;
    private bool _retiring;
    private bool _dating;
    private string? _day;
    private Refusal? _dateRefusal;

    [Parameter, EditorRequired]
    public required NamespaceView Namespace { get; set; }

    /// <summary>Called with a name for the key that a caller is to get.</summary>
    [Parameter]
    public EventCallback<string> OnCreateKey { get; set; }

    [CascadingParameter]
    public CurrentPerson Person { get; set; } = CurrentPerson.Nobody;

    [Inject]
    public required RetireLegacyCredential Retire { get; init; }

    [Inject]
    public required RehearseLegacyCutOff Rehearse { get; init; }

    [Inject]
    public required RestoreLegacyCredential Restore { get; init; }

    [Inject]
    public required SetLegacyCutOff SetCutOff { get; init; }

    [Inject]
    public required CurrentActor Actor { get; init; }

    [Inject]
    public required Notices Notices { get; init; }

    private LegacyCredentialView Legacy => Namespace.Legacy;

    private static string NameFor(CallerView caller) =>
        caller.Client.Length > 0 ? $"{caller.Client} at {caller.Address}" : caller.Address;

    private void StartRetiring()
    {
        _typed = null;
        _error = null;
        _retiring = true;
    }

    private void StartDating()
    {
        _day = Legacy.IsDefaultCutOff
            ? null
            : Legacy.CutOff?.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        _dateRefusal = null;
        _dating = true;
    }

    private Task SetDateAsync()
    {
        if (DateOnly.TryParseExact(_day, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
        {
            return SetAsync(new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero));
        }

        _dateRefusal = Refusal.Rule("CutOff", "Choose a day.");
        return Task.CompletedTask;
    }

    private async Task SetAsync(DateTimeOffset? cutOff)
    {
        var outcome = await SetCutOff.ExecuteAsync(
            await Actor.GetActorAsync(),
            Namespace.Id,
            cutOff,
            CancellationToken.None
        );
        _dateRefusal = outcome.Refusal;
        if (outcome.IsDone)
        {
            _dating = false;
            Notices.Say(
                cutOff is { } at
                    ? $"The legacy credential is refused from {at.ToString("d MMM yyyy", CultureInfo.InvariantCulture)}, 00:00 UTC."
                    : "The legacy credential has no cut-off date of its own any more."
            );
        }
    }

    private async Task RehearseAsync() =>
        Show(
            await Rehearse.ExecuteAsync(await Actor.GetActorAsync(), Namespace.Id, CancellationToken.None),
            "Rehearsal begun"
        );

    private async Task RetireAsync() =>
        Show(
            await Retire.ExecuteAsync(await Actor.GetActorAsync(), Namespace.Id, _typed, CancellationToken.None),
            "Retired"
        );

    private async Task RestoreAsync()
    {
        var outcome = await Restore.ExecuteAsync(await Actor.GetActorAsync(), Namespace.Id, CancellationToken.None);
        _receipt = null;
        Notices.Say(
            outcome.IsDone ? "The rehearsal has ended. The credential works again." : Refusals.Say(outcome.Refusal)
        );
    }

    private void Show(Outcome<Receipt> outcome, string verb)
    {
        _error = outcome.IsDone ? null : Refusals.Say(outcome.Refusal);
        if (outcome.IsDone)
        {
            _rehearsing = _retiring = false;
            _receipt = Receipts.Say(verb, outcome.Value);
            Notices.Say(_receipt);
        }
    }
}
