using AngleSharp.Dom;
using Bunit;
using ControlPanel.Shared;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Tests.Unit.Components;

public sealed class DialogTests : ComponentTest
{
    [Fact]
    public async Task A_dialog_is_the_browsers_own_named_by_its_title_and_opens_and_closes_with_its_component()
    {
        var dialog = Render<Dialog>(p => p.Add(d => d.Title, "Create <key>").AddChildContent("inside"));

        var element = dialog.Find("dialog");
        Assert.Equal("Create <key>", dialog.Find($"#{element.GetAttribute("aria-labelledby")}").TextContent);
        Assert.Single(Script.Invocations["openDialog"]);

        await DisposeComponentsAsync();
        // The focus is given back before the element is gone.
        Assert.Single(Script.Invocations["closeDialog"]);
    }

    [Fact]
    public async Task Escape_and_the_cross_ask_and_do_not_close_by_themselves()
    {
        var asked = 0;
        var dialog = Render<Dialog>(p => p.Add(d => d.Title, "T").Add(d => d.OnClose, () => asked++));

        await dialog.Find("button[aria-label=Close]").ClickAsync();
        await dialog.InvokeAsync(dialog.Instance.AskToClose);

        Assert.Equal(2, asked);
        Assert.NotNull(dialog.Find("dialog"));
        Assert.Empty(Script.Invocations["closeDialog"]);
    }

    [Fact]
    public async Task With_a_submit_handler_the_content_is_a_form_that_enter_sends()
    {
        var sent = 0;
        var dialog = Render<Dialog>(p => p.Add(d => d.Title, "T").Add(d => d.OnSubmit, () => sent++));

        await dialog.Find("form").SubmitAsync();

        Assert.Equal(1, sent);
        Assert.Empty(Render<Dialog>(p => p.Add(d => d.Title, "T")).FindAll("form"));
    }

    [Fact]
    public async Task A_confirmation_starts_on_cancel_and_does_it_once()
    {
        var running = new TaskCompletionSource();
        var done = 0;
        var confirm = Render<ConfirmDialog>(p =>
            p.Add(d => d.Title, "Revoke key")
                .Add(d => d.Action, "Revoke")
                .Add(
                    d => d.OnConfirm,
                    () =>
                    {
                        done++;
                        return running.Task;
                    }
                )
        );
        Assert.Equal("Cancel", confirm.Find("[autofocus]").TextContent);

        var first = Button(confirm, "Revoke").ClickAsync();
        var second = Button(confirm, "Revoke").ClickAsync();
        Assert.True(Button(confirm, "Revoke").HasAttribute("disabled"));
        running.SetResult();
        await Task.WhenAll(first, second);

        Assert.Equal(1, done);
        Assert.False(Button(confirm, "Revoke").HasAttribute("disabled"));
    }

    [Fact]
    public void A_confirmation_that_waits_for_a_word_cannot_be_clicked()
    {
        var confirm = Render<ConfirmDialog>(p =>
            p.Add(d => d.Title, "T")
                .Add(d => d.Action, "Delete")
                .Add(d => d.IsConfirmed, false)
                .Add(d => d.Error, "No.")
        );

        Assert.True(Button(confirm, "Delete").HasAttribute("disabled"));
        Assert.Equal("No.", confirm.Find("[role=alert]").TextContent);
    }

    private static IElement Button<T>(IRenderedComponent<T> component, string text)
        where T : IComponent => component.FindAll("button").Single(b => b.TextContent.Trim() == text);
}
