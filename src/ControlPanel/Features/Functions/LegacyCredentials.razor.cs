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
