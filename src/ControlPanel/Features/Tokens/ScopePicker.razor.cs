using ControlPanel.Data.Operations.Tokens;
using ControlPanel.Shared;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Features.Tokens;

/// <summary>
/// Chooses scopes by resource. What a chosen scope requires is ticked with it and says why; taking back a required scope
/// takes back what needs it, and says so. Scopes beyond the person's role cannot be ticked.
/// </summary>
public sealed partial class ScopePicker
{
    private readonly string _id = $"picker-{Ids.Next()}";
    private IReadOnlySet<string> _all = new HashSet<string>(StringComparer.Ordinal);
    private string _search = "";
    private string? _warning;

    /// <summary>What the person ticked; changed in place. Required scopes are added by the operation as well.</summary>
    [Parameter, EditorRequired]
    public required HashSet<string> Chosen { get; set; }

    [Parameter, EditorRequired]
    public required CurrentPerson Person { get; set; }

    private IEnumerable<IGrouping<string, Scope>> Found =>
        ScopeCatalog
            .All.Where(s => s.Name.Contains(_search.Trim(), StringComparison.OrdinalIgnoreCase))
            .GroupBy(s => s.Resource, StringComparer.Ordinal);

    protected override void OnParametersSet() => _all = ScopeCatalog.WithRequired(Chosen);

    private string? NeededBy(string scope) =>
        _all.Contains(scope) && ScopeCatalog.NeededBy(scope, Chosen) is [var first, ..] ? first : null;

    private void Tick(string scope, bool ticked)
    {
        _warning = null;
        if (ticked)
        {
            Chosen.Add(scope);
            var beyond = ScopeCatalog.WithRequired([scope]).Where(s => !Person.May(s)).ToList();
            if (beyond.Count > 0)
            {
                Chosen.Remove(scope);
                _warning = $"{scope} requires {string.Join(", ", beyond)}, which your role does not carry.";
            }
        }
        else
        {
            var needing = ScopeCatalog.NeededBy(scope, Chosen);
            Chosen.Remove(scope);
            Chosen.ExceptWith(needing);
            _warning =
                needing.Count == 0
                    ? null
                    : $"Without {scope}, {string.Join(", ", needing)} cannot be granted either and was unticked.";
        }

        _all = ScopeCatalog.WithRequired(Chosen);
    }
}
