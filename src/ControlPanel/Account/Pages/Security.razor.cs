using System.Globalization;
using ControlPanel.Data.Model;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Sessions;
using ControlPanel.Shared;
using ControlPanel.Verification.Secrets;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Identity;

namespace ControlPanel.Account.Pages;

/// <summary>The person's own account: password, second factor and sessions.</summary>
public sealed partial class Security
{
    private const string ConfirmFirst = "Use your passkey above first.";

    private readonly Dictionary<string, string> _errors = [];
    private IReadOnlyList<SessionRow> _sessions = [];
    private TwoFactorState _twoFactor = new(false, 0, [], MustConfirm: false);
    private IReadOnlyList<PasskeyRow> _passkeys = [];
    private IReadOnlyList<Secret>? _codes;
    private Enrolment? _enrolment;

    // Of the request's beginning: a new password or second factor ends the stamp that the request came with, and the page
    // still has to say how things stand.
    private Actor _actor = new(Guid.Empty, Guid.Empty, Door.Panel);
    private string _email = "";
    private string? _notice;

    [CascadingParameter]
    public required HttpContext Http { get; set; }

    [Inject]
    public required CurrentActor Actor { get; init; }

    [Inject]
    public required ListSessions ListSessions { get; init; }

    [Inject]
    public required EndSession EndSession { get; init; }

    [Inject]
    public required EndAllSessions EndAllSessions { get; init; }

    [Inject]
    public required ChangePassword ChangePassword { get; init; }

    [Inject]
    public required GetTwoFactor GetTwoFactor { get; init; }

    [Inject]
    public required EnableTwoFactor EnableTwoFactor { get; init; }

    [Inject]
    public required DisableTwoFactor DisableTwoFactor { get; init; }

    [Inject]
    public required RenewRecoveryCodes RenewRecoveryCodes { get; init; }

    [Inject]
    public required ListPasskeys ListPasskeys { get; init; }

    [Inject]
    public required AddPasskey AddPasskey { get; init; }

    [Inject]
    public required RemovePasskey RemovePasskey { get; init; }

    [Inject]
    public required PasskeyCeremonies Ceremonies { get; init; }

    [Inject]
    public required UsePasskey UsePasskey { get; init; }

    [Inject]
    public required ConfirmIdentity ConfirmIdentity { get; init; }

    [Inject]
    public required EnrolmentSecrets Enrolments { get; init; }

    [Inject]
    public required SignInThrottle Throttle { get; init; }

    [Inject]
    public required SessionCookie Cookie { get; init; }

    [Inject]
    public required UserManager<Person> People { get; init; }

    [Inject]
    public required NavigationManager Navigation { get; init; }

    [SupplyParameterFromForm(FormName = "change-password")]
    private PasswordInput? Passwords { get; set; }

    [SupplyParameterFromForm(FormName = "enrol")]
    private EnrolForm? Enrol { get; set; }

    [SupplyParameterFromForm(FormName = "manage-two-factor")]
    private ManageInput? Manage { get; set; }

    [SupplyParameterFromForm(FormName = "add-passkey")]
    private NewPasskeyInput? NewPasskey { get; set; }

    [SupplyParameterFromForm(FormName = "remove-passkey")]
    private PasskeyInput? Passkey { get; set; }

    [SupplyParameterFromForm(FormName = "confirm")]
    private ProofInput? Proof { get; set; }

    [SupplyParameterFromForm(FormName = "end-session")]
    private SessionInput? Session { get; set; }

    // What was typed beside an action is its proof; without a password a passkey is used beforehand.
    private bool AsksPassword => _twoFactor is { MustConfirm: true, HasPassword: true };

    private bool MustUsePasskey => _twoFactor is { MustConfirm: true, HasPassword: false };

    protected override async Task OnInitializedAsync()
    {
        _email = (await Actor.GetAsync()).Email;
        _actor = await Actor.GetActorAsync();
        await LoadAsync(_actor);
    }

    private static string Instant(DateTimeOffset at) =>
        at.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    private string? ErrorOf(string field) => _errors.GetValueOrDefault(field);

    private async Task LoadAsync(Actor actor)
    {
        _sessions = (await ListSessions.ExecuteAsync(actor, Http.RequestAborted)).Value ?? [];
        _passkeys = (await ListPasskeys.ExecuteAsync(actor, Http.RequestAborted)).Value ?? [];
        _twoFactor = (await GetTwoFactor.ExecuteAsync(actor, Http.RequestAborted)).Value ?? _twoFactor;
    }

    private async Task ChangePasswordAsync()
    {
        // A stolen open browser must not become a place to guess the password in.
        var account = $"password of {_email}";
        var source = Http.Connection.RemoteIpAddress;
        var wait = Throttle.TryBegin(source, account);
        if (wait > TimeSpan.Zero)
        {
            _errors["Current"] = Waits.Sentence(wait);
            return;
        }

        var actor = _actor;
        var isFirst = !_twoFactor.HasPassword;
        var outcome = await ChangePassword.ExecuteAsync(
            actor,
            new PasswordChange(Passwords?.Current, Passwords?.New),
            Http.RequestAborted
        );
        switch (outcome.Refusal)
        {
            case null:
                Throttle.Succeeded(source, account);
                await RenewCookieAsync(actor);
                await LoadAsync(actor);
                _notice = isFirst
                    ? "Password set. You were signed out everywhere else."
                    : "Password changed. You were signed out everywhere else.";
                break;
            case Refusal.Invalid invalid:
                foreach (var error in invalid.Errors)
                {
                    _errors.TryAdd(error.Field, error.Message);
                }

                if (!_errors.ContainsKey("Current"))
                {
                    Throttle.Succeeded(source, account);
                }

                break;
            case Refusal.Conflict conflict:
                _errors[conflict.Field] = conflict.Message;
                break;
            case Refusal.StepUpNeeded:
                Throttle.Succeeded(source, account);
                _errors["New"] = ConfirmFirst;
                break;
            default:
                Navigation.NavigateTo(AccountRoom.LoginPath);
                break;
        }
    }

    // The stamp in the cookie is the old one; the session itself goes on.
    private async Task RenewCookieAsync(Actor actor)
    {
        var ticket = await Http.AuthenticateAsync(IdentityConstants.ApplicationScheme);
        var person = await People.FindByIdAsync(actor.UserId.ToString());
        if (person is not null && actor.SessionId is { } session && ticket.Properties?.IssuedUtc is { } began)
        {
            await Cookie.RenewAsync(person, session, began);
        }
    }

    private string RecoveryCodesLeft =>
        _twoFactor.RecoveryCodesLeft == 1
            ? "1 recovery code is left."
            : $"{_twoFactor.RecoveryCodesLeft} recovery codes are left.";

    // One form for both steps: without a code it offers a secret, with one it turns the second factor on.
    private async Task EnrolAsync()
    {
        var actor = _actor;
        if (!await ConfirmAsync(Enrol?.Password, "Password"))
        {
            return;
        }

        _enrolment = Enrolments.Open(actor.UserId, Enrol?.Sealed);
        if (_enrolment is null)
        {
            _enrolment = Enrolments.New(actor.UserId);
            return;
        }

        var outcome = await EnableTwoFactor.ExecuteAsync(actor, _enrolment.Secret, Enrol?.Code, Http.RequestAborted);
        if (!outcome.IsDone)
        {
            _errors["Code"] = Refusals.Say(outcome.Refusal);
            return;
        }

        _enrolment = null;
        _codes = outcome.Value;
        _notice = "Two-factor authentication is on. You were signed out everywhere else.";
        await RenewCookieAsync(actor);
        await LoadAsync(actor);
    }

    private async Task ManageTwoFactorAsync()
    {
        var account = $"password of {_email}";
        var source = Http.Connection.RemoteIpAddress;
        var wait = Throttle.TryBegin(source, account);
        if (wait > TimeSpan.Zero)
        {
            _errors["Password"] = Waits.Sentence(wait);
            return;
        }

        var actor = _actor;
        Refusal? refusal;
        if (Manage?.Action == "disable")
        {
            refusal = (await DisableTwoFactor.ExecuteAsync(actor, Manage.Password, Http.RequestAborted)).Refusal;
            _notice = refusal is null ? "Two-factor authentication is off. You were signed out everywhere else." : null;
        }
        else
        {
            var renewed = await RenewRecoveryCodes.ExecuteAsync(actor, Manage?.Password, Http.RequestAborted);
            refusal = renewed.Refusal;
            _codes = renewed.Value;
        }

        // Only a wrong password is a failed try.
        if (refusal is not Refusal.Invalid)
        {
            Throttle.Succeeded(source, account);
        }

        if (refusal is not null)
        {
            _errors["Password"] = refusal is Refusal.StepUpNeeded ? ConfirmFirst : Refusals.Say(refusal);
            return;
        }

        await RenewCookieAsync(actor);
        await LoadAsync(actor);
    }

    private async Task AddPasskeyAsync()
    {
        if (!await ConfirmAsync(NewPasskey?.Password, "AddPassword"))
        {
            return;
        }

        if (await Ceremonies.FinishMakingAsync(_actor.UserId, NewPasskey?.Credential) is not { } made)
        {
            _errors["Name"] = "The browser's answer could not be verified. Try again.";
            return;
        }

        var outcome = await AddPasskey.ExecuteAsync(_actor, made, NewPasskey?.Name, Http.RequestAborted);
        await SayAsync(outcome.Refusal, "Name", "The passkey was added. You can sign in with it from now on.");
        if (outcome.IsDone)
        {
            NewPasskey = null;
        }
    }

    private async Task RemovePasskeyAsync()
    {
        if (!await ConfirmAsync(Passkey?.Password, "RemovePassword"))
        {
            return;
        }

        var outcome = await RemovePasskey.ExecuteAsync(_actor, Passkey?.Id, Http.RequestAborted);
        await SayAsync(outcome.Refusal, "RemovePassword", "The passkey was removed. It opens nothing any more.");
    }

    private async Task SayAsync(Refusal? refusal, string field, string done)
    {
        if (refusal is null)
        {
            _notice = done;
        }
        else
        {
            _errors[field] = Refusals.Say(refusal);
        }

        await LoadAsync(_actor);
    }

    // A session that is too old shows a password field; what was typed there is the proof.
    private async Task<bool> ConfirmAsync(string? password, string field)
    {
        if (!_twoFactor.MustConfirm)
        {
            return true;
        }

        if (MustUsePasskey)
        {
            _errors[field] = ConfirmFirst;
            return false;
        }

        var confirmed = await ConfirmIdentity.ExecuteAsync(_actor, new IdentityProof(password), Http.RequestAborted);
        if (!confirmed.IsDone)
        {
            _errors[field] = Refusals.Say(confirmed.Refusal);
        }

        return confirmed.IsDone;
    }

    private async Task ConfirmByPasskeyAsync()
    {
        var proved = await Ceremonies.FinishUsingAsync(Proof?.Credential);
        if (
            proved?.Person.Id != _actor.UserId
            || !(await UsePasskey.ExecuteAsync(_actor, proved.Passkey, Http.RequestAborted)).IsDone
        )
        {
            _errors["Proof"] = "This passkey is not one of yours.";
            return;
        }

        await LoadAsync(_actor);
        _notice = "Confirmed. Go on with what you were about to do.";
    }

    private async Task EndOneAsync()
    {
        if (Session?.Id is not { } id)
        {
            return;
        }

        var actor = _actor;
        await EndSession.ExecuteAsync(actor, id, Http.RequestAborted);
        if (id == actor.SessionId)
        {
            await LeaveAsync();
            return;
        }

        await LoadAsync(actor);
        _notice = "Signed out there.";
    }

    private async Task EndAllAsync()
    {
        await EndAllSessions.ExecuteAsync(_actor, keepCurrent: false, Http.RequestAborted);
        await LeaveAsync();
    }

    private async Task LeaveAsync()
    {
        await Http.SignOutAsync(IdentityConstants.ApplicationScheme);
        Navigation.NavigateTo(AccountRoom.LoginPath);
    }

    /// <summary>What the password form posts.</summary>
    public sealed class PasswordInput
    {
        public string? Current { get; set; }

        public string? New { get; set; }
    }

    /// <summary>What the form of the authenticator app posts.</summary>
    public sealed class EnrolForm
    {
        public string? Sealed { get; set; }

        public string? Code { get; set; }

        public string? Password { get; set; }
    }

    /// <summary>What the form of a second factor that is on posts.</summary>
    public sealed class ManageInput
    {
        public string? Password { get; set; }

        public string? Action { get; set; }
    }

    /// <summary>What the form of a new passkey posts.</summary>
    public sealed class NewPasskeyInput
    {
        public string? Credential { get; set; }

        public string? Name { get; set; }

        public string? Password { get; set; }
    }

    /// <summary>What a passkey's button posts.</summary>
    public sealed class PasskeyInput
    {
        public string? Id { get; set; }

        public string? Password { get; set; }
    }

    /// <summary>What the form of a passkey that confirms posts.</summary>
    public sealed class ProofInput
    {
        public string? Credential { get; set; }
    }

    /// <summary>What a session's button posts.</summary>
    public sealed class SessionInput
    {
        public Guid? Id { get; set; }
    }
}
