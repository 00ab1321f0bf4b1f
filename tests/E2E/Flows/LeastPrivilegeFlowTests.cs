using System.Globalization;
using ControlPanel.Tests.E2E.Support;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace ControlPanel.Tests.E2E.Flows;

/// <summary>A key that may do more than it needs, from the proposal to the end of the key.</summary>
public sealed class LeastPrivilegeFlowTests(Stage stage)
{
    // As the demo's data know the caller of the old key.
    private const string Client = "gallery-publisher/2.4";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_broad_key_is_replaced_by_what_it_needs_and_revoked_when_its_callers_have_moved()
    {
        await using var panel = await PanelSession.OpenAsync(stage);
        await panel.SignInAsync();
        var page = panel.Page;
        await page.GotoAsync("/spaces/access-keys?q=gallery");
        await panel.ChooseAsync("gallery-publisher", "Details");
        var drawer = panel.Dialog("gallery-publisher");
        await Expect(drawer).ToContainTextAsync("In 30 days this key used 2 of the team's");
        await Expect(Right(drawer, "All buckets")).ToContainTextAsync("Falls away");
        await Expect(Right(drawer, "raw-photos")).ToContainTextAsync("Read");
        await Expect(Right(drawer, "final-photos")).ToContainTextAsync("Read/Write/Delete");
        await EverywhereAsync(page, "proposal");

        await drawer.GetByRole(AriaRole.Button, new() { Name = "Create narrowed replacement" }).ClickAsync();
        var create = panel.Dialog("Create narrowed replacement");
        await Expect(create.GetByRole(AriaRole.Textbox, new() { Name = "Access key name" }))
            .ToHaveValueAsync("gallery-publisher-narrowed");
        await Expect(create).ToContainTextAsync("It may use final-photos: Read/Write/Delete, raw-photos: Read");
        await EverywhereAsync(page, "narrowed replacement");
        await create.GetByRole(AriaRole.Button, new() { Name = "Create replacement" }).ClickAsync();
        var reveal = panel.Dialog("Save your secret key");
        var id = await reveal.GetByRole(AriaRole.Textbox, new() { Name = "Access key ID" }).InputValueAsync();
        var secret = await reveal.GetByRole(AriaRole.Textbox, new() { Name = "Secret key" }).InputValueAsync();
        await panel.FinishRevealAsync();
        Assert.DoesNotContain(secret, await page.ContentAsync(), StringComparison.Ordinal);

        await Expect(drawer).ToContainTextAsync("0 of 2 callers moved.");
        Assert.Equal(200, await SignedGetAsync(id, secret, "raw-photos"));
        Assert.Equal(200, await SignedGetAsync(id, secret, "final-photos"));
        Assert.Equal(403, await SignedGetAsync(id, secret, "marketing-materials"));

        // The drawer follows while it is open.
        await Expect(drawer).ToContainTextAsync("1 of 2 callers moved.", new() { Timeout = 20_000 });
        await Expect(Right(drawer, Client).First).ToContainTextAsync("Moved");
        await Expect(drawer).ToContainTextAsync("silent for 7 days");
        await EverywhereAsync(page, "progress");

        await drawer.GetByRole(AriaRole.Button, new() { Name = "Revoke the old key" }).ClickAsync();
        var revoke = panel.Dialog("Delete access key");
        await Expect(revoke).ToContainTextAsync("gallery-publisher");
        await revoke.GetByRole(AriaRole.Button, new() { Name = "Delete", Exact = true }).ClickAsync();
        await Expect(drawer).ToContainTextAsync("gallery-publisher: Deleted. Refused on 1 of 1 node");
        await drawer.GetByRole(AriaRole.Button, new() { Name = "Close" }).Last.ClickAsync();
        await Expect(page.GetByRole(AriaRole.Row).Filter(new() { HasText = "gallery-publisher" })).ToHaveCountAsync(1);

        await panel.ChooseAsync("gallery-publisher-narrowed", "Details");
        await Expect(panel.Dialog("gallery-publisher-narrowed")).ToContainTextAsync("gallery-publisher was revoked");
        Assert.Equal(200, await SignedGetAsync(id, secret, "raw-photos"));
    }

    [Fact]
    public async Task A_model_key_is_proposed_the_models_it_calls()
    {
        await using var panel = await PanelSession.OpenAsync(stage);
        await panel.SignInAsync();
        var page = panel.Page;
        await page.GotoAsync("/inference/manage");
        await panel.ChooseAsync("evaluation-suite", "Details");
        var drawer = panel.Dialog("evaluation-suite");
        await Expect(drawer).ToContainTextAsync("In 30 days this key called 2 of the");
        await Expect(Right(drawer, "Batch inferencing")).ToContainTextAsync("Falls away");
        await Expect(Right(drawer, "openai-gpt-4o")).ToContainTextAsync("Allowed");
        await EverywhereAsync(page, "models");
    }

    private static ILocator Right(ILocator drawer, string name) =>
        drawer.GetByRole(AriaRole.Row).Filter(new() { HasText = name });

    private static async Task EverywhereAsync(IPage page, string what)
    {
        foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
        {
            foreach (var width in new[] { 390, 1280 })
            {
                await page.EmulateMediaAsync(new() { ColorScheme = scheme });
                await page.SetViewportSizeAsync(width, 900);
                await Axe.AssertCleanAsync(page, $"{what}, {scheme}, {width}");
                Assert.True(
                    await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= window.innerWidth"),
                    $"{what} scrolls sideways at {width}"
                );
            }
        }

        await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Light });
    }

    // curl signs by itself (its own implementation of Signature Version 4, not ours).
    private async Task<int> SignedGetAsync(string id, string secret, string bucket)
    {
        var (_, output, error) = await Shell.RunAsync(
            $"curl -s -o /dev/null -w '%{{http_code}}' -A '{Client}' --aws-sigv4 aws:amz:us-east-1:s3 -u '{id}:{secret}' '{stage.Server.Spaces}/{bucket}?list-type=2'",
            Ct
        );
        Assert.True(output.Length == 3, error);
        return int.Parse(output, CultureInfo.InvariantCulture);
    }
}
