using ControlPanel.Data.Operations;

namespace ControlPanel.Shared;

/// <summary>A list as something to choose from needs it: all of it, page by page, because operations give at most 200 rows.</summary>
internal static class WholeList
{
    /// <summary>Reads it; what was read until a refusal, which is nothing when the first page is refused.</summary>
    public static async Task<IReadOnlyList<T>> ReadAsync<T>(Func<PageRequest, Task<Outcome<Page<T>>>> read)
    {
        var all = new List<T>();
        while (true)
        {
            var outcome = await read(new PageRequest(Skip: all.Count, Take: 200));
            if (outcome.Value is not { Items.Count: > 0 } page)
            {
                return all;
            }

            all.AddRange(page.Items);
            if (all.Count >= page.Total)
            {
                return all;
            }
        }
    }
}
