using ControlPanel.Data.Model;
using ControlPanel.Verification.Keys;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations;

/// <summary>Where a key is in its life, as the Status column says it.</summary>
public enum KeyStatus
{
    Active,

    /// <summary>Active, and it expires within seven days.</summary>
    ExpiresSoon,

    Expired,

    Suspended,
}

/// <summary>Who called with a key, from one address with one client, over the last 30 days.</summary>
public sealed record CallerView(string Address, string Client, long Calls, DateTimeOffset LastSeenAt);

/// <summary>What stops when a key stops: the real last use, for the dialog that asks.</summary>
/// <param name="CallsLast24Hours">Calls accepted within 24 hours.</param>
public sealed record BlastRadius(DateTimeOffset? LastUsedAt, long CallsLast24Hours, IReadOnlyList<CallerView> Callers);

/// <summary>What every family reads alike about the use of its keys.</summary>
internal static class KeyUse
{
    private static readonly TimeSpan s_expiresSoon = TimeSpan.FromDays(7);

    public static KeyStatus StatusOf(DateTimeOffset? expiresAt, DateTimeOffset? suspendedUntil, DateTimeOffset now) =>
        Expiry.From(expiresAt).HasPassed(now) ? KeyStatus.Expired
        : suspendedUntil > now ? KeyStatus.Suspended
        : expiresAt - now <= s_expiresSoon ? KeyStatus.ExpiresSoon
        : KeyStatus.Active;

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
