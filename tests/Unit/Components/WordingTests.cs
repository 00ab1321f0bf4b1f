using Bunit;
using ControlPanel.Api;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Snapshots;
using ControlPanel.Shared;
using ControlPanel.Verification.Keys;

namespace ControlPanel.Tests.Unit.Components;

public sealed class WordingTests : ComponentTest
{
    private static readonly DateTimeOffset s_now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(0, "just now")]
    [InlineData(-59, "just now")]
    [InlineData(1, "in less than a minute")]
    [InlineData(-60, "1 minute ago")]
    [InlineData(-119, "1 minute ago")]
    [InlineData(-3599, "59 minutes ago")]
    [InlineData(-3600, "1 hour ago")]
    [InlineData(-86399, "23 hours ago")]
    [InlineData(-86400, "1 day ago")]
    [InlineData(3 * 86400, "in 3 days")]
    [InlineData(30 * 86400, "in 30 days")]
    [InlineData(90 * 86400, "in 3 months")]
    [InlineData(-400 * 86400, "13 months ago")]
    [InlineData(-1000 * 86400, "3 years ago")]
    [InlineData(3650L * 86400, "in 10 years")]
    public void Time_is_said_as_people_say_it(long seconds, string words) =>
        Assert.Equal(words, Timestamp.Relative(s_now.AddSeconds(seconds), s_now));

    [Fact]
    public void A_time_carries_its_instant_in_the_viewers_zone_and_in_utc()
    {
        var time = Render<Timestamp>(p => p.Add(t => t.At, s_now.AddMinutes(-5)));

        var element = time.Find("time");
        const string Exact = "21 Nov 2026 12:55:00 (+01:00), 21 Nov 2026 11:55:00 UTC";
        Assert.Equal("5 minutes ago", element.TextContent);
        Assert.Equal("2026-11-21T11:55:00Z", element.GetAttribute("datetime"));
        Assert.Equal(Exact, element.GetAttribute("title"));
        Assert.Equal($"5 minutes ago, {Exact}", element.GetAttribute("aria-label"));
    }

    [Fact]
    public void Summer_and_winter_are_told_apart_and_an_unknown_zone_is_utc()
    {
        var berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");
        Assert.StartsWith(
            "1 Jul 2026 14:00:00 (+02:00)",
            Timestamp.Exact(new(2026, 7, 1, 12, 0, 0, TimeSpan.Zero), berlin),
            StringComparison.Ordinal
        );
        Assert.Equal("21 Nov 2026 12:00:00 UTC", Timestamp.Exact(s_now, TimeZoneInfo.Utc));

        Script.Setup<string>("timeZone").SetResult("Mars/Olympus_Mons");
        Assert.Equal(
            "21 Nov 2026 12:00:00 UTC",
            Render<Timestamp>(p => p.Add(t => t.At, s_now)).Find("time").GetAttribute("title")
        );
    }

    [Fact]
    public void Without_a_time_stands_what_the_page_says() =>
        Assert.Equal(
            "Never",
            Render<Timestamp>(p => p.Add(t => t.At, null).Add(t => t.Otherwise, "Never")).Markup.Trim()
        );

    [Fact]
    public void Every_refusal_has_words_for_people_and_an_answer_of_the_api()
    {
        Refusal[] all =
        [
            new Refusal.Missing("access key"),
            new Refusal.Forbidden("function:admin"),
            new Refusal.NotAMember(),
            Refusal.Rule("Name", "Too long."),
            new Refusal.Conflict("Name", "Taken."),
            new Refusal.LimitReached("Full."),
            new Refusal.StepUpNeeded(),
        ];
        // A new kind of refusal must be written down here, and then in both tables.
        Assert.Equal(
            typeof(Refusal).GetNestedTypes().Where(t => t.IsSubclassOf(typeof(Refusal))).ToHashSet(),
            all.Select(r => r.GetType()).ToHashSet()
        );

        Assert.All(
            all,
            r =>
            {
                Assert.EndsWith(".", Refusals.Say(r), StringComparison.Ordinal);
                Assert.DoesNotContain("Refusal", Refusals.Say(r), StringComparison.Ordinal);
                Assert.InRange(ApiError.For(r).Status, 400, 499);
            }
        );
        Assert.Equal(
            "Your role does not allow this. It needs the role owner, member or modifier.",
            Refusals.Say(new Refusal.Forbidden("function:create"))
        );
        Assert.Equal(
            "Your role does not allow this. It needs the role owner.",
            Refusals.Say(new Refusal.Forbidden("vpc:create"))
        );
    }

    [Fact]
    public void A_refusal_is_said_beside_its_field_or_apart_and_never_twice()
    {
        var invalid = new Refusal.Invalid([
            new FieldError("Name", "Too long."),
            new FieldError("ExpiresIn", "Too short."),
        ]);
        Assert.Equal("Too long.", Refusals.About(invalid, "Name"));
        Assert.Equal("Too short.", Refusals.About(invalid, "ExpiresIn"));
        Assert.Null(Refusals.About(invalid, "Other"));
        Assert.Null(Refusals.Apart(invalid, "Name", "ExpiresIn"));

        var conflict = new Refusal.Conflict("Name", "Taken.");
        Assert.Equal("Taken.", Refusals.About(conflict, "Name"));
        Assert.Null(Refusals.Apart(conflict, "Name"));
        Assert.Equal("Taken.", Refusals.Apart(conflict, "Label"));

        Assert.Equal("Full.", Refusals.Apart(new Refusal.LimitReached("Full."), "Name"));
        Assert.Null(Refusals.About(null, "Name"));
        Assert.Null(Refusals.Apart(null, "Name"));
    }

    [Fact]
    public void A_rule_about_a_field_that_the_form_does_not_show_is_said_beside_the_others()
    {
        var refusal = new Refusal.Invalid([new FieldError("Name", "Too long."), new FieldError("Hidden", "Wrong.")]);

        Assert.Equal("Wrong.", Refusals.Apart(refusal, "Name"));
    }

    [Fact]
    public void Every_role_and_every_status_has_a_name()
    {
        Assert.All(Enum.GetValues<TeamRole>(), r => Assert.NotEmpty(Roles.Name(r)));
        Assert.Equal(
            Enum.GetValues<KeyStatus>().Length,
            Enum.GetValues<KeyStatus>().Select(StatusChip.Say).Distinct(StringComparer.Ordinal).Count()
        );
    }
}
