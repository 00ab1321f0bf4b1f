using System.Text.Json;
using ControlPanel.Data.Model;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Sessions;
using ControlPanel.Shared;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Identity;

namespace ControlPanel.Account;

/// <summary>
/// The way from the first proof to the session: at once, by way of a code, or by way of setting up the second factor that
/// a team requires. In between the browser holds an encrypted note for ten minutes, which opens nothing else.
/// </summary>
public sealed class SignInSteps(
    IDataProtectionProvider protection,
    GetSignInStanding standing,
    SessionCookie cookie,
    UserManager<Person> people
)
{
    /// <summary>The page that asks for a code, or for the passkey.</summary>
    public const string CodePath = "/account/login/2fa";

    /// <summary>The page that sets up the second factor.</summary>
    public const string EnrolPath = "/account/login/enrol";

    private readonly SealedCookie _note = new(protection, "__Host-ControlPanel.SignIn", TimeSpan.FromMinutes(10));

    /// <summary>Goes on for somebody whose password was just checked, or whose account was just made.</summary>
    /// <param name="proof">The first proof.</param>
    /// <returns>Where the browser goes now; <see langword="null"/> when there is no such person.</returns>
    public async Task<string?> ContinueAsync(HttpContext http, Guid userId, SignInProof proof, string? returnUrl)
    {
        var outcome = await standing.ExecuteAsync(ActorOf(http, userId), http.RequestAborted);
        if (!outcome.IsDone)
        {
            return null;
        }

        var target = LocalUrl.OrHome(returnUrl);
        if (outcome.Value.Next == SecondStep.None)
        {
            return await FinishAsync(http, userId, proof) ? target : null;
        }

        _note.Write(http, JsonSerializer.Serialize(new Note(userId, outcome.Value.Stamp, proof.Name)));
        var page = outcome.Value.Next == SecondStep.Enrol ? EnrolPath : CodePath;
        return $"{page}?returnUrl={Uri.EscapeDataString(target)}";
    }

    /// <summary>Who is between password and session in this browser; nobody once their password has changed.</summary>
    public async Task<PendingSignIn?> FindAsync(HttpContext http)
    {
        if (
            _note.Read(http) is not { } text
            || JsonSerializer.Deserialize<Note>(text) is not { } note
            || SignInProof.First(note.Method) is not { } proof
        )
        {
            return null;
        }

        var outcome = await standing.ExecuteAsync(ActorOf(http, note.UserId), http.RequestAborted);
        return outcome.IsDone && string.Equals(outcome.Value.Stamp, note.Stamp, StringComparison.Ordinal)
            ? new PendingSignIn(ActorOf(http, note.UserId), outcome.Value, proof)
            : null;
    }

    /// <summary>Begins the session.</summary>
    /// <returns>Whether there is such a person.</returns>
    public async Task<bool> FinishAsync(HttpContext http, Guid userId, SignInProof proof)
    {
        _note.Clear(http);
        var person = await people.FindByIdAsync(userId.ToString());
        return person is not null && await cookie.IssueAsync(http, person, proof);
    }

    private static Actor ActorOf(HttpContext http, Guid userId) =>
        new(userId, Guid.Empty, Door.Panel)
        {
            Address = http.Connection.RemoteIpAddress is { } address ? SignedIn.Plain(address) : null,
            RequestId = http.TraceIdentifier,
        };

    private sealed record Note(Guid UserId, string? Stamp, string Method);
}

/// <summary>Somebody who has shown the first proof, and nothing else yet.</summary>
/// <param name="Actor">The person without a session: good for the second step alone.</param>
public sealed record PendingSignIn(Actor Actor, SignInStanding Standing, SignInProof Proof);
