using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Sessions;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Account.Pages;

/// <summary>The second step of a sign-in: a code of the authenticator app, a recovery code, or the passkey.</summary>
public sealed partial class TwoFactor
{
    private PendingSignIn? _pending;
    private string? _error;

    [CascadingParameter]
    public required HttpContext Http { get; set; }

    [Inject]
    public required SignInSteps Steps { get; init; }

    [Inject]
    public required UseTwoFactorCode UseCode { get; init; }

    [Inject]
    public required UseRecoveryCode UseRecovery { get; init; }

    [Inject]
    public required PasskeySignIn PasskeySignIn { get; init; }

    [Inject]
    public required SignInThrottle Throttle { get; init; }

    [Inject]
    public required NavigationManager Navigation { get; init; }

    [SupplyParameterFromQuery]
    public string? ReturnUrl { get; set; }

    /// <summary><c>recovery</c>, or the app.</summary>
    [SupplyParameterFromQuery]
    public string? With { get; set; }

    [SupplyParameterFromForm(FormName = "second-step")]
    private CodeInput? Input { get; set; }

    [SupplyParameterFromForm(FormName = "passkey")]
    private PasskeyInput? Passkey { get; set; }

    private bool IsByPasskey => _pending?.Standing.Next == SecondStep.Passkey;

    private bool OffersPasskey => IsByPasskey && PasskeyEndpoints.ArePossible(Http.Request);

    private string? CodeError => IsByPasskey ? null : _error;

    private bool IsRecovery => With == "recovery";

    protected override async Task OnInitializedAsync()
    {
        _pending = await Steps.FindAsync(Http);
        if (
            _pending is not { Standing.Next: SecondStep.Code or SecondStep.Passkey }
            && HttpMethods.IsGet(Http.Request.Method)
        )
        {
            Navigation.NavigateTo(AccountRoom.LoginPath);
        }
    }

    private string Address(bool recovery) =>
        $"{SignInSteps.CodePath}?{(recovery ? "with=recovery&" : "")}returnUrl={Uri.EscapeDataString(LocalUrl.OrHome(ReturnUrl))}";

    private async Task VerifyAsync()
    {
        if (_pending is not { Standing.Next: SecondStep.Code } pending)
        {
            Navigation.NavigateTo(AccountRoom.LoginPath);
            return;
        }

        // Counted apart from the password's tries: whoever knows the password must not start anew with each code.
        var account = $"second step of {pending.Actor.UserId}";
        var wait = Throttle.TryBegin(pending.Actor.Address, account);
        if (wait > TimeSpan.Zero)
        {
            _error = Waits.Sentence(wait);
            return;
        }

        var refusal = IsRecovery
            ? (await UseRecovery.ExecuteAsync(pending.Actor, Input?.Code, Http.RequestAborted)).Refusal
            : (await UseCode.ExecuteAsync(pending.Actor, Input?.Code, Http.RequestAborted)).Refusal;
        if (refusal is not null)
        {
            _error = Shared.Refusals.Say(refusal);
            return;
        }

        Throttle.Succeeded(pending.Actor.Address, account);
        var proof = IsRecovery ? pending.Proof.AndRecoveryCode() : pending.Proof.AndCode();
        Navigation.NavigateTo(
            await Steps.FinishAsync(Http, pending.Actor.UserId, proof)
                ? LocalUrl.OrHome(ReturnUrl)
                : AccountRoom.LoginPath
        );
    }

    // A sign-in of its own, which needs no password before it.
    private async Task UsePasskeyAsync()
    {
        if (await PasskeySignIn.TryAsync(Http, Passkey?.Credential, ReturnUrl) is { } next)
        {
            Navigation.NavigateTo(next);
        }
        else
        {
            _error = "This passkey does not open an account here.";
        }
    }

    /// <summary>What the passkey's form posts.</summary>
    public sealed class PasskeyInput
    {
        public string? Credential { get; set; }
    }

    /// <summary>What the form posts.</summary>
    public sealed class CodeInput
    {
        public string? Code { get; set; }
    }
}
