using System.Text.Json.Nodes;
using ControlPanel.Data.Webhooks;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Webhooks;

/// <summary>Sends an event that says nothing, to see whether the receiver takes it.</summary>
public sealed class SendTestEvent(OperationRunner runner)
{
    /// <summary>Needs <c>team:update</c>. A webhook that is turned off is sent nothing.</summary>
    public Task<Outcome<Done>> ExecuteAsync(Actor actor, Guid id, CancellationToken ct) =>
        runner.ChangeAsync<Done>(
            actor,
            "webhook.test",
            "team:update",
            async context =>
            {
                if (await context.FindWebhookAsync(id, ct) is not { } row)
                {
                    return new Refusal.Missing("webhook");
                }

                if (!row.IsEnabled)
                {
                    return WebhookRefusals.TurnedOff;
                }

                var data = EventPayload.By(
                    new JsonObject(),
                    context.TeamId,
                    await context.Db.EmailAsync(actor.UserId, ct),
                    actor.Door.ToString().ToLowerInvariant()
                );
                context.Db.WebhookDeliveries.Add(
                    WebhookOutbox.New(
                        row,
                        WebhookOutbox.NewEventId(context.Now),
                        WebhookEvents.Test,
                        EventPayload.Of(WebhookEvents.Test, context.Now, data),
                        context.Now
                    )
                );
                context.Audit("webhook.test", "webhook", row.Id.ToString(), row.Host());
                return default(Done);
            },
            ct
        );
}

/// <summary>Sends an event once more, whatever became of it before.</summary>
public sealed class DeliverAgain(OperationRunner runner)
{
    /// <summary>
    /// Needs <c>team:update</c>. The event keeps its id, by which a receiver that had it knows it again. A webhook that
    /// is turned off is sent nothing.
    /// </summary>
    public Task<Outcome<Done>> ExecuteAsync(Actor actor, Guid deliveryId, CancellationToken ct) =>
        runner.ChangeAsync<Done>(
            actor,
            "webhook.deliver_again",
            "team:update",
            async context =>
            {
                var found = await context
                    .Db.WebhookDeliveries.AsNoTracking()
                    .SingleOrDefaultAsync(d => d.Id == deliveryId && d.TeamId == context.TeamId, ct);
                if (found is null || await context.FindWebhookAsync(found.EndpointId, ct) is not { } row)
                {
                    return new Refusal.Missing("delivery");
                }

                if (!row.IsEnabled)
                {
                    return WebhookRefusals.TurnedOff;
                }

                context.Db.WebhookDeliveries.Add(
                    WebhookOutbox.New(row, found.EventId, found.Type, found.Payload, context.Now)
                );
                context.Audit(
                    "webhook.deliver_again",
                    "webhook",
                    row.Id.ToString(),
                    row.Host(),
                    new { @event = found.EventId, found.Type }
                );
                return default(Done);
            },
            ct
        );
}

/// <summary>What both answer alike.</summary>
internal static class WebhookRefusals
{
    public static Refusal TurnedOff { get; } =
        new Refusal.Conflict("Webhook", "This webhook is turned off. Turn it on first.");
}
