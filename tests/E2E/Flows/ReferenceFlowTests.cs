using ControlPanel.Tests.E2E.Support;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace ControlPanel.Tests.E2E.Flows;

/// <summary>The API reference: found from the tokens, searched, opened, and clean under axe with everything open.</summary>
public sealed class ReferenceFlowTests(Stage stage)
{
    [Theory]
    [InlineData(1280, ColorScheme.Light)]
    [InlineData(390, ColorScheme.Dark)]
    public async Task The_reference_is_searched_and_an_endpoint_shows_how_to_call_it(int width, ColorScheme scheme)
    {
        await using var panel = await PanelSession.OpenAsync(stage, width, 844, scheme);
        await panel.SignInAsync();
        var page = panel.Page;
        await page.GotoAsync("/account/api/tokens");
        await page.GetByRole(AriaRole.Link, new() { Name = "API reference" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "API reference", Exact = true }))
            .ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Inference", Exact = true })).ToBeVisibleAsync();

        await page.GetByRole(AriaRole.Textbox, new() { Name = "Search" }).FillAsync("post spaces_key");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Inference", Exact = true })).ToBeHiddenAsync();
        var summary = page.GetByText("Create a Spaces access key", new() { Exact = true });
        await summary.ClickAsync();
        await Expect(page.GetByText("Needs the scope spaces_key:create_credentials.")).ToBeVisibleAsync();
        await Expect(page.GetByText("grants[].permission").First).ToBeVisibleAsync();
        await Expect(page.GetByText("curl -X POST").First).ToContainTextAsync($"{stage.Server.Panel}/v2/spaces/keys");
        await Axe.AssertCleanAsync(page, "API reference");
        // Nothing makes the page wider than the window.
        Assert.Equal(width, await page.EvaluateAsync<int>("document.documentElement.scrollWidth"));

        await page.GetByRole(AriaRole.Textbox, new() { Name = "Search" }).FillAsync("no such thing");
        await Expect(page.GetByText("Nothing here is called that.")).ToBeVisibleAsync();
    }
}
