using Microsoft.AspNetCore.Components;

namespace ControlPanel.Shared;

/// <summary>What a page does, as lines for a terminal. They hold names of variables where secrets go.</summary>
public sealed partial class ByCommand
{
    /// <summary>Which of the lines.</summary>
    [Parameter, EditorRequired]
    public required Func<CommandLines, IReadOnlyList<Snippet>> Of { get; set; }

    [Inject]
    public required CommandLines Known { get; init; }

    private IReadOnlyList<Snippet> Lines => Of(Known);

    private string Title =>
        Lines.Any(l => l.Tab.Contains("doctl", StringComparison.Ordinal))
            ? "The same with doctl or curl"
            : "The same with curl";
}
