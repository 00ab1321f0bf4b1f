using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Access;
using ControlPanel.Data.Snapshots;
using ControlPanel.Verification.Keys;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Shared;

/// <summary>A key of any family in full: how it was used, by whom, and what it is. Follows its use while it is open.</summary>
public sealed partial class KeyDetails : IDisposable
{
    private static readonly TimeSpan s_refresh = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _gone = new();
    private KeyUsageView? _key;
    private string? _error;
    private string? _receipt;
    private Narrowing.Proposal? _narrowed;
    private ReplacementKey? _replaced;
    private bool _isDays;
    private bool _isTable;
    private bool _isGone;

    [Parameter, EditorRequired]
    public required KeyFamily Family { get; set; }

    [Parameter, EditorRequired]
    public required Guid Id { get; set; }

    /// <summary>The key's name, known before anything is read.</summary>
    [Parameter, EditorRequired]
    public required string Name { get; set; }

    [Parameter]
    public EventCallback OnClose { get; set; }

    /// <summary>A narrower key was made in its place: the page shows its secret, once.</summary>
    [Parameter]
    public EventCallback<Replacement> OnReplaced { get; set; }

    [Inject]
    public required GetKeyUsage GetUsage { get; init; }

    [Inject]
    public required CurrentActor Actor { get; init; }

    [Inject]
    public required Notices Notices { get; init; }

    [Inject]
    public required TimeProvider Clock { get; init; }

    public void Dispose()
    {
        _gone.Cancel();
        _gone.Dispose();
    }

    protected override async Task OnInitializedAsync()
    {
        await ReadAsync();
        // An empty picture says less than the days before it.
        _isDays = _key is { } key && key.Hours.All(IsQuiet) && !key.Days.All(IsQuiet);
    }

    protected override void OnAfterRender(bool firstRender)
    {
        if (firstRender)
        {
            _ = FollowAsync();
        }
    }

    private static bool IsQuiet(UsageSpan span) => span is { Calls: 0, Refused: 0 };

    private static string Pressed(bool isPressed) => isPressed ? "true" : "false";

    // Uses are no changes: nothing signals them.
    private async Task FollowAsync()
    {
        try
        {
            while (!_gone.IsCancellationRequested)
            {
                await Task.Delay(s_refresh, Clock, _gone.Token);
                await InvokeAsync(async () =>
                {
                    await ReadAsync();
                    StateHasChanged();
                });
            }
        }
        catch (OperationCanceledException) { }
        catch (ObjectDisposedException)
        {
            // It was closed meanwhile.
        }
    }

    private async Task RevealAsync(Replacement replacement)
    {
        _narrowed = null;
        await OnReplaced.InvokeAsync(replacement);
        await ReadAsync();
    }

    private async Task RevokedAsync(Receipt receipt)
    {
        var old = _replaced!;
        _replaced = null;
        var verb = Family == KeyFamily.Api ? "Revoked" : "Deleted";
        _receipt = $"{old.Name}: {Receipts.Say(verb, receipt)}";
        Notices.Say(Receipts.Say(verb, receipt));
        await ReadAsync();
    }

    private async Task ReadAsync()
    {
        var outcome = await GetUsage.ExecuteAsync(await Actor.GetActorAsync(), Family, Id, _gone.Token);
        _key = outcome.Value;
        _error = outcome.IsDone ? null : Refusals.Say(outcome.Refusal);
        // It was ended here: the proof says more than that it is missing.
        _isGone = _receipt is not null && outcome.Refusal is Refusal.Missing;
    }
}
