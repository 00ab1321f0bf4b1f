using ControlPanel.Data.Model;
using ControlPanel.Verification.Keys;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace ControlPanel.Data.Operations.Spaces;

/// <summary>Lists the team's buckets.</summary>
public sealed class ListBuckets(OperationRunner runner)
{
    /// <summary>Needs <c>spaces:read</c>. Sorts: <c>name</c> (the default), <c>region</c>, <c>created</c>.</summary>
    public Task<Outcome<Page<BucketRow>>> ExecuteAsync(Actor actor, PageRequest page, CancellationToken ct) =>
        runner.ReadAsync<Page<BucketRow>>(
            actor,
            "spaces:read",
            async context =>
            {
                var db = context.Db;
                var buckets = db.Buckets.Where(b => b.TeamId == context.TeamId && b.RemovedAt == null);
                if (page.Search?.Trim() is { Length: > 0 } search)
                {
                    var needle = search.ToLowerInvariant();
                    buckets = buckets.Where(b => b.Name.Contains(needle));
                }

                var full = await context.LivingKeys(KeyFamily.Spaces).CountAsync(k => k.CoversAll, ct);
                var sorted = (page.Sort, page.Descending) switch
                {
                    ("region", false) => buckets.OrderBy(b => b.Region).ThenBy(b => b.Name),
                    ("region", true) => buckets.OrderByDescending(b => b.Region).ThenBy(b => b.Name),
                    ("created", false) => buckets.OrderBy(b => b.CreatedAt),
                    ("created", true) => buckets.OrderByDescending(b => b.CreatedAt),
                    (_, true) => buckets.OrderByDescending(b => b.Name),
                    _ => buckets.OrderBy(b => b.Name),
                };
                var total = await buckets.CountAsync(ct);
                var rows = await sorted
                    .Skip(page.SafeSkip)
                    .Take(page.SafeTake)
                    .Select(b => new
                    {
                        Bucket = b,
                        Keys = db.KeyGrants.Count(g =>
                            g.Resource == b.Name
                            && db.AccessKeys.Any(k =>
                                k.Id == g.KeyId
                                && k.TeamId == context.TeamId
                                && k.Family == KeyFamily.Spaces
                                && k.RevokedAt == null
                            )
                        ),
                    })
                    .ToListAsync(ct);
                return new Page<BucketRow>(
                    [
                        .. rows.Select(r => new BucketRow(
                            r.Bucket.Id,
                            r.Bucket.Name,
                            r.Bucket.Region,
                            r.Keys + full,
                            r.Bucket.CreatedAt
                        )),
                    ],
                    total
                );
            },
            ct
        );
}

/// <summary>Registers buckets that exist in the store behind, so that keys can be granted on them.</summary>
public sealed class AddBuckets(OperationRunner runner, IOptions<SpacesLimits> limits, TimeProvider clock)
{
    /// <summary>
    /// Needs <c>spaces:create</c>. Buckets the team already has are left as they are; a name another team holds is a
    /// conflict (names are unique in the installation, as in S3).
    /// </summary>
    /// <returns>How many were added.</returns>
    public Task<Outcome<int>> ExecuteAsync(
        Actor actor,
        IReadOnlyList<string> names,
        string? region,
        CancellationToken ct
    ) =>
        runner.ChangeAsync<int>(
            actor,
            "bucket.add",
            "spaces:create",
            async context =>
            {
                if (Regions.Find(region) is not { } known)
                {
                    return Refusal.Rule("Region", "Choose one of the regions offered.");
                }

                var wanted = names.Select(n => n.Trim()).Distinct(StringComparer.Ordinal).ToList();
                if (wanted.Count == 0 || wanted.Any(n => !BucketNames.IsValid(n)))
                {
                    return Refusal.Rule("Name", BucketNames.Rule);
                }

                var living = context.Db.Buckets.Where(b => b.RemovedAt == null);
                var present = await living.Where(b => wanted.Contains(b.Name)).ToListAsync(ct);
                if (present.FirstOrDefault(b => b.TeamId != context.TeamId) is { } foreign)
                {
                    return new Refusal.Conflict("Name", $"The bucket name {foreign.Name} is not available.");
                }

                var missing = wanted.Except(present.Select(b => b.Name), StringComparer.Ordinal).ToList();
                if (wanted.Count == 1 && missing.Count == 0)
                {
                    return new Refusal.Conflict("Name", $"The bucket {wanted[0]} is already here.");
                }

                var count = await living.CountAsync(b => b.TeamId == context.TeamId, ct);
                if (count + missing.Count > limits.Value.Buckets)
                {
                    return new Refusal.LimitReached($"A team holds at most {limits.Value.Buckets} buckets.");
                }

                foreach (var name in missing)
                {
                    context.Db.Buckets.Add(
                        new Bucket
                        {
                            Id = Guid.CreateVersion7(clock.GetUtcNow()),
                            TeamId = context.TeamId,
                            Name = name,
                            Region = known.Slug,
                            CreatedAt = context.Now,
                            ChangeVersion = context.Version,
                        }
                    );
                    context.Audit("bucket.add", "bucket", name, name, new { region = known.Slug });
                }

                return missing.Count;
            },
            ct
        );
}

/// <summary>Takes a bucket out of the panel. Its objects stay in the store behind.</summary>
public sealed class RemoveBucket(OperationRunner runner)
{
    /// <summary>Needs <c>spaces:delete</c>. Refused while keys are granted on it, so that nothing breaks unannounced.</summary>
    public Task<Outcome<Done>> ExecuteAsync(Actor actor, string name, CancellationToken ct) =>
        runner.ChangeAsync<Done>(
            actor,
            "bucket.remove",
            "spaces:delete",
            async context =>
            {
                var bucket = await context.Db.Buckets.SingleOrDefaultAsync(
                    b => b.Name == name && b.TeamId == context.TeamId && b.RemovedAt == null,
                    ct
                );
                if (bucket is null)
                {
                    return new Refusal.Missing("bucket");
                }

                var keys = await context
                    .LivingKeys(KeyFamily.Spaces)
                    .CountAsync(k => k.Grants.Any(g => g.Resource == name), ct);
                if (keys > 0)
                {
                    return new Refusal.Conflict(
                        "Name",
                        $"{keys} access {(keys == 1 ? "key is" : "keys are")} granted on {name}; remove those grants first."
                    );
                }

                bucket.RemovedAt = context.Now;
                bucket.ChangeVersion = context.Version;
                context.Audit("bucket.remove", "bucket", name, name);
                return default(Done);
            },
            ct
        );
}
