using System.Globalization;
using ControlPanel.Tests.E2E.Support;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace ControlPanel.Tests.E2E.Flows;

/// <summary>A per-bucket key from the dialog to the S3 client that feels it.</summary>
public sealed class SpacesFlowTests(Stage stage)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_limited_key_reaches_its_buckets_and_a_change_is_felt_by_the_next_request()
    {
        await using var panel = await PanelSession.OpenAsync(stage);
        await panel.SignInAsync();
        var page = panel.Page;
        await page.GotoAsync("/spaces");
        await Expect(page.GetByRole(AriaRole.Tab, new() { Name = "Buckets" })).ToBeVisibleAsync();
        await Expect(panel.Row("raw-photos")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Tab, new() { Name = "Access Keys" }).ClickAsync();

        await page.GetByRole(AriaRole.Button, new() { Name = "Create Access Key" }).First.ClickAsync();
        var create = panel.Dialog("Create access key");
        await Expect(create.GetByRole(AriaRole.Radiogroup, new() { Name = "Select access scope" })).ToBeVisibleAsync();
        await create.GetByRole(AriaRole.Checkbox, new() { Name = "final-photos" }).CheckAsync();
        await create.GetByRole(AriaRole.Checkbox, new() { Name = "raw-photos" }).CheckAsync();
        await create
            .GetByRole(AriaRole.Combobox, new() { Name = "Permission for raw-photos" })
            .SelectOptionAsync(new SelectOptionValue { Label = "Read/Write/Delete" });
        await Expect(create).ToContainTextAsync("read final-photos");
        await create.GetByRole(AriaRole.Textbox, new() { Name = "Access key name" }).FillAsync("photo-sync");
        await create.GetByRole(AriaRole.Button, new() { Name = "Create Access Key" }).ClickAsync();
        var reveal = panel.Dialog("Save your secret key");
        var id = await reveal.GetByRole(AriaRole.Textbox, new() { Name = "Access key ID" }).InputValueAsync();
        var secret = await reveal.GetByRole(AriaRole.Textbox, new() { Name = "Secret key" }).InputValueAsync();
        await panel.FinishRevealAsync();
        await Expect(panel.Row("photo-sync")).ToContainTextAsync("raw-photos: Read/Write/Delete");
        await Expect(page.GetByText(" keys used")).ToBeVisibleAsync();

        Assert.Equal(200, await SignedGetAsync(id, secret, "final-photos"));
        Assert.Equal(200, await SignedGetAsync(id, secret, "raw-photos"));
        Assert.Equal(403, await SignedGetAsync(id, secret, "marketing-materials"));

        await panel.ChooseAsync("photo-sync", "Edit permissions");
        var edit = panel.Dialog("Edit permissions");
        await edit.GetByRole(AriaRole.Checkbox, new() { Name = "final-photos" }).UncheckAsync();
        await edit.GetByRole(AriaRole.Button, new() { Name = "Save permissions" }).ClickAsync();
        await Expect(edit).ToBeHiddenAsync();
        Assert.Equal(403, await SignedGetAsync(id, secret, "final-photos"));
        Assert.Equal(200, await SignedGetAsync(id, secret, "raw-photos"));

        await panel.ChooseAsync("photo-sync", "Edit permissions");
        await edit.GetByRole(AriaRole.Checkbox, new() { Name = "raw-photos" }).UncheckAsync();
        await Expect(edit).ToContainTextAsync("suspended");
        await edit.GetByRole(AriaRole.Button, new() { Name = "Save permissions" }).ClickAsync();
        await Expect(panel.Row("photo-sync")).ToContainTextAsync("No access");
        Assert.Equal(403, await SignedGetAsync(id, secret, "raw-photos"));

        await panel.ChooseAsync("photo-sync", "Delete");
        var delete = panel.Dialog("Delete access key");
        await Expect(delete).ToContainTextAsync("immediately");
        await delete.GetByRole(AriaRole.Button, new() { Name = "Delete", Exact = true }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Row).Filter(new() { HasText = "photo-sync" })).ToHaveCountAsync(0);
        Assert.Equal(403, await SignedGetAsync(id, secret, "raw-photos"));
    }

    [Fact]
    public async Task A_full_access_key_cannot_become_limited_and_says_why()
    {
        await using var panel = await PanelSession.OpenAsync(stage);
        await panel.SignInAsync();
        var page = panel.Page;
        await page.GotoAsync("/spaces/access-keys");
        await page.GetByRole(AriaRole.Button, new() { Name = "Create Access Key" }).First.ClickAsync();
        var create = panel.Dialog("Create access key");
        await create.GetByRole(AriaRole.Radio, new() { Name = "Full access" }).CheckAsync();
        await Expect(create).ToContainTextAsync("can delete every bucket");
        await create.GetByRole(AriaRole.Textbox, new() { Name = "Access key name" }).FillAsync("full-key");
        await create.GetByRole(AriaRole.Button, new() { Name = "Create Access Key" }).ClickAsync();
        await panel.FinishRevealAsync();
        await Expect(panel.Row("full-key")).ToContainTextAsync("Full access");
        await panel.ChooseAsync("full-key", "Edit permissions");
        var edit = panel.Dialog("Edit permissions");
        await Expect(edit).ToContainTextAsync("cannot become limited");
        await Expect(edit.GetByRole(AriaRole.Button, new() { Name = "Save permissions" })).ToHaveCountAsync(0);
    }

    // curl signs by itself (its own implementation of Signature Version 4, not ours).
    private async Task<int> SignedGetAsync(string id, string secret, string bucket)
    {
        var (_, output, error) = await Shell.RunAsync(
            $"curl -s -o /dev/null -w '%{{http_code}}' --aws-sigv4 aws:amz:us-east-1:s3 -u '{id}:{secret}' '{stage.Server.Spaces}/{bucket}?list-type=2'",
            Ct
        );
        Assert.True(output.Length == 3, error);
        return int.Parse(output, CultureInfo.InvariantCulture);
    }
}
