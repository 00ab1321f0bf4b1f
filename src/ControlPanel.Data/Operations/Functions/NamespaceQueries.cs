using ControlPanel.Data.Model;
using ControlPanel.Verification.Keys;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Functions;

/// <summary>What several operations of this folder read alike.</summary>
internal static class NamespaceQueries
{
    /// <summary>How long ago a use still counts as "in use".</summary>
    public static readonly TimeSpan InUseWindow = TimeSpan.FromDays(30);

    /// <summary>The namespace of the actor's team; what other teams have does not exist.</summary>
    public static Task<FunctionsNamespace?> FindNamespaceAsync(
        this OperationContext context,
        string id,
        CancellationToken ct
    ) =>
        context.Db.Namespaces.SingleOrDefaultAsync(
            n => n.Id == id && n.TeamId == context.TeamId && n.DeletedAt == null,
            ct
        );

    /// <summary>A living key of a namespace of the actor's team.</summary>
    public static Task<AccessKey?> FindNamespaceKeyAsync(
        this OperationContext context,
        string namespaceId,
        string keyId,
        CancellationToken ct
    ) =>
        context.Db.AccessKeys.SingleOrDefaultAsync(
            k =>
                k.Family == KeyFamily.Functions
                && !k.IsLegacy
                && k.TeamId == context.TeamId
                && k.NamespaceId == namespaceId
                && k.PublicId == keyId
                && k.RevokedAt == null,
            ct
        );

    public static LegacyState LegacyStateOf(
        this LegacyRules rules,
        AccessKey? legacy,
        DateTimeOffset? lastUsedAt,
        DateTimeOffset now
    ) =>
        legacy is null || legacy.RevokedAt is not null || Expiry.From(rules.EndOf(legacy)).HasPassed(now)
            ? LegacyState.Retired
        : legacy.SuspendedUntil > now ? LegacyState.Rehearsing
        : lastUsedAt > now - InUseWindow ? LegacyState.InUse
        : LegacyState.Idle;
}
