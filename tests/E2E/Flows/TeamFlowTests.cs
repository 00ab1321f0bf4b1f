using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using ControlPanel.Tests.E2E.Support;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace ControlPanel.Tests.E2E.Flows;

/// <summary>Removing a member on a server of its own, because the demo's people are the other tests' people.</summary>
public sealed class TeamFlowTests(Stage stage)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_removed_member_loses_keys_and_windows_at_once_and_nobody_else_is_disturbed()
    {
        await using var server = await DemoServer.StartAsync(Ct);
        await using var theirs = await PanelSession.OpenAsync(stage, server);
        await theirs.SignInAsync("mateo@demo.test");
        using var script = server.ApiClient();
        script.DefaultRequestHeaders.Authorization = new("Bearer", await MakeTokenAsync(theirs));
        (string Id, string Secret)[] keys =
        [
            await MakeKeyAsync(server, script, "image-tools", "resizer"),
            await MakeKeyAsync(server, script, "image-tools", "nightly"),
            await MakeKeyAsync(server, script, "webhooks", "receiver"),
        ];
        using var made = await SendAsync(
            script,
            "/v2/inference/model_access_keys",
            new { name = "summaries", models = "all" }
        );
        var model = made.RootElement.GetProperty("model_access_key").GetProperty("secret_key").GetString()!;
        var spaces = await SpacesKey.CreateAsync(server, script, Ct, "raw-photos:read");
        await theirs.Page.GotoAsync("/functions");
        await using var second = await PanelSession.OpenAsync(stage, server, 390, 844);
        await second.SignInAsync("mateo@demo.test");
        await second.OpenSettingsAsync("image-tools");

        // Everything of theirs works, and so does everything of a colleague, all the time.
        foreach (var (id, secret) in keys)
        {
            Assert.Equal(HttpStatusCode.OK, await CallAsync(server, id, secret));
        }

        Assert.Equal(HttpStatusCode.OK, await InferAsync(server, model));
        Assert.Equal(0, (await spaces.RunAsync("$AWS s3 ls s3://raw-photos", Ct)).ExitCode);
        var (otherId, otherSecret) = await server.IssueKeyAsync("image-tools", "olivias-key", Ct);
        using var stop = new CancellationTokenSource();
        var colleague = Task.Run(
            async () =>
            {
                var answers = new List<HttpStatusCode>();
                while (!stop.IsCancellationRequested)
                {
                    answers.Add(await CallAsync(server, otherId, otherSecret));
                }

                return answers;
            },
            Ct
        );

        await using var owner = await PanelSession.OpenAsync(stage, server);
        await owner.SignInAsync();
        await owner.Page.GotoAsync("/team/members");
        await ChooseAsync(owner, "Remove");
        var remove = owner.Dialog("Remove mateo@demo.test");
        foreach (var name in (string[])["resizer", "nightly", "receiver", "laptop", "summaries", "tests"])
        {
            await Expect(remove).ToContainTextAsync(name);
        }

        await Expect(remove.GetByRole(AriaRole.Button, new() { Name = "Remove member" })).ToBeDisabledAsync();
        await remove
            .GetByRole(AriaRole.Combobox, new() { Name = "Decision for summaries" })
            .SelectOptionAsync(new SelectOptionValue { Label = "Revoke" });
        await remove.GetByRole(AriaRole.Textbox, new() { Name = "Enter the e-mail" }).FillAsync("mateo@demo.test");
        await remove.GetByRole(AriaRole.Button, new() { Name = "Remove member" }).ClickAsync();
        await Expect(remove).ToBeHiddenAsync();

        foreach (var (id, secret) in keys)
        {
            Assert.Equal(HttpStatusCode.Unauthorized, await CallAsync(server, id, secret));
        }

        Assert.Equal(HttpStatusCode.Unauthorized, (await script.GetAsync("/v2/account", Ct)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, await InferAsync(server, model));
        // Decided otherwise: it goes on, and is the owner's now.
        Assert.Equal(0, (await spaces.RunAsync("$AWS s3 ls s3://raw-photos", Ct)).ExitCode);
        foreach (var window in (PanelSession[])[theirs, second])
        {
            await Expect(window.Page.GetByRole(AriaRole.Heading, new() { Name = "No team" }))
                .ToBeVisibleAsync(new() { Timeout = 2_000 });
        }

        await stop.CancelAsync();
        var answers = await colleague;
        Assert.NotEmpty(answers);
        Assert.All(answers, a => Assert.Equal(HttpStatusCode.OK, a));

        // Invited again, they are somebody new: nothing that they had comes back.
        await owner.Page.GetByRole(AriaRole.Button, new() { Name = "Invite Member" }).ClickAsync();
        var invite = owner.Dialog("Invite member");
        await invite.GetByRole(AriaRole.Textbox, new() { Name = "Email" }).FillAsync("mateo@demo.test");
        await ChooseRoleAsync(invite, "member");
        await invite.GetByRole(AriaRole.Button, new() { Name = "Invite Member" }).ClickAsync();
        var link = await invite.GetByRole(AriaRole.Textbox, new() { Name = "Invitation link" }).InputValueAsync();
        await theirs.Page.GotoAsync(link);
        await theirs.Page.GetByRole(AriaRole.Button, new() { Name = "Join team" }).ClickAsync();
        await Expect(theirs.Page.GetByRole(AriaRole.Heading, new() { Name = "Overview" })).ToBeVisibleAsync();
        await theirs.Page.GotoAsync("/team/members");
        await Expect(theirs.Page.GetByRole(AriaRole.Row).Filter(new() { HasText = "mateo@demo.test" }))
            .ToContainTextAsync(new System.Text.RegularExpressions.Regex("0\\s*$"));
        Assert.Equal(HttpStatusCode.Unauthorized, await CallAsync(server, keys[0].Id, keys[0].Secret));
        Assert.Equal(HttpStatusCode.Unauthorized, (await script.GetAsync("/v2/account", Ct)).StatusCode);
    }

    [Fact]
    public async Task Another_role_is_felt_without_a_click_and_another_team_shows_nothing_of_the_first()
    {
        await using var server = await DemoServer.StartAsync(Ct);
        await using var theirs = await PanelSession.OpenAsync(stage, server);
        await theirs.SignInAsync("mateo@demo.test");
        await theirs.OpenSettingsAsync("image-tools");
        var create = theirs.Page.GetByRole(AriaRole.Button, new() { Name = "Create Access Key" });
        await Expect(create.First).ToBeVisibleAsync();

        await using var owner = await PanelSession.OpenAsync(stage, server);
        await owner.SignInAsync();
        var page = owner.Page;
        await page.GotoAsync("/team/members");
        await ChooseAsync(owner, "Change role");
        var dialog = owner.Dialog("Change role");
        await ChooseRoleAsync(dialog, "resource viewer");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Change role" }).ClickAsync();
        await Expect(dialog).ToBeHiddenAsync();
        await Expect(create).ToHaveCountAsync(0, new() { Timeout = 2_000 });

        await page.GetByRole(AriaRole.Button, new() { Name = "Create team" }).ClickAsync();
        var team = owner.Dialog("Create team");
        await team.GetByRole(AriaRole.Button, new() { Name = "Create team" }).ClickAsync();
        await Expect(team.GetByRole(AriaRole.Alert)).ToContainTextAsync("The team name must not be empty.");
        await Axe.AssertCleanAsync(page, "create team");
        await team.GetByRole(AriaRole.Textbox, new() { Name = "Team name" }).FillAsync("Film Lab");
        await team.GetByRole(AriaRole.Button, new() { Name = "Create team" }).ClickAsync();
        var switcher = page.GetByRole(AriaRole.Combobox, new() { Name = "Team", Exact = true });
        await Expect(switcher.Locator("option:checked")).ToHaveTextAsync("Film Lab");
        await page.GotoAsync("/team/members");
        await Expect(page.GetByRole(AriaRole.Row).Filter(new() { HasText = "olivia@demo.test" })).ToBeVisibleAsync();
        await Expect(page.GetByText("mateo@demo.test")).ToHaveCountAsync(0);
        await page.GotoAsync($"/functions/{server.Namespaces["image-tools"]}/settings");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Not found" })).ToBeVisibleAsync();

        await switcher.SelectOptionAsync(new SelectOptionValue { Label = "Acme Photos" });
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Overview" })).ToBeVisibleAsync();
        await page.GotoAsync("/functions");
        await Expect(page.GetByText("image-tools").First).ToBeVisibleAsync();
    }

    [Fact]
    public async Task The_last_owner_cannot_step_down()
    {
        await using var panel = await PanelSession.OpenAsync(stage);
        await panel.SignInAsync();
        await panel.Page.GotoAsync("/team/members");
        await panel.Page.GetByRole(AriaRole.Button, new() { Name = "Actions for olivia@demo.test" }).ClickAsync();
        await panel.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Change role" }).ClickAsync();
        var dialog = panel.Dialog("Change role");
        await dialog
            .GetByRole(AriaRole.Combobox, new() { Name = "Role" })
            .SelectOptionAsync(new SelectOptionValue { Label = "member" });
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Change role" }).ClickAsync();
        await Expect(dialog.GetByRole(AriaRole.Alert)).ToContainTextAsync("last owner");
    }

    private static Task ChooseAsync(PanelSession panel, string entry) => panel.ChooseAsync("mateo@demo.test", entry);

    private static Task<IReadOnlyList<string>> ChooseRoleAsync(ILocator dialog, string role) =>
        dialog
            .GetByRole(AriaRole.Combobox, new() { Name = "Role" })
            .SelectOptionAsync(new SelectOptionValue { Label = role });

    private static async Task<string> MakeTokenAsync(PanelSession panel)
    {
        await panel.Page.GotoAsync("/account/api/tokens/new");
        await panel.Page.GetByRole(AriaRole.Textbox, new() { Name = "Token name" }).FillAsync("laptop");
        await panel
            .Page.GetByRole(AriaRole.Combobox, new() { Name = "Expiration" })
            .SelectOptionAsync(new SelectOptionValue { Label = "30 days" });
        await panel.Page.GetByRole(AriaRole.Radio, new() { Name = "Full Access" }).CheckAsync();
        await panel.Page.GetByRole(AriaRole.Button, new() { Name = "Generate Token" }).ClickAsync();
        var token = await panel
            .Dialog("Save your secret key")
            .GetByRole(AriaRole.Textbox, new() { Name = "Secret key" })
            .InputValueAsync();
        await panel.FinishRevealAsync();
        return token;
    }

    private static async Task<(string Id, string Secret)> MakeKeyAsync(
        DemoServer server,
        HttpClient client,
        string label,
        string name
    )
    {
        using var body = await SendAsync(
            client,
            $"/v2/functions/namespaces/{server.Namespaces[label]}/keys",
            new { name }
        );
        var key = body.RootElement.GetProperty("access_key");
        return (key.GetProperty("id").GetString()!, key.GetProperty("secret").GetString()!);
    }

    private static async Task<JsonDocument> SendAsync(HttpClient client, string path, object body)
    {
        using var response = await client.PostAsJsonAsync(path, body, Ct);
        var text = await response.Content.ReadAsStringAsync(Ct);
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonDocument.Parse(text);
    }

    private static async Task<HttpStatusCode> InferAsync(DemoServer server, string key)
    {
        using var client = new HttpClient { BaseAddress = new Uri(server.Inference) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using var response = await client.GetAsync("/v1/models", Ct);
        return response.StatusCode;
    }

    private static async Task<HttpStatusCode> CallAsync(DemoServer server, string id, string secret)
    {
        using var client = new HttpClient { BaseAddress = new Uri(server.Functions) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Basic",
            Convert.ToBase64String(Encoding.UTF8.GetBytes($"{id}:{secret}"))
        );
        using var response = await client.GetAsync("/api/v1/namespaces", Ct);
        return response.StatusCode;
    }
}
