using Bunit;
using ControlPanel.Shared;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Tests.Unit.Components;

public sealed class FieldTests : ComponentTest
{
    private static readonly Choice[] s_expirations =
    [
        .. Expirations.Presets,
        new(Expirations.Never, "Never"),
        new(Expirations.Custom, "Custom"),
    ];

    [Fact]
    public void A_text_box_is_named_and_described_by_hint_and_error()
    {
        var field = Render<TextField>(p =>
            p.Add(f => f.Label, "Name").Add(f => f.Hint, "Who uses it.").Add(f => f.Error, "Too long.")
        );

        var input = field.Find("input");
        Assert.Equal("Name", field.Find($"label[for={input.Id}]").TextContent);
        Assert.Equal("true", input.GetAttribute("aria-invalid"));
        Assert.Equal(
            ["Who uses it.", "Too long."],
            input.GetAttribute("aria-describedby")!.Split(' ').Select(id => field.Find($"#{id}").TextContent)
        );
        Assert.Equal("alert", field.Find(".field-error").GetAttribute("role"));
    }

    [Fact]
    public async Task What_is_typed_is_told_and_never_written_back()
    {
        var told = new List<string>();
        var field = Render<TextField>(p =>
            p.Add(f => f.Label, "Name").Add(f => f.Text, "").Add(f => f.TextChanged, told.Add)
        );

        await field.Find("input").InputAsync("a");
        await field.Find("input").InputAsync("ab");
        await field.Find("input").InputAsync("abc");
        // The page answers late, and in order: with what was typed two letters ago.
        foreach (var echo in new[] { "a", "ab", "abc" })
        {
            field.Render(p => p.Add(f => f.Text, echo));
            Assert.Equal("", field.Find("input").GetAttribute("value"));
        }

        Assert.Equal(["a", "ab", "abc"], told);
    }

    [Fact]
    public async Task A_text_that_the_page_sets_is_shown_also_the_same_one_twice()
    {
        var field = Render<TextField>(p => p.Add(f => f.Label, "Name").Add(f => f.Text, "first"));
        Assert.Equal("first", field.Find("input").GetAttribute("value"));

        await field.Find("input").InputAsync("typed");
        field.Render(p => p.Add(f => f.Text, "typed"));
        var before = field.Find("input").Id;
        field.Render(p => p.Add(f => f.Text, "first"));

        // The attribute is as it was, so nothing would reach the browser; a new element does.
        Assert.Equal("first", field.Find("input").GetAttribute("value"));
        Assert.NotEqual(before, field.Find("input").Id);

        field.Render(p => p.Add(f => f.Text, "second"));
        Assert.Equal("second", field.Find("input").GetAttribute("value"));
    }

    [Fact]
    public async Task An_expiration_is_chosen_by_the_person_and_written_out_as_an_instant()
    {
        (string Choice, string? Lifetime)? chosen = null;
        var field = RenderExpiration(c => chosen = c);
        var options = field.FindAll("option");
        // Nothing is chosen at first.
        Assert.Equal("Choose…", options.Single(o => o.HasAttribute("selected")).TextContent);
        Assert.DoesNotContain("Expires on", field.Markup, StringComparison.Ordinal);

        await field.Find("select").ChangeAsync("30d");

        Assert.Equal(("30d", "30d"), chosen);
        Assert.Contains(
            "Expires on 21 Dec 2026 13:00:00 (+01:00), 21 Dec 2026 12:00:00 UTC.",
            field.Markup,
            StringComparison.Ordinal
        );

        await field.Find("select").ChangeAsync(Expirations.Never);
        Assert.Equal((Expirations.Never, null), chosen);
        Assert.Contains("The key works until somebody revokes it.", field.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lifetime_of_ones_own_is_typed_and_written_out_as_soon_as_it_can_be_read()
    {
        (string Choice, string? Lifetime)? chosen = null;
        var field = RenderExpiration(c => chosen = c);

        await field.Find("select").ChangeAsync(Expirations.Custom);
        // Chosen, and nothing said yet: not for ever.
        Assert.Equal((Expirations.Custom, ""), chosen);
        field.Render(p => p.Add(f => f.Choice, Expirations.Custom));
        Assert.Contains("at least 1h", field.Markup, StringComparison.Ordinal);

        await field.Find("input").InputAsync("12");
        Assert.DoesNotContain("Expires on", field.Markup, StringComparison.Ordinal);
        await field.Find("input").InputAsync("12h");
        Assert.Equal((Expirations.Custom, "12h"), chosen);
        Assert.Contains("Expires on 22 Nov 2026 01:00:00 (+01:00)", field.Markup, StringComparison.Ordinal);

        // A rule that is broken is said beside the field that breaks it.
        field.Render(p => p.Add(f => f.Error, "At least 1h."));
        Assert.Equal("At least 1h.", field.Find(".field:has(input) [role=alert]").TextContent);
        Assert.Single(field.FindAll("[role=alert]"));
    }

    [Fact]
    public async Task Copying_says_so_and_a_copy_that_failed_does_not()
    {
        var copy = Script.Setup<bool>("copy", i => Equals(i.Arguments[0], "the text"));
        copy.SetResult(true);
        var button = Render<CopyButton>(p => p.Add(b => b.Label, "Secret key").Add(b => b.Text, () => "the text"));
        Assert.Equal("Copy Secret key", button.Find("button").GetAttribute("aria-label"));
        Assert.Equal("", button.Find("[role=status]").TextContent);

        await button.Find("button").ClickAsync();
        Assert.Equal("Copied", button.Find("[role=status]").TextContent);

        copy.SetResult(false);
        await button.Find("button").ClickAsync();
        Assert.Equal("", button.Find("[role=status]").TextContent);
    }

    [Fact]
    public async Task A_menu_is_named_after_its_row_and_its_entries_are_menu_items()
    {
        var selected = 0;
        var menu = Render<RowMenu>(p =>
            p.Add(m => m.Label, "Actions for ci-cd-key")
                .AddChildContent<MenuItem>(i =>
                    i.Add(e => e.Text, "Revoke").Add(e => e.IsDanger, true).Add(e => e.OnSelect, () => selected++)
                )
        );

        Assert.Equal("Actions for ci-cd-key", menu.Find("button[aria-haspopup=menu]").GetAttribute("aria-label"));
        Assert.Equal("Actions for ci-cd-key", menu.Find("[role=menu]").GetAttribute("aria-label"));
        // The browser itself opens what the button names.
        Assert.Equal(
            menu.Find("[role=menu][popover]").Id,
            menu.Find("button[aria-haspopup=menu]").GetAttribute("popovertarget")
        );
        await menu.Find("[role=menu] [role=menuitem]").ClickAsync();
        Assert.Equal(1, selected);
    }

    private IRenderedComponent<ExpirationField> RenderExpiration(Action<(string Choice, string? Lifetime)> chosen) =>
        Render<ExpirationField>(p =>
            p.Add(f => f.Options, s_expirations)
                .Add(f => f.OnChosen, EventCallback.Factory.Create<(string, string?)>(this, chosen))
        );
}
