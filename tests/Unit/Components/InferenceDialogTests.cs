using Bunit;
using ControlPanel.Data.Model;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Inference;
using ControlPanel.Data.Providers;
using ControlPanel.Data.Snapshots;
using ControlPanel.Features.Inference;
using ControlPanel.Shared;
using ControlPanel.Tests.Unit.Gateways.Inference;
using ControlPanel.Tests.Unit.Support;
using Microsoft.AspNetCore.Components;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Tests.Unit.Components;

/// <summary>The tabs of model access keys, the wizard, and the dialogs behind a typed name.</summary>
public sealed class InferenceDialogTests(TestPanel panel) : PanelComponentTest(panel), IClassFixture<TestPanel>
{
    private const StringComparison Ordinal = StringComparison.Ordinal;

    [Fact]
    public async Task The_wizard_makes_what_its_last_sentence_says()
    {
        await SignInAsync("mateo@demo.test");
        await Panel.AddModelAsync("acme/one");
        await Panel.AddModelAsync("acme/two");
        NewModelKey? made = null;
        var wizard = Open(m => made = m);
        await Field(wizard, "Access Key Name").InputAsync(Name());
        await Choice(wizard, "Select models").ChangeAsync(true);
        await wizard.Find("[aria-label='Search models']").InputAsync("ACME");
        Assert.Equal(["Acme"], Texts(wizard, ".picker-group"));
        await wizard.Find("[aria-label='acme/one']").ChangeAsync(true);
        await wizard.Find("[aria-label='acme/two']").ChangeAsync(true);
        await wizard.Find("[aria-label='acme/two']").ChangeAsync(false);
        await wizard.Find("form").SubmitAsync();
        Assert.Contains("Step 2 of 2", wizard.Markup, Ordinal);
        Assert.Null(made);
        Assert.Equal("The key may use the model acme/one, from anywhere.", wizard.Find(".summary").TextContent);

        await wizard.Find("form").SubmitAsync();
        Assert.Equal(["acme/one"], made!.Key.Models);
        Assert.False(made.Key.Batch);
        Assert.Null(made.Key.VpcId);
        Assert.DoesNotContain(made.Secret.Reveal(), wizard.Markup, Ordinal);
        made.Secret.Dispose();
    }

    [Fact]
    public async Task What_stays_ticked_of_the_servers_new_models_is_added()
    {
        await SignInAsync("olivia@demo.test");
        await using var server = await RecordingModelServer.StartAsync();
        server.Models = """{"data":[{"id":"sync-one"},{"id":"sync-two"},{"id":"sync-three"}]}""";
        await Panel.UseUpstreamAsync(server.Address);
        int? added = null;
        var dialog = Render<SyncDialog>(p => p.Add(d => d.OnAdded, n => added = n));
        await dialog.WaitForElementAsync("[aria-label='Models to add']");
        Assert.Equal(["sync-one", "sync-three", "sync-two"], Texts(dialog, ".picker-row label span"));
        Assert.False(Button(dialog, "Add 3 models").HasAttribute("disabled"));

        await Choice(dialog, "sync-two").ChangeAsync(false);
        await Choice(dialog, "sync-three").ChangeAsync(false);
        await Choice(dialog, "sync-one").ChangeAsync(false);
        Assert.True(Button(dialog, "Add 0 models").HasAttribute("disabled"));
        await Choice(dialog, "sync-one").ChangeAsync(true);
        Assert.NotNull(Button(dialog, "Add 1 model"));
        await dialog.Find("form").SubmitAsync();

        Assert.Equal(1, added);
        var again = Render<SyncDialog>();
        await again.WaitForElementAsync("[aria-label='Models to add']");
        Assert.Equal(["sync-three", "sync-two"], Texts(again, ".picker-row label span"));
        await Panel.RemoveUpstreamsAsync();
    }

    [Fact]
    public async Task Batch_belongs_to_all_models_and_a_network_must_be_chosen()
    {
        await SignInAsync("olivia@demo.test");
        var network = await Panel.AddNetworkAsync("10.7.0.0/16");
        NewModelKey? made = null;
        var wizard = Open(m => made = m);
        await Field(wizard, "Access Key Name").InputAsync(Name());
        await wizard.Find("[role=switch]").ChangeAsync(true);
        await Choice(wizard, "Select models").ChangeAsync(true);
        Assert.Empty(wizard.FindAll("[role=switch]"));
        await Choice(wizard, "All models").ChangeAsync(true);
        await wizard.Find("form").SubmitAsync();

        await Choice(wizard, "Custom team VPCs").ChangeAsync(true);
        await wizard.Find("form").SubmitAsync();
        Assert.Equal("true", Field(wizard, "VPC Network").GetAttribute("aria-invalid"));
        Assert.Null(made);
        await Field(wizard, "VPC Network").ChangeAsync(network.ToString());
        Assert.Contains("batch inferencing included", wizard.Find(".summary").TextContent, Ordinal);
        await wizard.Find("form").SubmitAsync();
        Assert.Null(made!.Key.Models);
        Assert.True(made.Key.Batch);
        Assert.Equal(network, made.Key.VpcId);
        made.Secret.Dispose();
    }

    [Fact]
    public async Task The_first_step_says_all_that_is_missing_and_going_back_keeps_what_was_chosen()
    {
        await SignInAsync("olivia@demo.test");
        await Panel.AddModelAsync("acme/kept");
        var wizard = Open(_ => Assert.Fail("A key was made."));
        await Choice(wizard, "Select models").ChangeAsync(true);
        await wizard.Find("form").SubmitAsync();
        Assert.Equal("true", Field(wizard, "Access Key Name").GetAttribute("aria-invalid"));
        Assert.Contains("Select at least one model.", Texts(wizard, "[role=alert]"));

        await Field(wizard, "Access Key Name").InputAsync("kept");
        await wizard.Find("[aria-label='acme/kept']").ChangeAsync(true);
        await wizard.Find("form").SubmitAsync();
        await Button(wizard, "Back").ClickAsync();
        Assert.Equal("kept", Field(wizard, "Access Key Name").GetAttribute("value"));
        Assert.True(wizard.Find("[aria-label='acme/kept']").HasAttribute("checked"));
        Assert.Equal("1 selected", wizard.Find(".picker-tools .count").TextContent);
    }

    [Fact]
    public async Task A_model_that_was_removed_meanwhile_leads_back_to_the_models()
    {
        await SignInAsync("olivia@demo.test");
        await Panel.AddModelAsync("acme/brief");
        var wizard = Open(_ => Assert.Fail("A key was made."));
        await Field(wizard, "Access Key Name").InputAsync(Name());
        await Choice(wizard, "Select models").ChangeAsync(true);
        await wizard.Find("[aria-label='acme/brief']").ChangeAsync(true);
        await wizard.Find("form").SubmitAsync();
        await RemoveModelAsync("acme/brief");
        await wizard.Find("form").SubmitAsync();
        Assert.Contains("Step 1 of 2", wizard.Markup, Ordinal);
        Assert.Contains("acme/brief", Assert.Single(Texts(wizard, "[role=alert]")), Ordinal);
    }

    [Fact]
    public async Task A_duplicate_takes_over_what_can_still_be_chosen()
    {
        await SignInAsync("olivia@demo.test");
        await Panel.AddModelAsync("acme/stays");
        await Panel.AddModelAsync("acme/goes");
        var network = await Panel.AddNetworkAsync("10.8.0.0/16");
        var row = await RowAsync(await Panel.IssueModelKeyAsync(["acme/stays", "acme/goes"], vpc: network));
        await RemoveModelAsync("acme/goes");

        NewModelKey? made = null;
        var wizard = Render<CreateModelKeyDialog>(p => p.Add(w => w.From, row).Add(w => w.OnCreated, m => made = m));
        Assert.Equal($"{row.Name} (copy)", Field(wizard, "Access Key Name").GetAttribute("value"));
        Assert.Contains("acme/goes", wizard.Find(".alert-warning").TextContent, Ordinal);
        Assert.Equal("1 selected", wizard.Find(".picker-tools .count").TextContent);
        await wizard.Find("form").SubmitAsync();
        await wizard.Find("form").SubmitAsync();
        Assert.Equal(["acme/stays"], made!.Key.Models);
        Assert.Equal(network, made.Key.VpcId);
        made.Secret.Dispose();
    }

    [Fact]
    public async Task Every_model_of_a_long_catalogue_can_be_chosen()
    {
        await SignInAsync("olivia@demo.test");
        var many = Enumerable
            .Range(0, 230)
            .Select(i => new ModelInput($"long/{i:000}", null, "Long", null, BatchCapable: false, null))
            .ToList();
        foreach (var some in many.Chunk(100))
        {
            var added = await Panel.Get<AddModels>().ExecuteAsync(Panel.Owner, some, Ct);
            Assert.True(added.IsDone, added.Refusal?.ToString());
        }

        var wizard = Open(_ => { });
        await Choice(wizard, "Select models").ChangeAsync(true);
        await wizard.Find("[aria-label='Search models']").InputAsync("long/");
        Assert.Equal(230, wizard.FindAll(".picker-row").Count);
    }

    [Theory]
    [InlineData("vera@demo.test")]
    [InlineData("bill@demo.test")]
    public async Task Who_may_not_is_refused_in_words_though_the_wizard_was_open(string email)
    {
        await SignInAsync(email);
        var name = Name();
        var wizard = Open(_ => Assert.Fail("A key was made."));
        await Field(wizard, "Access Key Name").InputAsync(name);
        await wizard.Find("form").SubmitAsync();
        await wizard.Find("form").SubmitAsync();
        Assert.StartsWith("Your role does not allow this.", wizard.Find("[role=alert]").TextContent, Ordinal);
        await using var db = Panel.Get<IControlPanelStore>().OpenRead();
        Assert.Equal(0, await db.AccessKeys.CountAsync(k => k.Name == name, Ct));
    }

    [Fact]
    public async Task Regenerating_waits_for_the_exact_name_and_kills_the_old_secret()
    {
        await SignInAsync("olivia@demo.test");
        var (id, old) = await Panel.IssueModelKeyAsync();
        var row = await RowAsync((id, old));
        NewModelKey? made = null;
        var dialog = Render<RegenerateDialog>(p => p.Add(d => d.Row, row).Add(d => d.OnRegenerated, m => made = m));
        foreach (var wrong in (string[])["", row.Name.ToUpperInvariant(), row.Name[..^1], row.Name + " "])
        {
            await Field(dialog, "Enter the key name to confirm").InputAsync(wrong);
            Assert.True(Button(dialog, "Regenerate access key").HasAttribute("disabled"), wrong);
        }

        await Field(dialog, "Enter the key name to confirm").InputAsync(row.Name);
        await Button(dialog, "Regenerate access key").ClickAsync();
        var fresh = made!.Secret.Reveal();
        made.Secret.Dispose();
        Assert.DoesNotContain(fresh, dialog.Markup, Ordinal);
        Assert.Equal(401, await ModelsStatusAsync(old));
        Assert.Equal(200, await ModelsStatusAsync(fresh));
    }

    [Fact]
    public async Task A_rename_by_another_person_stops_a_confirmed_name_from_counting()
    {
        await SignInAsync("olivia@demo.test");
        var issued = await Panel.IssueModelKeyAsync();
        var row = await RowAsync(issued);
        var dialog = Render<RegenerateDialog>(p =>
            p.Add(d => d.Row, row).Add(d => d.OnRegenerated, (NewModelKey _) => Assert.Fail("It was regenerated."))
        );
        await Field(dialog, "Enter the key name to confirm").InputAsync(row.Name);
        var renamed = await Panel.Get<RenameModelKey>().ExecuteAsync(Panel.Owner, row.Id, Name(), Ct);
        Assert.True(renamed.IsDone, renamed.Refusal?.ToString());
        await Button(dialog, "Regenerate access key").ClickAsync();
        Assert.NotEmpty(dialog.FindAll("[role=alert]"));
        Assert.Equal(200, await ModelsStatusAsync(issued.Secret));
    }

    [Theory]
    [InlineData("olivia@demo.test", true)]
    [InlineData("mateo@demo.test", false)]
    public async Task Tabs_of_owners_are_shown_to_owners_and_refused_to_others_at_their_address(string who, bool owner)
    {
        await SignInAsync(who);
        var mine = OpenPage(null);
        Assert.Equal(
            owner ? ["My keys", "Legacy keys", "Team's keys", "Models"] : ["My keys", "Legacy keys"],
            Texts(mine, "[role=tablist] [role=tab]")
        );
        foreach (var tab in (string[])["team", "models"])
        {
            var page = OpenPage(tab);
            Assert.Equal(owner ? 0 : 1, page.FindComponents<NoPermission>().Count);
            Assert.Equal(owner, page.FindAll("[role=tablist]").Count == 1);
        }

        Assert.Single(OpenPage("nonsense").FindComponents<NotFound>());
    }

    [Fact]
    public async Task A_member_sees_only_their_own_keys_and_an_owner_who_made_which()
    {
        var foreign = await RowAsync(await Panel.IssueModelKeyAsync());
        await SignInAsync("mateo@demo.test");
        var mateo = await Panel.ActorAsync("mateo@demo.test");
        var made = await Panel
            .Get<CreateModelKey>()
            .ExecuteAsync(mateo, new NewModelKeyRequest(Name(), null, Batch: true, null), Ct);
        made.Value!.Secret.Dispose();
        var own = made.Value.Key.Name;
        var table = OpenKeys(ModelKeyTab.Mine);
        table.WaitForAssertion(() => Assert.Contains(own, Texts(table, "td.strong")));
        Assert.DoesNotContain(foreign.Name, Texts(table, "td.strong"));
        Assert.DoesNotContain("Created by", Texts(table, "th"));
        var row = table.FindAll("tbody tr").Single(r => r.TextContent.Contains(own, Ordinal));
        Assert.Equal("Batch Inference", row.QuerySelector(".chip.good")!.TextContent);
        Assert.Equal(
            ["Details", "Rename", "Duplicate and change", "Regenerate", "Delete"],
            row.QuerySelectorAll("[role=menuitem]").Select(i => i.LastChild!.TextContent.Trim())
        );
    }

    [Fact]
    public async Task The_models_column_lists_them_for_pointer_keyboard_and_screen_reader()
    {
        await SignInAsync("olivia@demo.test");
        await Panel.AddModelAsync("acme/a");
        await Panel.AddModelAsync("acme/b");
        var row = await RowAsync(await Panel.IssueModelKeyAsync(["acme/a", "acme/b"]));
        var cell = Render<ModelsCell>(p => p.Add(c => c.Row, row));
        var list = cell.Find(".hover-list");
        Assert.StartsWith("2 models", list.TextContent, Ordinal);
        Assert.Equal("0", list.GetAttribute("tabindex"));
        var tip = cell.Find($"#{list.GetAttribute("aria-describedby")}");
        Assert.Equal("tooltip", tip.GetAttribute("role"));
        Assert.Equal(["acme/a", "acme/b"], tip.Children.Select(c => c.TextContent));
    }

    [Fact]
    public async Task Deleting_asks_for_the_name_and_shows_the_receipt_in_the_tab()
    {
        await SignInAsync("olivia@demo.test");
        var (id, secret) = await Panel.IssueModelKeyAsync();
        var row = await RowAsync((id, secret));
        var table = OpenKeys(ModelKeyTab.Mine);
        table.WaitForAssertion(() => Assert.Contains(row.Name, table.Markup, Ordinal));
        var item = table
            .FindAll("tbody tr")
            .Single(r => r.TextContent.Contains(row.Name, Ordinal))
            .QuerySelectorAll("[role=menuitem]")
            .Single(i => i.TextContent.Contains("Delete", Ordinal));
        await item.ClickAsync();
        Assert.True(Button(table, "Delete access key").HasAttribute("disabled"));
        await Field(table, "Enter the key name to confirm").InputAsync(row.Name);
        await Button(table, "Delete access key").ClickAsync();
        Assert.StartsWith($"{row.Name}: Deleted.", table.Find(".alert-success").LastElementChild!.TextContent, Ordinal);
        Assert.DoesNotContain(row.Name, Texts(table, "td.strong"));
        Assert.Equal(401, await ModelsStatusAsync(secret));
    }

    private IRenderedComponent<CreateModelKeyDialog> Open(Action<NewModelKey> created) =>
        Render<CreateModelKeyDialog>(p => p.Add(w => w.OnCreated, created));

    private IRenderedComponent<ManagePage> OpenPage(string? tab) =>
        Render<ManagePage>(p => p.Add(x => x.Tab, tab).AddCascadingValue(Person));

    private IRenderedComponent<ControlPanel.Features.Inference.ModelKeys> OpenKeys(ModelKeyTab tab) =>
        Render<ControlPanel.Features.Inference.ModelKeys>(p => p.Add(x => x.Tab, tab).AddCascadingValue(Person));

    private async Task RemoveModelAsync(string id)
    {
        var models = (await Panel.Get<ListModels>().ExecuteAsync(Panel.Owner, new(Take: 200), Ct)).Value!.Items;
        var gone = await Panel.Get<RemoveModel>().ExecuteAsync(Panel.Owner, models.Single(m => m.ModelId == id).Id, Ct);
        Assert.True(gone.IsDone, gone.Refusal?.ToString());
    }

    private async Task<ModelKeyRow> RowAsync((Guid Id, string Secret) key)
    {
        var page = await Panel
            .Get<ListModelKeys>()
            .ExecuteAsync(Panel.Owner, ModelKeyTab.Mine, new PageRequest(Take: 200), Ct);
        return page.Value!.Items.Single(k => k.Id == key.Id);
    }

    // With a model server of its own: which one the team has otherwise depends on the order of the tests.
    private async Task<int> ModelsStatusAsync(string secret)
    {
        await using var server = await RecordingModelServer.StartAsync();
        await Panel.UseUpstreamAsync(server.Address);
        using var client = Panel.InferenceClient(secret);
        using var response = await client.GetAsync("/v1/models", Ct);
        return (int)response.StatusCode;
    }

    private static string Name() => $"key-{Guid.NewGuid():N}";
}
