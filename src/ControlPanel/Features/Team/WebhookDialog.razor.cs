using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Webhooks;
using ControlPanel.Data.Webhooks;
using ControlPanel.Shared;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Features.Team;

/// <summary>Adds a webhook or changes one.</summary>
public sealed partial class WebhookDialog
{
    private readonly string _id = $"events-{Ids.Next()}";
    private readonly HashSet<string> _events = new(StringComparer.Ordinal);
    private Refusal? _refusal;
    private string? _address;
    private bool _busy;

    /// <summary>The webhook to change; <see langword="null"/> adds one.</summary>
    [Parameter]
    public WebhookRow? Webhook { get; set; }

    /// <summary>It was added; its secret is to be shown.</summary>
    [Parameter]
    public EventCallback<NewWebhookSecret> OnCreated { get; set; }

    /// <summary>It was changed.</summary>
    [Parameter]
    public EventCallback OnSaved { get; set; }

    [Parameter]
    public EventCallback OnCancel { get; set; }

    [Inject]
    public required CreateWebhook Create { get; init; }

    [Inject]
    public required EditWebhook Edit { get; init; }

    [Inject]
    public required CurrentActor Actor { get; init; }

    protected override void OnInitialized()
    {
        _address = Webhook?.Address;
        _events.UnionWith(Webhook?.Events ?? []);
    }

    private void Tick(string kind, bool isWanted)
    {
        if (isWanted)
        {
            _events.Add(kind);
        }
        else
        {
            _events.Remove(kind);
        }
    }

    private void TickAll()
    {
        var all = WebhookEvents.All.Select(e => e.Name).ToList();
        if (_events.Count == all.Count)
        {
            _events.Clear();
        }
        else
        {
            _events.UnionWith(all);
        }
    }

    private async Task SaveAsync()
    {
        if (_busy)
        {
            return;
        }

        _busy = true;
        try
        {
            var input = new WebhookInput(_address, [.. _events]);
            var actor = await Actor.GetActorAsync();
            if (Webhook is { } present)
            {
                _refusal = (await Edit.ExecuteAsync(actor, present.Id, input, CancellationToken.None)).Refusal;
                if (_refusal is null)
                {
                    await OnSaved.InvokeAsync();
                }

                return;
            }

            var outcome = await Create.ExecuteAsync(actor, input, CancellationToken.None);
            _refusal = outcome.Refusal;
            if (outcome.IsDone)
            {
                await OnCreated.InvokeAsync(outcome.Value);
            }
        }
        finally
        {
            _busy = false;
        }
    }
}
