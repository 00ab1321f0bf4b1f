using ControlPanel.Data.Model;
using ControlPanel.Data.Operations.Inference;
using ControlPanel.Data.Operations.Spaces;
using ControlPanel.Data.Operations.Tokens;
using ControlPanel.Verification.Keys;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Access;

/// <summary>A narrower key that was just made in place of another, with its secret. Closed: one case for each family.</summary>
public abstract record Replacement
{
    private Replacement() { }

    public sealed record OfSpacesKey(NewSpacesKey Made) : Replacement;

    public sealed record OfModelKey(NewModelKey Made) : Replacement;

    public sealed record OfToken(NewToken Made) : Replacement;
}

/// <summary>Whether a caller of the old key uses the new one.</summary>
public enum CallerMove
{
    /// <summary>It called with the old key after the new one was made, and has not settled on the new one.</summary>
    OnOldKey,

    /// <summary>It has called with neither since the new key was made.</summary>
    Quiet,

    /// <summary>It calls with the new key, and no longer with the old one.</summary>
    Moved,
}

/// <summary>Somebody who called with the old key within 30 days.</summary>
/// <param name="LastNewAt"><see langword="null"/>: never with the new key.</param>
public sealed record MovingCaller(
    string Address,
    string Client,
    CallerMove Move,
    DateTimeOffset LastOldAt,
    DateTimeOffset? LastNewAt
);

/// <summary>One of the two keys of a replacement.</summary>
/// <param name="PublicId">What may be shown of it.</param>
public sealed record ReplacementKey(
    Guid Id,
    string Name,
    string PublicId,
    DateTimeOffset CreatedAt,
    DateTimeOffset? RevokedAt,
    DateTimeOffset? LastUsedAt
);

/// <summary>How far callers have moved from one key to its narrower replacement.</summary>
/// <param name="Callers">Those who have not moved first; at most 500.</param>
/// <param name="SafeAt">
/// When the old key will have been silent for long enough if it stays so; in the past: it is safe to revoke it.
/// <see langword="null"/>: it was never used.
/// </param>
/// <param name="IsSafe">Whether the old key has been silent for long enough.</param>
public sealed record ReplacementProgress(
    ReplacementKey Old,
    ReplacementKey New,
    IReadOnlyList<MovingCaller> Callers,
    DateTimeOffset? SafeAt,
    bool IsSafe
)
{
    /// <summary>How many callers have moved.</summary>
    public int Moved => Callers.Count(c => c.Move == CallerMove.Moved);
}

/// <summary>What making and watching a replacement read alike.</summary>
internal static class Replacements
{
    /// <summary>
    /// How long the old key must be silent to be safe to revoke: a job that runs once a week has had its turn.
    /// </summary>
    public static readonly TimeSpan Silence = TimeSpan.FromDays(7);

    /// <summary>
    /// How long a caller must have left the old key alone to count as moved: programs of one address and client restart
    /// one after the other, and until the last one has, both keys are seen.
    /// </summary>
    public static readonly TimeSpan Settled = TimeSpan.FromHours(1);

    /// <summary>How many callers are looked at.</summary>
    public const int MostCallers = 500;

    /// <summary>A living key of a family that the actor may know, with its grants.</summary>
    public static Task<AccessKey?> FindKnownKeyAsync(
        this OperationContext context,
        KeyFamily family,
        Guid id,
        CancellationToken ct
    ) => context.KnownKeys().Include(k => k.Grants).SingleOrDefaultAsync(k => k.Id == id && k.Family == family, ct);

    /// <summary>The key that works in place of another, when there is one. The newest, if there are several.</summary>
    public static Task<AccessKey?> ReplacementOfAsync(this OperationContext context, Guid id, CancellationToken ct) =>
        context
            .Db.AccessKeys.AsNoTracking()
            .Where(k =>
                k.ReplacesId == id
                && k.TeamId == context.TeamId
                && k.RevokedAt == null
                && (k.ExpiresAt == null || k.ExpiresAt > context.Now)
            )
            .OrderByDescending(k => k.CreatedAt)
            .ThenBy(k => k.Id)
            .FirstOrDefaultAsync(ct);

    /// <summary>Where a caller of the old key stands.</summary>
    /// <param name="since">When the new key was made.</param>
    public static CallerMove MoveOf(
        DateTimeOffset lastOld,
        DateTimeOffset? lastNew,
        DateTimeOffset since,
        DateTimeOffset now
    ) =>
        (lastOld > since, lastNew) switch
        {
            (false, null) => CallerMove.Quiet,
            (false, _) => CallerMove.Moved,
            (true, { } last) when last > lastOld && now - lastOld >= Settled => CallerMove.Moved,
            _ => CallerMove.OnOldKey,
        };
}
