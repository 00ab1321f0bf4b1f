using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Webhooks;

/// <summary>Lists the team's webhooks, the oldest first.</summary>
public sealed class ListWebhooks(OperationRunner runner)
{
    /// <summary>Needs <c>team:update</c>: where a team's events go is the owners' to know.</summary>
    public Task<Outcome<Page<WebhookRow>>> ExecuteAsync(Actor actor, PageRequest page, CancellationToken ct) =>
        runner.ReadAsync<Page<WebhookRow>>(
            actor,
            "team:update",
            async context =>
            {
                var rows = context.Db.WebhookEndpoints.Where(e => e.TeamId == context.TeamId);
                if (page.Search?.Trim() is { Length: > 0 } search)
                {
                    var needle = search.ToLowerInvariant();
                    rows = rows.Where(e => e.Address.ToLower().Contains(needle) || e.EventTypes.Contains(needle));
                }

                var found = await (
                    from row in rows
                    join person in context.Db.Users on row.CreatedBy equals person.Id into people
                    from person in people.DefaultIfEmpty()
                    orderby row.CreatedAt, row.Id
                    select new { Row = row, By = person == null ? "" : person.Email ?? "" }
                )
                    .Skip(page.SafeSkip)
                    .Take(page.SafeTake)
                    .ToListAsync(ct);
                return new Page<WebhookRow>(
                    [.. found.Select(f => WebhookQueries.ToRow(f.Row, f.By, context.Now))],
                    await rows.CountAsync(ct)
                );
            },
            ct
        );
}

/// <summary>Lists what was sent to a webhook within the last 30 days and what waits, the newest first.</summary>
public sealed class ListDeliveries(OperationRunner runner)
{
    /// <summary>Needs <c>team:update</c>.</summary>
    public Task<Outcome<Page<DeliveryRow>>> ExecuteAsync(
        Actor actor,
        Guid id,
        PageRequest page,
        CancellationToken ct
    ) =>
        runner.ReadAsync<Page<DeliveryRow>>(
            actor,
            "team:update",
            async context =>
            {
                if (await context.FindWebhookAsync(id, ct) is null)
                {
                    return new Refusal.Missing("webhook");
                }

                var rows = context.Db.WebhookDeliveries.Where(d => d.EndpointId == id);
                var found = await rows.OrderByDescending(d => d.CreatedAt)
                    .ThenByDescending(d => d.Id)
                    .Skip(page.SafeSkip)
                    .Take(page.SafeTake)
                    .ToListAsync(ct);
                return new Page<DeliveryRow>([.. found.Select(WebhookQueries.ToRow)], await rows.CountAsync(ct));
            },
            ct
        );
}
