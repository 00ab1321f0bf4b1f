using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace ControlPanel.Tests.E2E.Support;

/// <summary>
/// One browser window with its own cookies. Collects what the console complains about, so that a broken content security
/// policy or script fails the test that met it; keeps a picture without secrets when the test failed.
/// </summary>
public sealed class PanelSession : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly ConcurrentQueue<string> _complaints = new();

    private PanelSession(DemoServer server, IBrowserContext context, IPage page)
    {
        Server = server;
        _context = context;
        Page = page;
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning" && !IsExpected(message.Text))
            {
                _complaints.Enqueue(Redaction.Of($"{message.Type}: {message.Text}"));
            }
        };
        page.PageError += (_, error) => _complaints.Enqueue(Redaction.Of($"page error: {error}"));
    }

    public DemoServer Server { get; }

    public IPage Page { get; }

    /// <summary>Opens a window on the stage's own server.</summary>
    public static Task<PanelSession> OpenAsync(
        Stage stage,
        int width = 1280,
        int height = 900,
        ColorScheme scheme = ColorScheme.Light
    ) => OpenAsync(stage, stage.Server, width, height, scheme);

    /// <summary>Opens a window on a server.</summary>
    /// <param name="host">The name that the window knows the server by; its address unless given.</param>
    public static async Task<PanelSession> OpenAsync(
        Stage stage,
        DemoServer server,
        int width = 1280,
        int height = 900,
        ColorScheme scheme = ColorScheme.Light,
        string host = "127.0.0.1"
    )
    {
        var context = await stage.Browser.NewContextAsync(
            new BrowserNewContextOptions
            {
                BaseURL = server.Panel.Replace("127.0.0.1", host, StringComparison.Ordinal),
                ViewportSize = new ViewportSize { Width = width, Height = height },
                ColorScheme = scheme,
                Permissions = ["clipboard-read", "clipboard-write"],
            }
        );
        context.SetDefaultTimeout(15_000);
        return new PanelSession(server, context, await context.NewPageAsync());
    }

    /// <summary>Signs a demo person in by the form.</summary>
    public async Task SignInAsync(string email = "olivia@demo.test")
    {
        await Page.GotoAsync("/account/login");
        await Page.GetByRole(AriaRole.Textbox, new() { Name = "Email" }).FillAsync(email);
        await Page.GetByLabel("Password", new() { Exact = true }).FillAsync(Server.Password);
        await Page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }).ClickAsync();
        await Page.GetByRole(AriaRole.Navigation, new() { Name = "Main" })
            .Or(Page.GetByRole(AriaRole.Button, new() { Name = "Open navigation" }))
            .First.WaitForAsync();
    }

    /// <summary>Opens the settings of a demo namespace.</summary>
    public async Task OpenSettingsAsync(string label)
    {
        await Page.GotoAsync($"/functions/{Server.Namespaces[label]}/settings");
        await Page.GetByRole(AriaRole.Heading, new() { Name = "Namespace Access Keys" }).WaitForAsync();
    }

    /// <summary>A dialog by its name.</summary>
    public ILocator Dialog(string name) => Page.GetByRole(AriaRole.Dialog, new() { Name = name });

    /// <summary>Creates a key by the dialog and returns what the reveal shows; leaves the reveal open.</summary>
    public async Task<(string Id, string Secret)> CreateKeyAsync(string name, string expiration = "30 days")
    {
        await Page.GetByRole(AriaRole.Button, new() { Name = "Create Access Key" }).First.ClickAsync();
        var dialog = Dialog("Create access key");
        await dialog.GetByRole(AriaRole.Textbox, new() { Name = "Access key name" }).FillAsync(name);
        await dialog
            .GetByRole(AriaRole.Combobox, new() { Name = "Expiration" })
            .SelectOptionAsync(new SelectOptionValue { Label = expiration });
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Create Access Key" }).ClickAsync();
        var reveal = Dialog("Save your secret key");
        var id = await reveal.GetByRole(AriaRole.Textbox, new() { Name = "Access key ID" }).InputValueAsync();
        var secret = await reveal.GetByRole(AriaRole.Textbox, new() { Name = "Secret key" }).InputValueAsync();
        return (id, secret);
    }

    /// <summary>Confirms that the secret is saved and closes the reveal.</summary>
    public async Task FinishRevealAsync()
    {
        var reveal = Dialog("Save your secret key");
        await reveal.GetByRole(AriaRole.Checkbox, new() { Name = "I have saved the secret key" }).CheckAsync();
        await reveal.GetByRole(AriaRole.Button, new() { Name = "Done" }).ClickAsync();
        await Assertions.Expect(reveal).ToBeHiddenAsync();
    }

    /// <summary>The table row of a key.</summary>
    public ILocator Row(string name) => Page.GetByRole(AriaRole.Row).Filter(new() { HasText = name }).First;

    /// <summary>Chooses an entry of a key's … menu.</summary>
    public async Task ChooseAsync(string keyName, string entry)
    {
        await Page.GetByRole(AriaRole.Button, new() { Name = $"Actions for {keyName}", Exact = true }).ClickAsync();
        await Page.GetByRole(AriaRole.Menuitem, new() { Name = entry, Exact = true }).ClickAsync();
    }

    /// <summary>What the browser's console complained about.</summary>
    public IReadOnlyList<string> Complaints => [.. _complaints];

    public async ValueTask DisposeAsync()
    {
        var failed = TestContext.Current.TestState?.Result == TestResult.Failed;
        if (failed)
        {
            var folder = Directory.CreateDirectory(
                Path.Combine(AppContext.BaseDirectory, "artifacts", TestContext.Current.Test!.UniqueID)
            );
            await Artefacts.KeepAsync(Page, _complaints, folder.FullName);
            TestContext.Current.SendDiagnosticMessage("{0}: {1}", TestContext.Current.Test.TestDisplayName, folder);
        }

        await _context.DisposeAsync();
        if (!failed)
        {
            Assert.Empty(_complaints);
        }
    }

    // A refused page, a missing one and a dropped connection are reported by the browser itself.
    private static bool IsExpected(string text) =>
        text.Contains("Failed to load resource", StringComparison.Ordinal)
        || text.Contains("WebSocket closed", StringComparison.Ordinal);
}
