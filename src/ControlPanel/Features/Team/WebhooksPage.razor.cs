using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Webhooks;
using ControlPanel.Data.Webhooks;
using ControlPanel.Shared;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Features.Team;

/// <summary>The receivers of the team's events.</summary>
public sealed partial class WebhooksPage
{
    private readonly Column<WebhookRow>[] _columns =
    [
        new("Address", s_address, Class: "wrap strong break"),
        new("Events", s_events),
        new("State", s_state),
        new("Last delivery", s_last),
    ];

    private DataTable<WebhookRow>? _table;
    private WebhookRow? _edited;
    private WebhookRow? _rolling;
    private WebhookRow? _removing;
    private WebhookRow? _shown;
    private OneTimeSecret? _secret;
    private string? _error;
    private bool _editing;

    [CascadingParameter]
    public CurrentPerson Person { get; set; } = CurrentPerson.Nobody;

    [Inject]
    public required ListWebhooks List { get; init; }

    [Inject]
    public required SendTestEvent SendTest { get; init; }

    [Inject]
    public required TurnWebhook Turn { get; init; }

    [Inject]
    public required RemoveWebhook Remove { get; init; }

    [Inject]
    public required DeliveryQueue Queue { get; init; }

    [Inject]
    public required Notices Notices { get; init; }

    protected override void OnInitialized()
    {
        base.OnInitialized();
        Queue.Noted += OnNoted;
        _ = Gone.Register(() => Queue.Noted -= OnNoted);
    }

    protected override Task OnChangedAsync() => _table?.RefreshAsync() ?? Task.CompletedTask;

    // The table does nothing any more once it is gone.
    private void OnNoted() => _ = InvokeAsync(() => _table?.RefreshAsync() ?? Task.CompletedTask);

    private async Task<Outcome<Page<WebhookRow>>> LoadAsync(PageRequest page, CancellationToken ct) =>
        await List.ExecuteAsync(await Actor.GetActorAsync(), page, ct);

    private void Start(WebhookRow? row)
    {
        _edited = row;
        _editing = true;
    }

    private void Ask(WebhookRow row)
    {
        _removing = row;
        _error = null;
    }

    private Task RevealAsync(NewWebhookSecret made)
    {
        _editing = false;
        _rolling = null;
        _secret = WebhookExamples.Reveal(made);
        return Task.CompletedTask;
    }

    private Task HideAsync()
    {
        _secret = null;
        return OnChangedAsync();
    }

    private Task SavedAsync()
    {
        _editing = false;
        return OnChangedAsync();
    }

    private async Task TestAsync(WebhookRow row)
    {
        var outcome = await SendTest.ExecuteAsync(await Actor.GetActorAsync(), row.Id, CancellationToken.None);
        if (outcome.IsDone)
        {
            // What came of it stands there.
            _shown = row;
        }
        else
        {
            Notices.Say(Refusals.Say(outcome.Refusal));
        }
    }

    private async Task TurnAsync(WebhookRow row)
    {
        var outcome = await Turn.ExecuteAsync(
            await Actor.GetActorAsync(),
            row.Id,
            !row.IsEnabled,
            CancellationToken.None
        );
        Notices.Say(
            !outcome.IsDone ? Refusals.Say(outcome.Refusal)
            : row.IsEnabled ? $"{DeliveryWords.Host(row.Address)} is told nothing until it is turned on again."
            : $"{DeliveryWords.Host(row.Address)} is told of what happens from now on."
        );
        await OnChangedAsync();
    }

    private async Task RemoveAsync()
    {
        var outcome = await Remove.ExecuteAsync(await Actor.GetActorAsync(), _removing!.Id, CancellationToken.None);
        _error = outcome.IsDone ? null : Refusals.Say(outcome.Refusal);
        if (outcome.IsDone)
        {
            Notices.Say($"The webhook to {DeliveryWords.Host(_removing.Address)} was removed.");
            _removing = null;
            await OnChangedAsync();
        }
    }
}
