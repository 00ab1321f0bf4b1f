using ControlPanel.Data.Operations.Sessions;
using ControlPanel.Shared;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Account.Pages;

/// <summary>Signing in. Says the same, after the same time, whether or not there is such a person.</summary>
public sealed partial class Login
{
    private string? _error;

    [CascadingParameter]
    public required HttpContext Http { get; set; }

    [Inject]
    public required PasswordSignIn SignIn { get; init; }

    [Inject]
    public required PasskeySignIn PasskeySignIn { get; init; }

    [Inject]
    public required SetUpGate SetUp { get; init; }

    [Inject]
    public required NavigationManager Navigation { get; init; }

    [SupplyParameterFromQuery]
    public string? ReturnUrl { get; set; }

    [SupplyParameterFromForm(FormName = "sign-in")]
    private LoginInput? Input { get; set; }

    [SupplyParameterFromForm(FormName = "passkey")]
    private PasskeyInput? Passkey { get; set; }

    protected override async Task OnInitializedAsync()
    {
        if (HttpMethods.IsPost(Http.Request.Method))
        {
            return;
        }

        if (await SetUp.IsOpenAsync(Http.RequestAborted))
        {
            Navigation.NavigateTo("/account/setup");
        }
        else if (SignedIn.From(Http.User) is not null)
        {
            Navigation.NavigateTo(LocalUrl.OrHome(ReturnUrl));
        }
    }

    private async Task SignInAsync()
    {
        if (Input is not { Email.Length: > 0, Password.Length: > 0 } input)
        {
            _error = "Enter your e-mail address and your password.";
            return;
        }

        switch (await SignIn.TryAsync(Http, input.Email, input.Password, ReturnUrl))
        {
            case SignInOutcome.Right right:
                Navigation.NavigateTo(right.Next);
                break;
            case SignInOutcome.Wait wait:
                _error = Waits.Sentence(wait.For);
                break;
            case SignInOutcome.Wrong:
                _error = "Email or password is wrong.";
                break;
        }
    }

    private async Task UsePasskeyAsync()
    {
        if (await PasskeySignIn.TryAsync(Http, Passkey?.Credential, ReturnUrl) is { } next)
        {
            Navigation.NavigateTo(next);
        }
        else
        {
            _error = "This passkey does not open an account here. Sign in with your password.";
        }
    }

    /// <summary>What the passkey's form posts.</summary>
    public sealed class PasskeyInput
    {
        public string? Credential { get; set; }
    }

    /// <summary>What the form posts.</summary>
    public sealed class LoginInput
    {
        public string? Email { get; set; }

        public string? Password { get; set; }
    }
}
