using Bunit;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Access;
using ControlPanel.Shared;

namespace ControlPanel.Tests.Unit.Components;

/// <summary>Pictures of use, and the words and tables that say the same.</summary>
public sealed class UsageChartTests : ComponentTest
{
    private static readonly DateTimeOffset s_noon = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    private static readonly UsageSpan[] s_hours =
    [
        new(s_noon.AddHours(-2), 0, 0),
        new(s_noon.AddHours(-1), 12_000, 1),
        new(s_noon, 30, 0),
    ];

    [Fact]
    public void The_picture_says_in_words_what_it_shows()
    {
        var chart = Show(isTable: false);

        var picture = chart.Find("svg[role=img]");
        Assert.Equal(
            "Calls in each of 24 hours: 12,030 accepted and 1 refused; most, 12,001, at 21 Nov 12:00.",
            picture.GetAttribute("aria-label")
        );
        // One refused call among thousands can be seen.
        Assert.Equal("2", Assert.Single(chart.FindAll(".chart-refused")).GetAttribute("height"));
        Assert.Equal(2, chart.FindAll(".chart-calls").Count);
        Assert.Equal(
            ["21 Nov 11:00: 0 accepted, 0 refused", "21 Nov 12:00: 12,000 accepted, 1 refused"],
            chart.FindAll("title").Take(2).Select(t => t.TextContent)
        );
    }

    [Fact]
    public void The_table_says_the_same_newest_first()
    {
        var rows = Show(isTable: true).FindAll("tbody tr");

        Assert.Equal(
            ["21 Nov 13:00|30|0", "21 Nov 12:00|12,000|1", "21 Nov 11:00|0|0"],
            rows.Select(r => string.Join('|', r.Children.Select(c => c.TextContent)))
        );
    }

    [Fact]
    public void Nothing_at_all_is_said_too()
    {
        var chart = Render<UsageChart>(p =>
            p.Add(c => c.Title, "Calls on each of 30 days")
                .Add(c => c.IsDays, value: true)
                .Add(c => c.Spans, [new UsageSpan(s_noon.AddHours(-12), 0, 0)])
        );

        Assert.Equal(
            "Calls on each of 30 days: 0 accepted and 0 refused; none at any time.",
            chart.Find("svg").GetAttribute("aria-label")
        );
    }

    [Fact]
    public void A_row_shows_its_calls_as_a_number_with_a_picture_that_readers_skip()
    {
        var hours = new long[24];
        (hours[0], hours[23]) = (1_000, 500);
        var cell = Render<CallsCell>(p => p.Add(c => c.Recent, new RecentCalls(hours)));

        Assert.Equal("1,500", cell.Find(".calls-number").TextContent);
        Assert.Equal("true", cell.Find("svg").GetAttribute("aria-hidden"));
        var bars = cell.FindAll("rect");
        Assert.Equal(24, bars.Count);
        Assert.Equal(("20", "1", "11"), (Height(0), Height(1), Height(23)));
        Assert.Equal("0", Render<CallsCell>(p => p.Add(c => c.Recent, RecentCalls.None)).Find("span").TextContent);

        string? Height(int bar) => bars[bar].GetAttribute("height");
    }

    [Fact]
    public void The_drawer_is_a_dialog_with_a_name_that_Escape_and_the_cross_close()
    {
        var closed = 0;
        var drawer = Render<Drawer>(p =>
            p.Add(d => d.Title, "deploy").Add(d => d.OnClose, () => closed++).AddChildContent("<p>More</p>")
        );

        var dialog = drawer.Find("dialog.drawer");
        Assert.Equal("deploy", drawer.Find($"#{dialog.GetAttribute("aria-labelledby")}").TextContent);
        Assert.Single(Script.Invocations["openDialog"]);
        drawer.Find("button[aria-label=Close]").Click();
        Assert.Equal(1, closed);
    }

    private IRenderedComponent<UsageChart> Show(bool isTable) =>
        Render<UsageChart>(p =>
            p.Add(c => c.Title, "Calls in each of 24 hours").Add(c => c.Spans, s_hours).Add(c => c.IsTable, isTable)
        );
}
