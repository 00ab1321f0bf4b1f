using ControlPanel.Data.Model;
using ControlPanel.Data.Operations.Teams;
using Microsoft.AspNetCore.Identity;

namespace ControlPanel.Account;

/// <summary>A passkey that its browser has just proved to hold, and whose it is.</summary>
public sealed record ProvedPasskey(Person Person, UserPasskeyInfo Passkey);

/// <summary>
/// The two ceremonies of WebAuthn, by Identity's handler. What was asked is kept in a short-lived encrypted cookie and
/// counts for one answer.
/// </summary>
public sealed partial class PasskeyCeremonies(
    SignInManager<Person> signIn,
    TimeProvider clock,
    ILogger<PasskeyCeremonies> log
)
{
    /// <summary>What the browser is asked when a passkey is to be made, as JSON.</summary>
    public Task<string> AskToMakeAsync(Person person) =>
        signIn.MakePasskeyCreationOptionsAsync(
            new PasskeyUserEntity
            {
                Id = person.Id.ToString(),
                Name = person.Email ?? "",
                DisplayName = person.DisplayName,
            }
        );

    /// <summary>
    /// What the browser is asked when a passkey is to be made for somebody who has no account yet, as JSON. The id that it
    /// carries becomes the person's, if they come to be.
    /// </summary>
    public Task<string> AskToMakeFirstAsync(string email, string displayName) =>
        signIn.MakePasskeyCreationOptionsAsync(
            new PasskeyUserEntity
            {
                Id = Guid.CreateVersion7(clock.GetUtcNow()).ToString(),
                Name = email,
                DisplayName = displayName,
            }
        );

    /// <summary>What the browser is asked when a passkey is to be used, as JSON.</summary>
    /// <param name="person">Whose; <see langword="null"/> lets the browser offer all that it has for this site.</param>
    public Task<string> AskToUseAsync(Person? person) => signIn.MakePasskeyRequestOptionsAsync(person);

    /// <summary>The passkey that was made; <see langword="null"/> when the answer does not hold.</summary>
    public async Task<UserPasskeyInfo?> FinishMakingAsync(Guid userId, string? credential) =>
        // Asked as one person and answered as another: the cookie outlived a change of who is signed in.
        await FinishMakingAsync(credential) is { } made
        && made.Whose.Id == userId.ToString()
            ? made.Passkey
            : null;

    /// <summary>
    /// The passkey that was made for somebody without an account; <see langword="null"/> when the answer does not hold.
    /// Whom it was asked for is for the operation to compare with whom the invitation is for.
    /// </summary>
    /// <param name="name">What the list of passkeys calls it.</param>
    public async Task<FirstPasskey?> FinishMakingFirstAsync(string? credential, string name) =>
        await FinishMakingAsync(credential) is { } made && Guid.TryParse(made.Whose.Id, out var id)
            ? new FirstPasskey(id, made.Whose.Name, made.Passkey, name)
            : null;

    private async Task<MadePasskey?> FinishMakingAsync(string? credential)
    {
        if (string.IsNullOrEmpty(credential))
        {
            return null;
        }

        try
        {
            var result = await signIn.PerformPasskeyAttestationAsync(credential);
            if (!result.Succeeded)
            {
                Log.Refused(log, result.Failure.Message);
                return null;
            }

            return new MadePasskey(result.UserEntity, result.Passkey);
        }
        catch (InvalidOperationException e)
        {
            // Nothing was asked, or too long ago.
            Log.Refused(log, e.Message);
            return null;
        }
    }

    /// <summary>Whose passkey answered; <see langword="null"/> when the answer does not hold.</summary>
    public async Task<ProvedPasskey?> FinishUsingAsync(string? credential)
    {
        if (string.IsNullOrEmpty(credential))
        {
            return null;
        }

        try
        {
            var result = await signIn.PerformPasskeyAssertionAsync(credential);
            if (!result.Succeeded)
            {
                Log.Refused(log, result.Failure.Message);
                return null;
            }

            return new ProvedPasskey(result.User, result.Passkey);
        }
        catch (InvalidOperationException e)
        {
            // Nothing was asked, or too long ago.
            Log.Refused(log, e.Message);
            return null;
        }
    }

    private sealed record MadePasskey(PasskeyUserEntity Whose, UserPasskeyInfo Passkey);

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.PasskeyRefused,
            LogLevel.Information,
            "A browser's answer about a passkey was refused: {Reason}"
        )]
        public static partial void Refused(ILogger logger, string reason);
    }
}
