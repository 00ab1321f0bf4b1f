namespace ControlPanel.Data.Operations;

/// <summary>A region, by the slug that tools send and the name that people read.</summary>
public sealed record Region(string Slug, string Name);

/// <summary>The regions that resources can be labelled with (contract 2.1). Labels only: where a thing runs is its upstream.</summary>
public static class Regions
{
    /// <summary>All of them, in the order in which they are offered.</summary>
    public static IReadOnlyList<Region> All { get; } =
    [
        new("nyc1", "New York 1"),
        new("nyc3", "New York 3"),
        new("sfo3", "San Francisco 3"),
        new("tor1", "Toronto 1"),
        new("ams3", "Amsterdam 3"),
        new("fra1", "Frankfurt 1"),
        new("lon1", "London 1"),
        new("blr1", "Bangalore 1"),
        new("sgp1", "Singapore 1"),
        new("syd1", "Sydney 1"),
    ];

    /// <summary>The region of a slug, in any case; <see langword="null"/> when there is none.</summary>
    public static Region? Find(string? slug) =>
        All.FirstOrDefault(r => string.Equals(r.Slug, slug?.Trim(), StringComparison.OrdinalIgnoreCase));
}
