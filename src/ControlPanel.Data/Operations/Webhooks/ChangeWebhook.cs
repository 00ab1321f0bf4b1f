using ControlPanel.Data.Webhooks;

namespace ControlPanel.Data.Operations.Webhooks;

/// <summary>Gives a webhook another address or other events. Its signing secret stays.</summary>
public sealed class EditWebhook(OperationRunner runner, WebhookRules rules)
{
    /// <summary>
    /// Needs <c>team:update</c>, and for another address a person who proved recently who they are: from then on the
    /// team's events go there.
    /// </summary>
    public Task<Outcome<Done>> ExecuteAsync(Actor actor, Guid id, WebhookInput input, CancellationToken ct) =>
        runner.ChangeAsync<Done>(
            actor,
            "webhook.update",
            "team:update",
            async context =>
            {
                if (await context.FindWebhookAsync(id, ct) is not { } row)
                {
                    return new Refusal.Missing("webhook");
                }

                if (WebhookQueries.Check(input, rules, out var address, out var events) is { } refusal)
                {
                    return refusal;
                }

                var isElsewhere = address != row.Address;
                if (isElsewhere && context.MustConfirm)
                {
                    return new Refusal.StepUpNeeded();
                }

                var before = new { host = row.Host(), events = row.EventTypes };
                row.Address = address;
                row.EventTypes = events;
                if (isElsewhere)
                {
                    // What the old receiver did says nothing of the new one.
                    (row.FailingSince, row.LastAttemptAt, row.LastStatus, row.LastFault) = (null, null, null, "");
                }

                context.Audit("webhook.update", "webhook", row.Id.ToString(), row.Host(), new { before, events });
                return default(Done);
            },
            ct
        );
}

/// <summary>Turns a webhook off, or on again.</summary>
public sealed class TurnWebhook(OperationRunner runner)
{
    /// <summary>
    /// Needs <c>team:update</c>. What waits for a webhook that is turned off is given up; it is told of what happens
    /// after it was turned on.
    /// </summary>
    public Task<Outcome<Done>> ExecuteAsync(Actor actor, Guid id, bool on, CancellationToken ct)
    {
        var action = on ? "webhook.turn_on" : "webhook.turn_off";
        return runner.ChangeAsync<Done>(
            actor,
            action,
            "team:update",
            async context =>
            {
                if (await context.FindWebhookAsync(id, ct) is not { } row)
                {
                    return new Refusal.Missing("webhook");
                }

                row.IsEnabled = on;
                row.IsGone = false;
                row.FailingSince = null;
                if (!on)
                {
                    await context.Db.GiveUpWaitingAsync(id, context.Now, ct);
                }

                context.Audit(action, "webhook", row.Id.ToString(), row.Host());
                return default(Done);
            },
            ct
        );
    }
}

/// <summary>Removes a webhook with its deliveries and its secret.</summary>
public sealed class RemoveWebhook(OperationRunner runner)
{
    /// <summary>Needs <c>team:update</c>. What was not delivered yet is not delivered any more.</summary>
    public Task<Outcome<Done>> ExecuteAsync(Actor actor, Guid id, CancellationToken ct) =>
        runner.ChangeAsync<Done>(
            actor,
            "webhook.remove",
            "team:update",
            async context =>
            {
                if (await context.FindWebhookAsync(id, ct) is not { } row)
                {
                    return new Refusal.Missing("webhook");
                }

                context.Db.WebhookEndpoints.Remove(row);
                context.Audit("webhook.remove", "webhook", row.Id.ToString(), row.Host());
                return default(Done);
            },
            ct
        );
}
