using ControlPanel.Data.Providers;
using ControlPanel.Verification.Secrets;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Sessions;

/// <summary>A proof of who somebody is: the password, or a code of the authenticator app.</summary>
public sealed record IdentityProof(string? Password, string? Code = null);

/// <summary>
/// Step-up: proves again who sits at a session, after which it may mint secrets and invite for a while. Guessing is slowed
/// down as at the sign-in, by source and person: a stolen open browser is no place to guess a password in.
/// </summary>
public sealed class ConfirmIdentity(
    OwnAccountRunner runner,
    IControlPanelStore store,
    SecretSealer sealer,
    SignInThrottle throttle
)
{
    /// <summary>Needs a session. Refuses a wrong proof, and any while the source must wait.</summary>
    public async Task<Outcome<Done>> ExecuteAsync(Actor actor, IdentityProof proof, CancellationToken ct)
    {
        var account = $"identity of {actor.UserId}";
        var wait = throttle.TryBegin(actor.Address, account);
        if (wait > TimeSpan.Zero)
        {
            return new Refusal.LimitReached(Waits.Sentence(wait));
        }

        if (proof.Code is null && await store.RefusePasswordAsync(actor, proof.Password, ct) is { } refusal)
        {
            return refusal;
        }

        var outcome = await runner.ChangeAsync<Done>(
            actor,
            async context =>
            {
                if (proof.Code is not null && !await context.TryUseCodeAsync(sealer, proof.Code, ct))
                {
                    return Refusal.Rule("Code", TwoFactorSecrets.WrongCode);
                }

                // No change version: nothing that an open page shows depends on it.
                var session = await context.Db.Sessions.SingleOrDefaultAsync(s => s.Id == actor.SessionId, ct);
                if (session is null)
                {
                    return new Refusal.NotAMember();
                }

                session.AuthenticatedAt = context.Now;
                context.Audit(
                    "session.confirm",
                    "session",
                    session.Id.ToString(),
                    "",
                    new { by = proof.Code is null ? "password" : "code" }
                );
                return default(Done);
            },
            ct
        );
        if (outcome.IsDone)
        {
            throttle.Succeeded(actor.Address, account);
        }

        return outcome;
    }
}
