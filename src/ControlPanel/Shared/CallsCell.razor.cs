using ControlPanel.Data.Operations;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Shared;

/// <summary>The calls of 24 hours as a number, and how they lay over the hours as a small picture.</summary>
public sealed partial class CallsCell
{
    private const int Height = 20;

    [Parameter, EditorRequired]
    public required RecentCalls Recent { get; set; }

    /// <summary>Whether it stands below something else in its cell; nothing is shown then when there was no call.</summary>
    [Parameter]
    public bool IsInline { get; set; }

    // A quiet hour shows as a line of one unit: it is an hour in which nothing was called, not a gap in what is known.
    private IEnumerable<(int X, int Y, int Height)> Bars
    {
        get
        {
            var most = Recent.Hours.Max();
            return Recent.Hours.Select(
                (calls, hour) =>
                {
                    var height = 1 + (int)Math.Ceiling((Height - 1) * calls / (double)most);
                    return (hour * 3, Height - height, height);
                }
            );
        }
    }
}
