using System.Net;
using System.Security.Claims;
using ControlPanel.Data.Model;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Sessions;
using ControlPanel.Shared;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Identity;

namespace ControlPanel.Account;

/// <summary>What came of a sign-in. Closed.</summary>
public abstract record SignInOutcome
{
    private SignInOutcome() { }

    /// <summary>The password was right.</summary>
    /// <param name="Next">Where the browser goes: on, or to the second step.</param>
    public sealed record Right(string Next) : SignInOutcome;

    /// <summary>E-mail or password is wrong; which one is nobody's business.</summary>
    public sealed record Wrong : SignInOutcome;

    /// <summary>Too many tries from this source.</summary>
    public sealed record Wait(TimeSpan For) : SignInOutcome;
}

/// <summary>
/// Signing in with e-mail and password. Takes the same steps, and so the same time, for people who exist and people who
/// do not: one look-up, one hash.
/// </summary>
public sealed partial class PasswordSignIn(
    UserManager<Person> people,
    SignInThrottle throttle,
    SignInSteps steps,
    PasswordWork work,
    ILogger<PasswordSignIn> log
)
{
    /// <summary>Checks, and signs in or leads to the second step.</summary>
    public async Task<SignInOutcome> TryAsync(HttpContext http, string email, string password, string? returnUrl)
    {
        var source = http.Connection.RemoteIpAddress;
        var wait = throttle.TryBegin(source, email);
        if (wait > TimeSpan.Zero)
        {
            return new SignInOutcome.Wait(wait);
        }

        var person = await people.FindByEmailAsync(email.Trim());
        if (!await work.VerifyAsync(person, password, http.RequestAborted))
        {
            Log.Wrong(log, source is null ? null : SignedIn.Plain(source));
            return new SignInOutcome.Wrong();
        }

        if (await steps.ContinueAsync(http, person!.Id, SignInProof.Password, returnUrl) is not { } next)
        {
            return new SignInOutcome.Wrong();
        }

        throttle.Succeeded(source, email);
        return new SignInOutcome.Right(next);
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.WrongPassword, LogLevel.Information, "A sign-in from {Address} was refused.")]
        public static partial void Wrong(ILogger logger, IPAddress? address);
    }
}

/// <summary>Begins the session and its cookie, whatever the way in which somebody proved who they are.</summary>
public sealed class SessionCookie(
    SignInManager<Person> signIn,
    StartSession startSession,
    EndSession endSession,
    TimeProvider clock
)
{
    /// <summary>
    /// Begins a new session and sends its cookie. A session that the browser still had is ended: nothing of before the
    /// sign-in is worth anything after it.
    /// </summary>
    /// <param name="proof">How they proved it.</param>
    /// <returns>Whether there is such a person, and that was proof enough.</returns>
    public async Task<bool> IssueAsync(HttpContext http, Person person, SignInProof proof)
    {
        var actor = new Actor(person.Id, Guid.Empty, Door.Panel)
        {
            Address = http.Connection.RemoteIpAddress is { } address ? SignedIn.Plain(address) : null,
            RequestId = http.TraceIdentifier,
        };
        var started = await startSession.ExecuteAsync(
            actor,
            http.Request.Headers.UserAgent.ToString(),
            proof,
            http.RequestAborted
        );
        if (!started.IsDone)
        {
            return false;
        }

        if (SignedIn.From(http.User) is { } before)
        {
            await endSession.ExecuteAsync(
                actor with
                {
                    UserId = before.UserId,
                    SessionId = before.SessionId,
                },
                before.SessionId,
                http.RequestAborted
            );
        }

        await SendAsync(person, started.Value.Id, clock.GetUtcNow());
        return true;
    }

    /// <summary>Sends the session's cookie anew, after the person's security stamp changed.</summary>
    public Task RenewAsync(Person person, Guid sessionId, DateTimeOffset sessionBegan) =>
        SendAsync(person, sessionId, sessionBegan);

    // Not persistent: gone with the browser. The server's own limits are what counts.
    private Task SendAsync(Person person, Guid sessionId, DateTimeOffset began) =>
        signIn.SignInWithClaimsAsync(
            person,
            new AuthenticationProperties
            {
                IsPersistent = false,
                AllowRefresh = false,
                IssuedUtc = began,
                ExpiresUtc = began + SessionLimits.Absolute,
            },
            [new Claim(SignedIn.SessionClaim, sessionId.ToString())]
        );
}

/// <summary>
/// Password hashing for the doors that anybody can knock at: at most as many at once as there are processors, so that a
/// flood of sign-ins cannot starve verification.
/// </summary>
public sealed class PasswordWork : IDisposable
{
    private readonly SemaphoreSlim _places = new(Math.Max(1, Environment.ProcessorCount));

    /// <summary>Verifies a password off the caller's thread; costs the same without a person.</summary>
    public async Task<bool> VerifyAsync(Person? person, string password, CancellationToken ct)
    {
        await _places.WaitAsync(ct);
        try
        {
            return await Task.Run(() => Passwords.Verify(person, password), ct);
        }
        finally
        {
            _places.Release();
        }
    }

    public void Dispose() => _places.Dispose();
}
