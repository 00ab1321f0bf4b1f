using Microsoft.AspNetCore.Components;

namespace ControlPanel.Shared;

/// <summary>When a key expires, with a mark when that is within 30 days, 7 days or one day.</summary>
public sealed partial class Expires
{
    [Parameter, EditorRequired]
    public required DateTimeOffset? At { get; set; }

    /// <summary>What stands there when it never does.</summary>
    [Parameter]
    public string Otherwise { get; set; } = "N/A";

    [Inject]
    public required TimeProvider Clock { get; init; }

    private (string Text, string Class)? Soon
    {
        get
        {
            var left = At!.Value - Clock.GetUtcNow();
            return left <= TimeSpan.Zero ? null
                : left <= TimeSpan.FromDays(1) ? ("1 day", "bad")
                : left <= TimeSpan.FromDays(7) ? ("7 days", "warn")
                : left <= TimeSpan.FromDays(30) ? ("30 days", "plain")
                : null;
        }
    }
}
