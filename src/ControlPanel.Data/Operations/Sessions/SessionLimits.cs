using ControlPanel.Data.Model;

namespace ControlPanel.Data.Operations.Sessions;

/// <summary>How long a sign-in lasts (NIST SP 800-63B-4, AAL2: at most 24 hours in all, one hour without activity).</summary>
public static class SessionLimits
{
    /// <summary>The longest time without activity.</summary>
    public static TimeSpan Idle { get; } = TimeSpan.FromHours(1);

    /// <summary>The longest time in all, however busy.</summary>
    public static TimeSpan Absolute { get; } = TimeSpan.FromHours(24);

    /// <summary>Whether a session is in force.</summary>
    /// <param name="lastSeen">The latest activity known; may be newer than the row.</param>
    public static bool IsAlive(
        DateTimeOffset created,
        DateTimeOffset lastSeen,
        DateTimeOffset? ended,
        DateTimeOffset now
    ) => ended is null && now - created < Absolute && now - lastSeen < Idle;

    internal static IQueryable<PersonSession> Alive(this IQueryable<PersonSession> sessions, DateTimeOffset now)
    {
        var createdAfter = now - Absolute;
        var seenAfter = now - Idle;
        return sessions.Where(s => s.EndedAt == null && s.CreatedAt > createdAfter && s.LastSeenAt > seenAfter);
    }
}
