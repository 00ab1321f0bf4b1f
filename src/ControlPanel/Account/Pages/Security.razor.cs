using System.Globalization;
using ControlPanel.Data.Model;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Sessions;
using ControlPanel.Shared;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Identity;

namespace ControlPanel.Account.Pages;

/// <summary>The person's own account: password and sessions.</summary>
public sealed partial class Security
{
    private readonly Dictionary<string, string> _errors = [];
    private IReadOnlyList<SessionRow> _sessions = [];
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
    public required SignInThrottle Throttle { get; init; }

    [Inject]
    public required SessionCookie Cookie { get; init; }

    [Inject]
    public required UserManager<Person> People { get; init; }

    [Inject]
    public required NavigationManager Navigation { get; init; }

    [SupplyParameterFromForm(FormName = "change-password")]
    private PasswordInput? Passwords { get; set; }

    [SupplyParameterFromForm(FormName = "end-session")]
    private SessionInput? Session { get; set; }

    protected override async Task OnInitializedAsync()
    {
        _email = (await Actor.GetAsync()).Email;
        await LoadAsync();
    }

    private static string Instant(DateTimeOffset at) =>
        at.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    private string? ErrorOf(string field) => _errors.GetValueOrDefault(field);

    private async Task LoadAsync()
    {
        var listed = await ListSessions.ExecuteAsync(await Actor.GetActorAsync(), Http.RequestAborted);
        _sessions = listed.Value ?? [];
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

        var actor = await Actor.GetActorAsync();
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
                await LoadAsync();
                _notice = "Password changed. You were signed out everywhere else.";
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

    private async Task EndOneAsync()
    {
        if (Session?.Id is not { } id)
        {
            return;
        }

        var actor = await Actor.GetActorAsync();
        await EndSession.ExecuteAsync(actor, id, Http.RequestAborted);
        if (id == actor.SessionId)
        {
            await LeaveAsync();
            return;
        }

        await LoadAsync();
        _notice = "Signed out there.";
    }

    private async Task EndAllAsync()
    {
        await EndAllSessions.ExecuteAsync(await Actor.GetActorAsync(), keepCurrent: false, Http.RequestAborted);
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

    /// <summary>What a session's button posts.</summary>
    public sealed class SessionInput
    {
        public Guid? Id { get; set; }
    }
}
