using ControlPanel.Verification.Keys;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Functions;

/// <summary>Lists the team's namespaces.</summary>
public sealed class ListNamespaces(OperationRunner runner, LegacyRules rules)
{
    /// <summary>Needs <c>function:read</c>. Sorts: <c>label</c> (the default), <c>region</c>, <c>created</c>, <c>keys</c>.</summary>
    public Task<Outcome<Page<NamespaceRow>>> ExecuteAsync(Actor actor, PageRequest page, CancellationToken ct) =>
        runner.ReadAsync<Page<NamespaceRow>>(
            actor,
            "function:read",
            async context =>
            {
                var db = context.Db;
                var rows = db.Namespaces.Where(n => n.TeamId == context.TeamId && n.DeletedAt == null);
                if (page.Search?.Trim() is { Length: > 0 } search)
                {
                    var needle = search.ToLowerInvariant();
                    rows = rows.Where(n => n.Label.ToLower().Contains(needle) || n.Id.Contains(needle));
                }

                var listed = rows.Select(n => new
                {
                    Row = n,
                    LiveKeys = db.AccessKeys.Count(k =>
                        k.NamespaceId == n.Id
                        && k.RevokedAt == null
                        && !k.IsLegacy
                        && (k.ExpiresAt == null || k.ExpiresAt > context.Now)
                    ),
                    Legacy = db
                        .AccessKeys.Where(k => k.NamespaceId == n.Id && k.IsLegacy)
                        .OrderByDescending(k => k.CreatedAt)
                        .FirstOrDefault(),
                    LegacyLastUsed = db
                        .AccessKeys.Where(k => k.NamespaceId == n.Id && k.IsLegacy)
                        .Join(db.KeyUsages, k => k.Id, u => u.KeyId, (k, u) => (DateTimeOffset?)u.LastUsedAt)
                        .Max(),
                });
                var sorted = (page.Sort, page.Descending) switch
                {
                    ("region", false) => listed.OrderBy(n => n.Row.Region).ThenBy(n => n.Row.Label),
                    ("region", true) => listed.OrderByDescending(n => n.Row.Region).ThenBy(n => n.Row.Label),
                    ("created", false) => listed.OrderBy(n => n.Row.CreatedAt),
                    ("created", true) => listed.OrderByDescending(n => n.Row.CreatedAt),
                    ("keys", false) => listed.OrderBy(n => n.LiveKeys).ThenBy(n => n.Row.Label),
                    ("keys", true) => listed.OrderByDescending(n => n.LiveKeys).ThenBy(n => n.Row.Label),
                    (_, true) => listed.OrderByDescending(n => n.Row.Label),
                    _ => listed.OrderBy(n => n.Row.Label),
                };
                var total = await rows.CountAsync(ct);
                var items = await sorted.Skip(page.SafeSkip).Take(page.SafeTake).ToListAsync(ct);
                return new Page<NamespaceRow>(
                    [
                        .. items.Select(n => new NamespaceRow(
                            n.Row.Id,
                            n.Row.Label,
                            n.Row.Region,
                            n.LiveKeys,
                            rules.LegacyStateOf(n.Legacy, n.LegacyLastUsed, context.Now),
                            n.Row.CreatedAt,
                            n.Row.UpdatedAt
                        )),
                    ],
                    total
                );
            },
            ct
        );
}
