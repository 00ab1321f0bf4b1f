using ControlPanel.Data.Operations.Teams;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Sessions;

/// <summary>One passkey of the person.</summary>
/// <param name="Id">The credential's id, in base64url as browsers write it.</param>
/// <param name="IsSynced">Whether the person's other devices have it as well.</param>
public sealed record PasskeyRow(string Id, string Name, DateTimeOffset CreatedAt, bool IsSynced);

/// <summary>Lists the person's own passkeys, oldest first.</summary>
public sealed class ListPasskeys(OwnAccountRunner runner)
{
    /// <summary>Needs nothing but being signed in.</summary>
    public Task<Outcome<IReadOnlyList<PasskeyRow>>> ExecuteAsync(Actor actor, CancellationToken ct) =>
        runner.ReadAsync<IReadOnlyList<PasskeyRow>>(
            actor,
            async context =>
            {
                var rows = await context
                    .Db.UserPasskeys.Where(p => p.UserId == actor.UserId)
                    .OrderBy(p => p.Data.CreatedAt)
                    .Select(p => new
                    {
                        p.CredentialId,
                        p.Data.Name,
                        p.Data.CreatedAt,
                        p.Data.IsBackedUp,
                    })
                    .ToListAsync(ct);
                return Outcome.Of<IReadOnlyList<PasskeyRow>>([
                    .. rows.Select(p => new PasskeyRow(
                        PasskeyIds.Write(p.CredentialId),
                        p.Name ?? "",
                        p.CreatedAt,
                        p.IsBackedUp
                    )),
                ]);
            },
            ct
        );
}

/// <summary>Adds a passkey to the person's account: from then on it signs them in without a password.</summary>
public sealed class AddPasskey(OwnAccountRunner runner, SessionRules rules)
{
    /// <summary>How many one person may have.</summary>
    public const int MaxForPerson = 20;

    /// <summary>
    /// The caller has verified that the browser holds it. Refuses a name that is not usable, one passkey too many, and a
    /// session that is too old; a passkey that is registered already is a conflict.
    /// </summary>
    public Task<Outcome<Done>> ExecuteAsync(Actor actor, UserPasskeyInfo passkey, string? name, CancellationToken ct) =>
        runner.ChangeAsync<Done>(
            actor,
            async context =>
            {
                var db = context.Db;
                if (actor.SessionId is null || await context.MustConfirmAsync(rules, ct))
                {
                    return new Refusal.StepUpNeeded();
                }

                // What signs in without a password must have been unlocked by its holder.
                if (!passkey.IsUserVerified)
                {
                    return Refusal.Rule("Name", "This device did not ask who you are. Use another one.");
                }

                if (!Names.TryRead(name, "The name", out var readName, out var error))
                {
                    return Refusal.Rule("Name", error);
                }

                if (await db.UserPasskeys.CountAsync(p => p.UserId == actor.UserId, ct) >= MaxForPerson)
                {
                    return new Refusal.LimitReached(
                        $"You have {MaxForPerson} passkeys. Remove one that you do not use any more."
                    );
                }

                if (await db.UserPasskeys.AnyAsync(p => p.CredentialId == passkey.CredentialId, ct))
                {
                    return new Refusal.Conflict("Name", "This passkey is registered already.");
                }

                db.UserPasskeys.Add(PasskeyRows.New(actor.UserId, passkey, readName, context.Now));
                context.Audit(
                    "passkey.add",
                    "passkey",
                    PasskeyIds.Write(passkey.CredentialId),
                    readName,
                    new { synced = passkey.IsBackedUp }
                );
                return default(Done);
            },
            ct
        );
}

internal static class PasskeyRows
{
    public static IdentityUserPasskey<Guid> New(
        Guid userId,
        UserPasskeyInfo passkey,
        string name,
        DateTimeOffset now
    ) =>
        new()
        {
            UserId = userId,
            CredentialId = passkey.CredentialId,
            Data = new IdentityPasskeyData
            {
                PublicKey = passkey.PublicKey,
                Name = name,
                CreatedAt = now,
                SignCount = passkey.SignCount,
                Transports = passkey.Transports,
                IsUserVerified = passkey.IsUserVerified,
                IsBackupEligible = passkey.IsBackupEligible,
                IsBackedUp = passkey.IsBackedUp,
                AttestationObject = passkey.AttestationObject,
                ClientDataJson = passkey.ClientDataJson,
            },
        };

    /// <summary>
    /// Whether the passkey, or the person that it names, exists already: one that was asked for on the page of an account
    /// must not come in by an invitation.
    /// </summary>
    public static async Task<bool> IsTakenAsync(this ControlPanelDb db, FirstPasskey passkey, CancellationToken ct) =>
        await db.UserPasskeys.AnyAsync(p => p.CredentialId == passkey.Info.CredentialId, ct)
        || await db.Users.AnyAsync(u => u.Id == passkey.PersonId, ct);
}

/// <summary>Takes a passkey away: it opens nothing from now on.</summary>
public sealed class RemovePasskey(OwnAccountRunner runner, SessionRules rules)
{
    /// <summary>
    /// Another person's passkey is missing. A session that is too old needs step-up. The last passkey of an account without
    /// a password stays, as nothing else opens it; so does the only second factor of somebody of whom a team requires one.
    /// </summary>
    public Task<Outcome<Done>> ExecuteAsync(Actor actor, string? id, CancellationToken ct) =>
        runner.ChangeAsync<Done>(
            actor,
            async context =>
            {
                var credential = PasskeyIds.Read(id);
                var passkey = await context.Db.UserPasskeys.SingleOrDefaultAsync(
                    p => p.UserId == actor.UserId && p.CredentialId == credential,
                    ct
                );
                if (passkey is null)
                {
                    return new Refusal.Missing("passkey");
                }

                if (actor.SessionId is null || await context.MustConfirmAsync(rules, ct))
                {
                    return new Refusal.StepUpNeeded();
                }

                var hasAnother = await context.Db.UserPasskeys.AnyAsync(
                    p => p.UserId == actor.UserId && p.CredentialId != credential,
                    ct
                );
                var person = await context.Db.Users.SingleAsync(u => u.Id == actor.UserId, ct);
                if (!hasAnother && person.PasswordHash is null)
                {
                    return new Refusal.Conflict(
                        "Id",
                        "This passkey is all that opens your account. Set a password or add another passkey first."
                    );
                }

                if (await context.GiveUpFactorAsync(hasAnother || person.TwoFactorEnabled, "Id", ct) is { } needed)
                {
                    return needed;
                }

                context.Db.UserPasskeys.Remove(passkey);
                context.Audit(
                    "passkey.remove",
                    "passkey",
                    PasskeyIds.Write(passkey.CredentialId),
                    passkey.Data.Name ?? ""
                );
                return default(Done);
            },
            ct
        );
}

/// <summary>
/// Notes that a passkey was used: before a session it is the sign-in, within one it is the proof that step-up asks for.
/// </summary>
public sealed class UsePasskey(OwnAccountRunner runner)
{
    /// <summary>
    /// The caller has verified the browser's answer: this is no door by itself. Missing when the passkey is not the
    /// person's, or was taken away meanwhile.
    /// </summary>
    public Task<Outcome<Done>> ExecuteAsync(Actor actor, UserPasskeyInfo used, CancellationToken ct) =>
        runner.ChangeAsync<Done>(
            actor,
            async context =>
            {
                var passkey = await context.Db.UserPasskeys.SingleOrDefaultAsync(
                    p => p.UserId == actor.UserId && p.CredentialId == used.CredentialId,
                    ct
                );
                // A counter that does not grow is the mark of a copy (WebAuthn section 6.1.1); it is checked again here,
                // because two answers may have been verified against the same one.
                if (
                    passkey is null
                    || !used.IsUserVerified
                    || (passkey.Data.SignCount > 0 && used.SignCount <= passkey.Data.SignCount)
                )
                {
                    return new Refusal.Missing("passkey");
                }

                passkey.Data.SignCount = used.SignCount;
                passkey.Data.IsBackedUp = used.IsBackedUp;
                if (actor.SessionId is { } id)
                {
                    var session = await context.Db.Sessions.SingleAsync(s => s.Id == id, ct);
                    session.AuthenticatedAt = context.Now;
                    session.ProvedTwoFactors = true;
                    context.Audit("session.confirm", "session", id.ToString(), "", new { by = "passkey" });
                }

                return default(Done);
            },
            ct
        );
}

internal static class PasskeyIds
{
    public static string Write(byte[] id) => System.Buffers.Text.Base64Url.EncodeToString(id);

    /// <summary>The id's bytes; empty, which is nobody's, when it is none.</summary>
    public static byte[] Read(string? id) =>
        id is { Length: > 0 and <= 2048 } && System.Buffers.Text.Base64Url.IsValid(id)
            ? System.Buffers.Text.Base64Url.DecodeFromChars(id)
            : [];
}
