using ControlPanel.Data.Operations;

namespace ControlPanel.Shared;

/// <summary>A list as something to choose from needs it: all of it, page by page, because operations give at most 200 rows.</summary>
internal static class WholeList
{
    /// <summary>Reads it; refused as a whole when one of its pages is.</summary>
    public static async Task<Outcome<IReadOnlyList<T>>> ReadAsync<T>(Func<PageRequest, Task<Outcome<Page<T>>>> read)
    {
        var all = new List<T>();
        while (true)
        {
            var outcome = await read(new PageRequest(Skip: all.Count, Take: 200));
            if (!outcome.IsDone)
            {
                return outcome.Refusal;
            }

            all.AddRange(outcome.Value.Items);
            if (outcome.Value.Items.Count == 0 || all.Count >= outcome.Value.Total)
            {
                return Outcome.Of<IReadOnlyList<T>>(all);
            }
        }
    }
}
