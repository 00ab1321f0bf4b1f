using ControlPanel.Data.Providers;
using ControlPanel.Verification.Secrets;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Sessions;

/// <summary>Turns the person's second factor off. Every other session of theirs ends with it.</summary>
public sealed class DisableTwoFactor(
    OwnAccountRunner runner,
    IControlPanelStore store,
    SessionRules rules,
    ISecretSource random
)
{
    /// <summary>
    /// Needs the password; of somebody who has none, a session whose proof is not too old. Refused while a team of theirs
    /// requires a second factor and there is no passkey.
    /// </summary>
    public async Task<Outcome<Done>> ExecuteAsync(Actor actor, string? password, CancellationToken ct)
    {
        var hasPassword = await store.HasPasswordAsync(actor, ct);
        if (hasPassword && await store.RefusePasswordAsync(actor, password, ct) is { } refusal)
        {
            return refusal;
        }

        return await runner.ChangeAsync<Done>(
            actor,
            async context =>
            {
                if (!hasPassword && (actor.SessionId is null || await context.MustConfirmAsync(rules, ct)))
                {
                    return new Refusal.StepUpNeeded();
                }

                var person = await context.Db.Users.SingleAsync(u => u.Id == actor.UserId, ct);
                if (!person.TwoFactorEnabled)
                {
                    return new Refusal.Missing("second factor");
                }

                var hasPasskey = await context.Db.UserPasskeys.AnyAsync(p => p.UserId == actor.UserId, ct);
                if (await context.GiveUpFactorAsync(hasPasskey, "Password", ct) is { } needed)
                {
                    return needed;
                }

                person.TwoFactorEnabled = false;
                person.SealedTotpSecret = null;
                person.SecurityStamp = SecurityStamps.New(random);
                await context.DropRecoveryCodesAsync(ct);
                var ended = await context.EndSessionsAsync(actor.UserId, actor.SessionId, ct);
                context.Audit("two_factor.disable", "person", person.Id.ToString(), person.Email ?? "", new { ended });
                return default(Done);
            },
            ct
        );
    }
}

/// <summary>Makes new recovery codes; the old ones are worth nothing from then on.</summary>
public sealed class RenewRecoveryCodes(
    OwnAccountRunner runner,
    IControlPanelStore store,
    SessionRules rules,
    ISecretSource random
)
{
    /// <summary>
    /// Needs the password; of somebody who has none, a session whose proof is not too old. Missing without a second factor.
    /// </summary>
    public async Task<Outcome<IReadOnlyList<Secret>>> ExecuteAsync(Actor actor, string? password, CancellationToken ct)
    {
        var hasPassword = await store.HasPasswordAsync(actor, ct);
        if (hasPassword && await store.RefusePasswordAsync(actor, password, ct) is { } refusal)
        {
            return refusal;
        }

        return await runner.ChangeAsync<IReadOnlyList<Secret>>(
            actor,
            async context =>
            {
                if (!hasPassword && (actor.SessionId is null || await context.MustConfirmAsync(rules, ct)))
                {
                    return new Refusal.StepUpNeeded();
                }

                if (!await context.Db.Users.AnyAsync(u => u.Id == actor.UserId && u.TwoFactorEnabled, ct))
                {
                    return new Refusal.Missing("second factor");
                }

                var codes = await context.ReplaceAsync(random, ct);
                context.Audit("two_factor.renew_recovery_codes", "person", actor.UserId.ToString(), "");
                return Outcome.Of(codes);
            },
            ct
        );
    }
}

internal static class PasswordChecks
{
    /// <summary>Why the password does not open this; hashing is slow, so it happens outside the transaction.</summary>
    public static async Task<Refusal?> RefusePasswordAsync(
        this IControlPanelStore store,
        Actor actor,
        string? password,
        CancellationToken ct
    )
    {
        await using var db = store.OpenRead();
        var person = await db.Users.SingleOrDefaultAsync(u => u.Id == actor.UserId, ct);
        return Passwords.Verify(person, password ?? "") && actor.SessionId is not null
            ? null
            : Refusal.Rule("Password", "This is not your password.");
    }

    /// <summary>Whether a password proves who they are; nobody's answer is yes, so that it is asked for.</summary>
    public static async Task<bool> HasPasswordAsync(this IControlPanelStore store, Actor actor, CancellationToken ct)
    {
        await using var db = store.OpenRead();
        return !await db.Users.AnyAsync(u => u.Id == actor.UserId && u.PasswordHash == null, ct);
    }
}
