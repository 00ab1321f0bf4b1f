using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Sessions;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Shared;

/// <summary>
/// Asks for the password again when an operation answered <see cref="Refusal.StepUpNeeded"/>, and then repeats what was to
/// be done. Stands beside a form, never inside it: what is typed there stays as it is.
/// </summary>
public sealed partial class StepUpDialog
{
    private Refusal? _answered;
    private string? _proof;
    private string? _error;
    private bool _hasPassword = true;
    private bool _hasCodes;
    private bool _hasPasskeys;
    private bool _byCode;
    private bool _busy;

    /// <summary>What the operation answered last; any other answer than the one refusal shows nothing.</summary>
    [Parameter, EditorRequired]
    public Refusal? Refusal { get; set; }

    /// <summary>Does it again: the form's own handler.</summary>
    [Parameter, EditorRequired]
    public EventCallback Repeat { get; set; }

    [Inject]
    public required ConfirmIdentity Confirm { get; init; }

    [Inject]
    public required GetTwoFactor GetTwoFactor { get; init; }

    [Inject]
    public required ListPasskeys ListPasskeys { get; init; }

    [Inject]
    public required Browser Browser { get; init; }

    [Inject]
    public required CurrentActor Actor { get; init; }

    // Each refusal is asked about once: cancelling leaves the form, trying again makes a new one.
    private bool IsOpen => Refusal is Refusal.StepUpNeeded && !ReferenceEquals(Refusal, _answered);

    // Somebody without password and authenticator app has nothing to type.
    private bool HasField => _hasPassword || _hasCodes;

    private string Asked =>
        !HasField ? "passkey"
        : _byCode ? "authentication code"
        : "password";

    protected override async Task OnParametersSetAsync()
    {
        if (IsOpen)
        {
            var actor = await Actor.GetActorAsync();
            var state = await GetTwoFactor.ExecuteAsync(actor, CancellationToken.None);
            _hasCodes = state.Value is { IsOn: true };
            _hasPassword = state.Value is not { HasPassword: false };
            _byCode = _hasCodes && (_byCode || !_hasPassword);
            _hasPasskeys = (await ListPasskeys.ExecuteAsync(actor, CancellationToken.None)).Value is { Count: > 0 };
        }
    }

    private void Switch()
    {
        _byCode = !_byCode;
        (_proof, _error) = (null, null);
    }

    private void Cancel()
    {
        _answered = Refusal;
        (_proof, _error) = (null, null);
    }

    private async Task UsePasskeyAsync()
    {
        if (_busy)
        {
            return;
        }

        _busy = true;
        try
        {
            _error = await Browser.ConfirmByPasskeyAsync();
            if (_error.Length > 0)
            {
                return;
            }

            Cancel();
        }
        finally
        {
            _busy = false;
        }

        await Repeat.InvokeAsync();
    }

    private async Task ConfirmAsync()
    {
        if (_busy || !HasField)
        {
            return;
        }

        _busy = true;
        try
        {
            var outcome = await Confirm.ExecuteAsync(
                await Actor.GetActorAsync(),
                _byCode ? new IdentityProof(Password: null, _proof ?? "") : new IdentityProof(_proof),
                CancellationToken.None
            );
            if (!outcome.IsDone)
            {
                _error = Refusals.Say(outcome.Refusal);
                return;
            }

            Cancel();
        }
        finally
        {
            _busy = false;
        }

        await Repeat.InvokeAsync();
    }
}
