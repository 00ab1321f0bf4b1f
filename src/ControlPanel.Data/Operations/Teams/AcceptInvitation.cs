using System.Text.Json;
using ControlPanel.Data.Audit;
using ControlPanel.Data.Model;
using ControlPanel.Data.Operations.Sessions;
using ControlPanel.Data.Providers;
using ControlPanel.Data.Snapshots;
using ControlPanel.Verification.Decisions;
using ControlPanel.Verification.Keys;
using ControlPanel.Verification.Secrets;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Teams;

/// <summary>What an invitation offers, for the page that its link opens.</summary>
/// <param name="IsKnown">Whether a person with that address exists: they sign in, others choose a password.</param>
public sealed record InvitationOffer(
    string TeamName,
    string Email,
    TeamRole Role,
    string InvitedBy,
    DateTimeOffset ExpiresAt,
    bool IsKnown
);

/// <summary>Reads an invitation by the code of its link. The code is the right to know it.</summary>
public sealed class FindInvitation(IControlPanelStore store, TimeProvider clock)
{
    /// <summary>
    /// Missing when there is none by this code, when it was used or withdrawn, has expired, or when whoever made it may
    /// not invite any more: all read the same.
    /// </summary>
    /// <param name="actor">Anybody.</param>
    public async Task<Outcome<InvitationOffer>> ExecuteAsync(Actor actor, string? code, CancellationToken ct)
    {
        await using var db = store.OpenRead();
        if (await db.FindInvitationAsync(code, clock.GetUtcNow(), ct) is not { } invitation)
        {
            return new Refusal.Missing("invitation");
        }

        var normalized = EmailAddresses.Normalize(invitation.Email);
        return new InvitationOffer(
            await db.Teams.Where(t => t.Id == invitation.TeamId).Select(t => t.Name).SingleAsync(ct),
            invitation.Email,
            invitation.Role,
            await db.Users.Where(u => u.Id == invitation.InvitedBy).Select(u => u.Email).SingleAsync(ct) ?? "",
            invitation.ExpiresAt,
            await db.Users.AnyAsync(u => u.NormalizedEmail == normalized, ct)
        );
    }
}

/// <summary>
/// What somebody who accepts gives. Name, password and passkey count for new people alone; with a passkey there is no
/// password.
/// </summary>
public sealed record InvitationAcceptance(
    string? Code,
    string? DisplayName = null,
    string? Password = null,
    FirstPasskey? Passkey = null
);

/// <summary>A passkey that was made for a person who does not exist yet.</summary>
/// <param name="PersonId">The id that the passkey carries (WebAuthn's user handle), so the person has to get it.</param>
/// <param name="Email">The address that the browser was asked to make it for.</param>
/// <param name="Name">What the list of passkeys calls it.</param>
public sealed record FirstPasskey(Guid PersonId, string Email, UserPasskeyInfo Info, string Name);

/// <summary>Who joined what.</summary>
public sealed record InvitationAccepted(Guid UserId, Guid TeamId);

/// <summary>
/// Makes whoever holds an invitation's code a member. Somebody who has an account must be signed in to it: a link alone
/// opens no account. Works once, however many try at the same moment.
/// </summary>
public sealed class AcceptInvitation(
    IControlPanelStore store,
    AuditChain audit,
    ChangeSignal signal,
    ISecretSource random,
    TimeProvider clock
)
{
    /// <summary>
    /// Missing as in <see cref="FindInvitation"/>. Refuses a name or a password that breaks the rules, and somebody whose
    /// address is not the invited one. A passkey was verified by the caller; one that was made for another address, or is
    /// somebody's already, is refused. Account, passkey, membership and the invitation's end are one transaction.
    /// </summary>
    /// <param name="actor">
    /// The person in their session, or nobody (empty ids) for somebody who has no account yet.
    /// </param>
    public async Task<Outcome<InvitationAccepted>> ExecuteAsync(
        Actor actor,
        InvitationAcceptance input,
        CancellationToken ct
    )
    {
        Person? newcomer = null;
        if (actor.SessionId is null)
        {
            var made = await MakePersonAsync(input, ct);
            if (!made.IsDone)
            {
                return made.Refusal;
            }

            newcomer = made.Value;
        }

        await using var transaction = await store.BeginWriteAsync(ct);
        // The clock's row lock lets one acceptance look after the other: exactly one finds the invitation open.
        var version = await transaction.TickAsync(ct);
        var db = transaction.Db;
        var now = clock.GetUtcNow();
        if (await db.FindInvitationAsync(input.Code, now, ct) is not { } invitation)
        {
            return new Refusal.Missing("invitation");
        }

        var normalized = EmailAddresses.Normalize(invitation.Email);
        var person = await db.Users.SingleOrDefaultAsync(u => u.NormalizedEmail == normalized, ct);
        if (newcomer is not null)
        {
            if (person is not null)
            {
                return new Refusal.Conflict("Email", "There is an account with this address. Sign in to it first.");
            }

            if (input.Passkey is { } taken && await db.IsTakenAsync(taken, ct))
            {
                return new Refusal.Conflict("Passkey", "This passkey is registered already. Use another one.");
            }

            person = newcomer;
            db.Users.Add(person);
            await db.SaveChangesAsync(ct);
            if (input.Passkey is { } passkey)
            {
                db.UserPasskeys.Add(PasskeyRows.New(person.Id, passkey.Info, passkey.Name, now));
            }
        }
        else if (
            person?.Id != actor.UserId
            || !await db.Sessions.AnyAsync(
                s => s.Id == actor.SessionId && s.UserId == actor.UserId && s.EndedAt == null,
                ct
            )
        )
        {
            return new Refusal.Conflict("Email", $"The invitation is for {invitation.Email}. Sign in as that person.");
        }

        if (
            newcomer is null
            && !await db.Sessions.AnyAsync(s => s.Id == actor.SessionId && s.ProvedTwoFactors, ct)
            && await db.Teams.AnyAsync(t => t.Id == invitation.TeamId && t.RequiresTwoFactor, ct)
        )
        {
            return new Refusal.Conflict(
                "Email",
                "This team requires two-factor authentication. Set it up under Account security, or sign in with a passkey, "
                    + "then open the link again."
            );
        }

        if (!await TryJoinAsync(db, invitation, person!.Id, version, now, ct))
        {
            return new Refusal.Conflict("Email", $"{invitation.Email} is a member of this team already.");
        }

        // The window that accepts shows the new team, as does one that had none to show.
        await db
            .Sessions.Where(s =>
                s.UserId == person.Id && s.EndedAt == null && (s.Id == actor.SessionId || s.TeamId == null)
            )
            .ExecuteUpdateAsync(
                set => set.SetProperty(s => s.TeamId, invitation.TeamId).SetProperty(s => s.ChangeVersion, version),
                ct
            );
        invitation.AcceptedAt = now;
        await audit.AppendAsync(
            db,
            actor with
            {
                UserId = person.Id,
                TeamId = invitation.TeamId,
            },
            [
                new AuditNote(
                    "invitation.accept",
                    "invitation",
                    invitation.Id.ToString(),
                    invitation.Email,
                    JsonSerializer.Serialize(
                        new
                        {
                            role = invitation.Role.ToString(),
                            isNewPerson = newcomer is not null,
                            signsInBy = newcomer is null ? null
                            : input.Passkey is null ? "password"
                            : "passkey",
                        }
                    )
                ),
            ],
            AuditChain.Done,
            now,
            ct
        );
        await transaction.CommitAsync(ct);
        signal.Raise(version);
        return new InvitationAccepted(person.Id, invitation.TeamId);
    }

    // Hashing is slow on purpose: it happens outside the transaction, which holds the only writer.
    private async Task<Outcome<Person>> MakePersonAsync(InvitationAcceptance input, CancellationToken ct)
    {
        await using var db = store.OpenRead();
        var now = clock.GetUtcNow();
        if (await db.FindInvitationAsync(input.Code, now, ct) is not { } invitation)
        {
            return new Refusal.Missing("invitation");
        }

        var errors = new List<FieldError>();
        if (!Names.TryRead(input.DisplayName, "Your name", out var name, out var nameError))
        {
            errors.Add(new FieldError(nameof(input.DisplayName), nameError));
        }

        var team = await db.Teams.Where(t => t.Id == invitation.TeamId).Select(t => t.Name).SingleAsync(ct);
        if (input.Passkey is null && PasswordRules.Check(input.Password, invitation.Email, team, name) is { } broken)
        {
            errors.Add(new FieldError(nameof(input.Password), broken));
        }

        if (errors.Count > 0)
        {
            return new Refusal.Invalid(errors);
        }

        var person = People.New(invitation.Email, now, random);
        person.DisplayName = name;
        if (input.Passkey is { } passkey)
        {
            if (
                !passkey.Info.IsUserVerified
                || EmailAddresses.Normalize(passkey.Email) != EmailAddresses.Normalize(invitation.Email)
            )
            {
                return new Refusal.Conflict("Passkey", "This passkey was made for something else. Try again.");
            }

            person.Id = passkey.PersonId;
        }
        else
        {
            person.PasswordHash = Passwords.Hasher.HashPassword(person, input.Password!);
        }

        return person;
    }

    private static async Task<bool> TryJoinAsync(
        ControlPanelDb db,
        Invitation invitation,
        Guid userId,
        long version,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var membership = await db.Memberships.SingleOrDefaultAsync(
            m => m.TeamId == invitation.TeamId && m.UserId == userId,
            ct
        );
        if (membership is { RemovedAt: null })
        {
            return false;
        }

        if (membership is null)
        {
            membership = new Membership { TeamId = invitation.TeamId, UserId = userId };
            db.Memberships.Add(membership);
        }

        // Whoever was removed comes back without any old key: their removal revoked them or handed them over.
        membership.Role = invitation.Role;
        membership.JoinedAt = now;
        membership.RemovedAt = null;
        membership.ChangeVersion = version;
        return true;
    }
}

internal static class InvitationCodeQueries
{
    /// <summary>
    /// The open invitation by that code. One whose maker may not invite any more counts as none: a removed owner must
    /// have no way back in.
    /// </summary>
    public static async Task<Invitation?> FindInvitationAsync(
        this ControlPanelDb db,
        string? code,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        if (
            InvitationCodes.HashTyped(code) is not { } hash
            || await db.Invitations.Open(now).SingleOrDefaultAsync(i => i.TokenHash == hash, ct) is not { } invitation
        )
        {
            return null;
        }

        var inviter = await db
            .Memberships.AsNoTracking()
            .SingleOrDefaultAsync(
                m => m.TeamId == invitation.TeamId && m.UserId == invitation.InvitedBy && m.RemovedAt == null,
                ct
            );
        return inviter is not null && RolePermissions.Allows(inviter.Role, "team:update") ? invitation : null;
    }
}
