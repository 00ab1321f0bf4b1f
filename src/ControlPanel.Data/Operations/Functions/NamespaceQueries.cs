using ControlPanel.Data.Model;
using ControlPanel.Verification.Keys;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Functions;

/// <summary>What several operations of this folder read alike.</summary>
internal static class NamespaceQueries
{
    /// <summary>How long ago a use still counts as "in use".</summary>
    public static readonly TimeSpan InUseWindow = TimeSpan.FromDays(30);

    private static readonly TimeSpan s_expiresSoon = TimeSpan.FromDays(7);

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

    public static KeyStatus StatusOf(DateTimeOffset? expiresAt, DateTimeOffset? suspendedUntil, DateTimeOffset now) =>
        Expiry.From(expiresAt).HasPassed(now) ? KeyStatus.Expired
        : suspendedUntil > now ? KeyStatus.Suspended
        : expiresAt - now <= s_expiresSoon ? KeyStatus.ExpiresSoon
        : KeyStatus.Active;

    public static LegacyState LegacyStateOf(AccessKey? legacy, DateTimeOffset? lastUsedAt, DateTimeOffset now) =>
        legacy is null || legacy.RevokedAt is not null || Expiry.From(legacy.ExpiresAt).HasPassed(now)
            ? LegacyState.Retired
        : legacy.SuspendedUntil > now ? LegacyState.Rehearsing
        : lastUsedAt > now - InUseWindow ? LegacyState.InUse
        : LegacyState.Idle;

    /// <summary>Who called with a key since a day, most recent first.</summary>
    public static async Task<IReadOnlyList<CallerView>> CallersAsync(
        this ControlPanelDb db,
        Guid keyId,
        DateTimeOffset since,
        CancellationToken ct
    )
    {
        var day = (int)(since.ToUnixTimeSeconds() / 86400);
        return await db
            .KeyCallers.Where(c => c.KeyId == keyId && c.Day >= day)
            .GroupBy(c => new { c.Address, c.Client })
            .Select(g => new
            {
                g.Key.Address,
                g.Key.Client,
                Calls = g.Sum(c => c.Calls),
                LastSeenAt = g.Max(c => c.LastSeenAt),
            })
            .OrderByDescending(c => c.LastSeenAt)
            .Take(100)
            .Select(c => new CallerView(c.Address, c.Client, c.Calls, c.LastSeenAt))
            .ToListAsync(ct);
    }

    /// <summary>What stops when a key stops.</summary>
    public static async Task<BlastRadius> BlastRadiusAsync(
        this ControlPanelDb db,
        Guid keyId,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var lastUsed = await db
            .KeyUsages.Where(u => u.KeyId == keyId)
            .Select(u => (DateTimeOffset?)u.LastUsedAt)
            .SingleOrDefaultAsync(ct);
        var hour = (int)(now.ToUnixTimeSeconds() / 3600) - 23;
        var calls = await db.KeyUsageHours.Where(u => u.KeyId == keyId && u.Hour >= hour).SumAsync(u => u.Calls, ct);
        return new BlastRadius(lastUsed, calls, await db.CallersAsync(keyId, now - TimeSpan.FromDays(1), ct));
    }
}
