using ControlPanel.Data.Operations.Sessions;
using ControlPanel.Shared;
using ControlPanel.Verification.Secrets;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Account.Pages;

/// <summary>Between password and session: sets up the second factor that a team requires.</summary>
public sealed partial class Enrol
{
    private IReadOnlyList<Secret>? _codes;
    private PendingSignIn? _pending;
    private Enrolment? _enrolment;
    private string _email = "";
    private string? _error;

    [CascadingParameter]
    public required HttpContext Http { get; set; }

    [Inject]
    public required SignInSteps Steps { get; init; }

    [Inject]
    public required EnableTwoFactor Enable { get; init; }

    [Inject]
    public required EnrolmentSecrets Secrets { get; init; }

    [Inject]
    public required NavigationManager Navigation { get; init; }

    [SupplyParameterFromQuery]
    public string? ReturnUrl { get; set; }

    [SupplyParameterFromForm(FormName = "enrol", Name = "Enrol")]
    private EnrolmentFields.EnrolInput? Input { get; set; }

    protected override async Task OnInitializedAsync()
    {
        _pending = await Steps.FindAsync(Http);
        if (_pending is not { Standing.Next: SecondStep.Enrol } pending)
        {
            _pending = null;
            if (HttpMethods.IsGet(Http.Request.Method))
            {
                Navigation.NavigateTo(AccountRoom.LoginPath);
            }

            return;
        }

        _email = pending.Standing.Email;
        _enrolment = Secrets.Open(pending.Actor.UserId, Input?.Sealed) ?? Secrets.New(pending.Actor.UserId);
    }

    private async Task VerifyAsync()
    {
        if (_pending is not { } pending || _enrolment is not { } enrolment)
        {
            Navigation.NavigateTo(AccountRoom.LoginPath);
            return;
        }

        var outcome = await Enable.ExecuteAsync(pending.Actor, enrolment.Secret, Input?.Code, Http.RequestAborted);
        if (!outcome.IsDone)
        {
            _error = Refusals.Say(outcome.Refusal);
            return;
        }

        if (await Steps.FinishAsync(Http, pending.Actor.UserId, pending.Proof.AndCode()))
        {
            _codes = outcome.Value;
        }
        else
        {
            Navigation.NavigateTo(AccountRoom.LoginPath);
        }
    }
}
