using ControlPanel.Verification.Keys;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Teams;

/// <summary>A key of a member who is to be removed.</summary>
/// <param name="Place">The namespace's label for a namespace key; empty for others.</param>
public sealed record MemberKey(Guid Id, KeyFamily Family, string Name, string Place, DateTimeOffset? LastUsedAt);

/// <summary>What removing a member will do.</summary>
/// <param name="Revoked">Revoked with the removal: namespace keys and API tokens.</param>
/// <param name="Undecided">Model and Spaces keys: kept by the team unless chosen to be revoked as well.</param>
/// <param name="Sessions">Open sessions that look at this team; they lose it at once.</param>
public sealed record MemberRemovalPreview(
    Guid UserId,
    string Email,
    IReadOnlyList<MemberKey> Revoked,
    IReadOnlyList<MemberKey> Undecided,
    int Sessions
);

/// <summary>Lists everything that removing a member will end, before it happens.</summary>
public sealed class GetMemberRemoval(OperationRunner runner)
{
    /// <summary>Needs <c>team:delete</c>, as the removal itself.</summary>
    public Task<Outcome<MemberRemovalPreview>> ExecuteAsync(Actor actor, Guid userId, CancellationToken ct) =>
        runner.ReadAsync<MemberRemovalPreview>(
            actor,
            "team:delete",
            async context =>
            {
                var db = context.Db;
                if (await context.FindMemberAsync(userId, ct) is null)
                {
                    return new Refusal.Missing("member");
                }

                var email = await db.EmailAsync(userId, ct);
                var rows = await (
                    from key in db.AccessKeys
                    where key.TeamId == context.TeamId && key.OwnerId == userId && key.RevokedAt == null
                    join usage in db.KeyUsages on key.Id equals usage.KeyId into usages
                    from usage in usages.DefaultIfEmpty()
                    join ns in db.Namespaces on key.NamespaceId equals ns.Id into namespaces
                    from ns in namespaces.DefaultIfEmpty()
                    orderby key.Family, key.Name
                    select new
                    {
                        key.Id,
                        key.Family,
                        key.Name,
                        Place = ns == null ? "" : ns.Label,
                        LastUsedAt = usage == null ? (DateTimeOffset?)null : usage.LastUsedAt,
                    }
                ).ToListAsync(ct);
                var keys = rows.ConvertAll(r => new MemberKey(r.Id, r.Family, r.Name, r.Place, r.LastUsedAt));
                return new MemberRemovalPreview(
                    userId,
                    email,
                    [.. keys.Where(k => IsRevoked(k.Family))],
                    [.. keys.Where(k => !IsRevoked(k.Family))],
                    await db.Sessions.CountAsync(
                        s => s.UserId == userId && s.TeamId == context.TeamId && s.EndedAt == null,
                        ct
                    )
                );
            },
            ct
        );

    private static bool IsRevoked(KeyFamily family) => family is KeyFamily.Functions or KeyFamily.Api;
}
