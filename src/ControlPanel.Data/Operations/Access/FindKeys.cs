using ControlPanel.Verification.Keys;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Access;

/// <summary>A key of any family, for choosing one.</summary>
/// <param name="Place">The namespace's label for a namespace key; empty for others.</param>
public sealed record FoundKey(Guid Id, KeyFamily Family, string Name, string PublicId, string Place);

/// <summary>Finds keys of all families by name or id.</summary>
public sealed class FindKeys(OperationRunner runner)
{
    /// <summary>
    /// Needs <c>access:verify</c>. Shows namespace and Spaces keys of the team; model keys and tokens are the actor's own,
    /// and everybody's for owners.
    /// </summary>
    /// <param name="search">Part of a name or id; empty: the newest keys.</param>
    /// <param name="take">At most so many, 1 to 200.</param>
    public Task<Outcome<IReadOnlyList<FoundKey>>> ExecuteAsync(
        Actor actor,
        string? search,
        int take,
        CancellationToken ct
    ) =>
        runner.ReadAsync<IReadOnlyList<FoundKey>>(
            actor,
            "access:verify",
            async context =>
            {
                var db = context.Db;
                var keys = context.KnownKeys();
                if (search?.Trim() is { Length: > 0 } wanted)
                {
                    var lower = wanted.ToLowerInvariant();
                    keys = keys.Where(k => k.Name.ToLower().Contains(lower) || k.PublicId == wanted);
                }

                var found = await (
                    from key in keys
                    join ns in db.Namespaces on key.NamespaceId equals ns.Id into namespaces
                    from ns in namespaces.DefaultIfEmpty()
                    orderby key.Family, key.Name, key.Id
                    select new FoundKey(
                        key.Id,
                        key.Family,
                        KeyNames.Shown(key.Family, key.IsLegacy, key.Name),
                        key.PublicId,
                        ns == null ? "" : ns.Label
                    )
                )
                    .Take(Math.Clamp(take, 1, 200))
                    .ToListAsync(ct);
                return Outcome.Of<IReadOnlyList<FoundKey>>(found);
            },
            ct
        );
}
