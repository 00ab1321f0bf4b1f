using System.Text;
using ControlPanel.Tests.E2E.Support;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace ControlPanel.Tests.E2E.Flows;

/// <summary>An owner sets up a webhook, and the receiver gets what happens.</summary>
public sealed class WebhookFlowTests(Stage stage)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1280, ColorScheme.Light)]
    [InlineData(390, ColorScheme.Dark)]
    public async Task A_revoked_key_is_told_to_the_receiver_who_can_prove_where_it_comes_from(
        int width,
        ColorScheme scheme
    )
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var server = await DemoServer.StartAsync(Ct);
        var key = await server.IssueKeyAsync("image-tools", "leaked", Ct);
        await using var panel = await PanelSession.OpenAsync(stage, server, width, 844, scheme);
        await panel.SignInAsync();
        var page = panel.Page;
        await page.GotoAsync("/team/members");
        await page.GetByRole(AriaRole.Tab, new() { Name = "Webhooks" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "No webhooks yet" })).ToBeVisibleAsync();

        // What breaks a rule is said beside its field.
        await page.GetByRole(AriaRole.Button, new() { Name = "Add webhook" }).First.ClickAsync();
        var dialog = panel.Dialog("Add webhook");
        await dialog.GetByRole(AriaRole.Textbox, new() { Name = "Address" }).FillAsync("https://10.0.0.1/hooks");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Add webhook" }).ClickAsync();
        await Expect(dialog).ToContainTextAsync("This server sends nothing to addresses in its own networks.");
        await Expect(dialog).ToContainTextAsync("Choose at least one event.");
        await Axe.AssertCleanAsync(page, "add webhook");
        await dialog.GetByRole(AriaRole.Textbox, new() { Name = "Address" }).FillAsync(receiver.Address);
        await dialog.GetByRole(AriaRole.Checkbox, new() { Name = "access_key.revoked" }).CheckAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Add webhook" }).ClickAsync();

        var reveal = panel.Dialog("Save your secret key");
        var secret = await reveal.GetByRole(AriaRole.Textbox, new() { Name = "Signing secret" }).InputValueAsync();
        Assert.Matches("^whsec_[A-Za-z0-9+/]{43}=$", secret);
        await Axe.AssertCleanAsync(page, "reveal of a webhook's secret");
        var lines = await LinesAsync("openssl", "hexkey");
        var node = await LinesAsync("Node.js", "createHmac");
        await panel.FinishRevealAsync();

        var host = new Uri(receiver.Address).Authority;
        await Expect(panel.Row(host)).ToContainTextAsync("On");
        await Expect(panel.Row(host)).ToContainTextAsync("Never");
        await panel.ChooseAsync(host, "Send test event");
        var details = panel.Dialog(host);
        var sent = details.GetByRole(AriaRole.Row).Filter(new() { HasText = "webhook.test" });
        await Expect(sent).ToContainTextAsync("Delivered");
        await Expect(sent).ToContainTextAsync("answered 204");
        var test = await receiver.WaitAsync("webhook.test", Ct);
        Assert.Equal(test.SignedWith(secret), test.Signature);

        // While the drawer is open, a key is revoked elsewhere.
        await server.RevokeKeyAsync("image-tools", key.Id, Ct);
        var revoked = await receiver.WaitAsync("access_key.revoked", Ct);
        var told = details.GetByRole(AriaRole.Row).Filter(new() { HasText = "access_key.revoked" });
        await Expect(told).ToContainTextAsync("Delivered");
        await Axe.AssertCleanAsync(page, "details of a webhook");
        Assert.Equal(revoked.SignedWith(secret), revoked.Signature);
        var data = revoked.Json.GetProperty("data");
        Assert.Equal(
            (key.Id, "leaked", "image-tools", "olivia@demo.test", "api"),
            (
                data.GetProperty("key_id").GetString(),
                data.GetProperty("name").GetString(),
                data.GetProperty("where").GetString(),
                data.GetProperty("by").GetString(),
                data.GetProperty("door").GetString()
            )
        );
        Assert.DoesNotContain(key.Secret, Encoding.UTF8.GetString(revoked.Body), StringComparison.Ordinal);
        await VerifyByTheLinesAsync(lines, node, revoked);
        await VerifyByClientAsync(secret, revoked);

        // The receiver forgets, and asks for it again.
        await told.GetByRole(AriaRole.Button, new() { Name = "Deliver again: access_key.revoked" }).First.ClickAsync();
        await Expect(told).ToHaveCountAsync(2);
        await Expect(told.First).ToContainTextAsync("Delivered");
        Assert.Equal(2, receiver.Messages.Count(m => m.Id == revoked.Id));

        // It says that it is gone, and is left alone.
        receiver.Answer = 410;
        await details.GetByRole(AriaRole.Button, new() { Name = "Send test event" }).ClickAsync();
        await Expect(details.GetByText("Gone", new() { Exact = true })).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("Escape");
        await Expect(panel.Row(host)).ToContainTextAsync("Gone");
        await Axe.AssertCleanAsync(page, "webhooks");

        await panel.ChooseAsync(host, "Remove");
        await panel.Dialog("Remove webhook").GetByRole(AriaRole.Button, new() { Name = "Remove webhook" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "No webhooks yet" })).ToBeVisibleAsync();
        Assert.DoesNotContain(secret, server.Output, StringComparison.Ordinal);
        Assert.Empty(panel.Complaints);

        async Task<string> LinesAsync(string tab, string word)
        {
            await reveal.GetByRole(AriaRole.Tab, new() { Name = tab, Exact = true }).ClickAsync();
            var code = reveal.GetByRole(AriaRole.Tabpanel).Locator("code");
            await Expect(code).ToContainTextAsync(word);
            return await code.InnerTextAsync();
        }
    }

    [Fact]
    public async Task A_rolled_secret_is_shown_once_and_the_old_one_signs_beside_it()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var server = await DemoServer.StartAsync(Ct);
        await using var panel = await PanelSession.OpenAsync(stage, server);
        await panel.SignInAsync();
        var page = panel.Page;
        await page.GotoAsync("/team/members/webhooks");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add webhook" }).First.ClickAsync();
        var dialog = panel.Dialog("Add webhook");
        await dialog.GetByRole(AriaRole.Textbox, new() { Name = "Address" }).FillAsync(receiver.Address);
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Select all" }).ClickAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Add webhook" }).ClickAsync();
        var old = await SecretAsync();
        var host = new Uri(receiver.Address).Authority;
        await Expect(panel.Row(host)).ToContainTextAsync("All events");

        await panel.ChooseAsync(host, "Roll secret");
        await Axe.AssertCleanAsync(page, "rolling a secret");
        await panel
            .Dialog("Roll signing secret")
            .GetByRole(AriaRole.Button, new() { Name = "Roll secret" })
            .ClickAsync();
        var fresh = await SecretAsync();
        Assert.NotEqual(old, fresh);
        await panel.ChooseAsync(host, "Send test event");
        var test = await receiver.WaitAsync("webhook.test", Ct);
        Assert.Equal($"{test.SignedWith(fresh)} {test.SignedWith(old)}", test.Signature);
        await Expect(panel.Dialog(host)).ToContainTextAsync("signs as well until");

        async Task<string> SecretAsync()
        {
            var box = panel
                .Dialog("Save your secret key")
                .GetByRole(AriaRole.Textbox, new() { Name = "Signing secret" });
            var secret = await box.InputValueAsync();
            await panel.FinishRevealAsync();
            return secret;
        }
    }

    [Fact]
    public async Task Who_owns_no_team_sees_neither_tab_nor_page()
    {
        await using var panel = await PanelSession.OpenAsync(stage);
        await panel.SignInAsync("mateo@demo.test");
        await panel.Page.GotoAsync("/team/members");
        await Expect(panel.Row("mateo@demo.test")).ToBeVisibleAsync();
        await Expect(panel.Page.GetByRole(AriaRole.Tab, new() { Name = "Webhooks" })).ToHaveCountAsync(0);
        await panel.Page.GotoAsync("/team/members/webhooks");
        await Expect(panel.Page.GetByRole(AriaRole.Heading, new() { Name = "No permission" })).ToBeVisibleAsync();
    }

    /// <summary>By what the reveal offers, as a person would paste it.</summary>
    private static async Task VerifyByTheLinesAsync(string openssl, string node, WebhookMessage message)
    {
        var folder = Directory.CreateTempSubdirectory("webhook-");
        try
        {
            await File.WriteAllBytesAsync(Path.Combine(folder.FullName, "body"), message.Body, Ct);
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "check.sh"), openssl, Ct);
            var (exit, output, error) = await Shell.RunAsync(
                $"WEBHOOK_ID={message.Id} WEBHOOK_TIMESTAMP={message.Timestamp} BODY=body bash check.sh",
                Ct,
                folder.FullName
            );
            Assert.True(exit == 0, error);
            Assert.Equal(message.Signature, $"v1,{output.Trim()}");

            await File.WriteAllTextAsync(
                Path.Combine(folder.FullName, "check.mjs"),
                $$"""
                {{node}}
                import { readFileSync } from "node:fs";
                const headers = {
                  "webhook-id": "{{message.Id}}",
                  "webhook-timestamp": "{{message.Timestamp}}",
                  "webhook-signature": "{{message.Signature}}",
                };
                const body = readFileSync("body", "utf8");
                console.log(isGenuine(headers, body), isGenuine(headers, body + " "));
                """,
                Ct
            );
            (exit, output, error) = await Shell.RunAsync("node check.mjs", Ct, folder.FullName);
            Assert.True(exit == 0, error);
            Assert.Equal("true false", output.Trim());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>By an implementation of the standard that is not ours.</summary>
    private static async Task VerifyByClientAsync(string secret, WebhookMessage message)
    {
        var clients = Path.Combine(Repository.Root, "tests", "E2E", "clients");
        if (!Directory.Exists(Path.Combine(clients, "node_modules", "standardwebhooks")))
        {
            // ./test installs it; the checks above do not need it.
            return;
        }

        var body = Encoding.UTF8.GetString(message.Body).Replace("'", "'\\''", StringComparison.Ordinal);
        var line = $"'{message.Id}' '{message.Timestamp}' '{message.Signature}'";
        var (exit, output, error) = await Shell.RunAsync(
            $"printf %s '{body}' | node webhook.js '{secret}' {line}",
            Ct,
            clients
        );
        Assert.True(exit == 0, output + error);
        (exit, output, _) = await Shell.RunAsync(
            $"printf '%s ' '{body}' | node webhook.js '{secret}' {line}",
            Ct,
            clients
        );
        Assert.Equal((3, "WebhookVerificationError"), (exit, output.Trim()));
    }
}
