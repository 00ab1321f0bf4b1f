using System.Globalization;
using ControlPanel.Data.Operations;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.WebUtilities;

namespace ControlPanel.Shared;

/// <summary>What a table shows, as it stands in the address.</summary>
public sealed record TableState(string Search, string? Sort, bool Descending, int Page)
{
    /// <summary>Everything, in the list's own order, from the beginning.</summary>
    public static TableState Start { get; } = new("", null, Descending: false, 1);

    /// <summary>Reads it; whatever cannot be read is as at the start.</summary>
    public static TableState Read(string address)
    {
        var query = QueryHelpers.ParseQuery(new Uri(address).Query);
        string? sort = query.GetValueOrDefault("sort");
        var descending = sort?.StartsWith('-') == true;
        return new TableState(
            query.GetValueOrDefault("q").ToString(),
            string.IsNullOrEmpty(sort) ? null
                : descending ? sort[1..]
                : sort,
            descending,
            int.TryParse(query.GetValueOrDefault("page"), NumberStyles.None, CultureInfo.InvariantCulture, out var page)
                ? Math.Max(1, page)
                : 1
        );
    }

    /// <summary>The present address with this state and the page's filters in it.</summary>
    public string Write(NavigationManager navigation, IReadOnlyDictionary<string, string?> filters) =>
        navigation.GetUriWithQueryParameters(
            new Dictionary<string, object?>(
                filters.Select(f => KeyValuePair.Create(f.Key, (object?)f.Value)),
                StringComparer.Ordinal
            )
            {
                ["q"] = Search.Length == 0 ? null : Search,
                ["sort"] =
                    Sort is null ? null
                    : Descending ? $"-{Sort}"
                    : Sort,
                ["page"] = Page == 1 ? null : Page,
            }
        );

    internal PageRequest ToRequest(int pageSize) =>
        new((Page - 1) * pageSize, pageSize, Sort, Descending) { Search = Search };
}
