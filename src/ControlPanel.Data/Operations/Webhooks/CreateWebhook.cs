using ControlPanel.Data.Model;
using ControlPanel.Data.Webhooks;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Webhooks;

/// <summary>Sets up a receiver of a team's events. Its signing secret leaves this method once and is kept sealed.</summary>
public sealed class CreateWebhook(OperationRunner runner, WebhookSecrets secrets, WebhookRules rules)
{
    /// <summary>How many a team may have: each is told of every change.</summary>
    public const int MaxWebhooks = 20;

    /// <summary>
    /// Needs <c>team:update</c>, and a person who proved recently who they are. Refuses an address this server would
    /// not connect to and events that do not exist.
    /// </summary>
    public Task<Outcome<NewWebhookSecret>> ExecuteAsync(Actor actor, WebhookInput input, CancellationToken ct) =>
        runner.ChangeAsync<NewWebhookSecret>(
            actor,
            "webhook.create",
            "team:update",
            async context =>
            {
                if (context.MustConfirm)
                {
                    return new Refusal.StepUpNeeded();
                }

                if (WebhookQueries.Check(input, rules, out var address, out var events) is { } refusal)
                {
                    return refusal;
                }

                if (await context.Db.WebhookEndpoints.CountAsync(e => e.TeamId == context.TeamId, ct) >= MaxWebhooks)
                {
                    return new Refusal.LimitReached($"A team has at most {MaxWebhooks} webhooks.");
                }

                var row = new WebhookEndpoint
                {
                    Id = Guid.CreateVersion7(context.Now),
                    TeamId = context.TeamId,
                    Address = address,
                    EventTypes = events,
                    CreatedAt = context.Now,
                    CreatedBy = actor.UserId,
                };
                (var shown, row.SealedSecret) = secrets.New(row.Id, row.TeamId, row.SecretVersion);
                context.Db.WebhookEndpoints.Add(row);
                context.Audit("webhook.create", "webhook", row.Id.ToString(), row.Host(), new { events });
                return new NewWebhookSecret(await context.ToRowAsync(row, ct), shown);
            },
            ct
        );
}
