using ControlPanel.Data.Operations.Access;
using ControlPanel.Shared;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Layout;

/// <summary>Says in the top bar how many keys are about to expire that the person made, or that their team has.</summary>
public sealed partial class ExpiryBell
{
    private ExpiringCounts? _counts;

    [Inject]
    public required CountExpiringKeys Count { get; init; }

    private int Urgent => _counts?.WithinWeek ?? 0;

    private string Label =>
        Urgent switch
        {
            0 => "Expiring keys: none within 7 days",
            1 => "Expiring keys: 1 within 7 days",
            _ => $"Expiring keys: {Urgent} within 7 days",
        };

    protected override Task OnInitializedAsync() => OnChangedAsync();

    // Whoever left the team meanwhile is told nothing.
    protected override async Task OnChangedAsync() =>
        _counts = (await Count.ExecuteAsync(await Actor.GetActorAsync(), Gone)).Value;
}
