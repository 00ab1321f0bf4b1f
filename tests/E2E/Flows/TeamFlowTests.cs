using System.Net;
using System.Net.Http.Headers;
using System.Text;
using ControlPanel.Tests.E2E.Support;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace ControlPanel.Tests.E2E.Flows;

/// <summary>Removing a member on a server of its own, because the demo's people are the other tests' people.</summary>
public sealed class TeamFlowTests(Stage stage)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_removed_member_loses_keys_and_windows_at_once_and_nobody_else_is_disturbed()
    {
        await using var server = await DemoServer.StartAsync(Ct);
        await using var theirs = await PanelSession.OpenAsync(stage, server);
        await theirs.SignInAsync("mateo@demo.test");
        await theirs.OpenSettingsAsync("image-tools");
        var (id, secret) = await theirs.CreateKeyAsync("mateos-key");
        await theirs.FinishRevealAsync();
        var (otherId, otherSecret) = await server.IssueKeyAsync("image-tools", "olivias-key", Ct);
        Assert.Equal(HttpStatusCode.OK, await CallAsync(server, id, secret));

        await using var owner = await PanelSession.OpenAsync(stage, server);
        await owner.SignInAsync();
        await owner.Page.GotoAsync("/team/members");
        await owner.Page.GetByRole(AriaRole.Button, new() { Name = "Actions for mateo@demo.test" }).ClickAsync();
        await owner.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Remove" }).ClickAsync();
        var remove = owner.Dialog("Remove mateo@demo.test");
        await Expect(remove).ToContainTextAsync("mateos-key");
        await Expect(remove).ToContainTextAsync("support-bot");
        await Expect(remove.GetByRole(AriaRole.Button, new() { Name = "Remove member" })).ToBeDisabledAsync();
        await remove
            .GetByRole(AriaRole.Combobox, new() { Name = "Decision for support-bot" })
            .SelectOptionAsync(new SelectOptionValue { Label = "Revoke" });
        await remove.GetByRole(AriaRole.Textbox, new() { Name = "Enter the e-mail" }).FillAsync("mateo@demo.test");
        await remove.GetByRole(AriaRole.Button, new() { Name = "Remove member" }).ClickAsync();
        await Expect(remove).ToBeHiddenAsync();

        Assert.Equal(HttpStatusCode.Unauthorized, await CallAsync(server, id, secret));
        Assert.Equal(HttpStatusCode.OK, await CallAsync(server, otherId, otherSecret));
        await Expect(theirs.Page.GetByRole(AriaRole.Heading, new() { Name = "No team" }))
            .ToBeVisibleAsync(new() { Timeout = 5_000 });
    }

    [Fact]
    public async Task The_last_owner_cannot_step_down()
    {
        await using var panel = await PanelSession.OpenAsync(stage);
        await panel.SignInAsync();
        await panel.Page.GotoAsync("/team/members");
        await panel.Page.GetByRole(AriaRole.Button, new() { Name = "Actions for olivia@demo.test" }).ClickAsync();
        await panel.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Change role" }).ClickAsync();
        var dialog = panel.Dialog("Change role");
        await dialog
            .GetByRole(AriaRole.Combobox, new() { Name = "Role" })
            .SelectOptionAsync(new SelectOptionValue { Label = "member" });
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Change role" }).ClickAsync();
        await Expect(dialog.GetByRole(AriaRole.Alert)).ToContainTextAsync("last owner");
    }

    private static async Task<HttpStatusCode> CallAsync(DemoServer server, string id, string secret)
    {
        using var client = new HttpClient { BaseAddress = new Uri(server.Functions) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Basic",
            Convert.ToBase64String(Encoding.UTF8.GetBytes($"{id}:{secret}"))
        );
        using var response = await client.GetAsync("/api/v1/namespaces", Ct);
        return response.StatusCode;
    }
}
