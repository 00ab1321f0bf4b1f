using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Sessions;
using ControlPanel.Shared;

namespace ControlPanel.Account;

/// <summary>
/// Signing in with a passkey. It is something that the person has, unlocked by something that they know or are, so no
/// second step follows. Nothing can be guessed, so nothing has to be slowed down.
/// </summary>
public sealed class PasskeySignIn(PasskeyCeremonies ceremonies, UsePasskey use, SignInSteps steps)
{
    /// <summary>Verifies the browser's answer and begins the session.</summary>
    /// <returns>Where the browser goes now; <see langword="null"/> when the passkey opens nothing.</returns>
    public async Task<string?> TryAsync(HttpContext http, string? credential, string? returnUrl)
    {
        if (await ceremonies.FinishUsingAsync(credential) is not { } proved)
        {
            return null;
        }

        var actor = new Actor(proved.Person.Id, Guid.Empty, Door.Panel)
        {
            Address = http.Connection.RemoteIpAddress is { } address ? SignedIn.Plain(address) : null,
            RequestId = http.TraceIdentifier,
        };
        return
            (await use.ExecuteAsync(actor, proved.Passkey, http.RequestAborted)).IsDone
            && await steps.FinishAsync(http, proved.Person.Id, SignInProof.Passkey)
            ? LocalUrl.OrHome(returnUrl)
            : null;
    }
}
