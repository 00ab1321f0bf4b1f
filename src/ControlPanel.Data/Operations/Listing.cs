namespace ControlPanel.Data.Operations;

/// <summary>Which part of a list is wanted.</summary>
/// <param name="Skip">Rows before the page; at least 0.</param>
/// <param name="Take">Rows on the page; 1 to 200.</param>
/// <param name="Sort">A sort name of the list; unknown names mean the list's own order.</param>
public sealed record PageRequest(int Skip = 0, int Take = 25, string? Sort = null, bool Descending = false)
{
    /// <summary>Text that name or id must contain, without regard to case.</summary>
    public string? Search { get; init; }

    internal int SafeSkip => Math.Max(0, Skip);

    internal int SafeTake => Math.Clamp(Take, 1, 200);
}

/// <summary>One page of a list.</summary>
/// <param name="Total">How many rows fit the filters on all pages.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, int Total)
{
    /// <summary>Counting stopped at <see cref="Total"/>: more rows fit than that.</summary>
    public bool HasMore { get; init; }
}
