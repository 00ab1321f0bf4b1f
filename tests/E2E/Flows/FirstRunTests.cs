using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using ControlPanel.Tests.E2E.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace ControlPanel.Tests.E2E.Flows;

/// <summary>Without --demo: from an empty data folder to a refused call in front of somebody's own OpenWhisk API.</summary>
public sealed partial class FirstRunTests(Stage stage)
{
    private const string Password = "a long sentence nobody said before";
    private const string UpstreamCredential = "23bc46b1-71f6-4ed5-8c54-816aa4f8c502:upstream-secret";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_set_up_code_leads_to_an_owner_a_namespace_a_key_and_its_end()
    {
        await using var server = await PanelProcess.StartAsync([], [], Ct);
        await using var upstream = await StartUpstreamAsync();
        await using var context = await stage.Browser.NewContextAsync(new() { BaseURL = server.Panel });
        context.SetDefaultTimeout(15_000);
        var page = await context.NewPageAsync();

        // Whoever comes first is led to the set-up, and needs the code that only the starter has seen.
        await page.GotoAsync("/");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Set up ControlPanel" })).ToBeVisibleAsync();
        await SetUpAsync(page, "WRONG-CODE-HERE");
        await Expect(page.GetByText("code").Filter(new() { HasTextRegex = NotThatCode() }).First).ToBeVisibleAsync();
        await SetUpAsync(page, SetUpCode().Match(server.Output).Groups[1].Value);
        await page.GetByRole(AriaRole.Navigation, new() { Name = "Main" }).WaitForAsync();
        Assert.DoesNotContain(Password, server.Output, StringComparison.Ordinal);

        await page.GotoAsync("/functions");
        await page.GetByRole(AriaRole.Button, new() { Name = "Create Namespace" }).First.ClickAsync();
        var dialog = page.GetByRole(AriaRole.Dialog, new() { Name = "Create namespace" });
        await dialog.GetByRole(AriaRole.Textbox, new() { Name = "Label" }).FillAsync("production");
        await dialog.GetByRole(AriaRole.Combobox, new() { Name = "Region" }).SelectOptionAsync("fra1");
        await dialog.GetByText("Upstream OpenWhisk API").ClickAsync();
        await dialog.GetByRole(AriaRole.Textbox, new() { Name = "Address" }).FillAsync(upstream.Urls.First());
        await dialog.GetByLabel("Credential").FillAsync(UpstreamCredential);
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Create Namespace" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "production", Level = 1 })).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Tab, new() { Name = "Settings" }).ClickAsync();

        await page.GetByRole(AriaRole.Button, new() { Name = "Create Access Key" }).First.ClickAsync();
        var create = page.GetByRole(AriaRole.Dialog, new() { Name = "Create access key" });
        await create.GetByRole(AriaRole.Textbox, new() { Name = "Access key name" }).FillAsync("deploy");
        await create
            .GetByRole(AriaRole.Combobox, new() { Name = "Expiration" })
            .SelectOptionAsync(new SelectOptionValue { Label = "30 days" });
        await create.GetByRole(AriaRole.Button, new() { Name = "Create Access Key" }).ClickAsync();
        var reveal = page.GetByRole(AriaRole.Dialog, new() { Name = "Save your secret key" });
        var curl = await reveal.GetByText(CurlLine()).First.InnerTextAsync();
        await reveal.GetByRole(AriaRole.Checkbox).CheckAsync();
        await reveal.GetByRole(AriaRole.Button, new() { Name = "Done" }).ClickAsync();

        Assert.Equal("""[{"name":"from-the-upstream"}]200""", await CallAsync(curl));

        await page.GetByRole(AriaRole.Button, new() { Name = "Actions for deploy", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Menuitem, new() { Name = "Revoke", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Dialog, new() { Name = "Revoke access key" })
            .GetByRole(AriaRole.Button, new() { Name = "Revoke", Exact = true })
            .ClickAsync();
        await Expect(page.GetByRole(AriaRole.Status).Filter(new() { HasText = "Refused on" }).First).ToBeVisibleAsync();
        Assert.EndsWith("401", await CallAsync(curl), StringComparison.Ordinal);

        // The set-up is over for everybody.
        Assert.Equal(404, (await page.GotoAsync("/account/setup"))!.Status);
    }

    private static async Task SetUpAsync(IPage page, string code)
    {
        await page.GetByRole(AriaRole.Textbox, new() { Name = "Set-up code" }).FillAsync(code);
        await page.GetByRole(AriaRole.Textbox, new() { Name = "Email" }).FillAsync("first@example.test");
        await page.GetByLabel("Password").FillAsync(Password);
        await page.GetByRole(AriaRole.Textbox, new() { Name = "Team name" }).FillAsync("Harbour");
        await page.GetByRole(AriaRole.Button, new() { Name = "Create owner and team" }).ClickAsync();
    }

    private static async Task<string> CallAsync(string curl)
    {
        var line = curl.Trim().Replace("curl ", "curl -s -w '%{http_code}' ", StringComparison.Ordinal);
        var (exit, output, error) = await Shell.RunAsync(line, Ct);
        Assert.True(exit == 0, error);
        return output;
    }

    // An OpenWhisk API in so far as it lists actions, to nobody but who shows the upstream's own credential.
    private static async Task<WebApplication> StartUpstreamAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel(k => k.Listen(IPAddress.Loopback, 0));
        var upstream = builder.Build();
        var expected = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(UpstreamCredential));
        upstream.Run(context =>
        {
            context.Response.StatusCode = context.Request.Headers.Authorization == expected ? 200 : 403;
            return context.Response.WriteAsync("""[{"name":"from-the-upstream"}]""");
        });
        await upstream.StartAsync(Ct);
        return upstream;
    }

    [GeneratedRegex(@"with this code:\s+(\S+)")]
    private static partial Regex SetUpCode();

    [GeneratedRegex("^curl ")]
    private static partial Regex CurlLine();

    [GeneratedRegex("not|wrong", RegexOptions.IgnoreCase)]
    private static partial Regex NotThatCode();
}
