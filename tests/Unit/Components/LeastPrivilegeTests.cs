using Bunit;
using ControlPanel.Data.Operations.Access;
using ControlPanel.Data.Providers;
using ControlPanel.Shared;
using ControlPanel.Tests.Unit.Support;
using ControlPanel.Verification.Keys;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace ControlPanel.Tests.Unit.Components;

/// <summary>The part of a key's details that says what it needs, over the demo's keys.</summary>
public sealed class LeastPrivilegeTests(TestPanel panel) : PanelComponentTest(panel), IClassFixture<TestPanel>
{
    [Fact]
    public async Task What_falls_away_is_marked_and_the_replacement_starts_from_it()
    {
        await SignInAsync("olivia@demo.test");
        Narrowing.Proposal? wanted = null;
        var section = await OpenAsync(KeyFamily.Inference, "evaluation-suite", p => wanted = p);

        Assert.StartsWith(
            "In 30 days this key called 2 of the",
            section.Find("p").TextContent,
            StringComparison.Ordinal
        );
        Assert.Equal(2, section.FindAll("tbody .chip.warn").Count);
        await Button(section, "Create narrowed replacement").ClickAsync();
        Assert.Equal("evaluation-suite-narrowed", wanted!.Name);
    }

    [Fact]
    public async Task Who_may_not_make_keys_sees_what_is_needed_and_no_button()
    {
        await SignInAsync("vera@demo.test");
        var section = await OpenAsync(KeyFamily.Spaces, "gallery-publisher");
        Assert.Contains("2 of the team's 3 buckets", section.Markup, StringComparison.Ordinal);
        Assert.Empty(section.FindAll("button"));
    }

    [Fact]
    public async Task A_refusal_is_said_in_the_dialog_though_it_was_open_when_the_right_went()
    {
        await SignInAsync("vera@demo.test");
        var key = await KeyAsync(KeyFamily.Spaces, "gallery-publisher");
        var dialog = Render<ReplaceKeyDialog>(p =>
            p.Add(d => d.Family, KeyFamily.Spaces)
                .Add(d => d.Key, key)
                .Add(d => d.Proposal, new Narrowing.Proposal(1, 3, [], "narrow"))
                .Add(d => d.OnCreated, (Replacement _) => Assert.Fail("It was made."))
                .AddCascadingValue(Person)
        );
        var before = await CountAsync();
        await dialog.Find("form").SubmitAsync();
        Assert.StartsWith(
            "Your role does not allow this.",
            dialog.Find("[role=alert]").TextContent,
            StringComparison.Ordinal
        );
        Assert.Equal(before, await CountAsync());
    }

    [Fact]
    public async Task A_key_of_somebody_else_is_replaced_by_one_of_ones_own_and_that_is_said_before()
    {
        await SignInAsync("olivia@demo.test");
        var key = await KeyAsync(KeyFamily.Inference, "support-bot");
        var actor = await Services.GetRequiredService<CurrentActor>().GetActorAsync();
        var narrowing = await Panel.Get<GetNarrowing>().ExecuteAsync(actor, KeyFamily.Inference, key.Id, Ct);
        var proposal = Assert.IsType<Narrowing.Proposal>(narrowing.Value);
        Replacement? made = null;
        var dialog = Render<ReplaceKeyDialog>(p =>
            p.Add(d => d.Family, KeyFamily.Inference)
                .Add(d => d.Key, key)
                .Add(d => d.Proposal, proposal)
                .Add(d => d.OnCreated, (Replacement r) => made = r)
                .AddCascadingValue(Person)
        );
        Assert.Contains("created by mateo@demo.test", dialog.Find(".alert").TextContent, StringComparison.Ordinal);
        Assert.Equal("It may use openai-gpt-4o-mini, and nothing else.", dialog.Find(".summary").TextContent);

        await Field(dialog, "Access key name").InputAsync("");
        await dialog.Find("form").SubmitAsync();
        Assert.Equal("true", Field(dialog, "Access key name").GetAttribute("aria-invalid"));
        await Field(dialog, "Access key name").InputAsync("bot of one model");
        var form = dialog.Find("form");
        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => form.SubmitAsync()));

        var model = Assert.IsType<Replacement.OfModelKey>(made).Made;
        Assert.Equal(("bot of one model", "olivia@demo.test"), (model.Key.Name, model.Key.CreatedBy));
        Assert.DoesNotContain(model.Secret.Reveal(), dialog.Markup, StringComparison.Ordinal);
        model.Secret.Dispose();

        // From here on its details show the way, and propose nothing else.
        var section = await OpenAsync(KeyFamily.Inference, "support-bot");
        Assert.Contains("0 of 1 caller moved.", section.Markup, StringComparison.Ordinal);
        Assert.Contains("It is safe to revoke the old key", section.Markup, StringComparison.Ordinal);
        Assert.DoesNotContain(section.FindAll("h3"), h => h.TextContent == "Least privilege");
        Assert.Empty(section.FindAll("button"));
    }

    private async Task<IRenderedComponent<LeastPrivilegeSection>> OpenAsync(
        KeyFamily family,
        string name,
        Action<Narrowing.Proposal>? onNarrow = null
    )
    {
        var key = await KeyAsync(family, name);
        var section = Render<LeastPrivilegeSection>(p =>
            p.Add(s => s.Family, family)
                .Add(s => s.Key, key)
                .Add(s => s.OnNarrow, (Narrowing.Proposal proposal) => onNarrow?.Invoke(proposal))
                .AddCascadingValue(Person)
        );
        await section.WaitForElementAsync("h3");
        return section;
    }

    private async Task<KeyUsageView> KeyAsync(KeyFamily family, string name)
    {
        await using var db = Panel.Get<IControlPanelStore>().OpenRead();
        var id = await db.AccessKeys.Where(k => k.Name == name).Select(k => k.Id).SingleAsync(Ct);
        var outcome = await Panel.Get<GetKeyUsage>().ExecuteAsync(Panel.Owner, family, id, Ct);
        return outcome.Value!;
    }

    private async Task<int> CountAsync()
    {
        await using var db = Panel.Get<IControlPanelStore>().OpenRead();
        return await db.AccessKeys.CountAsync(Ct);
    }
}
