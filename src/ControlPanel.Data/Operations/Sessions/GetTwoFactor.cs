using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Sessions;

/// <summary>A person's second factor, and what else proves who they are.</summary>
/// <param name="RecoveryCodesLeft">Those not used yet.</param>
/// <param name="RequiredBy">The teams that do not let them in without it, by name.</param>
/// <param name="MustConfirm">Whether the session is too old to set it up without proving again who they are.</param>
/// <param name="HasPassword">Without one they sign in and confirm by passkey.</param>
public sealed record TwoFactorState(
    bool IsOn,
    int RecoveryCodesLeft,
    IReadOnlyList<string> RequiredBy,
    bool MustConfirm,
    bool HasPassword = true
);

/// <summary>Says how the signed-in person's second factor stands.</summary>
public sealed class GetTwoFactor(OwnAccountRunner runner, SessionRules options)
{
    /// <summary>Needs nothing but being signed in.</summary>
    public Task<Outcome<TwoFactorState>> ExecuteAsync(Actor actor, CancellationToken ct) =>
        runner.ReadAsync<TwoFactorState>(
            actor,
            async context =>
            {
                var db = context.Db;
                return new TwoFactorState(
                    await db.Users.Where(u => u.Id == actor.UserId).Select(u => u.TwoFactorEnabled).SingleAsync(ct),
                    await db.RecoveryCodes.CountAsync(c => c.UserId == actor.UserId && c.UsedAt == null, ct),
                    await db.RequiringTeamsAsync(actor.UserId, ct),
                    await context.MustConfirmAsync(options, ct),
                    await db.Users.AnyAsync(u => u.Id == actor.UserId && u.PasswordHash != null, ct)
                );
            },
            ct
        );
}

internal static class Freshness
{
    /// <summary>As <see cref="OperationContext.MustConfirm"/>, for what people do with their own account.</summary>
    public static async Task<bool> MustConfirmAsync(
        this OwnAccountContext context,
        SessionRules options,
        CancellationToken ct
    )
    {
        var provedAt = await context
            .Db.Sessions.Where(s => s.Id == context.Actor.SessionId)
            .Select(s => (DateTimeOffset?)s.AuthenticatedAt)
            .SingleOrDefaultAsync(ct);
        return provedAt is { } at && context.Now - at > options.StepUp;
    }
}

/// <summary>What must still happen between a password and a session.</summary>
public enum SecondStep
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>A code of the authenticator app, or a recovery code.</summary>
    Code,

    /// <summary>A team of theirs requires a second factor, and they have none yet.</summary>
    Enrol,

    /// <summary>
    /// A team of theirs requires a second factor, and they have a passkey alone. Setting up an authenticator app after the
    /// password would let whoever stole that one in.
    /// </summary>
    Passkey,
}

/// <summary>A person who has shown a password, and what is next.</summary>
/// <param name="Stamp">The security stamp as of now.</param>
/// <param name="RequiredBy">The teams that require a second factor.</param>
public sealed record SignInStanding(
    Guid UserId,
    string Email,
    string? Stamp,
    SecondStep Next,
    IReadOnlyList<string> RequiredBy
);

/// <summary>Says what a person who has shown a password must do before their session begins.</summary>
public sealed class GetSignInStanding(OwnAccountRunner runner)
{
    /// <summary>The caller has checked the password: this is no door by itself.</summary>
    /// <param name="actor">The person, without a session.</param>
    public Task<Outcome<SignInStanding>> ExecuteAsync(Actor actor, CancellationToken ct) =>
        runner.ReadAsync<SignInStanding>(
            actor,
            async context =>
            {
                var person = await context
                    .Db.Users.Where(u => u.Id == actor.UserId)
                    .Select(u => new
                    {
                        u.Email,
                        u.SecurityStamp,
                        u.TwoFactorEnabled,
                    })
                    .SingleAsync(ct);
                var requiredBy = await context.Db.RequiringTeamsAsync(actor.UserId, ct);
                return new SignInStanding(
                    actor.UserId,
                    person.Email ?? "",
                    person.SecurityStamp,
                    person.TwoFactorEnabled ? SecondStep.Code
                        : requiredBy.Count == 0 ? SecondStep.None
                        : await context.Db.UserPasskeys.AnyAsync(p => p.UserId == actor.UserId, ct) ? SecondStep.Passkey
                        : SecondStep.Enrol,
                    requiredBy
                );
            },
            ct
        );
}
