using System.Net;
using System.Net.Http.Headers;
using System.Text;
using ControlPanel.Tests.E2E.Support;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace ControlPanel.Tests.E2E.Flows;

/// <summary>Model access keys: the wizard, the tabs and their roles, regenerate and delete behind the typed name.</summary>
public sealed class ModelKeyFlowTests(Stage stage)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_member_makes_a_key_for_one_model_and_regenerates_and_deletes_it_by_name()
    {
        await using var panel = await PanelSession.OpenAsync(stage);
        await panel.SignInAsync("mateo@demo.test");
        var page = panel.Page;
        await page.GotoAsync("/inference/manage");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Manage Model Access Keys" })).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Tab, new() { Name = "My keys" })).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Tab, new() { Name = "Legacy keys" })).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Tab, new() { Name = "Team's keys" })).ToHaveCountAsync(0);

        var secret = await CreateAsync(panel, "bot-key", "demo-echo");
        Assert.StartsWith("sk-do-", secret, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await ChatAsync(secret, "demo-echo"));
        Assert.Equal(HttpStatusCode.Forbidden, await ChatAsync(secret, "openai-gpt-4o"));

        await panel.ChooseAsync("bot-key", "Regenerate");
        var regenerate = panel.Dialog("Regenerate model access key");
        var button = regenerate.GetByRole(AriaRole.Button, new() { Name = "Regenerate access key" });
        await Expect(button).ToBeDisabledAsync();
        var confirm = regenerate.GetByRole(AriaRole.Textbox, new() { Name = "Enter the key name to confirm" });
        await confirm.FillAsync("bot-ke");
        await Expect(button).ToBeDisabledAsync();
        await confirm.FillAsync("bot-key");
        await button.ClickAsync();
        var second = await panel
            .Dialog("Save your secret key")
            .GetByRole(AriaRole.Textbox, new() { Name = "Secret key" })
            .InputValueAsync();
        await panel.FinishRevealAsync();
        Assert.NotEqual(secret, second);
        Assert.Equal(HttpStatusCode.Unauthorized, await ChatAsync(secret, "demo-echo"));
        Assert.Equal(HttpStatusCode.OK, await ChatAsync(second, "demo-echo"));

        await panel.ChooseAsync("bot-key", "Rename");
        var rename = panel.Dialog("Rename model access key");
        await rename.GetByRole(AriaRole.Textbox, new() { Name = "Key name" }).FillAsync("bot-renamed");
        await rename.GetByRole(AriaRole.Button, new() { Name = "Update" }).ClickAsync();
        await Expect(panel.Row("bot-renamed")).ToBeVisibleAsync();
        Assert.Equal(HttpStatusCode.OK, await ChatAsync(second, "demo-echo"));

        await panel.ChooseAsync("bot-renamed", "Delete");
        var delete = panel.Dialog("Delete model access key");
        await delete
            .GetByRole(AriaRole.Textbox, new() { Name = "Enter the key name to confirm" })
            .FillAsync("bot-renamed");
        await delete.GetByRole(AriaRole.Button, new() { Name = "Delete access key" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Row).Filter(new() { HasText = "bot-renamed" })).ToHaveCountAsync(0);
        Assert.Equal(HttpStatusCode.Unauthorized, await ChatAsync(second, "demo-echo"));
    }

    [Fact]
    public async Task The_teams_keys_are_for_owners_even_by_their_address()
    {
        await using var panel = await PanelSession.OpenAsync(stage);
        await panel.SignInAsync("mateo@demo.test");
        await panel.Page.GotoAsync("/inference/manage/team");
        await Expect(panel.Page.GetByRole(AriaRole.Heading, new() { Name = "No permission" })).ToBeVisibleAsync();

        await using var owner = await PanelSession.OpenAsync(stage);
        await owner.SignInAsync();
        await owner.Page.GotoAsync("/inference/manage/team");
        await Expect(owner.Row("mateo@demo.test")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task The_list_of_models_opens_on_focus_and_a_duplicate_starts_from_it()
    {
        await using var panel = await PanelSession.OpenAsync(stage);
        await panel.SignInAsync();
        await panel.Page.GotoAsync("/inference/manage");
        await CreateAsync(panel, "two-models", "demo-echo", "openai-gpt-4o");
        var cell = panel.Row("two-models").GetByText("2 models");
        await cell.FocusAsync();
        await Expect(panel.Row("two-models").GetByRole(AriaRole.Tooltip)).ToContainTextAsync("openai-gpt-4o");
        await panel.ChooseAsync("two-models", "Duplicate and change");
        var wizard = panel.Dialog("Create model access key");
        await Expect(wizard.GetByRole(AriaRole.Checkbox, new() { Name = "demo-echo" })).ToBeCheckedAsync();
        await Expect(wizard.GetByRole(AriaRole.Radio, new() { Name = "Select models" })).ToBeCheckedAsync();
    }

    private static async Task<string> CreateAsync(PanelSession panel, string name, params string[] models)
    {
        await panel.Page.GetByRole(AriaRole.Button, new() { Name = "Create model access key" }).First.ClickAsync();
        var wizard = panel.Dialog("Create model access key");
        await wizard.GetByRole(AriaRole.Textbox, new() { Name = "Access Key Name" }).FillAsync(name);
        await wizard.GetByRole(AriaRole.Radio, new() { Name = "Select models" }).CheckAsync();
        foreach (var model in models)
        {
            await wizard.GetByRole(AriaRole.Checkbox, new() { Name = model, Exact = true }).CheckAsync();
        }

        await wizard.GetByRole(AriaRole.Button, new() { Name = "Continue" }).ClickAsync();
        await wizard.GetByRole(AriaRole.Radio, new() { Name = "No VPC network" }).CheckAsync();
        await wizard.GetByRole(AriaRole.Button, new() { Name = "Add model access key" }).ClickAsync();
        var secret = await panel
            .Dialog("Save your secret key")
            .GetByRole(AriaRole.Textbox, new() { Name = "Secret key" })
            .InputValueAsync();
        await panel.FinishRevealAsync();
        return secret;
    }

    private async Task<HttpStatusCode> ChatAsync(string secret, string model)
    {
        using var client = new HttpClient { BaseAddress = new Uri(stage.Server.Inference) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", secret);
        using var body = new StringContent(
            $$"""{"model":"{{model}}","messages":[{"role":"user","content":"Hello"}]}""",
            Encoding.UTF8,
            "application/json"
        );
        using var response = await client.PostAsync("/v1/chat/completions", body, Ct);
        return response.StatusCode;
    }
}
