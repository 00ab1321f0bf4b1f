using ControlPanel.Tests.E2E.Support;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace ControlPanel.Tests.E2E.Flows;

/// <summary>Passkeys with the browser's own virtual authenticator. The panel is looked at by name: an IP address has none.</summary>
public sealed class PasskeyTests(Stage stage)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_passkey_signs_in_confirms_and_opens_nothing_once_removed()
    {
        await using var server = await DemoServer.StartAsync(Ct, ("ControlPanel__StepUpMinutes", "0.2"));
        await using var panel = await PanelSession.OpenAsync(stage, server, 390, 844, ColorScheme.Dark, "localhost");
        var page = panel.Page;
        var device = await VirtualDevice.AddAsync(page);
        await panel.SignInAsync();
        await page.GotoAsync("/account/security");
        await page.GetByRole(AriaRole.Textbox, new() { Name = "Passkey name" }).FillAsync("work laptop");
        await AddAsync(page, server);
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("The passkey was added.");
        await Expect(page.GetByRole(AriaRole.List, new() { Name = "Your passkeys" })).ToContainTextAsync("work laptop");
        await AssertFineAsync(page, "security with a passkey");

        // The same device has one already.
        await page.GetByRole(AriaRole.Textbox, new() { Name = "Passkey name" }).FillAsync("again");
        await AddAsync(page, server);
        await Expect(page.GetByRole(AriaRole.Alert).First)
            .ToContainTextAsync("This device has a passkey for this account");

        // A second factor is asked after a password, not after a passkey.
        await page.GotoAsync("/account/security");
        var password = page.Locator("form:has(button:text('Set up authenticator app')) input[type=password]");
        if (await password.CountAsync() > 0)
        {
            await password.FillAsync(server.Password);
        }

        await page.GetByRole(AriaRole.Button, new() { Name = "Set up authenticator app" }).ClickAsync();
        await Authenticator.EnrolAsync(page);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out everywhere" }).ClickAsync();
        await page.WaitForURLAsync("**/account/login");
        await AssertFineAsync(page, "sign-in with passkeys");
        await UseAsync(page);
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Overview");
        var proved = TimeProvider.System.GetTimestamp();

        await page.GotoAsync("/team/members");
        await page.GetByRole(AriaRole.Button, new() { Name = "Invite Member" }).ClickAsync();
        var invite = panel.Dialog("Invite member");
        await invite.GetByRole(AriaRole.Textbox, new() { Name = "Email" }).FillAsync("nina@demo.test");
        await invite
            .GetByRole(AriaRole.Combobox, new() { Name = "Role" })
            .SelectOptionAsync(new SelectOptionValue { Label = "member" });
        var old = TimeSpan.FromSeconds(12.5) - TimeProvider.System.GetElapsedTime(proved);
        await page.WaitForTimeoutAsync((float)Math.Max(0, old.TotalMilliseconds));
        await invite.GetByRole(AriaRole.Button, new() { Name = "Invite Member" }).ClickAsync();
        var confirm = panel.Dialog("Confirm it's you");
        await device.RefuseAsync();
        await confirm.GetByRole(AriaRole.Button, new() { Name = "Use a passkey" }).ClickAsync();
        await Expect(confirm.GetByRole(AriaRole.Alert)).ToContainTextAsync("No passkey was used.");
        await AssertFineAsync(page, "step-up with passkeys");
        await device.AllowAsync();
        await confirm.GetByRole(AriaRole.Button, new() { Name = "Use a passkey" }).ClickAsync();
        await Expect(invite.GetByRole(AriaRole.Textbox, new() { Name = "Invitation link" })).ToBeVisibleAsync();

        await page.GotoAsync("/account/security");
        var again = page.Locator("form:has(button:text('Remove')) input[type=password]");
        if (await again.CountAsync() > 0)
        {
            await again.FillAsync(server.Password);
        }

        await page.GetByRole(AriaRole.Button, new() { Name = "Remove work laptop" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("The passkey was removed.");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out everywhere" }).ClickAsync();
        await page.WaitForURLAsync("**/account/login");
        await UseAsync(page);
        await Expect(page.GetByRole(AriaRole.Alert).First).ToContainTextAsync("does not open an account here");
    }

    [Fact]
    public async Task A_team_that_requires_two_factors_takes_a_passkey_and_not_the_password_of_its_holder()
    {
        await using var server = await DemoServer.StartAsync(Ct);
        await using var panel = await PanelSession.OpenAsync(stage, server, host: "localhost");
        var page = panel.Page;
        await VirtualDevice.AddAsync(page);
        await panel.SignInAsync();
        await page.GotoAsync("/account/security");
        await page.GetByRole(AriaRole.Textbox, new() { Name = "Passkey name" }).FillAsync("work laptop");
        await AddAsync(page, server);
        await Expect(page.GetByText("On by passkey alone")).ToBeVisibleAsync();
        await page.GotoAsync("/team/members");
        var rule = page.GetByRole(AriaRole.Switch, new() { Name = "Require two-factor authentication" });
        await Expect(rule).ToBeDisabledAsync();
        await Expect(page.GetByText("You signed in with a password alone.")).ToBeVisibleAsync();
        await Expect(panel.Row("olivia@demo.test")).ToContainTextAsync("On");
        await SignOutAsync(page);
        await UseAsync(page);
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Overview");
        await page.GotoAsync("/team/members");
        await rule.ClickAsync();
        var ask = panel.Dialog("Require two-factor authentication");
        await Expect(ask).ToContainTextAsync("comes back by passkey");
        await AssertFineAsync(page, "requiring two-factor by passkey");
        await ask.GetByRole(AriaRole.Button, new() { Name = "Require it" }).ClickAsync();
        await Expect(rule).ToBeCheckedAsync();

        await SignOutAsync(page);
        await page.GetByRole(AriaRole.Textbox, new() { Name = "Email" }).FillAsync("olivia@demo.test");
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync(server.Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }).ClickAsync();
        await Expect(page.GetByText("Your second factor is your passkey.")).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Textbox)).ToHaveCountAsync(0);
        await AssertFineAsync(page, "passkey after the password");
        await page.GetByRole(AriaRole.Button, new() { Name = "Use your passkey" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Overview");
    }

    [Fact]
    public async Task Under_an_ip_address_the_pages_say_why_there_are_none()
    {
        await using var panel = await PanelSession.OpenAsync(stage);
        await panel.Page.GotoAsync("/account/login");
        await Expect(panel.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in with a passkey" }))
            .ToHaveCountAsync(0);
        await panel.SignInAsync("vera@demo.test");
        await panel.Page.GotoAsync("/account/security");
        await Expect(panel.Page.GetByText("Browsers make passkeys for host names only.")).ToBeVisibleAsync();
    }

    private static async Task AddAsync(IPage page, DemoServer server)
    {
        var form = page.Locator("form[data-passkey=make]");
        if (await form.GetByLabel("Your password").CountAsync() > 0)
        {
            await form.GetByLabel("Your password").FillAsync(server.Password);
        }

        await form.GetByRole(AriaRole.Button, new() { Name = "Add a passkey" }).ClickAsync();
    }

    private static async Task SignOutAsync(IPage page)
    {
        await page.GotoAsync("/account/security");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out everywhere" }).ClickAsync();
        await page.WaitForURLAsync("**/account/login");
    }

    private static Task UseAsync(IPage page) =>
        page.GetByRole(AriaRole.Button, new() { Name = "Sign in with a passkey" }).ClickAsync();

    private static async Task AssertFineAsync(IPage page, string where)
    {
        await Axe.AssertCleanAsync(page, where);
        Assert.True(
            await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= window.innerWidth"),
            $"{where} scrolls sideways"
        );
    }
}
