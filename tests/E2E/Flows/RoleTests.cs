using ControlPanel.Tests.E2E.Support;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace ControlPanel.Tests.E2E.Flows;

/// <summary>What a role may not do is not there, and its address says who could help.</summary>
public sealed class RoleTests(Stage stage)
{
    [Fact]
    public async Task A_biller_sees_no_functions_and_its_address_says_which_role_is_needed()
    {
        await using var panel = await PanelSession.OpenAsync(stage);
        await panel.SignInAsync("bill@demo.test");
        await Expect(
                panel
                    .Page.GetByRole(AriaRole.Navigation, new() { Name = "Main" })
                    .GetByRole(AriaRole.Link, new() { Name = "Functions" })
            )
            .ToHaveCountAsync(0);
        await panel.Page.GotoAsync("/functions");
        await Expect(panel.Page.GetByRole(AriaRole.Heading, new() { Name = "No permission" })).ToBeVisibleAsync();
        await Expect(panel.Page.GetByRole(AriaRole.Main)).ToContainTextAsync("olivia@demo.test");
    }

    [Fact]
    public async Task A_viewer_reads_keys_and_can_neither_create_nor_revoke()
    {
        await using var panel = await PanelSession.OpenAsync(stage);
        await panel.SignInAsync("vera@demo.test");
        await panel.OpenSettingsAsync("image-tools");
        await Expect(panel.Page.GetByRole(AriaRole.Button, new() { Name = "Create Access Key" })).ToHaveCountAsync(0);
        await Expect(panel.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Revoke" })).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_modifier_creates_keys_and_cannot_revoke_them()
    {
        await using var panel = await PanelSession.OpenAsync(stage);
        await panel.SignInAsync("rosa@demo.test");
        await panel.OpenSettingsAsync("image-tools");
        await panel.CreateKeyAsync("rosas-key");
        await panel.FinishRevealAsync();
        await panel
            .Page.GetByRole(AriaRole.Button, new() { Name = "Actions for rosas-key", Exact = true })
            .ClickAsync();
        await Expect(panel.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Rename" })).ToBeVisibleAsync();
        await Expect(panel.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Revoke" })).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_namespace_that_does_not_exist_reads_like_one_of_another_team()
    {
        await using var panel = await PanelSession.OpenAsync(stage);
        await panel.SignInAsync();
        await panel.Page.GotoAsync("/functions/fn-00000000-0000-4000-8000-000000000000/settings");
        await Expect(panel.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync("not found");
    }
}
