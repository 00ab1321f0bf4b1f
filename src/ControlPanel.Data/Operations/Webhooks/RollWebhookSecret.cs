using ControlPanel.Data.Webhooks;

namespace ControlPanel.Data.Operations.Webhooks;

/// <summary>Gives a webhook another signing secret, which leaves this method once.</summary>
public sealed class RollWebhookSecret(OperationRunner runner, WebhookSecrets secrets)
{
    /// <summary>
    /// Needs <c>team:update</c>, and a person who proved recently who they are. The present secret signs as well for
    /// another <see cref="WebhookSecrets.Overlap"/>; the one before it no longer.
    /// </summary>
    public Task<Outcome<NewWebhookSecret>> ExecuteAsync(Actor actor, Guid id, CancellationToken ct) =>
        runner.ChangeAsync<NewWebhookSecret>(
            actor,
            "webhook.roll_secret",
            "team:update",
            async context =>
            {
                if (context.MustConfirm)
                {
                    return new Refusal.StepUpNeeded();
                }

                if (await context.FindWebhookAsync(id, ct) is not { } row)
                {
                    return new Refusal.Missing("webhook");
                }

                row.SealedPreviousSecret = row.SealedSecret;
                row.PreviousSecretUntil = context.Now + WebhookSecrets.Overlap;
                row.SecretVersion++;
                (var shown, row.SealedSecret) = secrets.New(row.Id, row.TeamId, row.SecretVersion);
                context.Audit("webhook.roll_secret", "webhook", row.Id.ToString(), row.Host());
                return new NewWebhookSecret(await context.ToRowAsync(row, ct), shown);
            },
            ct
        );
}
