using ControlPanel.Tests.E2E.Support;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace ControlPanel.Tests.E2E.Flows;

/// <summary>
/// The account pages in a browser. Flows that change people have servers of their own: other flows sign in as them.
/// </summary>
public sealed class AccountPagesTests(Stage stage)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Asking_for_the_password_again_loses_nothing_of_the_form()
    {
        await using var server = await DemoServer.StartAsync(Ct, ("ControlPanel__StepUpMinutes", "0.02"));
        await using var panel = await PanelSession.OpenAsync(stage, server);
        await panel.SignInAsync();
        await panel.OpenSettingsAsync("image-tools");
        var page = panel.Page;
        await page.GetByRole(AriaRole.Button, new() { Name = "Create Access Key" }).First.ClickAsync();
        var dialog = panel.Dialog("Create access key");
        await dialog.GetByRole(AriaRole.Textbox, new() { Name = "Access key name" }).FillAsync("after-a-break");
        await dialog
            .GetByRole(AriaRole.Combobox, new() { Name = "Expiration" })
            .SelectOptionAsync(new SelectOptionValue { Label = "30 days" });
        await page.WaitForTimeoutAsync(1500);
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Create Access Key" }).ClickAsync();

        var confirm = panel.Dialog("Confirm it's you");
        await confirm.GetByLabel("Password").FillAsync("not the password");
        await confirm.GetByRole(AriaRole.Button, new() { Name = "Confirm" }).ClickAsync();
        await Expect(confirm.GetByRole(AriaRole.Alert)).ToContainTextAsync("This is not your password.");
        await Axe.AssertCleanAsync(page, "step-up");
        await confirm.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
        await Expect(confirm).ToBeHiddenAsync();
        await Expect(dialog.GetByRole(AriaRole.Textbox, new() { Name = "Access key name" }))
            .ToHaveValueAsync("after-a-break");

        await dialog.GetByRole(AriaRole.Button, new() { Name = "Create Access Key" }).ClickAsync();
        await confirm.GetByLabel("Password").FillAsync(server.Password);
        await confirm.GetByRole(AriaRole.Button, new() { Name = "Confirm" }).ClickAsync();
        await Expect(panel.Dialog("Save your secret key")).ToBeVisibleAsync();
        await panel.FinishRevealAsync();
        await Expect(panel.Row("after-a-break")).ToContainTextAsync("Active");

        await page.GotoAsync("/team/members");
        await page.GetByRole(AriaRole.Button, new() { Name = "Invite Member" }).ClickAsync();
        var invite = panel.Dialog("Invite member");
        await invite.GetByRole(AriaRole.Textbox, new() { Name = "Email" }).FillAsync("nina@demo.test");
        await invite
            .GetByRole(AriaRole.Combobox, new() { Name = "Role" })
            .SelectOptionAsync(new SelectOptionValue { Label = "member" });
        await page.WaitForTimeoutAsync(1500);
        await invite.GetByRole(AriaRole.Button, new() { Name = "Invite Member" }).ClickAsync();
        await confirm.GetByLabel("Password").FillAsync(server.Password);
        await confirm.GetByRole(AriaRole.Button, new() { Name = "Confirm" }).ClickAsync();
        await Expect(invite.GetByRole(AriaRole.Textbox, new() { Name = "Invitation link" }))
            .ToHaveValueAsync(new System.Text.RegularExpressions.Regex("/account/invitation#.{20,}"));
    }

    [Theory]
    [InlineData(1280, ColorScheme.Light)]
    [InlineData(390, ColorScheme.Dark)]
    public async Task Two_factor_is_set_up_and_used_and_axe_finds_nothing_on_the_way(int width, ColorScheme scheme)
    {
        await using var server = await DemoServer.StartAsync(Ct);
        await using var panel = await PanelSession.OpenAsync(stage, server, width, 844, scheme);
        var page = panel.Page;
        await panel.SignInAsync();
        await page.GotoAsync("/account/security");
        await AssertFineAsync(page, "account security");
        await page.GetByRole(AriaRole.Button, new() { Name = "Set up authenticator app" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Img, new() { Name = "QR code for your authenticator app" }))
            .ToBeVisibleAsync();
        await AssertFineAsync(page, "authenticator app");
        var recovery = (await Authenticator.EnrolAsync(page)).RecoveryCodes[0];
        await AssertFineAsync(page, "recovery codes");
        var download = await page.RunAndWaitForDownloadAsync(() =>
            page.GetByRole(AriaRole.Link, new() { Name = "Download recovery codes" }).ClickAsync()
        );
        Assert.Contains(recovery, await File.ReadAllTextAsync(await download.PathAsync(), Ct));
        await page.GotoAsync("/account/security");
        await AssertFineAsync(page, "account security with two-factor");
        await Expect(page.GetByRole(AriaRole.List, new() { Name = "Recovery codes" })).ToHaveCountAsync(0);

        await using var other = await PanelSession.OpenAsync(stage, server, width, 844, scheme);
        await other.Page.GotoAsync("/account/login");
        await other.Page.GetByRole(AriaRole.Textbox, new() { Name = "Email" }).FillAsync("olivia@demo.test");
        await other.Page.GetByLabel("Password", new() { Exact = true }).FillAsync(server.Password);
        await other.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }).ClickAsync();
        await other.Page.WaitForURLAsync("**/account/login/2fa?**");
        await AssertFineAsync(other.Page, "authentication code");
        await other.Page.GetByRole(AriaRole.Link, new() { Name = "Use a recovery code" }).ClickAsync();
        await other.Page.GetByRole(AriaRole.Textbox, new() { Name = "Recovery code" }).FillAsync(recovery);
        await AssertFineAsync(other.Page, "recovery code");
        await other.Page.GetByRole(AriaRole.Button, new() { Name = "Verify" }).ClickAsync();
        await Expect(other.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Overview");

        // Signing out everywhere reaches the window with the open circuit.
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out everywhere" }).ClickAsync();
        await other.Page.WaitForURLAsync("**/account/login?returnUrl=%2F", new() { Timeout = 3_000 });
    }

    [Theory]
    [InlineData(1280, ColorScheme.Dark)]
    [InlineData(390, ColorScheme.Light)]
    public async Task An_invitation_opens_from_its_link_and_leaves_no_code_in_the_address(int width, ColorScheme scheme)
    {
        await using var panel = await PanelSession.OpenAsync(stage, width, 844, scheme);
        var page = panel.Page;
        var addresses = new List<string>();
        page.Request += (_, request) => addresses.Add(request.Url + " " + request.Headers.GetValueOrDefault("referer"));
        await page.GotoAsync("/account/invitation");
        await AssertFineAsync(page, "invitation code");
        await page.GotoAsync("/account/setup");
        await AssertFineAsync(page, "closed set-up");
        await page.GotoAsync("/account/invitation#not-a-code");
        await page.ReloadAsync();
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("not valid any more");
        Assert.Equal($"{panel.Server.Panel}/account/invitation", page.Url);
        await AssertFineAsync(page, "dead invitation");
        Assert.DoesNotContain(addresses, a => a.Contains("not-a-code", StringComparison.Ordinal));
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
