using AngleSharp.Dom;
using Bunit;
using Bunit.TestDoubles;
using ControlPanel.Shared;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;

namespace ControlPanel.Tests.Unit.Components;

public sealed class OneTimeSecretDialogTests : ComponentTest
{
    private const string Value = "s3cr3t-that-is-shown-once";

    private readonly OneTimeSecret _secret = new(
        "The key was made.",
        [new SecretValue("Access key ID", "dof_v1_1"), new SecretValue("Secret key", Value)],
        [
            new Snippet("curl", $"curl -u dof_v1_1:{Value}"),
            new Snippet("Node.js", $"auth: '{Value}'"),
            new Snippet(".env", $"SECRET={Value}"),
        ],
        "key.env"
    );

    private int _done;

    [Fact]
    public async Task Done_needs_the_tick_and_forgets_every_value()
    {
        var dialog = Open();
        Assert.Contains(Value, dialog.Markup, StringComparison.Ordinal);
        Assert.True(Button(dialog, "Done").HasAttribute("disabled"));
        await dialog.Find("input[type=checkbox]").ChangeAsync(true);

        await Button(dialog, "Done").ClickAsync();

        Assert.Equal(1, _done);
        Assert.Empty(_secret.Values);
        Assert.Empty(_secret.Snippets);
        dialog.Render();
        Assert.DoesNotContain(Value, dialog.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Escape_asks_for_a_second_word_and_keeps_the_values()
    {
        var dialog = Open();
        await dialog.InvokeAsync(dialog.FindComponent<Dialog>().Instance.AskToClose);
        Assert.Contains("gone for ever", dialog.Find("[role=alert]").TextContent, StringComparison.Ordinal);
        Assert.Equal(0, _done);
        Assert.Contains(Value, dialog.Markup, StringComparison.Ordinal);

        await Button(dialog, "Keep it open").ClickAsync();
        Assert.Empty(dialog.FindAll("[role=alert]"));

        await dialog.InvokeAsync(dialog.FindComponent<Dialog>().Instance.AskToClose);
        await Button(dialog, "Close without saving").ClickAsync();
        Assert.Equal(1, _done);
        Assert.Empty(_secret.Values);
    }

    [Fact]
    public void Leaving_the_page_is_held_up_while_the_secret_is_shown()
    {
        var dialog = Open();
        var navigation = Services.GetRequiredService<BunitNavigationManager>();

        navigation.NavigateTo("/elsewhere");

        Assert.Equal(NavigationState.Prevented, navigation.History.First().State);
        Assert.Contains("gone for ever", dialog.Markup, StringComparison.Ordinal);

        _secret.Forget();
        navigation.NavigateTo("/elsewhere");
        Assert.Equal(NavigationState.Succeeded, navigation.History.First().State);
    }

    [Fact]
    public async Task What_is_copied_and_downloaded_is_what_is_shown()
    {
        Script.Setup<bool>("copy", _ => true).SetResult(true);
        var dialog = Open();

        await dialog.Find("button[aria-label='Copy Secret key']").ClickAsync();
        await dialog.Find("button[aria-label='Copy curl snippet']").ClickAsync();
        await Button(dialog, "Download .env").ClickAsync();

        Assert.Equal([Value, $"curl -u dof_v1_1:{Value}"], Script.Invocations["copy"].Select(i => i.Arguments[0]));
        Assert.Equal(["key.env", $"SECRET={Value}"], Script.Invocations["download"].Single().Arguments);
    }

    [Fact]
    public async Task The_snippets_are_tabs_that_arrows_move_through_in_a_circle()
    {
        var dialog = Open();
        Assert.Equal("curl", Selected(dialog));

        await dialog.Find("[role=tablist]").KeyDownAsync(new KeyboardEventArgs { Key = "ArrowLeft" });
        Assert.Equal(".env", Selected(dialog));
        await dialog.Find("[role=tablist]").KeyDownAsync(new KeyboardEventArgs { Key = "ArrowRight" });
        await dialog.Find("[role=tablist]").KeyDownAsync(new KeyboardEventArgs { Key = "ArrowRight" });
        Assert.Equal("Node.js", Selected(dialog));

        var tab = dialog.Find("[role=tab][aria-selected=true]");
        Assert.Equal(tab.Id, Script.Invocations["focusById"][^1].Arguments[0]);
        Assert.Equal("0", tab.GetAttribute("tabindex"));
        Assert.All(
            dialog.FindAll("[role=tab][aria-selected=false]"),
            t => Assert.Equal("-1", t.GetAttribute("tabindex"))
        );
        Assert.Equal(tab.Id, dialog.Find("[role=tabpanel]").GetAttribute("aria-labelledby"));
    }

    private IRenderedComponent<OneTimeSecretDialog> Open() =>
        Render<OneTimeSecretDialog>(p => p.Add(d => d.Secret, _secret).Add(d => d.OnDone, () => _done++));

    private static IElement Button(IRenderedComponent<OneTimeSecretDialog> dialog, string text) =>
        dialog.FindAll("button").Single(b => b.TextContent.Trim().EndsWith(text, StringComparison.Ordinal));

    private static string Selected(IRenderedComponent<OneTimeSecretDialog> dialog) =>
        dialog.Find("[role=tab][aria-selected=true]").TextContent;
}
