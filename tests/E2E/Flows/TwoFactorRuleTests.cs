using System.Text.RegularExpressions;
using ControlPanel.Tests.E2E.Support;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace ControlPanel.Tests.E2E.Flows;

/// <summary>An owner requires a second factor of the team. On a server of its own: the rule holds for everybody in it.</summary>
public sealed class TwoFactorRuleTests(Stage stage)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Requiring_it_signs_out_who_has_none_and_leads_them_to_setting_it_up()
    {
        await using var server = await DemoServer.StartAsync(Ct, ("ControlPanel__StepUpMinutes", "0.2"));
        await using var theirs = await PanelSession.OpenAsync(stage, server, 390, 844);
        await theirs.SignInAsync("mateo@demo.test");
        await theirs.Page.GotoAsync("/team/members");
        await Expect(theirs.Page.GetByText("5 members sign in with a password alone.")).ToBeVisibleAsync();
        await Expect(theirs.Page.GetByRole(AriaRole.Switch)).ToHaveCountAsync(0);

        await using var owner = await PanelSession.OpenAsync(stage, server);
        await owner.SignInAsync();
        var proved = TimeProvider.System.GetTimestamp();
        var page = owner.Page;
        await page.GotoAsync("/team/members");
        var rule = page.GetByRole(AriaRole.Switch, new() { Name = "Require two-factor authentication" });
        await Expect(rule).ToBeDisabledAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Set up your own second factor" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Set up authenticator app" }).ClickAsync();
        var (app, _) = await Authenticator.EnrolAsync(page);
        await page.GetByRole(AriaRole.Link, new() { Name = "Back to the panel" }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Team" }).ClickAsync();

        // Changing one's mind leaves the switch where it was.
        await rule.ClickAsync();
        var ask = owner.Dialog("Require two-factor authentication");
        await Expect(ask).ToContainTextAsync("4 members have no second factor");
        await Expect(ask).ToContainTextAsync("mateo@demo.test");
        await Axe.AssertCleanAsync(page, "requiring two-factor");
        await ask.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
        await Expect(rule).Not.ToBeCheckedAsync();
        await rule.ClickAsync();
        await ask.GetByRole(AriaRole.Button, new() { Name = "Require it" }).ClickAsync();
        await Expect(ask).ToBeHiddenAsync();
        await Expect(rule).ToBeCheckedAsync();
        await Axe.AssertCleanAsync(page, "team that requires two-factor");

        // The open window leaves by itself; the password alone leads to setting the second factor up, and then in.
        await theirs.Page.WaitForURLAsync(new Regex("/account/login"), new() { Timeout = 3_000 });
        await theirs.Page.GetByRole(AriaRole.Textbox, new() { Name = "Email" }).FillAsync("mateo@demo.test");
        await theirs.Page.GetByLabel("Password", new() { Exact = true }).FillAsync(server.Password);
        await theirs.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }).ClickAsync();
        await theirs.Page.WaitForURLAsync(new Regex("/account/login/enrol"));
        await Expect(theirs.Page.GetByText("requires it of every member")).ToBeVisibleAsync();
        await Axe.AssertCleanAsync(theirs.Page, "required enrolment");
        await Authenticator.EnrolAsync(theirs.Page);
        await theirs.Page.GotoAsync("/team/members");
        await Expect(theirs.Page.GetByText("Required. 3 members")).ToBeVisibleAsync();

        // Once the owner's proof is old, inviting asks again; a code will do, and the form is as it was.
        var old = TimeSpan.FromSeconds(12.5) - TimeProvider.System.GetElapsedTime(proved);
        await page.WaitForTimeoutAsync((float)Math.Max(0, old.TotalMilliseconds));
        await page.GetByRole(AriaRole.Button, new() { Name = "Invite Member" }).ClickAsync();
        var invite = owner.Dialog("Invite member");
        await invite.GetByRole(AriaRole.Textbox, new() { Name = "Email" }).FillAsync("nina@demo.test");
        await invite
            .GetByRole(AriaRole.Combobox, new() { Name = "Role" })
            .SelectOptionAsync(new SelectOptionValue { Label = "member" });
        await invite.GetByRole(AriaRole.Button, new() { Name = "Invite Member" }).ClickAsync();
        var confirm = owner.Dialog("Confirm it's you");
        await confirm.GetByRole(AriaRole.Button, new() { Name = "Use an authentication code" }).ClickAsync();
        await confirm.GetByRole(AriaRole.Textbox, new() { Name = "Authentication code" }).FillAsync(app.NextCode());
        await confirm.GetByRole(AriaRole.Button, new() { Name = "Confirm" }).ClickAsync();
        await Expect(invite.GetByRole(AriaRole.Textbox, new() { Name = "Invitation link" }))
            .ToHaveValueAsync(new Regex("/account/invitation#.{20,}"));
    }
}
