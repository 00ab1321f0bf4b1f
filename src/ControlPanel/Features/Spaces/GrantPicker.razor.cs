using ControlPanel.Data.Operations.Spaces;
using ControlPanel.Shared;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Features.Spaces;

/// <summary>Chooses buckets and what a key may do in each.</summary>
public sealed partial class GrantPicker
{
    private readonly string _titleId = $"buckets-{Ids.Next()}";
    private List<string>? _buckets;
    private string _search = "";

    /// <summary>Permission by bucket; changed in place.</summary>
    [Parameter, EditorRequired]
    public required SortedDictionary<string, string> Grants { get; set; }

    /// <summary>Something was chosen or taken back.</summary>
    [Parameter]
    public EventCallback OnChange { get; set; }

    [Parameter]
    public string? Error { get; set; }

    [Inject]
    public required ListBuckets List { get; init; }

    [Inject]
    public required CurrentActor Actor { get; init; }

    private IEnumerable<string> Shown =>
        _buckets!.Where(b => b.Contains(_search.Trim(), StringComparison.OrdinalIgnoreCase));

    /// <summary>What a key with these grants can do, as a sentence.</summary>
    public static string Describe(IReadOnlyDictionary<string, string> grants)
    {
        var read = grants.Where(g => g.Value == SpacesGrant.Read).Select(g => g.Key).ToList();
        var write = grants.Where(g => g.Value == SpacesGrant.ReadWrite).Select(g => g.Key).ToList();
        return (read.Count, write.Count) switch
        {
            (0, 0) => "The key can do nothing: it is suspended until it has a bucket.",
            (_, 0) => $"The key can read {Join(read)}, and nothing else.",
            (0, _) => $"The key can read, write and delete in {Join(write)}, and nothing else.",
            _ => $"The key can read {Join(read)}; read, write and delete in {Join(write)}; and nothing else.",
        };
    }

    protected override async Task OnInitializedAsync()
    {
        var actor = await Actor.GetActorAsync();
        var buckets = await WholeList.ReadAsync(p => List.ExecuteAsync(actor, p, CancellationToken.None));
        // A bucket that was granted stays in the list, so that its grant can be taken back.
        _buckets =
        [
            .. (buckets.Value ?? [])
                .Select(b => b.Name)
                .Union(Grants.Keys, StringComparer.Ordinal)
                .Order(StringComparer.Ordinal),
        ];
    }

    private static string Join(List<string> buckets) =>
        buckets.Count switch
        {
            1 => buckets[0],
            <= 4 => $"{string.Join(", ", buckets[..^1])} and {buckets[^1]}",
            _ => $"{string.Join(", ", buckets[..3])} and {buckets.Count - 3} more buckets",
        };

    private Task TickAsync(string bucket, bool ticked)
    {
        if (ticked)
        {
            Grants[bucket] = SpacesGrant.Read;
        }
        else
        {
            Grants.Remove(bucket);
        }

        return OnChange.InvokeAsync();
    }

    private Task PermitAsync(string bucket, string? permission)
    {
        Grants[bucket] = permission == SpacesGrant.ReadWrite ? SpacesGrant.ReadWrite : SpacesGrant.Read;
        return OnChange.InvokeAsync();
    }

    private Task SelectShownAsync()
    {
        foreach (var bucket in Shown)
        {
            Grants.TryAdd(bucket, SpacesGrant.Read);
        }

        return OnChange.InvokeAsync();
    }
}
