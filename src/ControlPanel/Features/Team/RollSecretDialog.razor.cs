using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Webhooks;
using ControlPanel.Shared;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Features.Team;

/// <summary>Gives a webhook another signing secret.</summary>
public sealed partial class RollSecretDialog
{
    private Refusal? _refusal;

    [Parameter, EditorRequired]
    public required WebhookRow Webhook { get; set; }

    /// <summary>It was rolled; the new secret is to be shown.</summary>
    [Parameter]
    public EventCallback<NewWebhookSecret> OnRolled { get; set; }

    [Parameter]
    public EventCallback OnCancel { get; set; }

    [Inject]
    public required RollWebhookSecret Roll { get; init; }

    [Inject]
    public required CurrentActor Actor { get; init; }

    private async Task RollAsync()
    {
        var outcome = await Roll.ExecuteAsync(await Actor.GetActorAsync(), Webhook.Id, CancellationToken.None);
        _refusal = outcome.Refusal;
        if (outcome.IsDone)
        {
            await OnRolled.InvokeAsync(outcome.Value);
        }
    }
}
