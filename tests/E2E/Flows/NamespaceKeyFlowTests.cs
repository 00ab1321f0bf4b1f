using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using ControlPanel.Tests.E2E.Support;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace ControlPanel.Tests.E2E.Flows;

/// <summary>The product's main story: a key is clicked into being, used, seen in use, revoked and refused.</summary>
public sealed partial class NamespaceKeyFlowTests(Stage stage)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_key_works_from_the_first_click_to_the_refused_call()
    {
        await using var panel = await PanelSession.OpenAsync(stage);
        await panel.SignInAsync();
        var page = panel.Page;
        await page.GetByRole(AriaRole.Navigation, new() { Name = "Main" })
            .GetByRole(AriaRole.Link, new() { Name = "Functions" })
            .ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Functions", Level = 1 })).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "image-tools" }).First.ClickAsync();
        await page.GetByRole(AriaRole.Tab, new() { Name = "Settings" }).ClickAsync();

        var (id, secret) = await panel.CreateKeyAsync("ci-cd-key");
        Assert.Matches("^dof_v1_[0-9a-f]{32}$", id);
        var reveal = panel.Dialog("Save your secret key");
        var curl = await reveal.GetByText(CurlLine()).First.InnerTextAsync();
        await panel.FinishRevealAsync();

        // The line as a person would paste it.
        var (exit, output, error) = await Shell.RunAsync(WithStatus(curl), Ct);
        Assert.True(exit == 0, error);
        Assert.EndsWith("200", output.TrimEnd());

        // Seen in use after a reload, the secret nowhere.
        await Expect(async () =>
        {
            await page.ReloadAsync();
            await Expect(panel.Row("ci-cd-key")).ToContainTextAsync("127.0.0.1", new() { Timeout = 2_000 });
        });
        Assert.DoesNotContain(secret, await page.ContentAsync());

        await panel.ChooseAsync("ci-cd-key", "Revoke");
        var confirm = panel.Dialog("Revoke access key");
        await Expect(confirm).ToContainTextAsync("immediately");
        await confirm.GetByRole(AriaRole.Button, new() { Name = "Revoke", Exact = true }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Status).Filter(new() { HasTextRegex = ReceiptText() }).First)
            .ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Row).Filter(new() { HasText = "ci-cd-key" })).ToHaveCountAsync(0);

        (_, output, _) = await Shell.RunAsync(WithStatus(curl), Ct);
        Assert.EndsWith("401", output.TrimEnd());
        using var refusal = JsonDocument.Parse(output[..output.LastIndexOf('\n')]);
        Assert.True(refusal.RootElement.TryGetProperty("error", out _));
        Assert.True(refusal.RootElement.TryGetProperty("code", out _));
    }

    [Fact]
    public async Task No_call_that_starts_after_the_receipt_succeeds()
    {
        await using var panel = await PanelSession.OpenAsync(stage);
        await panel.SignInAsync();
        await panel.OpenSettingsAsync("image-tools");
        var (id, secret) = await panel.CreateKeyAsync("race-key");
        await panel.FinishRevealAsync();

        using var client = new HttpClient { BaseAddress = new Uri(stage.Server.Functions) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Basic",
            Convert.ToBase64String(Encoding.UTF8.GetBytes($"{id}:{secret}"))
        );
        var successes = new ConcurrentQueue<long>();
        var refused = 0;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var callers = Enumerable
            .Range(0, 8)
            .Select(_ =>
                Task.Run(
                    async () =>
                    {
                        while (!stop.IsCancellationRequested)
                        {
                            var started = Stopwatch.GetTimestamp();
                            using var response = await client.GetAsync("/api/v1/namespaces", CancellationToken.None);
                            if (response.StatusCode == HttpStatusCode.OK)
                            {
                                successes.Enqueue(started);
                            }
                            else
                            {
                                Interlocked.Increment(ref refused);
                            }
                        }
                    },
                    CancellationToken.None
                )
            )
            .ToList();
        while (successes.Count < 50)
        {
            await Task.Delay(10, Ct);
        }

        await panel.ChooseAsync("race-key", "Revoke");
        await panel
            .Dialog("Revoke access key")
            .GetByRole(AriaRole.Button, new() { Name = "Revoke", Exact = true })
            .ClickAsync();
        await panel.Page.GetByRole(AriaRole.Status).Filter(new() { HasTextRegex = ReceiptText() }).First.WaitForAsync();
        var receipt = Stopwatch.GetTimestamp();
        var refusedBefore = Volatile.Read(ref refused);
        while (Volatile.Read(ref refused) < refusedBefore + 200)
        {
            await Task.Delay(10, Ct);
        }

        await stop.CancelAsync();
        await Task.WhenAll(callers);
        Assert.DoesNotContain(successes, started => started > receipt);
    }

    [Fact]
    public async Task The_secret_is_gone_after_done_reload_and_back()
    {
        await using var panel = await PanelSession.OpenAsync(stage);
        await panel.SignInAsync();
        await panel.OpenSettingsAsync("webhooks");
        var page = panel.Page;
        var (_, secret) = await panel.CreateKeyAsync("once-key");

        // Escape asks first; the reveal stays.
        await page.Keyboard.PressAsync("Escape");
        await Expect(panel.Dialog("Save your secret key")).ToBeVisibleAsync();
        if (await page.GetByRole(AriaRole.Button, new() { Name = "Keep it open" }).IsVisibleAsync())
        {
            await page.GetByRole(AriaRole.Button, new() { Name = "Keep it open" }).ClickAsync();
        }

        await panel.FinishRevealAsync();
        Assert.DoesNotContain(secret, await page.ContentAsync());

        await page.ReloadAsync();
        await Expect(panel.Row("once-key")).ToBeVisibleAsync();
        Assert.DoesNotContain(secret, await page.ContentAsync());

        await page.GotoAsync("/functions");
        await page.GoBackAsync();
        await Expect(panel.Row("once-key")).ToBeVisibleAsync();
        Assert.DoesNotContain(secret, await page.ContentAsync());
        Assert.DoesNotContain(secret, stage.Server.Output);
        // The process lock is empty, and held for as long as the server runs.
        foreach (
            var file in Directory
                .EnumerateFiles(stage.Server.Data, "*", SearchOption.AllDirectories)
                .Where(f => !f.EndsWith(".lock", StringComparison.Ordinal))
        )
        {
            await using var stream = new FileStream(
                file,
                FileMode.Open,
                FileAccess.Read,
                FileShare.ReadWrite | FileShare.Delete
            );
            using var reader = new StreamReader(stream, Encoding.Latin1);
            Assert.DoesNotContain(secret, await reader.ReadToEndAsync(Ct));
        }
    }

    [Fact]
    public async Task A_reload_while_the_reveal_is_open_never_shows_the_secret_again()
    {
        await using var panel = await PanelSession.OpenAsync(stage);
        await panel.SignInAsync();
        await panel.OpenSettingsAsync("webhooks");
        var (_, secret) = await panel.CreateKeyAsync("reload-key");
        panel.Page.Dialog += (_, dialog) => _ = dialog.AcceptAsync();
        await panel.Page.ReloadAsync();
        await Expect(panel.Row("reload-key")).ToBeVisibleAsync();
        await Expect(panel.Dialog("Save your secret key")).ToHaveCountAsync(0);
        Assert.DoesNotContain(secret, await panel.Page.ContentAsync());
    }

    [Fact]
    public async Task A_change_in_one_window_shows_in_another_without_a_reload()
    {
        await using var watching = await PanelSession.OpenAsync(stage);
        await watching.SignInAsync("mateo@demo.test");
        await watching.OpenSettingsAsync("image-tools");
        await using var acting = await PanelSession.OpenAsync(stage);
        await acting.SignInAsync();
        await acting.OpenSettingsAsync("image-tools");
        await acting.CreateKeyAsync("seen-elsewhere");
        await Expect(watching.Row("seen-elsewhere")).ToBeVisibleAsync(new() { Timeout = 5_000 });
        await acting.FinishRevealAsync();
    }

    [Fact]
    public async Task Rename_suspend_and_resume_take_effect()
    {
        await using var panel = await PanelSession.OpenAsync(stage);
        await panel.SignInAsync();
        await panel.OpenSettingsAsync("image-tools");
        var (id, secret) = await panel.CreateKeyAsync("first-name", "Never");
        await panel.FinishRevealAsync();
        await Expect(panel.Row("first-name")).ToContainTextAsync("N/A");

        await panel.ChooseAsync("first-name", "Rename");
        var rename = panel.Page.GetByRole(AriaRole.Dialog);
        await rename.GetByRole(AriaRole.Textbox).FillAsync("second-name");
        await rename.GetByRole(AriaRole.Button, new() { NameRegex = RenameButton() }).ClickAsync();
        await Expect(panel.Row("second-name")).ToBeVisibleAsync();

        using var client = new HttpClient { BaseAddress = new Uri(stage.Server.Functions) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Basic",
            Convert.ToBase64String(Encoding.UTF8.GetBytes($"{id}:{secret}"))
        );
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/api/v1/namespaces", Ct)).StatusCode);

        await panel.ChooseAsync("second-name", "Suspend");
        if (await panel.Page.GetByRole(AriaRole.Dialog).IsVisibleAsync())
        {
            await panel
                .Page.GetByRole(AriaRole.Dialog)
                .GetByRole(AriaRole.Button, new() { Name = "Suspend", Exact = true })
                .ClickAsync();
        }

        await Expect(panel.Row("second-name")).ToContainTextAsync("Suspended");
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/api/v1/namespaces", Ct)).StatusCode);

        await panel.ChooseAsync("second-name", "Resume");
        await Expect(panel.Row("second-name")).ToContainTextAsync("Active");
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/api/v1/namespaces", Ct)).StatusCode);
    }

    [Fact]
    public async Task Every_broken_rule_is_said_beside_its_field()
    {
        await using var panel = await PanelSession.OpenAsync(stage);
        await panel.SignInAsync();
        await panel.OpenSettingsAsync("image-tools");
        await panel.Page.GetByRole(AriaRole.Button, new() { Name = "Create Access Key" }).First.ClickAsync();
        var dialog = panel.Dialog("Create access key");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Create Access Key" }).ClickAsync();
        await Expect(dialog.GetByRole(AriaRole.Alert).First).ToBeVisibleAsync();

        await dialog.GetByRole(AriaRole.Textbox, new() { Name = "Access key name" }).FillAsync("a\u202Eb");
        await dialog
            .GetByRole(AriaRole.Combobox, new() { Name = "Expiration" })
            .SelectOptionAsync(new SelectOptionValue { Label = "Custom" });
        await dialog.GetByRole(AriaRole.Textbox, new() { Name = "Expires in" }).FillAsync("30m");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Create Access Key" }).ClickAsync();
        await Expect(dialog).ToContainTextAsync("12h or 7d");
        await Expect(panel.Dialog("Save your secret key")).ToHaveCountAsync(0);
    }

    private static string WithStatus(string curl) =>
        curl.Trim().Replace("curl ", "curl -s -w '\\n%{http_code}' ", StringComparison.Ordinal);

    private static async Task Expect(Func<Task> attempt)
    {
        // "Within ten seconds" is the product's promise for last used.
        var deadline = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await attempt();
                return;
            }
            catch (PlaywrightException) when (deadline.Elapsed < TimeSpan.FromSeconds(10))
            {
                await Task.Delay(200, Ct);
            }
        }
    }

    private static ILocatorAssertions Expect(ILocator locator) => Assertions.Expect(locator);

    [GeneratedRegex("^curl ")]
    private static partial Regex CurlLine();

    [GeneratedRegex(@"Revoked\. Refused on (\d+) of \1 nodes? after \d+ ms\.")]
    private static partial Regex ReceiptText();

    [GeneratedRegex("^(Rename|Update|Save)$")]
    private static partial Regex RenameButton();
}
