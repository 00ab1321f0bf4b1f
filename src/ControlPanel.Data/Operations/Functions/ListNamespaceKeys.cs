using ControlPanel.Data.Model;
using ControlPanel.Verification.Keys;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Functions;

/// <summary>Lists the living keys of a namespace (expired ones included: they are still there to be removed).</summary>
public sealed class ListNamespaceKeys(OperationRunner runner)
{
    /// <summary>
    /// Needs <c>function:read</c>. Sorts: <c>created</c> (the default, newest first), <c>name</c>, <c>expires</c>,
    /// <c>last_used</c>, <c>created_by</c>.
    /// </summary>
    /// <param name="status">Only keys of this status.</param>
    public Task<Outcome<Page<NamespaceKeyRow>>> ExecuteAsync(
        Actor actor,
        string namespaceId,
        PageRequest page,
        KeyStatus? status,
        CancellationToken ct
    ) =>
        runner.ReadAsync<Page<NamespaceKeyRow>>(
            actor,
            "function:read",
            async context =>
            {
                if (await context.FindNamespaceAsync(namespaceId, ct) is null)
                {
                    return new Refusal.Missing("namespace");
                }

                var db = context.Db;
                var now = context.Now;
                var keys = db.AccessKeys.Where(k => k.NamespaceId == namespaceId && k.RevokedAt == null && !k.IsLegacy);
                if (page.Search?.Trim() is { Length: > 0 } search)
                {
                    var needle = search.ToLowerInvariant();
                    keys = keys.Where(k => k.Name.ToLower().Contains(needle) || k.PublicId.Contains(needle));
                }

                keys = OfStatus(keys, status, now);
                var listed =
                    from key in keys
                    join usage in db.KeyUsages on key.Id equals usage.KeyId into usages
                    from usage in usages.DefaultIfEmpty()
                    join owner in db.Users on key.OwnerId equals owner.Id into owners
                    from owner in owners.DefaultIfEmpty()
                    select new
                    {
                        Key = key,
                        Usage = usage,
                        Owner = owner == null ? "" : owner.Email,
                    };
                var sorted = (page.Sort, page.Descending) switch
                {
                    ("name", false) => listed.OrderBy(r => r.Key.Name),
                    ("name", true) => listed.OrderByDescending(r => r.Key.Name),
                    // Never comes after every instant.
                    ("expires", false) => listed.OrderBy(r => r.Key.ExpiresAt == null).ThenBy(r => r.Key.ExpiresAt),
                    ("expires", true) => listed
                        .OrderByDescending(r => r.Key.ExpiresAt == null)
                        .ThenByDescending(r => r.Key.ExpiresAt),
                    // Never used comes before every instant, which the databases do not agree on by themselves.
                    ("last_used", false) => listed.OrderBy(r => r.Usage != null).ThenBy(r => r.Usage.LastUsedAt),
                    ("last_used", true) => listed
                        .OrderByDescending(r => r.Usage != null)
                        .ThenByDescending(r => r.Usage.LastUsedAt),
                    ("created_by", false) => listed.OrderBy(r => r.Owner),
                    ("created_by", true) => listed.OrderByDescending(r => r.Owner),
                    ("created", false) => listed.OrderBy(r => r.Key.CreatedAt),
                    _ => listed.OrderByDescending(r => r.Key.CreatedAt),
                };
                var total = await keys.CountAsync(ct);
                var rows = await sorted.ThenBy(r => r.Key.Id).Skip(page.SafeSkip).Take(page.SafeTake).ToListAsync(ct);
                var recent = await db.RecentCallsAsync(rows.Select(r => r.Key.Id), now, ct);
                return new Page<NamespaceKeyRow>(
                    [
                        .. rows.Select(r => new NamespaceKeyRow(
                            r.Key.Id,
                            r.Key.PublicId,
                            r.Key.Name,
                            r.Key.OwnerId,
                            r.Owner ?? "",
                            r.Key.CreatedAt,
                            r.Key.UpdatedAt,
                            r.Key.ExpiresAt,
                            r.Usage?.LastUsedAt,
                            r.Usage?.LastAddress,
                            r.Usage?.LastClient,
                            KeyUse.StatusOf(r.Key.ExpiresAt, r.Key.SuspendedUntil, now)
                        )
                        {
                            Recent = recent.GetValueOrDefault(r.Key.Id, RecentCalls.None),
                        }),
                    ],
                    total
                );
            },
            ct
        );

    private static IQueryable<AccessKey> OfStatus(IQueryable<AccessKey> keys, KeyStatus? status, DateTimeOffset now)
    {
        var soon = now + TimeSpan.FromDays(7);
        return status switch
        {
            KeyStatus.Expired => keys.Where(k => k.ExpiresAt <= now),
            KeyStatus.Suspended => keys.Where(k =>
                k.SuspendedUntil > now && (k.ExpiresAt == null || k.ExpiresAt > now)
            ),
            KeyStatus.ExpiresSoon => keys.Where(k =>
                k.ExpiresAt > now && k.ExpiresAt <= soon && (k.SuspendedUntil == null || k.SuspendedUntil <= now)
            ),
            KeyStatus.Active => keys.Where(k =>
                (k.ExpiresAt == null || k.ExpiresAt > soon) && (k.SuspendedUntil == null || k.SuspendedUntil <= now)
            ),
            null => keys,
            _ => keys,
        };
    }
}
