using ControlPanel.Data.Model;
using ControlPanel.Verification.Keys;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Access;

/// <summary>A reason to look at a key.</summary>
public enum KeyConcern
{
    /// <summary>It could expire and never does: namespace keys and tokens without an end.</summary>
    NeverExpires,

    /// <summary>It expires within 30 days.</summary>
    ExpiresSoon,

    /// <summary>It was not used for 90 days, and is older than that.</summary>
    Idle,

    /// <summary>It reaches everything of its family.</summary>
    FullAccess,

    /// <summary>A model key that works from any network.</summary>
    NoNetworkLimit,

    /// <summary>A legacy credential that somebody used within 30 days.</summary>
    LegacyInUse,

    /// <summary>Nothing depends on it: it has expired, or was never used in its 90 days or more.</summary>
    SafeToRemove,
}

/// <summary>A key of any family, with what a concern is about.</summary>
/// <param name="Place">The namespace's id for a namespace key; empty for others.</param>
/// <param name="PlaceName">Its label.</param>
/// <param name="IsOwn">Whether it is the actor's own.</param>
/// <param name="IsLegacy">A shared credential of a namespace, or a model key from before scoping.</param>
public sealed record ConcernedKey(
    Guid Id,
    KeyFamily Family,
    string Name,
    string Place,
    string PlaceName,
    string CreatedBy,
    DateTimeOffset CreatedAt,
    DateTimeOffset? ExpiresAt,
    DateTimeOffset? LastUsedAt,
    string? LastAddress,
    bool IsOwn,
    bool IsLegacy
);

/// <summary>What the concerns mean to the store.</summary>
internal static class KeyConcerns
{
    private static readonly TimeSpan s_idle = TimeSpan.FromDays(90);
    private static readonly TimeSpan s_month = TimeSpan.FromDays(30);

    /// <summary>
    /// The living keys the actor may know: namespace and Spaces keys of the team; model keys and tokens are their own, and
    /// everybody's for owners.
    /// </summary>
    public static IQueryable<AccessKey> KnownKeys(this OperationContext context)
    {
        var isOwner = context.Role == TeamRole.Owner;
        return context.Db.AccessKeys.Where(k =>
            k.TeamId == context.TeamId
            && k.RevokedAt == null
            && (
                isOwner
                || k.OwnerId == context.Actor.UserId
                || k.Family == KeyFamily.Functions
                || k.Family == KeyFamily.Spaces
            )
        );
    }

    /// <summary>Whether the actor may know a key of their team that was read already, living or not.</summary>
    public static bool MayKnow(this OperationContext context, AccessKey key) =>
        key.TeamId == context.TeamId
        && (
            context.Role == TeamRole.Owner
            || key.OwnerId == context.Actor.UserId
            || key.Family is KeyFamily.Functions or KeyFamily.Spaces
        );

    /// <summary>Those of them that a concern is about.</summary>
    public static IQueryable<AccessKey> Of(
        this IQueryable<AccessKey> keys,
        KeyConcern concern,
        OperationContext context
    )
    {
        var usages = context.Db.KeyUsages;
        var now = context.Now;
        var idle = now - s_idle;
        var month = now + s_month;
        var recently = now - s_month;
        return concern switch
        {
            KeyConcern.NeverExpires => keys.Where(k =>
                k.ExpiresAt == null && !k.IsLegacy && (k.Family == KeyFamily.Functions || k.Family == KeyFamily.Api)
            ),
            KeyConcern.ExpiresSoon => keys.Where(k => k.ExpiresAt > now && k.ExpiresAt <= month),
            KeyConcern.Idle => keys.Where(k =>
                k.CreatedAt <= idle && !usages.Any(u => u.KeyId == k.Id && u.LastUsedAt > idle)
            ),
            KeyConcern.FullAccess => keys.Where(k => k.CoversAll && k.Family != KeyFamily.Functions),
            KeyConcern.NoNetworkLimit => keys.Where(k => k.Family == KeyFamily.Inference && k.VpcId == null),
            KeyConcern.LegacyInUse => keys.Where(k =>
                k.IsLegacy && usages.Any(u => u.KeyId == k.Id && u.LastUsedAt > recently)
            ),
            KeyConcern.SafeToRemove => keys.Where(k =>
                k.ExpiresAt <= now || (k.CreatedAt <= idle && !usages.Any(u => u.KeyId == k.Id))
            ),
            _ => throw new ArgumentOutOfRangeException(nameof(concern)),
        };
    }
}

/// <summary>Counts the keys behind every concern.</summary>
public sealed class CountKeyConcerns(OperationRunner runner)
{
    /// <summary>Needs <c>access:verify</c>.</summary>
    public Task<Outcome<IReadOnlyDictionary<KeyConcern, int>>> ExecuteAsync(Actor actor, CancellationToken ct) =>
        runner.ReadAsync<IReadOnlyDictionary<KeyConcern, int>>(
            actor,
            "access:verify",
            async context =>
            {
                var counts = new Dictionary<KeyConcern, int>();
                foreach (var concern in Enum.GetValues<KeyConcern>())
                {
                    counts[concern] = await context.KnownKeys().Of(concern, context).CountAsync(ct);
                }

                return Outcome.Of<IReadOnlyDictionary<KeyConcern, int>>(counts);
            },
            ct
        );
}

/// <summary>Lists the keys behind one concern.</summary>
public sealed class ListConcernedKeys(OperationRunner runner)
{
    /// <summary>
    /// Needs <c>access:verify</c>. Sorts: <c>name</c> (the default), <c>created</c>, <c>expires</c>, <c>last_used</c>.
    /// </summary>
    public Task<Outcome<Page<ConcernedKey>>> ExecuteAsync(
        Actor actor,
        KeyConcern concern,
        PageRequest page,
        CancellationToken ct
    ) =>
        runner.ReadAsync<Page<ConcernedKey>>(
            actor,
            "access:verify",
            async context =>
            {
                var keys = context.KnownKeys().Of(concern, context).Named(page.Search);
                var listed = keys.Listed(context.Db);
                var sorted = (page.Sort, page.Descending) switch
                {
                    ("created", false) => listed.OrderBy(r => r.Key.CreatedAt),
                    ("created", true) => listed.OrderByDescending(r => r.Key.CreatedAt),
                    ("expires", false) => listed.OrderBy(r => r.Key.ExpiresAt == null).ThenBy(r => r.Key.ExpiresAt),
                    ("expires", true) => listed
                        .OrderByDescending(r => r.Key.ExpiresAt == null)
                        .ThenByDescending(r => r.Key.ExpiresAt),
                    ("last_used", false) => listed.OrderBy(r => r.Usage != null).ThenBy(r => r.Usage!.LastUsedAt),
                    ("last_used", true) => listed
                        .OrderByDescending(r => r.Usage != null)
                        .ThenByDescending(r => r.Usage!.LastUsedAt),
                    (_, true) => listed.OrderByDescending(r => r.Key.Name),
                    _ => listed.OrderBy(r => r.Key.Name),
                };
                return await sorted.PageAsync(context, page, await keys.CountAsync(ct), ct);
            },
            ct
        );
}
