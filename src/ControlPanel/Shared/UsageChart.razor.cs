using System.Globalization;
using ControlPanel.Data.Operations.Access;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Shared;

/// <summary>Accepted and refused calls over time, as a picture or as the table that says the same.</summary>
public sealed partial class UsageChart
{
    private const int Height = 96;
    private const int Step = 10;
    private const int BarWidth = 8;

    private TimeZoneInfo _zone = TimeZoneInfo.Utc;

    /// <summary>What is counted; the name of picture and table.</summary>
    [Parameter, EditorRequired]
    public required string Title { get; set; }

    /// <summary>Oldest first, without gaps, at least one.</summary>
    [Parameter, EditorRequired]
    public required IReadOnlyList<UsageSpan> Spans { get; set; }

    /// <summary>Whether each is a day by UTC; otherwise an hour, said in the viewer's zone.</summary>
    [Parameter]
    public bool IsDays { get; set; }

    [Parameter]
    public bool IsTable { get; set; }

    [Inject]
    public required Browser Browser { get; init; }

    private int Width => (Spans.Count * Step) - (Step - BarWidth);

    private long Most => Spans.Max(s => s.Calls + s.Refused);

    private string Summary =>
        $"{Title}: {Number(Spans.Sum(s => s.Calls))} accepted and {Number(Spans.Sum(s => s.Refused))} refused; "
        + (
            Most == 0
                ? "none at any time."
                : $"most, {Number(Most)}, {(IsDays ? "on" : "at")} {Say(Spans.MaxBy(s => s.Calls + s.Refused)!)}."
        );

    private IEnumerable<(int X, int Calls, int Refused, string Tip)> Bars =>
        Spans.Select(
            (s, i) =>
                (
                    i * Step,
                    HeightOf(s.Calls),
                    HeightOf(s.Refused),
                    $"{Say(s)}: {Number(s.Calls)} accepted, {Number(s.Refused)} refused"
                )
        );

    /// <summary>A count as people read it: <c>12,345</c>.</summary>
    public static string Number(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    protected override async Task OnInitializedAsync() => _zone = await Browser.ZoneAsync();

    // One refused call among thousands must be seen, so whatever is not nothing has a height.
    private int HeightOf(long count) => count == 0 ? 0 : Math.Max(2, (int)((Height - 4) * count / (double)Most));

    private string Say(UsageSpan span) =>
        IsDays
            ? span.From.ToString("d MMM", CultureInfo.InvariantCulture)
            : TimeZoneInfo.ConvertTime(span.From, _zone).ToString("d MMM HH:mm", CultureInfo.InvariantCulture);
}
