using System.Net.Mail;
using System.Text.Json;
using ControlPanel.Data.Audit;
using ControlPanel.Data.Model;
using ControlPanel.Data.Operations.Sessions;
using ControlPanel.Data.Providers;
using ControlPanel.Data.Snapshots;
using ControlPanel.Verification.Keys;
using ControlPanel.Verification.Secrets;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Teams;

/// <summary>The first owner and the first team.</summary>
public sealed record NewInstallation(string? Email, string? Password, string? TeamName);

/// <summary>Who and what the set-up made.</summary>
public sealed record SetUpDone(Guid UserId, Guid TeamId);

/// <summary>
/// Makes the first person, the first team and the ownership in one transaction; possible only while nobody exists. The
/// set-up code is checked by the page that asks for it.
/// </summary>
public sealed class SetUpInstallation(
    IControlPanelStore store,
    AuditChain audit,
    ChangeSignal signal,
    ISecretSource random,
    TimeProvider clock
)
{
    /// <summary>Whether nobody exists yet.</summary>
    public async Task<bool> IsNeededAsync(CancellationToken ct)
    {
        await using var db = store.OpenRead();
        return !await db.Users.AnyAsync(ct);
    }

    /// <summary>
    /// Refuses an e-mail address or a team name that is not usable and a password that breaks
    /// <see cref="PasswordRules"/>; missing once anybody exists.
    /// </summary>
    /// <param name="actor">Nobody yet: only the address and the request id count.</param>
    public async Task<Outcome<SetUpDone>> ExecuteAsync(Actor actor, NewInstallation input, CancellationToken ct)
    {
        var errors = new List<FieldError>();
        if (!EmailAddresses.TryRead(input.Email, out var email, out var emailError))
        {
            errors.Add(new FieldError(nameof(input.Email), emailError));
        }

        if (!Names.TryRead(input.TeamName, "The team name", out var teamName, out var teamError))
        {
            errors.Add(new FieldError(nameof(input.TeamName), teamError));
        }

        if (PasswordRules.Check(input.Password, input.Email, input.TeamName) is { } broken)
        {
            errors.Add(new FieldError(nameof(input.Password), broken));
        }

        if (errors.Count > 0)
        {
            return new Refusal.Invalid(errors);
        }

        if (!await IsNeededAsync(ct))
        {
            return new Refusal.Missing("set-up");
        }

        // Hashing is slow on purpose: it happens outside the transaction, which holds the only writer.
        var now = clock.GetUtcNow();
        var person = People.New(email, now, random);
        person.PasswordHash = Passwords.Hasher.HashPassword(person, input.Password!);
        long version;
        var team = new Team
        {
            Id = Guid.CreateVersion7(now),
            Name = teamName,
            CreatedAt = now,
        };
        await using (var transaction = await store.BeginWriteAsync(ct))
        {
            // The clock's row lock lets one set-up look after the other: exactly one finds nobody.
            version = await transaction.TickAsync(ct);
            var db = transaction.Db;
            if (await db.Users.AnyAsync(ct))
            {
                return new Refusal.Missing("set-up");
            }

            db.Users.Add(person);
            db.Teams.Add(team);
            await db.SaveChangesAsync(ct);
            db.Memberships.Add(
                new Membership
                {
                    TeamId = team.Id,
                    UserId = person.Id,
                    Role = TeamRole.Owner,
                    JoinedAt = now,
                    ChangeVersion = version,
                }
            );
            await audit.AppendAsync(
                db,
                actor with
                {
                    UserId = person.Id,
                    TeamId = team.Id,
                },
                [
                    new AuditNote(
                        "installation.set_up",
                        "team",
                        team.Id.ToString(),
                        team.Name,
                        JsonSerializer.Serialize(new { owner = email })
                    ),
                ],
                AuditChain.Done,
                now,
                ct
            );
            await transaction.CommitAsync(ct);
        }

        signal.Raise(version);
        return new SetUpDone(person.Id, team.Id);
    }
}

/// <summary>Makes the rows of new people.</summary>
internal static class People
{
    /// <summary>A person without a password. E-mail and user name are one thing here.</summary>
    public static Person New(string email, DateTimeOffset now, ISecretSource random) =>
        new()
        {
            Id = Guid.CreateVersion7(now),
            Email = email,
            NormalizedEmail = EmailAddresses.Normalize(email),
            UserName = email,
            NormalizedUserName = EmailAddresses.Normalize(email),
            DisplayName = email[..email.IndexOf('@', StringComparison.Ordinal)] is { Length: <= 100 } local
                ? local
                : email[..100],
            CreatedAt = now,
            SecurityStamp = SecurityStamps.New(random),
            // Identity's lock-out by user name would let anybody lock an owner out; SignInThrottle does better.
            LockoutEnabled = false,
        };
}

/// <summary>The rule for e-mail addresses: one <c>@</c>, nothing that a mail server or a log would trip over.</summary>
public static class EmailAddresses
{
    /// <summary>The longest address that mail can be sent to (RFC 5321 section 4.5.3.1.3).</summary>
    public const int MaxLength = 254;

    /// <summary>The form that addresses are compared in; Identity's.</summary>
    public static string Normalize(string email) => email.Normalize().ToUpperInvariant();

    /// <summary>Trims and checks.</summary>
    public static bool TryRead(string? input, out string email, out string error)
    {
        email = (input ?? "").Trim();
        error = "";
        if (email.Length == 0)
        {
            error = "The e-mail address must not be empty.";
        }
        else if (
            email.Length > MaxLength
            || email.Any(c => char.IsControl(c) || char.IsWhiteSpace(c) || c is '<' or '>' or '"' or ',' or ';')
            || email.Count(c => c == '@') != 1
            || email[0] == '@'
            || email[^1] == '@'
            || !MailAddress.TryCreate(email, out var parsed)
            || parsed.Address != email
        )
        {
            error = "This is not an e-mail address.";
        }

        return error.Length == 0;
    }
}
