using ControlPanel.Tests.E2E.Support;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace ControlPanel.Tests.E2E.Flows;

/// <summary>axe finds nothing on any page or open dialog, in light, dark and on a phone; the keyboard alone is enough.</summary>
public sealed class AccessibilityTests(Stage stage)
{
    private static readonly (string Address, string Ready)[] s_pages =
    [
        ("/spaces", "raw-photos"),
        ("/spaces/access-keys", "keys used"),
        ("/inference/manage", "evaluation-suite"),
        ("/inference/manage/legacy", "Actions"),
        ("/inference/manage/team", "support-bot"),
        ("/inference/manage/models", "demo-echo"),
        ("/account/api/tokens", "demo scripts"),
        ("/account/api/tokens/new", "Generate Token"),
        ("/api-reference", "OpenAPI document"),
        ("/networking/vpc", "office"),
        ("/keys/NeverExpires", "demo scripts"),
        ("/expiring", "Download calendar"),
        ("/team/members", "mateo@demo.test"),
        ("/team/members/webhooks", "No webhooks yet"),
        ("/activity", "functions_key."),
        ("/activity/refused", "Explain a refused call"),
        ("/try", "Or paste a credential"),
    ];

    private static readonly (string Address, string Button, string Dialog)[] s_dialogs =
    [
        ("/spaces", "Add Bucket", "Add bucket"),
        ("/spaces/access-keys", "Create Access Key", "Create access key"),
        ("/inference/manage", "Create model access key", "Create model access key"),
        ("/inference/manage/legacy", "Import legacy keys", "Import legacy keys"),
        ("/inference/manage/models", "Add model", "Add model"),
        ("/networking/vpc", "Create VPC Network", "Create VPC network"),
        ("/team/members/webhooks", "Add webhook", "Add webhook"),
    ];

    [Theory]
    [InlineData(1280, ColorScheme.Light)]
    [InlineData(1280, ColorScheme.Dark)]
    [InlineData(390, ColorScheme.Light)]
    [InlineData(390, ColorScheme.Dark)]
    public async Task Axe_finds_nothing_on_any_page_or_open_dialog(int width, ColorScheme scheme)
    {
        await using var panel = await PanelSession.OpenAsync(stage, width, 844, scheme);
        var page = panel.Page;
        await page.GotoAsync("/account/login");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }).WaitForAsync();
        await Axe.AssertCleanAsync(page, "sign in");
        await panel.SignInAsync();
        await Axe.AssertCleanAsync(page, "overview");

        await page.GotoAsync("/functions");
        await page.GetByRole(AriaRole.Link, new() { Name = "image-tools" }).First.WaitForAsync();
        await Axe.AssertCleanAsync(page, "functions");
        await page.GetByRole(AriaRole.Button, new() { Name = "Create Namespace" }).First.ClickAsync();
        await panel.Dialog("Create namespace").WaitForAsync();
        await Axe.AssertCleanAsync(page, "create namespace");

        await page.GotoAsync($"/functions/{stage.Server.Namespaces["image-tools"]}");
        await page.GetByRole(AriaRole.Tab, new() { Name = "Overview" }).WaitForAsync();
        await Axe.AssertCleanAsync(page, "namespace overview");

        await panel.OpenSettingsAsync("image-tools");
        await Axe.AssertCleanAsync(page, "namespace settings");
        await page.GetByRole(AriaRole.Button, new() { Name = "Create Access Key" }).First.ClickAsync();
        await panel.Dialog("Create access key").WaitForAsync();
        await Axe.AssertCleanAsync(page, "create access key");
        await page.Keyboard.PressAsync("Escape");

        var name = $"axe-{width}-{scheme}";
        await panel.CreateKeyAsync(name);
        await Axe.AssertCleanAsync(page, "reveal");
        await panel.FinishRevealAsync();
        await panel.ChooseAsync(name, "Details");
        await page.GetByRole(AriaRole.Img, new() { Name = "Calls in each of 24 hours" }).WaitForAsync();
        await Axe.AssertCleanAsync(page, "details of a key");
        await page.GetByRole(AriaRole.Button, new() { Name = "Show as table" }).ClickAsync();
        await page.GetByRole(AriaRole.Columnheader, new() { Name = "Refused" }).WaitForAsync();
        await Axe.AssertCleanAsync(page, "calls as a table");
        await page.Keyboard.PressAsync("Escape");
        var actions = page.GetByRole(AriaRole.Button, new() { Name = $"Actions for {name}", Exact = true });
        await Expect(actions).ToBeFocusedAsync();
        await page.GetByRole(AriaRole.Checkbox, new() { Name = $"Select {name}", Exact = true }).CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Revoke selected…" }).ClickAsync();
        await panel.Dialog("Revoke 1 key").WaitForAsync();
        await Axe.AssertCleanAsync(page, "revoke selected");
        await page.Keyboard.PressAsync("Escape");
        await actions.ClickAsync();
        await page.GetByRole(AriaRole.Menuitem, new() { Name = "Revoke", Exact = true }).WaitForAsync();
        await Axe.AssertCleanAsync(page, "row menu");
        await page.GetByRole(AriaRole.Menuitem, new() { Name = "Revoke", Exact = true }).ClickAsync();
        await panel.Dialog("Revoke access key").WaitForAsync();
        await Axe.AssertCleanAsync(page, "revoke");
        await page.Keyboard.PressAsync("Escape");

        foreach (var (address, ready) in s_pages)
        {
            await page.GotoAsync(address);
            await page.GetByText(ready).First.WaitForAsync();
            await Axe.AssertCleanAsync(page, address);
            Assert.True(
                await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= window.innerWidth"),
                $"{address} scrolls sideways"
            );
        }

        foreach (var (address, button, title) in s_dialogs)
        {
            await page.GotoAsync(address);
            await page.GetByRole(AriaRole.Button, new() { Name = button }).First.ClickAsync();
            await panel.Dialog(title).WaitForAsync();
            await Axe.AssertCleanAsync(page, title);
        }

        await page.GotoAsync("/");
        await page.GetByRole(AriaRole.Button, new() { Name = "Find" }).WaitForAsync();
        await page.Keyboard.PressAsync("Control+k");
        await panel.Dialog("Find").GetByRole(AriaRole.Combobox).FillAsync("image");
        await panel.Dialog("Find").GetByRole(AriaRole.Option).Filter(new() { HasText = "Namespace" }).WaitForAsync();
        await Axe.AssertCleanAsync(page, "Find");

        Assert.True(
            await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= window.innerWidth"),
            "the page scrolls sideways"
        );
    }

    [Fact]
    public async Task A_key_is_created_and_revoked_by_the_keyboard_alone()
    {
        await using var panel = await PanelSession.OpenAsync(stage);
        await panel.SignInAsync();
        await panel.OpenSettingsAsync("webhooks");
        var keys = panel.Page.Keyboard;
        await panel.Page.GetByRole(AriaRole.Button, new() { Name = "Create Access Key" }).First.FocusAsync();
        await keys.PressAsync("Enter");
        var dialog = panel.Dialog("Create access key");
        await Expect(dialog.GetByRole(AriaRole.Textbox, new() { Name = "Access key name" })).ToBeFocusedAsync();
        await keys.TypeAsync("typed-key");
        await keys.PressAsync("Tab");
        await Expect(dialog.GetByRole(AriaRole.Combobox, new() { Name = "Expiration" })).ToBeFocusedAsync();
        await keys.TypeAsync("60");
        await dialog.GetByRole(AriaRole.Textbox, new() { Name = "Access key name" }).FocusAsync();
        await keys.PressAsync("Enter");
        var reveal = panel.Dialog("Save your secret key");
        await reveal.GetByRole(AriaRole.Checkbox).FocusAsync();
        await keys.PressAsync("Space");
        var done = reveal.GetByRole(AriaRole.Button, new() { Name = "Done" });
        await Expect(done).ToBeEnabledAsync();
        await done.FocusAsync();
        await keys.PressAsync("Enter");
        await Expect(panel.Row("typed-key")).ToBeVisibleAsync();

        await panel
            .Page.GetByRole(AriaRole.Button, new() { Name = "Actions for typed-key", Exact = true })
            .FocusAsync();
        await keys.PressAsync("Enter");
        await Expect(panel.Page.GetByRole(AriaRole.Menuitem).First).ToBeFocusedAsync();
        await keys.PressAsync("End");
        await Expect(panel.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Revoke" })).ToBeFocusedAsync();
        await keys.PressAsync("Enter");
        var confirm = panel.Dialog("Revoke access key");
        await confirm.GetByRole(AriaRole.Button, new() { Name = "Revoke", Exact = true }).FocusAsync();
        await keys.PressAsync("Enter");
        await Expect(panel.Page.GetByRole(AriaRole.Row).Filter(new() { HasText = "typed-key" })).ToHaveCountAsync(0);
    }
}
