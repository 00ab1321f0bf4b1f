using ControlPanel.Data.Model;
using ControlPanel.Verification.Keys;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Access;

/// <summary>How a key is called where keys of several families stand side by side.</summary>
internal static class KeyNames
{
    /// <summary>
    /// The name a person gave it. Only the shared credential of a namespace has none: model keys from before scoping
    /// are legacy too, and were named like any other.
    /// </summary>
    public static string Shown(KeyFamily family, bool isLegacy, string name) =>
        isLegacy && family == KeyFamily.Functions ? "Legacy credential" : name;
}

/// <summary>A key beside what lists of all families show of it.</summary>
internal sealed class ListedKey
{
    public required AccessKey Key { get; init; }

    public KeyUsage? Usage { get; init; }

    public string? Owner { get; init; }

    /// <summary>The label of its namespace; empty for other families.</summary>
    public required string Place { get; init; }

    public ConcernedKey For(Actor actor) =>
        new(
            Key.Id,
            Key.Family,
            KeyNames.Shown(Key.Family, Key.IsLegacy, Key.Name),
            Key.NamespaceId ?? "",
            Place,
            Owner ?? "",
            Key.CreatedAt,
            Key.ExpiresAt,
            Usage?.LastUsedAt,
            Usage?.LastAddress,
            Key.OwnerId == actor.UserId,
            Key.IsLegacy
        );
}

/// <summary>What the lists of all families ask alike.</summary>
internal static class KeyListing
{
    /// <summary>Those whose name contains what is searched for, whatever the case; all of them when nothing is.</summary>
    public static IQueryable<AccessKey> Named(this IQueryable<AccessKey> keys, string? search)
    {
        if (search?.Trim() is not { Length: > 0 } wanted)
        {
            return keys;
        }

        var lower = wanted.ToLowerInvariant();
        return keys.Where(k => k.Name.ToLower().Contains(lower));
    }

    /// <summary>The keys with their use, owner and place.</summary>
    public static IQueryable<ListedKey> Listed(this IQueryable<AccessKey> keys, ControlPanelDb db) =>
        from key in keys
        join usage in db.KeyUsages on key.Id equals usage.KeyId into usages
        from usage in usages.DefaultIfEmpty()
        join owner in db.Users on key.OwnerId equals owner.Id into owners
        from owner in owners.DefaultIfEmpty()
        join ns in db.Namespaces on key.NamespaceId equals ns.Id into namespaces
        from ns in namespaces.DefaultIfEmpty()
        select new ListedKey
        {
            Key = key,
            Usage = usage,
            Owner = owner == null ? "" : owner.Email,
            Place = ns == null ? "" : ns.Label,
        };

    /// <summary>One page of them.</summary>
    public static async Task<Page<ConcernedKey>> PageAsync(
        this IOrderedQueryable<ListedKey> sorted,
        OperationContext context,
        PageRequest page,
        int total,
        CancellationToken ct
    )
    {
        var rows = await sorted.ThenBy(r => r.Key.Id).Skip(page.SafeSkip).Take(page.SafeTake).ToListAsync(ct);
        return new Page<ConcernedKey>([.. rows.Select(r => r.For(context.Actor))], total);
    }
}
