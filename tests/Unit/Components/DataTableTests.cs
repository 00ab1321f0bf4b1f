using AngleSharp.Dom;
using Bunit;
using Bunit.TestDoubles;
using ControlPanel.Data.Operations;
using ControlPanel.Shared;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;

namespace ControlPanel.Tests.Unit.Components;

public sealed class DataTableTests : ComponentTest
{
    private readonly List<PageRequest> _asked = [];
    private readonly List<string> _all = [.. Enumerable.Range(1, 57).Select(i => $"key-{i:00}")];
    private Func<PageRequest, Task<Outcome<Page<string>>>>? _answer;
    private int _cleared;

    private BunitNavigationManager Navigation => Services.GetRequiredService<BunitNavigationManager>();

    [Fact]
    public void Until_the_first_answer_it_is_loading()
    {
        var answer = new TaskCompletionSource<Outcome<Page<string>>>();
        _answer = _ => answer.Task;
        var table = RenderTable();
        Assert.Equal("Loading", table.Find("[role=status]").GetAttribute("aria-label"));
        Assert.Empty(table.FindAll("table"));

        answer.SetResult(new Page<string>(["only"], 1));

        table.WaitForElement("table");
        Assert.Empty(table.FindAll("[role=status]"));
    }

    [Fact]
    public void Without_entries_it_says_what_the_page_has_to_say_and_offers_no_search()
    {
        _all.Clear();
        var table = RenderTable();

        Assert.Contains("No keys yet", table.Markup, StringComparison.Ordinal);
        Assert.Empty(table.FindAll("[role=search] input"));
    }

    [Fact]
    public async Task When_nothing_fits_the_filters_can_be_cleared_and_the_box_is_empty()
    {
        Navigation.NavigateTo("/keys?q=nothing&sort=-name");
        var table = RenderTable();
        Assert.Contains("Nothing fits", table.Markup, StringComparison.Ordinal);
        Assert.DoesNotContain("No keys yet", table.Markup, StringComparison.Ordinal);
        Assert.Equal("nothing", table.Find("[role=search] input").GetAttribute("value"));
        var box = table.Find("[role=search] input").Id;

        await Button(table, "Clear filters").ClickAsync();

        Assert.Equal(1, _cleared);
        Assert.Equal(25, table.FindAll("tbody tr").Count);
        Assert.EndsWith("/keys?sort=-name", Navigation.Uri, StringComparison.Ordinal);
        // A new box, because the old one keeps what was typed into it.
        Assert.NotEqual(box, table.Find("[role=search] input").Id);
        Assert.Equal("", table.Find("[role=search] input").GetAttribute("value"));
    }

    [Fact]
    public async Task A_refusal_stands_in_place_of_the_list_and_can_be_tried_again()
    {
        var refuse = true;
        _answer = request =>
            Task.FromResult<Outcome<Page<string>>>(
                refuse ? new Refusal.Forbidden("function:read") : new Page<string>(["a"], 1)
            );
        var table = RenderTable();
        Assert.Contains(
            "Your role does not allow this.",
            table.Find("[role=alert]").TextContent,
            StringComparison.Ordinal
        );

        refuse = false;
        await Button(table, "Try again").ClickAsync();

        Assert.Empty(table.FindAll("[role=alert]"));
        Assert.Single(table.FindAll("tbody tr"));
    }

    [Fact]
    public async Task Pages_are_turned_in_the_address_without_adding_to_the_history()
    {
        var table = RenderTable();
        Assert.Equal("1–25 of 57", table.Find(".pager span").TextContent);
        Assert.True(Button(table, "Previous").HasAttribute("disabled"));

        await Button(table, "Next").ClickAsync();
        await Button(table, "Next").ClickAsync();

        Assert.Equal("51–57 of 57", table.Find(".pager span").TextContent);
        Assert.True(Button(table, "Next").HasAttribute("disabled"));
        Assert.EndsWith("?page=3", Navigation.Uri, StringComparison.Ordinal);
        Assert.All(Navigation.History, h => Assert.True(h.Options.ReplaceHistoryEntry));
        Assert.Equal((50, 25), (_asked[^1].Skip, _asked[^1].Take));

        await Button(table, "Previous").ClickAsync();
        await Button(table, "Previous").ClickAsync();
        Assert.DoesNotContain("page=", Navigation.Uri, StringComparison.Ordinal);
    }

    /// <summary>Of two navigations in a row the second does not know the first, which is still on its way.</summary>
    [Fact]
    public async Task A_filter_of_the_page_goes_into_the_address_together_with_the_first_page()
    {
        Navigation.NavigateTo("/keys?q=key&page=2");
        var table = RenderTable();
        var moves = 0;
        Navigation.LocationChanged += (_, _) => moves++;

        await table.InvokeAsync(() => table.Instance.FilterChangedAsync(("status", "Active"), ("bucket", null)));

        Assert.EndsWith("/keys?q=key&status=Active", Navigation.Uri, StringComparison.Ordinal);
        Assert.Equal(1, moves);
        Assert.Equal(0, _asked[^1].Skip);
    }

    [Theory]
    [InlineData("?q=key-5&sort=-name&page=1", "key-5", "name", true, 0)]
    [InlineData("?page=2", "", null, false, 25)]
    [InlineData("?page=0", "", null, false, 0)]
    [InlineData("?page=-3", "", null, false, 0)]
    [InlineData("?page=x&sort=", "", null, false, 0)]
    [InlineData("?page=99999999999999", "", null, false, 0)]
    public void An_address_reopens_the_view_and_rubbish_in_it_is_the_start(
        string query,
        string search,
        string? sort,
        bool descending,
        int skip
    )
    {
        Navigation.NavigateTo("/keys" + query);
        RenderTable();

        var asked = _asked[0];
        Assert.Equal((search, sort, descending, skip), (asked.Search, asked.Sort, asked.Descending, asked.Skip));
    }

    [Fact]
    public void A_page_that_is_no_more_leads_to_the_first()
    {
        Navigation.NavigateTo("/keys?page=9");
        var table = RenderTable();

        Assert.Equal("1–25 of 57", table.Find(".pager span").TextContent);
        Assert.EndsWith("/keys", Navigation.Uri, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sorting_goes_up_then_down_says_so_and_starts_at_the_first_page()
    {
        Navigation.NavigateTo("/keys?page=2");
        var table = RenderTable();
        Assert.Equal("none", Head(table, "Name").GetAttribute("aria-sort"));
        Assert.Null(Head(table, "Length").GetAttribute("aria-sort"));
        Assert.Empty(Head(table, "Length").QuerySelectorAll("button"));

        await Head(table, "Name").QuerySelector("button")!.ClickAsync();
        Assert.Equal("ascending", Head(table, "Name").GetAttribute("aria-sort"));
        Assert.EndsWith("/keys?sort=name", Navigation.Uri, StringComparison.Ordinal);

        await Head(table, "Name").QuerySelector("button")!.ClickAsync();
        Assert.Equal("descending", Head(table, "Name").GetAttribute("aria-sort"));
        Assert.EndsWith("/keys?sort=-name", Navigation.Uri, StringComparison.Ordinal);
        Assert.StartsWith("key-57", table.Find("tbody td").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_search_waits_for_the_end_of_typing_and_the_last_word_wins()
    {
        // This table waits by the real clock: the fake one starts no timers.
        Services.AddSingleton(TimeProvider.System);
        var table = RenderTable();
        var box = table.Find("[role=search] input");

        var first = box.InputAsync("key-1");
        var second = table.Find("[role=search] input").InputAsync("key-57");
        await Task.WhenAll(first, second);

        Assert.Equal(["", "key-57"], _asked.Select(a => a.Search));
        Assert.EndsWith("?q=key-57", Navigation.Uri, StringComparison.Ordinal);
        Assert.Single(table.FindAll("tbody tr"));
        // What is typed is not written back.
        Assert.Equal("", table.Find("[role=search] input").GetAttribute("value"));
    }

    [Fact]
    public async Task A_late_answer_to_an_older_question_is_not_shown()
    {
        var slow = new TaskCompletionSource<Outcome<Page<string>>>();
        var table = RenderTable();
        _answer = request => request.Skip == 25 ? slow.Task : Task.FromResult(Answer(request));

        var next = Button(table, "Next").ClickAsync();
        await Head(table, "Name").QuerySelector("button")!.ClickAsync();
        slow.SetResult(new Page<string>(["stale"], 57));
        await next;

        Assert.DoesNotContain("stale", table.Markup, StringComparison.Ordinal);
        Assert.Equal("1–25 of 57", table.Find(".pager span").TextContent);
    }

    [Fact]
    public void Rows_and_cells_are_named_for_screen_readers_and_narrow_screens()
    {
        var table = RenderTable();

        Assert.Equal("Access keys", table.Find("table").GetAttribute("aria-label"));
        Assert.Equal("Name", table.Find("tbody td").GetAttribute("data-label"));
        Assert.Equal("Actions", table.FindAll("th")[^1].TextContent);
        Assert.Equal("Pages of Access keys", table.Find("nav").GetAttribute("aria-label"));
    }

    [Fact]
    public async Task Rows_are_chosen_one_by_one_or_a_page_at_once_and_stay_chosen_on_other_pages()
    {
        IReadOnlyList<string> acted = [];
        var table = RenderTable(p =>
            p.Add(t => t.RowName, item => item)
                .Add(t => t.BulkActions, rows => b => b.AddContent(0, $"[{string.Join(' ', acted = rows)}]"))
        );
        Assert.Empty(table.FindAll(".bulk"));

        await Box(table, "Select key-03").ChangeAsync(true);
        await Button(table, "Next").ClickAsync();
        await Button(table, "Next").ClickAsync();
        await Box(table, "Select all on this page").ChangeAsync(true);

        Assert.Equal("8 selected", table.Find(".bulk [role=status]").TextContent);
        Assert.Equal("key-03 key-51 key-52 key-53 key-54 key-55 key-56 key-57", string.Join(' ', acted));
        await Box(table, "Select key-57").ChangeAsync(false);
        Assert.Equal(7, acted.Count);
        Assert.False(Box(table, "Select all on this page").HasAttribute("checked"));

        await Button(table, "Clear selection").ClickAsync();
        Assert.Empty(table.FindAll(".bulk"));
        Assert.DoesNotContain(table.FindAll("[type=checkbox]"), b => b.HasAttribute("checked"));
    }

    [Fact]
    public void Without_actions_on_many_or_the_right_to_them_there_are_no_boxes()
    {
        Assert.Empty(RenderTable().FindAll("[type=checkbox]"));
        var table = RenderTable(p =>
            p.Add(t => t.RowName, item => item)
                .Add(t => t.BulkActions, _ => _ => { })
                .Add(t => t.CanSelect, value: false)
        );
        Assert.Empty(table.FindAll("[type=checkbox]"));
    }

    [Fact]
    public void A_list_that_was_not_counted_to_its_end_says_so()
    {
        _answer = _ => Task.FromResult<Outcome<Page<string>>>(new Page<string>(["a"], 10_000) { HasMore = true });

        Assert.Equal("1–25 of more than 10,000", RenderTable().Find(".pager span").TextContent);
    }

    private IRenderedComponent<DataTable<string>> RenderTable(
        Action<ComponentParameterCollectionBuilder<DataTable<string>>>? more = null
    ) =>
        Render<DataTable<string>>(p =>
        {
            p.Add(t => t.Caption, "Access keys")
                .Add(
                    t => t.Columns,
                    [
                        new Column<string>("Name", item => b => b.AddContent(0, item), Sort: "name"),
                        new Column<string>("Length", item => b => b.AddContent(0, item.Length)),
                    ]
                )
                .Add(t => t.Key, item => item)
                .Add(t => t.RowActions, item => b => b.AddContent(0, "…"))
                .Add(t => t.Empty, "No keys yet")
                .Add(t => t.OnClearFilters, () => _cleared++)
                .Add(
                    t => t.Load,
                    (request, _) =>
                    {
                        _asked.Add(request);
                        return _answer is null ? Task.FromResult(Answer(request)) : _answer(request);
                    }
                );
            more?.Invoke(p);
        });

    private static IElement Box(IRenderedComponent<DataTable<string>> table, string name) =>
        table.Find($"input[aria-label='{name}']");

    private Outcome<Page<string>> Answer(PageRequest request)
    {
        var fitting = _all.Where(k => k.Contains(request.Search ?? "", StringComparison.Ordinal)).ToList();
        var sorted = request.Descending
            ? fitting.OrderDescending(StringComparer.Ordinal)
            : fitting.Order(StringComparer.Ordinal);
        return new Page<string>([.. sorted.Skip(request.Skip).Take(request.Take)], fitting.Count);
    }

    private static IElement Button(IRenderedComponent<DataTable<string>> table, string text) =>
        table.FindAll("button").Single(b => b.TextContent.Trim() == text);

    private static IElement Head(IRenderedComponent<DataTable<string>> table, string title) =>
        table.FindAll("th").Single(h => h.TextContent.Trim().StartsWith(title, StringComparison.Ordinal));
}
