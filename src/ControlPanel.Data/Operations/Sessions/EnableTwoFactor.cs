using ControlPanel.Verification.Secrets;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Sessions;

/// <summary>
/// Turns the person's second factor on, once their app has shown that it has the secret. Every other session of theirs
/// ends with it.
/// </summary>
public sealed class EnableTwoFactor(
    OwnAccountRunner runner,
    SecretSealer sealer,
    SessionRules options,
    ISecretSource random
)
{
    /// <summary>
    /// Refuses a wrong code, and whoever has a second factor already: they turn it off first. A session that is too old
    /// needs step-up, as does, without a session, somebody who has a passkey: a password alone must not add what opens the
    /// account. The caller made the secret and showed it to the person.
    /// </summary>
    /// <param name="actor">The person in their session, or between password and session when a team requires it.</param>
    /// <returns>The recovery codes, shown once.</returns>
    public Task<Outcome<IReadOnlyList<Secret>>> ExecuteAsync(
        Actor actor,
        Secret secret,
        string? code,
        CancellationToken ct
    ) =>
        runner.ChangeAsync<IReadOnlyList<Secret>>(
            actor,
            async context =>
            {
                if (
                    await context.MustConfirmAsync(options, ct)
                    || (
                        actor.SessionId is null
                        && await context.Db.UserPasskeys.AnyAsync(p => p.UserId == actor.UserId, ct)
                    )
                )
                {
                    return new Refusal.StepUpNeeded();
                }

                var person = await context.Db.Users.SingleAsync(u => u.Id == actor.UserId, ct);
                if (person.TwoFactorEnabled)
                {
                    return new Refusal.Conflict("Code", "Two-factor authentication is on already.");
                }

                if (Totp.FindStep(secret.Bytes, code, context.Now) is not { } step)
                {
                    return Refusal.Rule(
                        "Code",
                        "This is not the code that the app shows now. Check the device's clock."
                    );
                }

                person.SealedTotpSecret = TwoFactorSecrets.Seal(sealer, person.Id, secret.Bytes);
                person.LastTotpStep = step;
                person.TwoFactorEnabled = true;
                person.SecurityStamp = SecurityStamps.New(random);
                var codes = await context.ReplaceAsync(random, ct);
                var ended = await context.EndSessionsAsync(actor.UserId, actor.SessionId, ct);
                // With the code they just showed the second of two.
                await context
                    .Db.Sessions.Where(s => s.Id == actor.SessionId)
                    .ExecuteUpdateAsync(set => set.SetProperty(s => s.ProvedTwoFactors, true), ct);
                context.Audit("two_factor.enable", "person", person.Id.ToString(), person.Email ?? "", new { ended });
                return Outcome.Of(codes);
            },
            ct
        );
}
