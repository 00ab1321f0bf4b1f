using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Webhooks;
using ControlPanel.Data.Webhooks;
using ControlPanel.Shared;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Features.Team;

/// <summary>What was sent to one webhook, what came of it, and the webhook itself.</summary>
public sealed partial class WebhookDetails : IDisposable
{
    private const int PageSize = 25;

    // While something waits: what another node has sent is not told to this one.
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _gone = new();
    private WebhookRow? _webhook;
    private Page<DeliveryRow>? _deliveries;
    private string? _error;
    private int _wanted = PageSize;

    [Parameter, EditorRequired]
    public required Guid Id { get; set; }

    [Parameter, EditorRequired]
    public required string Address { get; set; }

    [Parameter]
    public EventCallback OnClose { get; set; }

    [Inject]
    public required ListWebhooks List { get; init; }

    [Inject]
    public required ListDeliveries Deliveries { get; init; }

    [Inject]
    public required SendTestEvent SendTest { get; init; }

    [Inject]
    public required DeliverAgain Again { get; init; }

    [Inject]
    public required DeliveryQueue Queue { get; init; }

    [Inject]
    public required TimeProvider Clock { get; init; }

    [Inject]
    public required CurrentActor Actor { get; init; }

    public void Dispose()
    {
        Queue.Noted -= OnNoted;
        _gone.Cancel();
        _gone.Dispose();
    }

    protected override async Task OnInitializedAsync()
    {
        Queue.Noted += OnNoted;
        await RefreshAsync();
        _ = FollowAsync();
    }

    private static string Explain(DeliveryRow delivery) =>
        delivery.LastAttemptAt is null && delivery.LastFault is null
            ? "on its way"
            : $"{DeliveryWords.Answer(delivery.LastStatus, delivery.LastFault)}, "
                + (delivery.Attempts == 1 ? "1 attempt" : $"{delivery.Attempts} attempts");

    private void OnNoted() =>
        _ = InvokeAsync(async () =>
        {
            if (!_gone.IsCancellationRequested)
            {
                await RefreshAsync();
                StateHasChanged();
            }
        });

    private async Task FollowAsync()
    {
        try
        {
            using var timer = new PeriodicTimer(s_look, Clock);
            while (await timer.WaitForNextTickAsync(_gone.Token))
            {
                if (_deliveries?.Items.Any(d => d.NextAttemptAt is not null) == true)
                {
                    OnNoted();
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The drawer was closed.
        }
    }

    private async Task RefreshAsync()
    {
        var actor = await Actor.GetActorAsync();
        var all = await List.ExecuteAsync(actor, new PageRequest(Take: 200), CancellationToken.None);
        var sent = await Deliveries.ExecuteAsync(actor, Id, new PageRequest(Take: _wanted), CancellationToken.None);
        _webhook = all.Value?.Items.FirstOrDefault(w => w.Id == Id);
        _deliveries = sent.Value;
        _error = (all.Refusal ?? sent.Refusal) is { } refusal ? Refusals.Say(refusal) : null;
    }

    private Task MoreAsync()
    {
        _wanted = Math.Min(200, _wanted + PageSize);
        return RefreshAsync();
    }

    private async Task TestAsync() =>
        await DoneAsync(await SendTest.ExecuteAsync(await Actor.GetActorAsync(), Id, CancellationToken.None));

    private async Task AgainAsync(DeliveryRow delivery) =>
        await DoneAsync(await Again.ExecuteAsync(await Actor.GetActorAsync(), delivery.Id, CancellationToken.None));

    private async Task DoneAsync(Outcome<Done> outcome)
    {
        await RefreshAsync();
        _error ??= outcome.IsDone ? null : Refusals.Say(outcome.Refusal);
    }
}
