using ControlPanel.Verification.Secrets;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Sessions;

/// <summary>
/// The second step of a sign-in: a code of the authenticator app. Accepted once (RFC 6238 section 5.2), also when it comes
/// twice at the same moment.
/// </summary>
public sealed class UseTwoFactorCode(OwnAccountRunner runner, SecretSealer sealer)
{
    /// <summary>The caller has checked the password, and slows guessing down.</summary>
    /// <param name="actor">The person, without a session.</param>
    public Task<Outcome<Done>> ExecuteAsync(Actor actor, string? code, CancellationToken ct) =>
        runner.ChangeAsync<Done>(
            actor,
            async context =>
                await context.TryUseCodeAsync(sealer, code, ct)
                    ? default(Done)
                    : Refusal.Rule("Code", TwoFactorSecrets.WrongCode),
            ct
        );
}

/// <summary>The second step of a sign-in without the authenticator app: a recovery code, which works once.</summary>
public sealed class UseRecoveryCode(OwnAccountRunner runner)
{
    /// <summary>The caller has checked the password, and slows guessing down.</summary>
    /// <returns>How many codes are left.</returns>
    public Task<Outcome<int>> ExecuteAsync(Actor actor, string? code, CancellationToken ct) =>
        runner.ChangeAsync<int>(
            actor,
            async context =>
            {
                if (!await context.TryUseAsync(code, ct))
                {
                    return Refusal.Rule("Code", "This recovery code is wrong or was used already.");
                }

                var left = await context.Db.RecoveryCodes.CountAsync(
                    c => c.UserId == actor.UserId && c.UsedAt == null,
                    ct
                );
                context.Audit("two_factor.use_recovery_code", "person", actor.UserId.ToString(), "", new { left });
                return left;
            },
            ct
        );
}
