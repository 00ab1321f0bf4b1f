using ControlPanel.Data.Operations;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;

namespace ControlPanel.Shared;

/// <summary>A column: what it is called, how a cell looks, and the sort name when it can be sorted by.</summary>
/// <param name="Class">CSS classes of head and cells; <c>hide-phone</c> drops it on narrow screens.</param>
public sealed record Column<TItem>(string Title, RenderFragment<TItem> Cell, string? Sort = null, string? Class = null);

/// <summary>
/// A list with server paging, search and sort. Its state stands in the address (<c>q</c>, <c>sort</c>, <c>page</c>), so that
/// a link reopens the view; typing in the search box does not add to the history.
/// </summary>
public sealed partial class DataTable<TItem> : IDisposable
{
    private readonly CancellationTokenSource _gone = new();
    private readonly Dictionary<string, string?> _filters = new(StringComparer.Ordinal);
    private readonly Dictionary<object, TItem> _selected = [];
    private readonly HashSet<string> _written = new(StringComparer.Ordinal);
    private string _path = "";
    private Page<TItem>? _page;
    private TableState _state = TableState.Start;
    private string? _error;
    private string _searchShown = "";
    private string _searchId = $"search-{Ids.Next()}";
    private int _typed;

    /// <summary>What the list holds: the table's accessible name.</summary>
    [Parameter, EditorRequired]
    public required string Caption { get; set; }

    [Parameter, EditorRequired]
    public required IReadOnlyList<Column<TItem>> Columns { get; set; }

    /// <summary>What tells one row from another.</summary>
    [Parameter, EditorRequired]
    public required Func<TItem, object> Key { get; set; }

    /// <summary>Gets a page; a refusal is shown in place of the list.</summary>
    [Parameter, EditorRequired]
    public required Func<PageRequest, CancellationToken, Task<Outcome<Page<TItem>>>> Load { get; set; }

    [Parameter]
    public RenderFragment<TItem>? RowActions { get; set; }

    /// <summary>What stands there while there is nothing: what this is, the main action, the same by command line.</summary>
    [Parameter]
    public RenderFragment? Empty { get; set; }

    /// <summary>Filters beside the search box. The page keeps their state and calls <see cref="FilterChangedAsync"/>.</summary>
    [Parameter]
    public RenderFragment? Filters { get; set; }

    /// <summary>Whether a filter of the page is set.</summary>
    [Parameter]
    public bool IsFiltered { get; set; }

    /// <summary>Takes the page's own filters back.</summary>
    [Parameter]
    public EventCallback OnClearFilters { get; set; }

    /// <summary>Actions on the rows that were chosen, on whatever pages. When set, each row has a box to choose it by.</summary>
    [Parameter]
    public RenderFragment<IReadOnlyList<TItem>>? BulkActions { get; set; }

    /// <summary>Whether the person may do any of them.</summary>
    [Parameter]
    public bool CanSelect { get; set; } = true;

    /// <summary>What a row is called, for its box; needed together with <see cref="BulkActions"/>.</summary>
    [Parameter]
    public Func<TItem, string>? RowName { get; set; }

    [Parameter]
    public string SearchHint { get; set; } = "Search";

    [Parameter]
    public int PageSize { get; set; } = 25;

    [Inject]
    public required NavigationManager Navigation { get; init; }

    [Inject]
    public required TimeProvider Clock { get; init; }

    /// <summary>Whether there is a search box at all; a page with filters of its own may need none.</summary>
    [Parameter]
    public bool ShowsSearchBox { get; set; } = true;

    private bool ShowsSearch => ShowsSearchBox && (_page is { Total: > 0 } || _state.Search.Length > 0 || IsFiltered);

    private bool IsSelectable => BulkActions is not null && CanSelect;

    private bool IsPageSelected => _page!.Items.All(i => _selected.ContainsKey(Key(i)));

    private int First => ((_state.Page - 1) * PageSize) + 1;

    private int Last => Math.Min(_page!.Total, _state.Page * PageSize);

    public void Dispose()
    {
        Navigation.LocationChanged -= OnLocationChanged;
        _gone.Cancel();
        _gone.Dispose();
    }

    /// <summary>Nothing is chosen any more.</summary>
    public void ClearSelection() => _selected.Clear();

    /// <summary>Loads the present page again, without flicker.</summary>
    public async Task RefreshAsync()
    {
        if (_gone.IsCancellationRequested)
        {
            return;
        }

        var asked = _state;
        var outcome = await Load(asked.ToRequest(PageSize), _gone.Token);
        if (asked != _state)
        {
            // An answer to an older question; the newer one is on its way.
            return;
        }

        if (outcome is { IsDone: true, Value: { Items.Count: 0, Total: > 0 } } && asked.Page > 1)
        {
            await GoAsync(1);
            return;
        }

        _page = outcome.Value;
        foreach (var item in (_page?.Items ?? []).Where(i => _selected.ContainsKey(Key(i))))
        {
            // As it is now, not as it was when it was chosen.
            _selected[Key(item)] = item;
        }

        _error = outcome.IsDone ? null : Refusals.Say(outcome.Refusal);
        StateHasChanged();
    }

    /// <summary>
    /// A filter of the page has changed: back to the first page, with the filter in the address. All of the address is
    /// written at once: of two navigations in a row the second does not know the first, which is still on its way.
    /// </summary>
    /// <param name="filters">Names and values in the address; a value of null takes a name out of it.</param>
    public Task FilterChangedAsync(params IEnumerable<(string Name, string? Value)> filters)
    {
        foreach (var (name, value) in filters)
        {
            _filters[name] = value;
        }

        return GoAsync(1);
    }

    protected override async Task OnInitializedAsync()
    {
        Navigation.LocationChanged += OnLocationChanged;
        _path = new Uri(Navigation.Uri).AbsolutePath;
        Show(TableState.Read(Navigation.Uri));
        await RefreshAsync();
    }

    private void Select(TItem item, bool isSelected)
    {
        if (isSelected)
        {
            _selected[Key(item)] = item;
        }
        else
        {
            _selected.Remove(Key(item));
        }
    }

    private void SelectPage(bool isSelected)
    {
        foreach (var item in _page!.Items)
        {
            Select(item, isSelected);
        }
    }

    // A link to another view of this same page. Echoes of our own navigations may come late, after newer ones.
    private void OnLocationChanged(object? sender, LocationChangedEventArgs moved)
    {
        var state = TableState.Read(moved.Location);
        if (_written.Remove(moved.Location) || state == _state || new Uri(moved.Location).AbsolutePath != _path)
        {
            return;
        }

        _ = InvokeAsync(() =>
        {
            Show(state);
            return RefreshAsync();
        });
    }

    private void Show(TableState state)
    {
        _state = state;
        _searchShown = state.Search;
        // What is typed is not written back, so what the address says goes into a new box.
        _searchId = $"search-{Ids.Next()}";
    }

    private async Task SearchAsync(ChangeEventArgs change)
    {
        var search = change.Value?.ToString() ?? "";
        var typed = ++_typed;
        await Task.Delay(TimeSpan.FromMilliseconds(200), Clock, _gone.Token);
        if (typed == _typed)
        {
            await SetAsync(_state with { Search = search, Page = 1 });
        }
    }

    private Task SortAsync(Column<TItem> column) =>
        SetAsync(
            _state with
            {
                Sort = column.Sort,
                Descending = _state.Sort == column.Sort && !_state.Descending,
                Page = 1,
            }
        );

    private Task GoAsync(int page) => SetAsync(_state with { Page = page });

    private async Task ClearAsync()
    {
        _searchShown = "";
        // What is typed is not written back, so the box is emptied by a new one.
        _searchId = $"search-{Ids.Next()}";
        await OnClearFilters.InvokeAsync();
        await SetAsync(_state with { Search = "", Page = 1 });
    }

    private async Task SetAsync(TableState state)
    {
        _state = state;
        var address = Navigation.ToAbsoluteUri(state.Write(Navigation, _filters)).AbsoluteUri;
        if (address != Navigation.Uri)
        {
            _written.Add(address);
        }

        Navigation.NavigateTo(address, replace: true);
        await RefreshAsync();
    }

    private string? SortOf(Column<TItem> column) =>
        column.Sort is null ? null
        : column.Sort != _state.Sort ? "none"
        : _state.Descending ? "descending"
        : "ascending";
}
