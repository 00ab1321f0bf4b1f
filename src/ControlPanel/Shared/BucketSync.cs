using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Spaces;
using ControlPanel.Data.Snapshots;

namespace ControlPanel.Shared;

/// <summary>
/// Finds the buckets of a team's store that the panel lacks. What is found is only shown; adding it is
/// <see cref="AddBuckets"/>' business.
/// </summary>
public sealed class BucketSync(
    GetSpacesUpstream upstream,
    ListBuckets buckets,
    ISpacesDirectory directory,
    BucketStores stores
)
{
    /// <summary>
    /// Needs <c>spaces_upstream:read</c> and <c>spaces:read</c>. Refuses when the team has no store, or when it gave no
    /// list. Names that break the rules for buckets are left out.
    /// </summary>
    /// <returns>The names, in order.</returns>
    public async Task<Outcome<IReadOnlyList<string>>> FindNewAsync(Actor actor, CancellationToken ct)
    {
        // Who may see the store may ask it.
        var mayAsk = await upstream.ExecuteAsync(actor, ct);
        if (!mayAsk.IsDone && mayAsk.Refusal is not Refusal.Missing)
        {
            return mayAsk.Refusal;
        }

        if (!mayAsk.IsDone || directory.UpstreamOf(actor.TeamId) is not { } store)
        {
            return Refusal.Rule("Upstream", "No S3 store is set up yet.");
        }

        var have = await WholeList.ReadAsync(page => buckets.ExecuteAsync(actor, page, ct));
        if (!have.IsDone)
        {
            return have.Refusal;
        }

        var known = have.Value.Select(b => b.Name).ToHashSet(StringComparer.Ordinal);
        return await stores.ListAsync(store, ct) is { } listed
            ? Outcome.Of<IReadOnlyList<string>>([
                .. listed
                    .Where(n => !known.Contains(n) && BucketNames.IsValid(n))
                    .Distinct(StringComparer.Ordinal)
                    .Order(StringComparer.Ordinal),
            ])
            : Refusal.Rule(
                "Upstream",
                "The store gave no list of its buckets. Check its address and credential below."
            );
    }
}
