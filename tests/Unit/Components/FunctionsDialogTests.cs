using System.Security.Claims;
using AngleSharp.Dom;
using Bunit;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Functions;
using ControlPanel.Data.Operations.Sessions;
using ControlPanel.Data.Operations.Teams;
using ControlPanel.Data.Providers;
using ControlPanel.Data.Snapshots;
using ControlPanel.Features.Functions;
using ControlPanel.Shared;
using ControlPanel.Tests.Unit.Support;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace ControlPanel.Tests.Unit.Components;

/// <summary>The dialogs over the real operations of a running panel, as each demo person meets them.</summary>
public sealed class FunctionsDialogTests(TestPanel panel) : PanelComponentTest(panel), IClassFixture<TestPanel>
{
    [Fact]
    public async Task A_key_is_not_made_before_its_expiration_is_chosen()
    {
        await SignInAsync("olivia@demo.test");
        var name = Name();
        NewNamespaceKey? made = null;
        var dialog = OpenCreateKey(m => made = m);

        await Field(dialog, "Access key name").InputAsync(name);
        await dialog.Find("form").SubmitAsync();
        Assert.Equal("Choose when the key expires.", dialog.Find("[role=alert]").TextContent);
        Assert.Null(made);
        Assert.Equal(0, await CountAsync(name));

        await Field(dialog, "Expiration").ChangeAsync("30d");
        await dialog.Find("form").SubmitAsync();
        Assert.Equal(name, made!.Key.Name);
        Assert.Equal(1, await CountAsync(name));
        // The secret goes to who opened the dialog, and stands nowhere in it.
        Assert.DoesNotContain(made.Secret.Reveal(), dialog.Markup, StringComparison.Ordinal);
        made.Secret.Dispose();
    }

    [Fact]
    public async Task Many_submits_at_once_make_one_key()
    {
        await SignInAsync("olivia@demo.test");
        var name = Name();
        var dialog = OpenCreateKey(m => m.Secret.Dispose());
        await Field(dialog, "Access key name").InputAsync(name);
        await Field(dialog, "Expiration").ChangeAsync(Expirations.Never);
        var form = dialog.Find("form");

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => form.SubmitAsync()));

        Assert.Equal(1, await CountAsync(name));
    }

    [Fact]
    public async Task Rules_are_said_beside_the_fields_that_break_them_and_what_was_typed_stays()
    {
        await SignInAsync("olivia@demo.test");
        var dialog = OpenCreateKey(_ => { });
        await Field(dialog, "Access key name").InputAsync(new string('x', 101));
        await Field(dialog, "Expiration").ChangeAsync(Expirations.Custom);
        await Field(dialog, "Expires in").InputAsync("30 minutes");

        await dialog.Find("form").SubmitAsync();

        Assert.Equal("true", Field(dialog, "Access key name").GetAttribute("aria-invalid"));
        Assert.Equal("true", Field(dialog, "Expires in").GetAttribute("aria-invalid"));
        Assert.Equal(2, dialog.FindAll("[role=alert]").Count);
        Assert.All(dialog.FindAll("[role=alert]"), a => Assert.EndsWith(".", a.TextContent, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_name_that_is_taken_is_said_beside_the_name()
    {
        await SignInAsync("olivia@demo.test");
        var name = Name();
        foreach (var taken in new[] { false, true })
        {
            var dialog = OpenCreateKey(m => m.Secret.Dispose());
            await Field(dialog, "Access key name").InputAsync(name);
            await Field(dialog, "Expiration").ChangeAsync("30d");
            await dialog.Find("form").SubmitAsync();
            Assert.Equal(taken ? "true" : null, Field(dialog, "Access key name").GetAttribute("aria-invalid"));
        }

        Assert.Equal(1, await CountAsync(name));
    }

    [Theory]
    [InlineData("vera@demo.test")]
    [InlineData("bill@demo.test")]
    public async Task Who_may_not_is_refused_in_words_though_the_dialog_was_open(string email)
    {
        await SignInAsync(email);
        var name = Name();
        var dialog = OpenCreateKey(_ => { });
        await Field(dialog, "Access key name").InputAsync(name);
        await Field(dialog, "Expiration").ChangeAsync("30d");

        await dialog.Find("form").SubmitAsync();

        Assert.StartsWith(
            "Your role does not allow this.",
            dialog.Find("[role=alert]").TextContent,
            StringComparison.Ordinal
        );
        Assert.Equal(0, await CountAsync(name));
    }

    [Fact]
    public async Task A_session_that_ended_elsewhere_makes_nothing()
    {
        var session = await SignInAsync("olivia@demo.test");
        var name = Name();
        var dialog = OpenCreateKey(_ => { });
        await Field(dialog, "Access key name").InputAsync(name);
        await Field(dialog, "Expiration").ChangeAsync("30d");

        var ended = await Panel.Get<EndSession>().ExecuteAsync(session, session.SessionId!.Value, Ct);
        Assert.True(ended.IsDone);
        await dialog.Find("form").SubmitAsync();

        Assert.Equal(
            "You do not belong to this team any more, or your session has ended.",
            dialog.Find("[role=alert]").TextContent
        );
        Assert.Equal(0, await CountAsync(name));
    }

    [Fact]
    public async Task A_namespace_says_all_that_is_missing_at_once()
    {
        await SignInAsync("olivia@demo.test");
        NamespaceRow? made = null;
        var dialog = Render<CreateNamespaceDialog>(p => p.Add(d => d.OnCreated, m => made = m));
        await dialog.Find("form").SubmitAsync();
        Assert.Equal("true", Field(dialog, "Label").GetAttribute("aria-invalid"));
        Assert.Equal("true", Field(dialog, "Region").GetAttribute("aria-invalid"));
        Assert.Null(made);

        await Field(dialog, "Label").InputAsync("made-here");
        await Field(dialog, "Region").ChangeAsync("fra1");
        await dialog.Find("form").SubmitAsync();
        Assert.Equal(("made-here", "fra1"), (made!.Label, made.Region));
    }

    [Fact]
    public async Task The_upstreams_credential_is_typed_unseen()
    {
        await SignInAsync("olivia@demo.test");
        var dialog = Render<CreateNamespaceDialog>();

        Assert.Equal("password", Field(dialog, "Credential").GetAttribute("type"));
        Assert.Equal("new-password", Field(dialog, "Credential").GetAttribute("autocomplete"));
    }

    [Fact]
    public async Task Revoking_shows_who_uses_the_key_and_hands_the_receipt_on()
    {
        await SignInAsync("olivia@demo.test");
        var (id, _) = await Panel.IssueKeyAsync();
        Receipt? receipt = null;
        var dialog = Render<RevokeDialog>(p =>
            p.Add(d => d.Title, "Revoke access key")
                .Add(d => d.ConfirmName, "the-name")
                .Add(
                    d => d.Look,
                    a => Panel.Get<GetNamespaceKeyBlastRadius>().ExecuteAsync(a, Panel.NamespaceId, id, Ct)
                )
                .Add(d => d.Revoke, a => Panel.Get<RevokeNamespaceKey>().ExecuteAsync(a, Panel.NamespaceId, id, Ct))
                .Add(d => d.OnRevoked, r => receipt = r)
        );
        dialog.WaitForAssertion(() => Assert.Contains("It was never used.", dialog.Markup, StringComparison.Ordinal));

        await Field(dialog, "Enter the key name to confirm").InputAsync("The-name");
        Assert.True(Button(dialog, "Revoke").HasAttribute("disabled"));
        await Field(dialog, "Enter the key name to confirm").InputAsync("the-name");
        await Button(dialog, "Revoke").ClickAsync();

        Assert.Matches(@"^Revoked\. Refused on 1 of 1 node after \d+ ms\.$", Receipts.Revoked(receipt!));
        // A second click on a dialog that another person's revoke overtook says so.
        receipt = null;
        await Button(dialog, "Revoke").ClickAsync();
        Assert.Null(receipt);
        Assert.Equal("This access key is not there any more.", dialog.Find("[role=alert]").TextContent);
    }

    [Fact]
    public void A_node_that_did_not_answer_is_named_in_the_receipt() =>
        Assert.Equal(
            "Revoked. Refused on 2 of 2 nodes after 3000 ms. b did not answer and refuses everything until it is in touch again.",
            Receipts.Revoked(
                new Receipt(
                    7,
                    [
                        new NodeReceipt("a", TimeSpan.FromMilliseconds(3.2), ByLease: false),
                        new NodeReceipt("b", TimeSpan.FromSeconds(3), ByLease: true),
                    ]
                )
            )
        );

    private IRenderedComponent<CreateKeyDialog> OpenCreateKey(Action<NewNamespaceKey> created) =>
        Render<CreateKeyDialog>(p => p.Add(d => d.NamespaceId, Panel.NamespaceId).Add(d => d.OnCreated, created));

    private async Task<int> CountAsync(string name)
    {
        await using var db = Panel.Get<IControlPanelStore>().OpenRead();
        return await db.AccessKeys.CountAsync(k => k.Name == name, Ct);
    }

    private static string Name() => $"key-{Guid.NewGuid():N}";
}
