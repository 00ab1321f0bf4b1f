using System.Net;
using System.Net.Http.Headers;
using ControlPanel.Tests.E2E.Support;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace ControlPanel.Tests.E2E.Flows;

/// <summary>API tokens: the scope tree, the reveal, the call that is allowed and the one that is not, the revocation.</summary>
public sealed class TokenFlowTests(Stage stage)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_token_with_custom_scopes_does_what_it_may_and_dies_at_once()
    {
        await using var panel = await PanelSession.OpenAsync(stage);
        await panel.SignInAsync();
        var page = panel.Page;
        await page.GotoAsync("/account/api/tokens");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Personal access tokens" })).ToBeVisibleAsync();
        await page.GetByText("Generate New Token").ClickAsync();
        await page.GetByRole(AriaRole.Textbox, new() { Name = "Token name" }).FillAsync("vpc-reader");
        await page.GetByRole(AriaRole.Combobox, new() { Name = "Expiration" })
            .SelectOptionAsync(new SelectOptionValue { Label = "30 days" });
        await page.GetByRole(AriaRole.Radio, new() { Name = "Custom Scopes" }).CheckAsync();
        await page.GetByRole(AriaRole.Checkbox, new() { Name = "vpc:read", Exact = true }).CheckAsync();
        await Expect(page.GetByRole(AriaRole.Checkbox, new() { Name = "regions:read" })).ToBeCheckedAsync();
        await Expect(page.GetByText("required by vpc:read").First).ToBeVisibleAsync();
        await Expect(page.GetByText("4 scopes selected")).ToBeVisibleAsync();

        // Taking back a required scope takes back what needs it, and says so.
        await page.GetByRole(AriaRole.Checkbox, new() { Name = "regions:read" }).UncheckAsync();
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("vpc:read");
        await Expect(page.GetByRole(AriaRole.Checkbox, new() { Name = "vpc:read", Exact = true }))
            .Not.ToBeCheckedAsync();
        await page.GetByRole(AriaRole.Checkbox, new() { Name = "vpc:read", Exact = true }).CheckAsync();

        await page.GetByRole(AriaRole.Button, new() { Name = "Generate Token" }).ClickAsync();
        var token = await panel
            .Dialog("Save your secret key")
            .GetByRole(AriaRole.Textbox, new() { Name = "Secret key" })
            .InputValueAsync();
        await panel.FinishRevealAsync();
        Assert.StartsWith("dop_v1_", token, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await GetAsync(token, "/v2/vpcs"));
        Assert.Equal(HttpStatusCode.Forbidden, await GetAsync(token, "/v2/functions/namespaces"));

        await Expect(panel.Row("vpc-reader")).ToContainTextAsync("4 scopes");
        await panel.ChooseAsync("vpc-reader", "Revoke");
        await panel
            .Dialog("Revoke token")
            .GetByRole(AriaRole.Button, new() { Name = "Revoke", Exact = true })
            .ClickAsync();
        await Expect(page.GetByRole(AriaRole.Row).Filter(new() { HasText = "vpc-reader" })).ToHaveCountAsync(0);
        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync(token, "/v2/vpcs"));
    }

    [Fact]
    public async Task Scopes_beyond_the_role_cannot_be_ticked()
    {
        await using var panel = await PanelSession.OpenAsync(stage);
        await panel.SignInAsync("vera@demo.test");
        await panel.Page.GotoAsync("/account/api/tokens/new");
        await panel.Page.GetByRole(AriaRole.Radio, new() { Name = "Custom Scopes" }).CheckAsync();
        await Expect(panel.Page.GetByRole(AriaRole.Checkbox, new() { Name = "function:delete" })).ToBeDisabledAsync();
        await Expect(panel.Page.GetByRole(AriaRole.Checkbox, new() { Name = "vpc:read", Exact = true }))
            .ToBeEnabledAsync();
    }

    private async Task<HttpStatusCode> GetAsync(string token, string path)
    {
        using var client = new HttpClient { BaseAddress = new Uri(stage.Server.Panel) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var response = await client.GetAsync(path, Ct);
        return response.StatusCode;
    }
}
