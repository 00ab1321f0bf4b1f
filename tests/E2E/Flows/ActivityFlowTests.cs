using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;
using ControlPanel.Tests.E2E.Support;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace ControlPanel.Tests.E2E.Flows;

/// <summary>Seeing and explaining: the log, its chain, its export, the refused call behind a request id, Try this key.</summary>
public sealed class ActivityFlowTests(Stage stage)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_log_lists_changes_verifies_its_chain_and_exports()
    {
        await using var panel = await PanelSession.OpenAsync(stage);
        await panel.SignInAsync();
        var page = panel.Page;
        await page.GotoAsync("/activity");
        await Expect(page.GetByRole(AriaRole.Table, new() { Name = "Changes" })).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Verify log" }).ClickAsync();
        await Expect(page.GetByText("entries verified, chain intact")).ToBeVisibleAsync();

        await page.GetByRole(AriaRole.Combobox, new() { Name = "What" })
            .SelectOptionAsync(new SelectOptionValue { Label = "Namespaces" });
        await page.GetByRole(AriaRole.Button, new() { Name = "Filter" }).ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex("action=namespace\\."));
        await Expect(panel.Row("namespace.create")).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Row).Filter(new() { HasText = "functions_key." })).ToHaveCountAsync(0);

        var download = await page.RunAndWaitForDownloadAsync(() =>
            page.GetByRole(AriaRole.Button, new() { Name = "Export CSV" }).ClickAsync()
        );
        var text = await File.ReadAllTextAsync(await download.PathAsync(), Ct);
        Assert.StartsWith("sequence,time,who,", text, StringComparison.Ordinal);
        Assert.Contains("namespace.create", text, StringComparison.Ordinal);
        Assert.DoesNotContain("vpc.create", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_call_is_explained_by_the_id_its_caller_was_told()
    {
        var (id, _) = await stage.Server.IssueKeyAsync("image-tools", "explained-key", Ct);
        var (_, otherSecret) = await stage.Server.IssueKeyAsync("image-tools", "other-key", Ct);
        using var client = new HttpClient { BaseAddress = new Uri(stage.Server.Functions) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Basic",
            Convert.ToBase64String(Encoding.UTF8.GetBytes($"{id}:{otherSecret}"))
        );
        using var refused = await client.GetAsync("/api/v1/namespaces", Ct);
        var requestId = refused.Headers.GetValues("x-request-id").Single();
        Assert.DoesNotContain(
            "secret",
            await refused.Content.ReadAsStringAsync(Ct),
            StringComparison.OrdinalIgnoreCase
        );

        await using var panel = await PanelSession.OpenAsync(stage);
        await panel.SignInAsync();
        await panel.Page.GotoAsync("/activity");
        await panel.Page.GetByRole(AriaRole.Textbox, new() { Name = "Request ID" }).FillAsync(requestId);
        await panel.Page.GetByRole(AriaRole.Button, new() { Name = "Explain", Exact = true }).ClickAsync();
        await Expect(panel.Page.GetByText("Wrong secret")).ToBeVisibleAsync();
        await Expect(panel.Page.GetByText("with the key explained-key")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Try_this_key_decides_as_the_gateway_does_and_forgets_what_was_pasted()
    {
        var (id, secret) = await stage.Server.IssueKeyAsync("image-tools", "tried-key", Ct);
        await using var panel = await PanelSession.OpenAsync(stage);
        await panel.SignInAsync();
        var page = panel.Page;
        await page.GotoAsync("/try");
        await page.GetByLabel("Or paste a credential").FillAsync($"{id}:{secret}");
        await page.GetByRole(AriaRole.Combobox, new() { Name = "Namespace" })
            .SelectOptionAsync(new SelectOptionValue { Label = "webhooks" });
        await page.GetByRole(AriaRole.Button, new() { Name = "Try", Exact = true }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Status).GetByText("Denied").First).ToBeVisibleAsync();
        await Expect(page.GetByText("The smallest change")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Combobox, new() { Name = "Namespace" })
            .SelectOptionAsync(new SelectOptionValue { Label = "image-tools" });
        await page.GetByRole(AriaRole.Button, new() { Name = "Try", Exact = true }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Status).GetByText("Allowed").First).ToBeVisibleAsync();
        Assert.DoesNotContain(secret, stage.Server.Output);
        Assert.DoesNotContain(secret, page.Url);
    }
}
