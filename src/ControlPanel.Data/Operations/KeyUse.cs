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

/// <summary>Accepted calls of a key in each of the last 24 hours, oldest first; empty when there were none.</summary>
public sealed record RecentCalls(IReadOnlyList<long> Hours)
{
    /// <summary>Not one call.</summary>
    public static RecentCalls None { get; } = new([]);

    /// <summary>All of them together.</summary>
    public long Total => Hours.Sum();
}

/// <summary>What every family reads alike about the use of its keys.</summary>
internal static class KeyUse
{
    private static readonly TimeSpan s_expiresSoon = TimeSpan.FromDays(7);

    public static KeyStatus StatusOf(DateTimeOffset? expiresAt, DateTimeOffset? suspendedUntil, DateTimeOffset now) =>
        Expiry.From(expiresAt).HasPassed(now) ? KeyStatus.Expired
        : suspendedUntil > now ? KeyStatus.Suspended
        : expiresAt - now <= s_expiresSoon ? KeyStatus.ExpiresSoon
        : KeyStatus.Active;

    /// <summary>The number by which the roll-ups know an hour: hours since 1970.</summary>
    public static int HourOf(DateTimeOffset at) => (int)(at.ToUnixTimeSeconds() / 3600);

    /// <summary>The calls of the last 24 hours of all keys on a page, with one question to the store.</summary>
    public static async Task<Dictionary<Guid, RecentCalls>> RecentCallsAsync(
        this ControlPanelDb db,
        IEnumerable<Guid> keys,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var ids = keys.ToList();
        if (ids.Count == 0)
        {
            return [];
        }

        var first = HourOf(now) - 23;
        var counted = await db
            .KeyUsageHours.AsNoTracking()
            .Where(u => ids.Contains(u.KeyId) && u.Hour >= first && u.Calls > 0)
            .ToListAsync(ct);
        return counted
            .GroupBy(u => u.KeyId)
            .ToDictionary(
                g => g.Key,
                g =>
                {
                    var hours = new long[24];
                    foreach (var hour in g.Where(h => h.Hour < first + 24))
                    {
                        hours[hour.Hour - first] = hour.Calls;
                    }

                    return new RecentCalls(hours);
                }
            );
    }

    /// <summary>Who called with a key since a day, most recent first.</summary>
    /// <param name="most">At most so many.</param>
    public static async Task<IReadOnlyList<CallerView>> CallersAsync(
        this ControlPanelDb db,
        Guid keyId,
        DateTimeOffset since,
        CancellationToken ct,
        int most = 100
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
            .Take(most)
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
        var hour = HourOf(now) - 23;
        var calls = await db.KeyUsageHours.Where(u => u.KeyId == keyId && u.Hour >= hour).SumAsync(u => u.Calls, ct);
        return new BlastRadius(lastUsed, calls, await db.CallersAsync(keyId, now - TimeSpan.FromDays(1), ct));
    }
}
