using ControlPanel.Tests.E2E.Support;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace ControlPanel.Tests.E2E.Flows;

/// <summary>An invitation accepted with a passkey, and a life without a password after it.</summary>
public sealed class PasskeyInvitationTests(Stage stage)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_passkey_opens_the_account_confirms_and_stays_until_there_is_a_password()
    {
        await using var server = await DemoServer.StartAsync(Ct, ("ControlPanel__StepUpMinutes", "0.2"));
        var link = await InviteAsync(server);
        await using var panel = await PanelSession.OpenAsync(stage, server, 390, 844, ColorScheme.Dark, "localhost");
        var page = panel.Page;
        var device = await VirtualDevice.AddAsync(page);
        await page.GotoAsync(link);
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync("Join ");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Set a password" })).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Use a passkey" })).ToBeVisibleAsync();
        await AssertFineAsync(page, "invitation with passkeys");

        // Without a name nothing is asked of the device; a device that refuses leaves the invitation as it was.
        var join = page.GetByRole(AriaRole.Button, new() { Name = "Create passkey and join" });
        await join.ClickAsync();
        await Expect(page.GetByRole(AriaRole.Textbox, new() { Name = "Your name" })).ToBeFocusedAsync();
        await page.GetByRole(AriaRole.Textbox, new() { Name = "Your name" }).FillAsync("Nina");
        await device.RefuseAsync();
        await join.ClickAsync();
        await Expect(page.GetByRole(AriaRole.Alert).First).ToContainTextAsync("No passkey was made.");
        await AssertFineAsync(page, "invitation with a refused passkey");
        await page.ReloadAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync("Join ");
        await device.AllowAsync();
        await page.GetByRole(AriaRole.Textbox, new() { Name = "Your name" }).FillAsync("Nina");
        await join.ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Overview");
        var proved = TimeProvider.System.GetTimestamp();

        // The only passkey stays, as nothing else opens the account.
        await page.GotoAsync("/account/security");
        await Expect(page.GetByText("You have none and sign in by passkey.")).ToBeVisibleAsync();
        await Expect(page.GetByLabel("Your password")).ToHaveCountAsync(0);
        await AssertFineAsync(page, "security without a password");
        await page.GetByRole(AriaRole.Button, new() { Name = "Remove Chrome on Linux" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Alert).First).ToContainTextAsync("all that opens your account");

        // Step-up offers the passkey and nothing to type.
        await panel.OpenSettingsAsync(server.Namespaces.Keys.Order(StringComparer.Ordinal).First());
        await page.GetByRole(AriaRole.Button, new() { Name = "Create Access Key" }).First.ClickAsync();
        var dialog = panel.Dialog("Create access key");
        await dialog.GetByRole(AriaRole.Textbox, new() { Name = "Access key name" }).FillAsync("nina's");
        await dialog
            .GetByRole(AriaRole.Combobox, new() { Name = "Expiration" })
            .SelectOptionAsync(new SelectOptionValue { Label = "30 days" });
        await WaitUntilOldAsync(page, proved);
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Create Access Key" }).ClickAsync();
        var confirm = panel.Dialog("Confirm it's you");
        await Expect(confirm).ToContainTextAsync("asks for your passkey again");
        await Expect(confirm.Locator("input")).ToHaveCountAsync(0);
        await Expect(confirm.GetByRole(AriaRole.Button, new() { Name = "Confirm" })).ToHaveCountAsync(0);
        await AssertFineAsync(page, "step-up without a password");
        await confirm.GetByRole(AriaRole.Button, new() { Name = "Use a passkey" }).ClickAsync();
        await Expect(confirm).ToBeHiddenAsync();
        await Expect(panel.Dialog("Save your secret key")).ToBeVisibleAsync();
        proved = TimeProvider.System.GetTimestamp();

        // A first password, after the passkey confirmed once more.
        await WaitUntilOldAsync(page, proved);
        await page.GotoAsync("/account/security");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Confirm it's you" })).ToBeVisibleAsync();
        await AssertFineAsync(page, "security that asks for the passkey");
        await page.GetByRole(AriaRole.Button, new() { Name = "Use a passkey" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("Confirmed.");
        await page.GetByLabel("New password").FillAsync("a harbour of brass lanterns");
        await page.GetByRole(AriaRole.Button, new() { Name = "Set password" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("Password set.");
        await Expect(page.GetByLabel("Current password")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out everywhere" }).ClickAsync();
        await page.WaitForURLAsync("**/account/login");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in with a passkey" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Overview");
    }

    private async Task<string> InviteAsync(DemoServer server)
    {
        await using var owner = await PanelSession.OpenAsync(stage, server, host: "localhost");
        await owner.SignInAsync();
        await owner.Page.GotoAsync("/team/members");
        await owner.Page.GetByRole(AriaRole.Button, new() { Name = "Invite Member" }).ClickAsync();
        var invite = owner.Dialog("Invite member");
        await invite.GetByRole(AriaRole.Textbox, new() { Name = "Email" }).FillAsync("nina@demo.test");
        await invite
            .GetByRole(AriaRole.Combobox, new() { Name = "Role" })
            .SelectOptionAsync(new SelectOptionValue { Label = "member" });
        await invite.GetByRole(AriaRole.Button, new() { Name = "Invite Member" }).ClickAsync();
        var link = await invite.GetByRole(AriaRole.Textbox, new() { Name = "Invitation link" }).InputValueAsync();
        return link.Replace("127.0.0.1", "localhost", StringComparison.Ordinal);
    }

    private static Task WaitUntilOldAsync(IPage page, long proved)
    {
        var old = TimeSpan.FromSeconds(12.5) - TimeProvider.System.GetElapsedTime(proved);
        return page.WaitForTimeoutAsync((float)Math.Max(0, old.TotalMilliseconds));
    }

    private static async Task AssertFineAsync(IPage page, string where)
    {
        await Axe.AssertCleanAsync(page, where);
        Assert.True(
            await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= window.innerWidth"),
            $"{where} scrolls sideways"
        );
    }
}
