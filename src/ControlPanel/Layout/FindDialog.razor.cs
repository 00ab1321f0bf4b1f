using ControlPanel.Data.Operations.Access;
using ControlPanel.Shared;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;

namespace ControlPanel.Layout;

/// <summary>Finds pages, namespaces, buckets, people and keys. What is typed or pasted goes into no address.</summary>
public sealed partial class FindDialog : IDisposable
{
    private const int MaxPages = 6;

    private readonly CancellationTokenSource _gone = new();
    private readonly string _id = $"find-{Ids.Next()}";
    private IReadOnlyList<Entry> _found = [];
    private string _wanted = "";
    private int _typed;
    private int _at;
    private bool _searched;

    /// <summary>A page of the menu.</summary>
    public sealed record Page(string Href, string Text, string Icon);

    [Parameter, EditorRequired]
    public required CurrentPerson Person { get; set; }

    /// <summary>The pages that the person may open.</summary>
    [Parameter, EditorRequired]
    public required IEnumerable<Page> Pages { get; set; }

    [Parameter]
    public EventCallback OnClose { get; set; }

    [Inject]
    public required FindAnything Find { get; init; }

    [Inject]
    public required CurrentActor Actor { get; init; }

    [Inject]
    public required NavigationManager Navigation { get; init; }

    [Inject]
    public required TimeProvider Clock { get; init; }

    private List<Entry> Shown =>
        [
            .. Pages
                .Where(p => p.Text.Contains(_wanted, StringComparison.OrdinalIgnoreCase))
                .Take(_wanted.Length == 0 ? int.MaxValue : MaxPages)
                .Select(p => new Entry(p.Href, p.Text, "Page", p.Icon)),
            .. _found,
        ];

    private string Hint =>
        _wanted.Length == 0 ? ""
        : Shown.Count > 0 ? ""
        : !_searched ? "Searching…"
        : TryKey.FamilyOf(_wanted) is not null ? "This credential is not one that you may see here."
        : "Nothing fits.";

    public void Dispose()
    {
        _gone.Cancel();
        _gone.Dispose();
    }

    private async Task SearchAsync(ChangeEventArgs change)
    {
        _wanted = (change.Value?.ToString() ?? "").Trim();
        (_at, _found, _searched) = (0, [], false);
        var typed = ++_typed;
        if (_wanted.Length == 0 || !Person.May("access:verify"))
        {
            _searched = true;
            return;
        }

        await Task.Delay(TimeSpan.FromMilliseconds(150), Clock, _gone.Token);
        if (typed != _typed)
        {
            return;
        }

        var outcome = await Find.ExecuteAsync(await Actor.GetActorAsync(), _wanted, _gone.Token);
        if (typed == _typed)
        {
            _found = [.. (outcome.Value ?? []).Select(Describe)];
            _searched = true;
        }
    }

    private void Move(KeyboardEventArgs key)
    {
        var shown = Shown;
        if (shown.Count == 0)
        {
            return;
        }

        switch (key.Key)
        {
            case "ArrowDown":
                _at = (_at + 1) % shown.Count;
                break;
            case "ArrowUp":
                _at = (_at - 1 + shown.Count) % shown.Count;
                break;
            case "Enter":
                Go(shown[Math.Min(_at, shown.Count - 1)]);
                break;
        }
    }

    private void Go(Entry entry)
    {
        Navigation.NavigateTo(entry.Href);
        _ = OnClose.InvokeAsync();
    }

    private static Entry Describe(Found found) =>
        found.Kind switch
        {
            FoundKind.Namespace => new(
                $"/functions/{found.Id}",
                found.Name,
                $"Namespace in {found.Detail}",
                "function"
            ),
            FoundKind.Bucket => new(
                $"/spaces?q={Uri.EscapeDataString(found.Name)}",
                found.Name,
                $"Bucket in {found.Detail}",
                "database"
            ),
            FoundKind.Person => new(
                $"/team/members?q={Uri.EscapeDataString(found.Name)}",
                found.Name,
                $"Person, {Roles.Name(found.Role!.Value)}",
                "person"
            ),
            FoundKind.Key => new(
                KeyAddresses.Of(found.Family!.Value, found.Name, found.Place, found.IsOwn, found.IsLegacy),
                found.Name,
                KeyAddresses.Kind(found.Family!.Value, found.Detail),
                "key"
            ),
            _ => throw new System.Diagnostics.UnreachableException(),
        };

    private sealed record Entry(string Href, string Name, string Detail, string Icon);
}
