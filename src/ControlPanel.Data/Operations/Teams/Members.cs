using ControlPanel.Verification.Keys;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Teams;

/// <summary>One member as the team's page lists them.</summary>
/// <param name="HasTwoFactor">Whether they have an authenticator app or a passkey.</param>
/// <param name="KeysHeld">Their keys of all families in this team that are not revoked.</param>
public sealed record MemberRow(
    Guid UserId,
    string Email,
    string DisplayName,
    TeamRole Role,
    bool HasTwoFactor,
    DateTimeOffset JoinedAt,
    DateTimeOffset? LastActiveAt,
    int KeysHeld
);

/// <summary>Lists the team's members.</summary>
public sealed class ListMembers(OperationRunner runner)
{
    /// <summary>Needs <c>team:read</c>. Sorts: <c>email</c> (the default), <c>role</c>, <c>active</c>, <c>joined</c>.</summary>
    public Task<Outcome<Page<MemberRow>>> ExecuteAsync(Actor actor, PageRequest page, CancellationToken ct) =>
        runner.ReadAsync<Page<MemberRow>>(
            actor,
            "team:read",
            async context =>
            {
                var db = context.Db;
                var rows = db
                    .Memberships.Where(m => m.TeamId == context.TeamId && m.RemovedAt == null)
                    .Join(db.Users, m => m.UserId, u => u.Id, (m, u) => new { Member = m, Person = u });
                if (page.Search?.Trim() is { Length: > 0 } search)
                {
                    var needle = search.ToLowerInvariant();
                    rows = rows.Where(r =>
                        r.Person.Email!.ToLower().Contains(needle) || r.Person.DisplayName.ToLower().Contains(needle)
                    );
                }

                var sorted = (page.Sort, page.Descending) switch
                {
                    ("role", false) => rows.OrderBy(r => r.Member.Role).ThenBy(r => r.Person.Email),
                    ("role", true) => rows.OrderByDescending(r => r.Member.Role).ThenBy(r => r.Person.Email),
                    ("active", false) => rows.OrderBy(r => r.Member.LastActiveAt).ThenBy(r => r.Person.Email),
                    ("active", true) => rows.OrderByDescending(r => r.Member.LastActiveAt).ThenBy(r => r.Person.Email),
                    ("joined", false) => rows.OrderBy(r => r.Member.JoinedAt).ThenBy(r => r.Person.Email),
                    ("joined", true) => rows.OrderByDescending(r => r.Member.JoinedAt).ThenBy(r => r.Person.Email),
                    (_, true) => rows.OrderByDescending(r => r.Person.Email),
                    _ => rows.OrderBy(r => r.Person.Email),
                };
                var total = await rows.CountAsync(ct);
                var items = await sorted
                    .Skip(page.SafeSkip)
                    .Take(page.SafeTake)
                    .Select(r => new MemberRow(
                        r.Person.Id,
                        r.Person.Email ?? "",
                        r.Person.DisplayName,
                        r.Member.Role,
                        r.Person.TwoFactorEnabled || db.UserPasskeys.Any(p => p.UserId == r.Person.Id),
                        r.Member.JoinedAt,
                        r.Member.LastActiveAt,
                        db.AccessKeys.Count(k =>
                            k.TeamId == context.TeamId && k.OwnerId == r.Person.Id && k.RevokedAt == null
                        )
                    ))
                    .ToListAsync(ct);
                return new Page<MemberRow>(items, total);
            },
            ct
        );
}

internal static class MemberQueries
{
    /// <summary>Whether the team would be without an owner if this member were none.</summary>
    public static async Task<bool> IsLastOwnerAsync(this OperationContext context, Guid userId, CancellationToken ct) =>
        !await context.Db.Memberships.AnyAsync(
            m => m.TeamId == context.TeamId && m.UserId != userId && m.Role == TeamRole.Owner && m.RemovedAt == null,
            ct
        );

    /// <summary>A member's place in the actor's team; <see langword="null"/> when there is none, or no more.</summary>
    public static Task<Model.Membership?> FindMemberAsync(
        this OperationContext context,
        Guid userId,
        CancellationToken ct
    ) =>
        context.Db.Memberships.SingleOrDefaultAsync(
            m => m.TeamId == context.TeamId && m.UserId == userId && m.RemovedAt == null,
            ct
        );
}
