using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using ControlPanel.Data.Model;
using ControlPanel.Verification.Keys;
using ControlPanel.Verification.Secrets;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Teams;

/// <summary>Who is to be invited, and as what.</summary>
public sealed record NewInvitation(string? Email, TeamRole Role);

/// <summary>An invitation that was just made, with the code that its link carries. Shown once, kept as a hash.</summary>
/// <param name="Team">The team's name, for whoever is invited.</param>
public sealed record InvitationLink(InvitationRow Invitation, string Team, Secret Code);

/// <summary>
/// Invites somebody to the team. Another open invitation of the team to the same address ends, so that one link works.
/// </summary>
public sealed class InvitePerson(OperationRunner runner, ISecretSource random)
{
    /// <summary>How long a link works.</summary>
    public static TimeSpan ValidFor { get; } = TimeSpan.FromDays(7);

    /// <summary>How many invitations of a team may be open at once.</summary>
    public const int MaxOpen = 100;

    /// <summary>
    /// Needs <c>team:update</c>. Refuses an unusable address, a role that is none, and somebody who is a member already.
    /// </summary>
    public Task<Outcome<InvitationLink>> ExecuteAsync(Actor actor, NewInvitation input, CancellationToken ct) =>
        runner.ChangeAsync<InvitationLink>(
            actor,
            "invitation.create",
            "team:update",
            async context =>
            {
                if (context.MustConfirm)
                {
                    return new Refusal.StepUpNeeded();
                }

                var errors = new List<FieldError>();
                if (!EmailAddresses.TryRead(input.Email, out var email, out var emailError))
                {
                    errors.Add(new FieldError(nameof(input.Email), emailError));
                }

                if (!Enum.IsDefined(input.Role))
                {
                    errors.Add(new FieldError(nameof(input.Role), "Choose one of the roles offered."));
                }

                if (errors.Count > 0)
                {
                    return new Refusal.Invalid(errors);
                }

                var db = context.Db;
                var normalized = EmailAddresses.Normalize(email);
                if (
                    await db.Memberships.AnyAsync(
                        m =>
                            m.TeamId == context.TeamId
                            && m.RemovedAt == null
                            && db.Users.Any(u => u.Id == m.UserId && u.NormalizedEmail == normalized),
                        ct
                    )
                )
                {
                    return new Refusal.Conflict(nameof(input.Email), $"{email} is a member of this team already.");
                }

                var open = await db
                    .Invitations.Open(context.Now)
                    .Where(i => i.TeamId == context.TeamId)
                    .ToListAsync(ct);
                var replaced = open.Where(i => EmailAddresses.Normalize(i.Email) == normalized).ToList();
                if (open.Count - replaced.Count >= MaxOpen)
                {
                    return new Refusal.LimitReached(
                        $"The team has {MaxOpen} open invitations. Withdraw one that is not needed any more."
                    );
                }

                foreach (var old in replaced)
                {
                    old.WithdrawnAt = context.Now;
                    context.Audit("invitation.withdraw", "invitation", old.Id.ToString(), old.Email);
                }

                var code = InvitationCodes.New(random);
                var invitation = new Invitation
                {
                    Id = Guid.CreateVersion7(context.Now),
                    TeamId = context.TeamId,
                    Email = email,
                    Role = input.Role,
                    TokenHash = InvitationCodes.Hash(code.Bytes),
                    InvitedBy = actor.UserId,
                    CreatedAt = context.Now,
                    ExpiresAt = context.Now + ValidFor,
                };
                db.Invitations.Add(invitation);
                context.Audit(
                    "invitation.create",
                    "invitation",
                    invitation.Id.ToString(),
                    email,
                    new { role = input.Role.ToString(), expiresAt = invitation.ExpiresAt }
                );
                var by = await db.Users.Where(u => u.Id == actor.UserId).Select(u => u.Email).SingleAsync(ct);
                return new InvitationLink(
                    new InvitationRow(
                        invitation.Id,
                        email,
                        invitation.Role,
                        by ?? "",
                        invitation.CreatedAt,
                        invitation.ExpiresAt
                    ),
                    await db.Teams.Where(t => t.Id == context.TeamId).Select(t => t.Name).SingleAsync(ct),
                    code
                );
            },
            ct
        );
}

/// <summary>The codes of links: 256 random bits, so that a plain hash keeps them (as ASVS 6.5.2 has it).</summary>
internal static class InvitationCodes
{
    private const int Size = 32;

    public static Secret New(ISecretSource random)
    {
        Span<byte> bytes = stackalloc byte[Size];
        random.Fill(bytes);
        return new Secret(Base64Url.EncodeToString(bytes));
    }

    public static byte[] Hash(ReadOnlySpan<byte> code) => SHA256.HashData(code);

    /// <summary>The hash of what somebody typed; <see langword="null"/> when it cannot be a code.</summary>
    public static byte[]? HashTyped(string? typed) =>
        typed?.Trim() is { Length: > 0 and <= 128 } code ? Hash(Encoding.UTF8.GetBytes(code)) : null;
}

internal static class InvitationQueries
{
    /// <summary>Those that were neither used nor withdrawn, and have not expired.</summary>
    public static IQueryable<Invitation> Open(this IQueryable<Invitation> invitations, DateTimeOffset now) =>
        invitations.Where(i => i.AcceptedAt == null && i.WithdrawnAt == null && i.ExpiresAt > now);
}
