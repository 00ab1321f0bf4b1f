using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Sessions;
using ControlPanel.Data.Operations.Teams;
using ControlPanel.Shared;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Account.Pages;

/// <summary>
/// What an invitation's link opens. The code arrives by a post, never as a part of an address; a script takes it from
/// behind the <c>#</c>.
/// </summary>
public sealed partial class InvitationPage
{
    private const string SignInPath = AccountRoom.LoginPath + "?returnUrl=" + InvitationAddress.Path;

    private readonly Dictionary<string, string> _errors = [];
    private InvitationOffer? _offer;
    private Actor _actor = new(Guid.Empty, Guid.Empty, Door.Panel);
    private string? _me;
    private string? _code;
    private string? _error;

    [CascadingParameter]
    public required HttpContext Http { get; set; }

    [Inject]
    public required PendingInvitation Pending { get; init; }

    [Inject]
    public required FindInvitation Find { get; init; }

    [Inject]
    public required AcceptInvitation Accept { get; init; }

    [Inject]
    public required PasskeyCeremonies Ceremonies { get; init; }

    [Inject]
    public required CurrentActor Actor { get; init; }

    [Inject]
    public required SignInSteps Steps { get; init; }

    [Inject]
    public required NavigationManager Navigation { get; init; }

    [SupplyParameterFromForm(FormName = "invitation")]
    private InvitationInput? Input { get; set; }

    private bool IsInvited => string.Equals(_me, _offer?.Email, StringComparison.OrdinalIgnoreCase);

    protected override async Task OnInitializedAsync()
    {
        var person = await Actor.GetAsync();
        if (person.IsSignedIn)
        {
            _me = person.Email;
            _actor = await Actor.GetActorAsync();
        }
        else if (Http.Connection.RemoteIpAddress is { } address)
        {
            _actor = _actor with { Address = SignedIn.Plain(address), RequestId = Http.TraceIdentifier };
        }

        _code = Pending.Read(Http);
        if (_code is not null)
        {
            _offer = (await Find.ExecuteAsync(_actor, _code, Http.RequestAborted)).Value;
            if (_offer is null)
            {
                Say(gone: true);
            }
        }
    }

    private string? ErrorOf(string field) => _errors.GetValueOrDefault(field);

    private void Say(bool gone)
    {
        _offer = null;
        _error = gone
            ? "This invitation is not valid any more. Ask whoever invited you for a new one."
            : "Enter the invitation code.";
        if (gone)
        {
            Pending.Clear(Http);
        }
    }

    private Task GoOnAsync() =>
        Input?.Code is { Length: > 0 } code ? OpenAsync(code)
        : _offer is null ? SayNothingToDo()
        : AcceptAsync();

    private Task SayNothingToDo()
    {
        Say(gone: _code is not null);
        return Task.CompletedTask;
    }

    private async Task OpenAsync(string code)
    {
        if (!(await Find.ExecuteAsync(_actor, code, Http.RequestAborted)).IsDone)
        {
            Say(gone: true);
            return;
        }

        Pending.Write(Http, code);
        // A page of its own, so that a reload asks for nothing to be sent again.
        Navigation.NavigateTo(InvitationAddress.Path);
    }

    private async Task AcceptAsync()
    {
        FirstPasskey? passkey = null;
        if (_me is null && Input?.Credential is { Length: > 0 } credential)
        {
            var device = Devices.Name(Http.Request.Headers.UserAgent);
            passkey = await Ceremonies.FinishMakingFirstAsync(credential, device);
            if (passkey is null)
            {
                _errors["Passkey"] = "The browser's answer could not be verified. Try again.";
                return;
            }
        }

        var outcome = await Accept.ExecuteAsync(
            _actor,
            new InvitationAcceptance(_code, Input?.DisplayName, Input?.Password, passkey),
            Http.RequestAborted
        );
        switch (outcome.Refusal)
        {
            case null:
                Pending.Clear(Http);
                await EnterAsync(outcome.Value!.UserId, passkey is not null);
                break;
            case Refusal.Invalid invalid:
                foreach (var error in invalid.Errors)
                {
                    _errors.TryAdd(error.Field, error.Message);
                }

                break;
            case Refusal.Conflict { Field: "Passkey" } conflict:
                _errors["Passkey"] = conflict.Message;
                break;
            case Refusal.Conflict conflict:
                _error = conflict.Message;
                break;
            default:
                Say(gone: true);
                break;
        }
    }

    private async Task EnterAsync(Guid userId, bool byPasskey)
    {
        if (_me is not null)
        {
            Navigation.NavigateTo("/");
            return;
        }

        // Two factors by itself, so nothing follows.
        if (byPasskey)
        {
            Navigation.NavigateTo(
                await Steps.FinishAsync(Http, userId, SignInProof.InvitationAndPasskey) ? "/" : AccountRoom.LoginPath
            );
            return;
        }

        // A team that requires a second factor has it set up first.
        Navigation.NavigateTo(
            await Steps.ContinueAsync(Http, userId, SignInProof.Invitation, "/") ?? AccountRoom.LoginPath
        );
    }

    /// <summary>What the form posts.</summary>
    public sealed class InvitationInput
    {
        public string? Code { get; set; }

        public string? DisplayName { get; set; }

        public string? Password { get; set; }

        public string? Credential { get; set; }
    }
}
