using ControlPanel.Data.Model;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Sessions;
using ControlPanel.Data.Operations.Teams;
using ControlPanel.Shared;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Identity;

namespace ControlPanel.Account.Pages;

/// <summary>The first start: makes the first owner and team for whoever can read the server's console. Then it is gone.</summary>
public sealed partial class SetUp
{
    private readonly Dictionary<string, string> _errors = [];
    private string? _error;
    private bool _isOpen;

    [CascadingParameter]
    public required HttpContext Http { get; set; }

    [Inject]
    public required SetUpGate Gate { get; init; }

    [Inject]
    public required ISetUpCode Code { get; init; }

    [Inject]
    public required SetUpInstallation Operation { get; init; }

    [Inject]
    public required SignInThrottle Throttle { get; init; }

    [Inject]
    public required SessionCookie Cookie { get; init; }

    [Inject]
    public required UserManager<Person> People { get; init; }

    [Inject]
    public required NavigationManager Navigation { get; init; }

    [Inject]
    public required ILogger<SetUp> Logger { get; init; }

    [SupplyParameterFromForm]
    private SetUpInput? Input { get; set; }

    protected override async Task OnInitializedAsync()
    {
        _isOpen = await Gate.IsOpenAsync(Http.RequestAborted);
        if (!_isOpen)
        {
            Close();
        }
    }

    // Not Navigation.NotFound(): the router would replace this page within the render that names the form's handler,
    // and the framework answers that with an error 500.
    private void Close()
    {
        _isOpen = false;
        // Set earlier, the framework would send no body at all.
        Http.Response.OnStarting(() =>
        {
            Http.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        });
    }

    private string? ErrorOf(string field) => _errors.GetValueOrDefault(field);

    private async Task SetUpAsync()
    {
        if (!_isOpen)
        {
            return;
        }

        const string account = "set-up code";
        var source = Http.Connection.RemoteIpAddress;
        var wait = Throttle.TryBegin(source, account);
        if (wait > TimeSpan.Zero)
        {
            _error = Waits.Sentence(wait);
            return;
        }

        if (!Code.Matches(Input?.Code))
        {
            Log.WrongCode(Logger, source);
            _errors["Code"] = "This is not the set-up code. It was printed when ControlPanel was started.";
            return;
        }

        Throttle.Succeeded(source, account);
        var outcome = await Operation.ExecuteAsync(
            new Actor(Guid.Empty, Guid.Empty, Door.Panel)
            {
                Address = source is null ? null : SignedIn.Plain(source),
                RequestId = Http.TraceIdentifier,
            },
            new NewInstallation(Input?.Email, Input?.Password, Input?.TeamName),
            Http.RequestAborted
        );
        switch (outcome.Refusal)
        {
            case null:
                Log.Done(Logger);
                await FinishAsync(outcome.Value!.UserId);
                break;
            case Refusal.Invalid invalid:
                foreach (var error in invalid.Errors)
                {
                    _errors.TryAdd(error.Field, error.Message);
                }

                break;
            default:
                // Somebody else was quicker.
                Close();
                break;
        }
    }

    private async Task FinishAsync(Guid userId)
    {
        var person = await People.FindByIdAsync(userId.ToString());
        if (person is not null && await Cookie.IssueAsync(Http, person, SignInProof.SetUpCode))
        {
            Navigation.NavigateTo("/");
        }
        else
        {
            Navigation.NavigateTo(AccountRoom.LoginPath);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.WrongSetUpCode, LogLevel.Warning, "A wrong set-up code was tried from {Address}.")]
        public static partial void WrongCode(ILogger logger, System.Net.IPAddress? address);

        [LoggerMessage(EventIds.SetUpDone, LogLevel.Information, "The first owner and the first team were created.")]
        public static partial void Done(ILogger logger);
    }

    /// <summary>What the form posts.</summary>
    public sealed class SetUpInput
    {
        public string? Code { get; set; }

        public string? Email { get; set; }

        public string? Password { get; set; }

        public string? TeamName { get; set; }
    }
}
