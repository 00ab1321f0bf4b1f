using ControlPanel.Data.Providers;
using ControlPanel.Verification.Secrets;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Sessions;

/// <summary>A person's old and new password.</summary>
public sealed record PasswordChange(string? Current, string? New);

/// <summary>Changes the person's own password, or sets the first one. Every other session of theirs ends with it.</summary>
public sealed class ChangePassword(
    OwnAccountRunner runner,
    IControlPanelStore store,
    SessionRules rules,
    ISecretSource random
)
{
    /// <summary>
    /// Needs the current password; of somebody who has none, a session whose proof is not too old. Refuses one that breaks
    /// <see cref="PasswordRules"/>, and one that was changed by somebody else meanwhile.
    /// </summary>
    public async Task<Outcome<Done>> ExecuteAsync(Actor actor, PasswordChange input, CancellationToken ct)
    {
        // Hashing is slow on purpose: it happens outside the transaction, which holds the only writer.
        await using var db = store.OpenRead();
        var person = await db.Users.SingleOrDefaultAsync(u => u.Id == actor.UserId, ct);
        var isFirst = person is { PasswordHash: null } && actor.SessionId is not null;
        if (!isFirst && !Passwords.Verify(person, input.Current ?? ""))
        {
            return Refusal.Rule(nameof(input.Current), "This is not your current password.");
        }

        if (PasswordRules.Check(input.New, person!.Email) is { } broken)
        {
            return Refusal.Rule(nameof(input.New), broken);
        }

        var before = person.PasswordHash;
        var after = Passwords.Hasher.HashPassword(person, input.New!);
        var stamp = SecurityStamps.New(random);
        return await runner.ChangeAsync<Done>(
            actor,
            async context =>
            {
                if (isFirst && await context.MustConfirmAsync(rules, ct))
                {
                    return new Refusal.StepUpNeeded();
                }

                var changed = await context
                    .Db.Users.Where(u => u.Id == actor.UserId && u.PasswordHash == before)
                    .ExecuteUpdateAsync(
                        set => set.SetProperty(u => u.PasswordHash, after).SetProperty(u => u.SecurityStamp, stamp),
                        ct
                    );
                if (changed == 0)
                {
                    return new Refusal.Conflict(nameof(input.Current), "The password was changed meanwhile.");
                }

                var ended = await context.EndSessionsAsync(actor.UserId, actor.SessionId, ct);
                context.Audit(
                    isFirst ? "password.set" : "password.change",
                    "person",
                    actor.UserId.ToString(),
                    person.Email ?? "",
                    new { ended }
                );
                return default(Done);
            },
            ct
        );
    }
}

/// <summary>Identity's security stamp: whatever carries an old one is not believed any more.</summary>
internal static class SecurityStamps
{
    public static string New(ISecretSource random)
    {
        Span<byte> bytes = stackalloc byte[20];
        random.Fill(bytes);
        return Convert.ToHexString(bytes);
    }
}
