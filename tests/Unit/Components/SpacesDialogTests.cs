using Bunit;
using ControlPanel.Data.Operations.Spaces;
using ControlPanel.Features.Spaces;
using ControlPanel.Tests.Unit.Support;

namespace ControlPanel.Tests.Unit.Components;

/// <summary>The dialogs of the Access Keys tab.</summary>
public sealed class SpacesDialogTests(TestPanel panel) : PanelComponentTest(panel), IClassFixture<TestPanel>
{
    [Fact]
    public async Task A_key_gets_exactly_what_was_ticked_and_the_sentence_says_it_before()
    {
        await SignInAsync("olivia@demo.test");
        NewSpacesKey? made = null;
        var dialog = OpenCreate(m => made = m);
        Assert.Contains("suspended until it has a bucket", dialog.Find(".summary").TextContent, Ordinal);

        await Choice(dialog, "final-photos").ChangeAsync(true);
        await Choice(dialog, "raw-photos").ChangeAsync(true);
        await dialog.Find("[aria-label='Permission for raw-photos']").ChangeAsync(SpacesGrant.ReadWrite);
        await Choice(dialog, "marketing-materials").ChangeAsync(true);
        await Choice(dialog, "marketing-materials").ChangeAsync(false);
        Assert.Equal(
            "The key can read final-photos; read, write and delete in raw-photos; and nothing else.",
            dialog.Find(".summary").TextContent
        );
        await Field(dialog, "Access key name").InputAsync(Name());
        await dialog.Find("form").SubmitAsync();

        Assert.Equal(
            [new SpacesGrant("final-photos", SpacesGrant.Read), new SpacesGrant("raw-photos", SpacesGrant.ReadWrite)],
            made!.Key.Grants
        );
        Assert.DoesNotContain(made.Secret.Reveal(), dialog.Markup, Ordinal);
        made.Secret.Dispose();
    }

    [Fact]
    public async Task Buckets_that_the_store_has_and_the_panel_lacks_are_added_with_a_region()
    {
        var owner = await SignInAsync("olivia@demo.test");
        Assert.True((await Panel.Get<RemoveBucket>().ExecuteAsync(owner, "marketing-materials", Ct)).IsDone);
        int? added = null;
        var dialog = Render<ReadBucketsDialog>(p => p.Add(d => d.OnAdded, n => added = n));
        await dialog.WaitForElementAsync("[aria-label='Buckets to add']");
        Assert.Equal(["marketing-materials"], Texts(dialog, ".picker-row label span"));

        await dialog.Find("form").SubmitAsync();
        Assert.Null(added);
        Assert.Equal("true", Field(dialog, "Region").GetAttribute("aria-invalid"));

        await Field(dialog, "Region").ChangeAsync("nyc3");
        await dialog.Find("form").SubmitAsync();
        Assert.Equal(1, added);
        var again = Render<ReadBucketsDialog>();
        await again.WaitForAssertionAsync(() =>
            Assert.Contains("The panel has every bucket that the store lists.", again.Markup, Ordinal)
        );
    }

    [Fact]
    public async Task Full_access_is_warned_of_and_takes_no_buckets_along()
    {
        await SignInAsync("olivia@demo.test");
        NewSpacesKey? made = null;
        var dialog = OpenCreate(m => made = m);
        await Choice(dialog, "final-photos").ChangeAsync(true);
        await Choice(dialog, "Full access").ChangeAsync(true);
        Assert.Contains("can delete every bucket", dialog.Find(".alert-warning").TextContent, Ordinal);
        Assert.Empty(dialog.FindAll(".picker"));

        await Field(dialog, "Access key name").InputAsync(Name());
        await dialog.Find("form").SubmitAsync();
        Assert.True(made!.Key.HasFullAccess);
        made.Secret.Dispose();
    }

    [Fact]
    public async Task Without_a_bucket_or_a_name_nothing_is_made_and_the_fields_say_why()
    {
        await SignInAsync("olivia@demo.test");
        var before = await CountAsync();
        var dialog = OpenCreate(_ => Assert.Fail("A key was made."));
        await dialog.Find("form").SubmitAsync();
        Assert.Equal(["Choose at least one bucket, or full access."], Texts(dialog, "[role=alert]"));

        await Choice(dialog, "final-photos").ChangeAsync(true);
        await dialog.Find("form").SubmitAsync();
        Assert.Equal("true", Field(dialog, "Access key name").GetAttribute("aria-invalid"));
        Assert.True(Choice(dialog, "final-photos").HasAttribute("checked"));
        Assert.Equal(before, await CountAsync());
    }

    [Fact]
    public async Task What_another_person_removed_meanwhile_is_said_at_the_buckets()
    {
        await SignInAsync("olivia@demo.test");
        var bucket = await AddBucketAsync($"gone-{Guid.NewGuid():N}"[..20]);
        var dialog = OpenCreate(_ => Assert.Fail("A key was made."));
        await Choice(dialog, bucket).ChangeAsync(true);
        await Field(dialog, "Access key name").InputAsync(Name());
        var removed = await Panel.Get<RemoveBucket>().ExecuteAsync(Panel.Owner, bucket, Ct);
        Assert.True(removed.IsDone, removed.Refusal?.ToString());

        await dialog.Find("form").SubmitAsync();

        var said = Assert.Single(dialog.FindAll(".field [role=alert]"));
        Assert.Contains(bucket, said.TextContent, Ordinal);
    }

    [Theory]
    [InlineData("vera@demo.test")]
    [InlineData("bill@demo.test")]
    public async Task Who_may_not_is_refused_in_words_though_the_dialog_was_open(string email)
    {
        await SignInAsync(email);
        var before = await CountAsync();
        var dialog = OpenCreate(_ => Assert.Fail("A key was made."));
        await Choice(dialog, "Full access").ChangeAsync(true);
        await Field(dialog, "Access key name").InputAsync(Name());
        await dialog.Find("form").SubmitAsync();
        Assert.StartsWith("Your role does not allow this.", dialog.Find("[role=alert]").TextContent, Ordinal);
        Assert.Equal(before, await CountAsync());
    }

    [Fact]
    public async Task Among_a_hundred_buckets_the_search_finds_and_selects_only_what_it_shows()
    {
        await SignInAsync("olivia@demo.test");
        var present = (await Panel.Get<ListBuckets>().ExecuteAsync(Panel.Owner, new(Take: 1), Ct)).Value!.Total;
        string[] added = [.. Enumerable.Range(present, 100 - present).Select(i => $"archive-{i:000}")];
        await AddBucketAsync(added);

        var grants = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["archive-051"] = SpacesGrant.ReadWrite,
        };
        var picker = Render<GrantPicker>(p => p.Add(g => g.Grants, grants));
        Assert.Equal(100, picker.FindAll(".picker-row").Count);
        Assert.Single(picker.FindAll("select"));

        await picker.Find("[aria-label='Search buckets']").InputAsync(" ARCHIVE-05 ");
        Assert.Equal(Enumerable.Range(50, 10).Select(i => $"archive-{i:000}"), Texts(picker, ".picker-row label"));
        await Button(picker, "Select all shown").ClickAsync();
        Assert.Equal(10, grants.Count);
        // What was chosen already keeps its permission.
        Assert.Equal(SpacesGrant.ReadWrite, grants["archive-051"]);
        Assert.All(grants.Where(g => g.Key != "archive-051"), g => Assert.Equal(SpacesGrant.Read, g.Value));

        await picker.Find("[aria-label='Search buckets']").InputAsync("no such bucket");
        Assert.Equal("No bucket fits the search.", picker.Find(".picker .field-hint").TextContent);
        await Button(picker, "Select all shown").ClickAsync();
        Assert.Equal(10, grants.Count);
        Assert.Equal(
            "The key can read archive-050, archive-052, archive-053 and 6 more buckets; "
                + "read, write and delete in archive-051; and nothing else.",
            GrantPicker.Describe(grants)
        );

        // A hundred is all a team may have: the other tests need room.
        foreach (var bucket in added)
        {
            Assert.True((await Panel.Get<RemoveBucket>().ExecuteAsync(Panel.Owner, bucket, Ct)).IsDone);
        }
    }

    [Fact]
    public async Task Taking_the_last_bucket_suspends_the_key_and_is_said_before_it_is_saved()
    {
        await SignInAsync("olivia@demo.test");
        var row = await IssueAsync(new SpacesGrant("raw-photos", SpacesGrant.ReadWrite));
        SpacesKeyRow? saved = null;
        var dialog = OpenEdit(row, r => saved = r);
        await Choice(dialog, "raw-photos").ChangeAsync(false);
        Assert.Contains("can do nothing: it is suspended", dialog.Find(".summary").TextContent, Ordinal);
        await dialog.Find("form").SubmitAsync();
        Assert.Empty(saved!.Grants);
    }

    [Fact]
    public async Task An_edit_keeps_what_was_not_touched()
    {
        await SignInAsync("olivia@demo.test");
        var row = await IssueAsync(
            new SpacesGrant("final-photos", SpacesGrant.Read),
            new SpacesGrant("raw-photos", SpacesGrant.ReadWrite)
        );
        SpacesKeyRow? saved = null;
        var dialog = OpenEdit(row, r => saved = r);
        await dialog.Find("[aria-label='Permission for final-photos']").ChangeAsync(SpacesGrant.ReadWrite);
        await dialog.Find("form").SubmitAsync();
        Assert.Equal(
            [
                new SpacesGrant("final-photos", SpacesGrant.ReadWrite),
                new SpacesGrant("raw-photos", SpacesGrant.ReadWrite),
            ],
            saved!.Grants
        );
    }

    [Fact]
    public async Task A_full_access_key_is_explained_instead_of_edited()
    {
        await SignInAsync("olivia@demo.test");
        var row = await IssueAsync(new SpacesGrant("", SpacesGrant.FullAccess));
        var dialog = OpenEdit(row, _ => Assert.Fail("It was saved."));
        Assert.Contains("cannot become limited", dialog.Markup, Ordinal);
        Assert.Empty(dialog.FindAll(".picker"));
        Assert.DoesNotContain(dialog.FindAll("button"), b => b.TextContent.Trim() == "Save permissions");
        await dialog.Find("form").SubmitAsync();
    }

    [Fact]
    public async Task A_key_that_was_deleted_meanwhile_is_not_edited()
    {
        await SignInAsync("olivia@demo.test");
        var row = await IssueAsync(new SpacesGrant("raw-photos", SpacesGrant.Read));
        var dialog = OpenEdit(row, _ => Assert.Fail("It was saved."));
        var deleted = await Panel.Get<DeleteSpacesKey>().ExecuteAsync(Panel.Owner, row.AccessKeyId, Ct);
        Assert.True(deleted.IsDone, deleted.Refusal?.ToString());
        await dialog.Find("form").SubmitAsync();
        Assert.Equal("This access key is not there any more.", dialog.Find("[role=alert]").TextContent);
    }

    private const StringComparison Ordinal = StringComparison.Ordinal;

    private IRenderedComponent<CreateSpacesKeyDialog> OpenCreate(Action<NewSpacesKey> created) =>
        Render<CreateSpacesKeyDialog>(p => p.Add(d => d.OnCreated, created));

    private IRenderedComponent<EditGrantsDialog> OpenEdit(SpacesKeyRow row, Action<SpacesKeyRow> saved) =>
        Render<EditGrantsDialog>(p => p.Add(d => d.Row, row).Add(d => d.OnSaved, saved));

    private async Task<SpacesKeyRow> IssueAsync(params SpacesGrant[] grants)
    {
        var made = await Panel.Get<CreateSpacesKey>().ExecuteAsync(Panel.Owner, Name(), grants, Ct);
        Assert.True(made.IsDone, made.Refusal?.ToString());
        made.Value.Secret.Dispose();
        return made.Value.Key;
    }

    private async Task<string> AddBucketAsync(params string[] names)
    {
        var made = await Panel.Get<AddBuckets>().ExecuteAsync(Panel.Owner, names, "nyc3", Ct);
        Assert.True(made.IsDone, made.Refusal?.ToString());
        return names[0];
    }

    private async Task<int> CountAsync() =>
        (await Panel.Get<ListSpacesKeys>().ExecuteAsync(Panel.Owner, new(Take: 1), new SpacesKeyFilter(), Ct))
            .Value!
            .Used;

    private static string Name() => $"key-{Guid.NewGuid():N}";
}
