using System.Text;
using Bunit;
using ControlPanel.Data.Operations.Access;
using ControlPanel.Features.Overview;
using ControlPanel.Shared;
using ControlPanel.Verification.Keys;

namespace ControlPanel.Tests.Unit.Components;

/// <summary>The marks on keys that expire soon, and the calendar of them.</summary>
public sealed class ExpiryTests : ComponentTest
{
    [Theory]
    [InlineData(30 * 24 + 1, null)]
    [InlineData(30 * 24, "30 days")]
    [InlineData(7 * 24 + 1, "30 days")]
    [InlineData(7 * 24, "7 days")]
    [InlineData(25, "7 days")]
    [InlineData(24, "1 day")]
    [InlineData(1, "1 day")]
    [InlineData(0, null)]
    [InlineData(-5, null)]
    public void A_key_is_marked_30_7_and_1_days_before_its_end(int hours, string? mark)
    {
        var cell = Render<Expires>(p => p.Add(e => e.At, Clock.UtcNow.AddHours(hours)));

        Assert.Equal(mark is null ? [] : [$"expires within {mark}"], cell.FindAll(".chip").Select(c => c.TextContent));
    }

    [Fact]
    public void A_key_that_never_expires_says_so() =>
        Assert.Equal("N/A", Render<Expires>(p => p.Add(e => e.At, null)).Markup.Trim());

    [Fact]
    public void The_calendar_has_an_entry_with_three_reminders_for_each_key()
    {
        var calendar = ExpirationCalendar.Write([Key("deploy")], "panel.example.com", Clock.UtcNow);

        var lines = calendar.Split("\r\n");
        Assert.Equal(("BEGIN:VCALENDAR", "END:VCALENDAR", ""), (lines[0], lines[^2], lines[^1]));
        Assert.Contains("UID:11111111-1111-1111-1111-111111111111@panel.example.com", lines);
        Assert.Contains("DTSTART:20261124T133000Z", lines);
        Assert.Contains("DTSTAMP:20261121T120000Z", lines);
        Assert.Contains("SUMMARY:Namespace key in image-tools deploy expires", lines);
        Assert.Equal(
            ["TRIGGER:-P30D", "TRIGGER:-P7D", "TRIGGER:-P1D"],
            lines.Where(l => l.StartsWith("TRIGGER", StringComparison.Ordinal))
        );
    }

    [Theory]
    [InlineData("a,b;c\\d", "a\\,b\\;c\\\\d")]
    [InlineData("two\r\nBEGIN:VEVENT\r\nlines", "two\\nBEGIN:VEVENT\\nlines")]
    [InlineData("bell\a\u0085end", "bellend")]
    public void A_name_never_becomes_a_line_of_its_own(string name, string written)
    {
        var calendar = Unfold(ExpirationCalendar.Write([Key(name)], "h", Clock.UtcNow));

        Assert.Contains(
            $"SUMMARY:Namespace key in image-tools {written} expires\r\n",
            calendar,
            StringComparison.Ordinal
        );
        Assert.Single(calendar.Split("\r\n"), l => l == "BEGIN:VEVENT");
    }

    [Fact]
    public void No_line_is_longer_than_75_octets_and_no_character_is_cut()
    {
        var name = string.Concat(Enumerable.Repeat("ключ🔑", 25));
        var calendar = ExpirationCalendar.Write([Key(name)], "h", Clock.UtcNow);

        Assert.All(calendar.Split("\r\n"), l => Assert.True(Encoding.UTF8.GetByteCount(l) <= 75, l));
        Assert.Contains(name, Unfold(calendar), StringComparison.Ordinal);
    }

    private static string Unfold(string calendar) => calendar.Replace("\r\n ", "", StringComparison.Ordinal);

    private ConcernedKey Key(string name) =>
        new(
            new Guid("11111111-1111-1111-1111-111111111111"),
            KeyFamily.Functions,
            name,
            "fn-1",
            "image-tools",
            "olivia@demo.test",
            Clock.UtcNow,
            Clock.UtcNow.AddDays(3).AddMinutes(90),
            null,
            null,
            IsOwn: true,
            IsLegacy: false
        );
}
