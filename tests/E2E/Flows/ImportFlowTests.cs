using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using ControlPanel.Tests.E2E.Support;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace ControlPanel.Tests.E2E.Flows;

/// <summary>Credentials from before access keys, taken over on the page: checked first, by line, then imported.</summary>
public sealed class ImportFlowTests(Stage stage)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1280, ColorScheme.Light)]
    [InlineData(390, ColorScheme.Dark)]
    public async Task An_owner_pastes_model_keys_sees_what_is_refused_and_imports_the_rest(
        int width,
        ColorScheme scheme
    )
    {
        await using var panel = await PanelSession.OpenAsync(stage, width, 844, scheme);
        await panel.SignInAsync();
        var page = panel.Page;
        var (itself, hashed) = (Key(), Key());
        var name = $"import-{itself[^6..]}";
        await page.GotoAsync("/inference/manage/legacy");
        await page.GetByRole(AriaRole.Button, new() { Name = "Import legacy keys" }).ClickAsync();
        var dialog = panel.Dialog("Import legacy keys");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Check" }).ClickAsync();
        await Expect(dialog.GetByRole(AriaRole.Alert)).ToHaveTextAsync("Choose a file or paste lines.");

        // Longer than a message of the connection may be.
        var lines = new StringBuilder("name,owner,key\n");
        lines.Append($"{name} one,olivia@demo.test,{itself}\n{name} two,,{Sha256(hashed)}\n");
        lines.Append($"nobody,nobody@demo.test,{Key()}\n");
        lines.Append('#').Append('x', 100_000).Append("\nshort,,sk-do-secret-text\n");
        await dialog.GetByRole(AriaRole.Textbox, new() { Name = "Or paste the lines" }).FillAsync(lines.ToString());
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Check" }).ClickAsync();
        await Expect(dialog.GetByRole(AriaRole.Status)).ToHaveTextAsync("2 new, 0 already there, 2 refused.");
        var refused = dialog.GetByRole(AriaRole.Table, new() { Name = "Refused lines" });
        await Expect(refused).ToContainTextAsync("No member of the team has this e-mail address.");
        await Expect(refused.GetByText("6", new() { Exact = true })).ToBeVisibleAsync();
        Assert.DoesNotContain("secret-text", await dialog.InnerTextAsync(), StringComparison.Ordinal);
        await Axe.AssertCleanAsync(page, "import, checked");
        Assert.Equal(HttpStatusCode.Unauthorized, await ModelsAsync(itself));

        await dialog.GetByRole(AriaRole.Button, new() { Name = "Import 2 keys" }).ClickAsync();
        await Expect(dialog).ToBeHiddenAsync();
        await Expect(panel.Row($"{name} one")).ToContainTextAsync("olivia@demo.test");
        await Expect(panel.Row($"{name} two")).ToContainTextAsync("nobody: imported");
        Assert.Equal(HttpStatusCode.OK, await ModelsAsync(itself));
        Assert.Equal(HttpStatusCode.OK, await ModelsAsync(hashed));

        await panel.ChooseAsync($"{name} two", "Delete");
        var delete = panel.Dialog("Delete model access key");
        await delete
            .GetByRole(AriaRole.Textbox, new() { Name = "Enter the key name to confirm" })
            .FillAsync($"{name} two");
        await delete.GetByRole(AriaRole.Button, new() { Name = "Delete access key" }).ClickAsync();
        await Expect(page.Locator(".alert-success")).ToContainTextAsync("Refused on 1 of 1 node");
        Assert.Equal(HttpStatusCode.Unauthorized, await ModelsAsync(hashed));
    }

    [Fact]
    public async Task An_owner_chooses_a_file_of_legacy_credentials_and_they_work()
    {
        await using var panel = await PanelSession.OpenAsync(stage);
        await panel.SignInAsync();
        var page = panel.Page;
        await page.GotoAsync("/functions");
        await page.GetByRole(AriaRole.Button, new() { Name = "Create Namespace" }).First.ClickAsync();
        var create = panel.Dialog("Create namespace");
        var label = $"imported-{RandomNumberGenerator.GetHexString(6, lowercase: true)}";
        await create.GetByRole(AriaRole.Textbox, new() { Name = "Label" }).FillAsync(label);
        await create.GetByRole(AriaRole.Combobox, new() { Name = "Region" }).SelectOptionAsync("fra1");
        await create.GetByRole(AriaRole.Button, new() { Name = "Create Namespace" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = label, Level = 1 })).ToBeVisibleAsync();
        var space = new Uri(page.Url).AbsolutePath.Split('/')[2];

        var (uuid, key) = (Guid.NewGuid(), RandomNumberGenerator.GetHexString(64, lowercase: true));
        await page.GotoAsync("/functions");
        await page.GetByRole(AriaRole.Button, new() { Name = "Import legacy credentials" }).ClickAsync();
        var dialog = panel.Dialog("Import legacy credentials");
        await dialog
            .GetByLabel("File", new() { Exact = true })
            .SetInputFilesAsync(
                new FilePayload
                {
                    Name = "old.csv",
                    MimeType = "text/csv",
                    Buffer = Encoding.UTF8.GetBytes($"namespace,uuid,key\n{space},{uuid},{key}\n"),
                }
            );
        await Expect(dialog.GetByRole(AriaRole.Button, new() { Name = "Remove file" })).ToBeVisibleAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Check" }).ClickAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Import 1 credential" }).ClickAsync();
        await Expect(dialog).ToBeHiddenAsync();
        await Expect(panel.Row(label)).ToContainTextAsync("Idle");
        using var client = new HttpClient { BaseAddress = new Uri(stage.Server.Functions) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Basic",
            Convert.ToBase64String(Encoding.ASCII.GetBytes($"{uuid}:{key}"))
        );
        // Known at the door: what fails is that this namespace has no upstream.
        using var answer = await client.GetAsync("/api/v1/namespaces/_/actions", Ct);
        Assert.NotEqual(HttpStatusCode.Unauthorized, answer.StatusCode);

        // The same file again: nothing to do, and nothing can be pressed.
        await page.GetByRole(AriaRole.Button, new() { Name = "Import legacy credentials" }).ClickAsync();
        var text = dialog.GetByRole(AriaRole.Textbox, new() { Name = "Or paste the lines" });
        await text.FillAsync($"{space},{uuid},{key}");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Check" }).ClickAsync();
        await Expect(dialog.GetByRole(AriaRole.Status)).ToContainTextAsync("There is nothing to import.");
        await Expect(dialog.GetByRole(AriaRole.Button, new() { Name = "Import 0 credentials" })).ToBeDisabledAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Back" }).ClickAsync();
        await Expect(text).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Who_is_no_owner_is_not_offered_it()
    {
        await using var panel = await PanelSession.OpenAsync(stage);
        await panel.SignInAsync("mateo@demo.test");
        var button = panel.Page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Import legacy") });
        await panel.Page.GotoAsync("/functions");
        await panel.Page.GetByRole(AriaRole.Button, new() { Name = "Create Namespace" }).First.WaitForAsync();
        await Expect(button).ToHaveCountAsync(0);
        await panel.Page.GotoAsync("/inference/manage/legacy");
        await panel.Page.GetByRole(AriaRole.Button, new() { Name = "Create model access key" }).First.WaitForAsync();
        await Expect(button).ToHaveCountAsync(0);
    }

    private static string Key() => $"sk-do-v1-{RandomNumberGenerator.GetHexString(40, lowercase: true)}";

    private static string Sha256(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(key)));

    private async Task<HttpStatusCode> ModelsAsync(string key)
    {
        using var client = new HttpClient { BaseAddress = new Uri(stage.Server.Inference) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using var response = await client.GetAsync("/v1/models", Ct);
        return response.StatusCode;
    }
}
