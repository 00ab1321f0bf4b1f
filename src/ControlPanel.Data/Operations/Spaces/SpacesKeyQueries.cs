using ControlPanel.Data.Model;
using ControlPanel.Verification.Keys;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Spaces;

/// <summary>What several operations of this folder read alike.</summary>
internal static class SpacesKeyQueries
{
    /// <summary>A living Spaces key of the actor's team, with its grants.</summary>
    public static Task<AccessKey?> FindSpacesKeyAsync(
        this OperationContext context,
        string accessKeyId,
        CancellationToken ct
    ) =>
        context
            .LivingKeys(KeyFamily.Spaces)
            .Include(k => k.Grants)
            .SingleOrDefaultAsync(k => k.PublicId == accessKeyId, ct);

    /// <summary>The grants as the contract spells them: full access is one grant without a bucket.</summary>
    public static IReadOnlyList<SpacesGrant> GrantsOf(AccessKey key) =>
        key.CoversAll
            ? [new SpacesGrant("", SpacesGrant.FullAccess)]
            :
            [
                .. key
                    .Grants.OrderBy(g => g.Resource, StringComparer.Ordinal)
                    .Select(g => new SpacesGrant(g.Resource, g.Permission)),
            ];

    public static SpacesKeyRow ToRow(AccessKey key, string createdBy, KeyUsage? usage) =>
        new(
            key.Id,
            key.PublicId,
            key.Name,
            GrantsOf(key),
            key.OwnerId,
            createdBy,
            key.CreatedAt,
            usage?.LastUsedAt,
            usage?.LastAddress,
            usage?.LastClient
        );

    /// <summary>Sets the grants of a key; full access is a column, not a grant row.</summary>
    public static void SetGrants(AccessKey key, IReadOnlyList<SpacesGrant> grants)
    {
        key.CoversAll = grants is [{ Permission: SpacesGrant.FullAccess }];
        key.Grants.RemoveAll(g => !grants.Any(n => n.Bucket == g.Resource && n.Permission == g.Permission));
        if (!key.CoversAll)
        {
            key.Grants.AddRange(
                grants
                    .Where(n => !key.Grants.Exists(g => n.Bucket == g.Resource && n.Permission == g.Permission))
                    .Select(n => new KeyGrant
                    {
                        KeyId = key.Id,
                        Resource = n.Bucket,
                        Permission = n.Permission,
                    })
            );
        }
    }
}
