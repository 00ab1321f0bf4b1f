using ControlPanel.Data.Model;
using ControlPanel.Data.Snapshots;
using ControlPanel.Verification.Formats;
using ControlPanel.Verification.Keys;
using ControlPanel.Verification.Secrets;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace ControlPanel.Data.Operations.Spaces;

/// <summary>Creates a Spaces access key for the actor. Its secret is stored sealed: Signature V4 needs it back.</summary>
public sealed class CreateSpacesKey(
    OperationRunner runner,
    ISecretSource random,
    SecretSealer sealer,
    Acknowledgements acknowledgements,
    IOptions<SpacesLimits> limits
)
{
    /// <summary>
    /// Needs <c>spaces_key:create_credentials</c>. Refuses an unusable name, grants that break the rules of contract 3.3,
    /// and the key beyond the quota. Returns when every node knows the key.
    /// </summary>
    /// <param name="grants">Empty is allowed: a key that may do nothing yet.</param>
    public async Task<Outcome<NewSpacesKey>> ExecuteAsync(
        Actor actor,
        string? name,
        IReadOnlyList<SpacesGrant> grants,
        CancellationToken ct
    )
    {
        var (outcome, version, committedAt) = await runner.ChangeWithVersionAsync<NewSpacesKey>(
            actor,
            "spaces_key.create",
            "spaces_key:create_credentials",
            context => AddAsync(context, name, grants, replaces: null, ct),
            ct
        );
        if (outcome.IsDone)
        {
            await acknowledgements.WaitAsync(version, committedAt, ct);
        }

        return outcome;
    }

    /// <summary>Checks and adds the key within a transaction that was entered with the permission.</summary>
    /// <param name="replaces">The key whose callers are to move over to this one.</param>
    internal async Task<Outcome<NewSpacesKey>> AddAsync(
        OperationContext context,
        string? name,
        IReadOnlyList<SpacesGrant> grants,
        AccessKey? replaces,
        CancellationToken ct
    )
    {
        if (context.MustConfirm)
        {
            return new Refusal.StepUpNeeded();
        }

        if (!Names.TryRead(name, "The access key name", out var checkedName, out var error))
        {
            return Refusal.Rule("Name", error);
        }

        if (await SpacesGrants.CheckAsync(context, grants, ct) is { } broken)
        {
            return broken;
        }

        if (await context.LivingKeys(KeyFamily.Spaces).CountAsync(ct) >= limits.Value.Keys)
        {
            return new Refusal.LimitReached(
                $"All {limits.Value.Keys} Spaces access keys of the team are in use; delete one first."
            );
        }

        var id = SpacesKeyFormat.NewId(random);
        var secret = SpacesKeyFormat.NewSecret(random);
        var key = new AccessKey
        {
            Id = Guid.CreateVersion7(context.Now),
            Family = KeyFamily.Spaces,
            TeamId = context.TeamId,
            OwnerId = context.Actor.UserId,
            LookupId = id.ToArray(),
            PublicId = SpacesKeyFormat.Format(id),
            Name = checkedName,
            ReplacesId = replaces?.Id,
            CreatedAt = context.Now,
            UpdatedAt = context.Now,
            ChangeVersion = context.Version,
        };
        var sealedSecret = sealer.Seal(secret.Bytes, SealBinding.AccessKey(key.Id, key.TeamId, key.SecretVersion));
        key.SealedSecret = sealedSecret.Envelope.ToArray();
        key.MasterKeyVersion = sealedSecret.MasterKeyVersion;
        SpacesKeyQueries.SetGrants(key, grants);
        context.Db.AccessKeys.Add(key);
        context.Audit("spaces_key.create", "spaces_key", key.PublicId, key.Name, Details(grants, replaces));
        return new NewSpacesKey(
            SpacesKeyQueries.ToRow(key, await context.Db.EmailAsync(context.Actor.UserId, ct), usage: null),
            secret
        );
    }

    private static object Details(IReadOnlyList<SpacesGrant> grants, AccessKey? replaces) =>
        replaces is null ? new { grants } : new { grants, replaces = replaces.PublicId };
}

/// <summary>Which Spaces keys are wanted, beside search, sort and page.</summary>
/// <param name="Bucket">Only keys with a grant on this bucket.</param>
/// <param name="Permission">Only keys with this permission (on <paramref name="Bucket"/> when given).</param>
public sealed record SpacesKeyFilter(string? Name = null, string? Bucket = null, string? Permission = null);

/// <summary>Lists the team's Spaces access keys.</summary>
public sealed class ListSpacesKeys(OperationRunner runner, IOptions<SpacesLimits> limits)
{
    /// <summary>
    /// Needs <c>spaces_key:read</c>. Sorts: <c>created</c> (the default, newest first), <c>name</c>, <c>last_used</c>,
    /// <c>created_by</c>.
    /// </summary>
    public Task<Outcome<SpacesKeyPage>> ExecuteAsync(
        Actor actor,
        PageRequest page,
        SpacesKeyFilter filter,
        CancellationToken ct
    ) =>
        runner.ReadAsync<SpacesKeyPage>(
            actor,
            "spaces_key:read",
            async context =>
            {
                var db = context.Db;
                var living = context.LivingKeys(KeyFamily.Spaces);
                var keys = living;
                if (page.Search?.Trim() is { Length: > 0 } search)
                {
                    var lower = search.ToLowerInvariant();
                    var upper = search.ToUpperInvariant();
                    keys = keys.Where(k => k.Name.ToLower().Contains(lower) || k.PublicId.Contains(upper));
                }

                if (filter.Name is { Length: > 0 } name)
                {
                    keys = keys.Where(k => k.Name == name);
                }

                if (filter.Permission == SpacesGrant.FullAccess)
                {
                    keys = keys.Where(k => k.CoversAll);
                }
                else if (filter.Bucket is { Length: > 0 } bucket)
                {
                    keys = keys.Where(k =>
                        k.Grants.Any(g =>
                            g.Resource == bucket && (filter.Permission == null || g.Permission == filter.Permission)
                        )
                    );
                }
                else if (filter.Permission is { Length: > 0 } permission)
                {
                    keys = keys.Where(k => k.Grants.Any(g => g.Permission == permission));
                }

                var listed =
                    from key in keys
                    join usage in db.KeyUsages on key.Id equals usage.KeyId into usages
                    from usage in usages.DefaultIfEmpty()
                    join owner in db.Users on key.OwnerId equals owner.Id into owners
                    from owner in owners.DefaultIfEmpty()
                    select new
                    {
                        Key = key,
                        key.Grants,
                        Usage = usage,
                        Owner = owner == null ? "" : owner.Email,
                    };
                var sorted = (page.Sort, page.Descending) switch
                {
                    ("name", false) => listed.OrderBy(r => r.Key.Name),
                    ("name", true) => listed.OrderByDescending(r => r.Key.Name),
                    ("last_used", false) => listed.OrderBy(r => r.Usage != null).ThenBy(r => r.Usage.LastUsedAt),
                    ("last_used", true) => listed
                        .OrderByDescending(r => r.Usage != null)
                        .ThenByDescending(r => r.Usage.LastUsedAt),
                    ("created_by", false) => listed.OrderBy(r => r.Owner),
                    ("created_by", true) => listed.OrderByDescending(r => r.Owner),
                    ("created", false) => listed.OrderBy(r => r.Key.CreatedAt),
                    _ => listed.OrderByDescending(r => r.Key.CreatedAt),
                };
                var total = await keys.CountAsync(ct);
                var rows = await sorted.ThenBy(r => r.Key.Id).Skip(page.SafeSkip).Take(page.SafeTake).ToListAsync(ct);
                foreach (var row in rows)
                {
                    row.Key.Grants = [.. row.Grants];
                }

                var recent = await db.RecentCallsAsync(rows.Select(r => r.Key.Id), context.Now, ct);
                return new SpacesKeyPage(
                    [
                        .. rows.Select(r =>
                            SpacesKeyQueries.ToRow(r.Key, r.Owner ?? "", r.Usage) with
                            {
                                Recent = recent.GetValueOrDefault(r.Key.Id, RecentCalls.None),
                            }
                        ),
                    ],
                    total,
                    await living.CountAsync(ct),
                    limits.Value.Keys
                );
            },
            ct
        );
}

/// <summary>Reads one Spaces access key.</summary>
public sealed class GetSpacesKey(OperationRunner runner)
{
    /// <summary>Needs <c>spaces_key:read</c>.</summary>
    public Task<Outcome<SpacesKeyRow>> ExecuteAsync(Actor actor, string accessKeyId, CancellationToken ct) =>
        runner.ReadAsync<SpacesKeyRow>(
            actor,
            "spaces_key:read",
            async context =>
            {
                if (await context.FindSpacesKeyAsync(accessKeyId, ct) is not { } key)
                {
                    return new Refusal.Missing("access key");
                }

                var usage = await context.Db.KeyUsages.SingleOrDefaultAsync(u => u.KeyId == key.Id, ct);
                return SpacesKeyQueries.ToRow(key, await context.Db.EmailAsync(key.OwnerId, ct), usage);
            },
            ct
        );
}

/// <summary>Renames a Spaces access key or changes its grants, within its class.</summary>
public sealed class UpdateSpacesKey(OperationRunner runner, Acknowledgements acknowledgements)
{
    /// <summary>
    /// Needs <c>spaces_key:update</c>. Limited never becomes full access nor the other way round (contract 8.1); no
    /// grants suspend the key in effect. Returns when every node acts accordingly.
    /// </summary>
    /// <param name="name"><see langword="null"/> keeps it.</param>
    /// <param name="grants"><see langword="null"/> keeps them.</param>
    public async Task<Outcome<SpacesKeyRow>> ExecuteAsync(
        Actor actor,
        string accessKeyId,
        string? name,
        IReadOnlyList<SpacesGrant>? grants,
        CancellationToken ct
    )
    {
        var (outcome, version, committedAt) = await runner.ChangeWithVersionAsync<SpacesKeyRow>(
            actor,
            "spaces_key.update",
            "spaces_key:update",
            async context =>
            {
                if (await context.FindSpacesKeyAsync(accessKeyId, ct) is not { } key)
                {
                    return new Refusal.Missing("access key");
                }

                var before = new { key.Name, grants = SpacesKeyQueries.GrantsOf(key) };
                if (name is not null)
                {
                    if (!Names.TryRead(name, "The access key name", out var checkedName, out var error))
                    {
                        return Refusal.Rule("Name", error);
                    }

                    key.Name = checkedName;
                }

                if (grants is not null)
                {
                    if (await SpacesGrants.CheckAsync(context, grants, ct) is { } broken)
                    {
                        return broken;
                    }

                    var wantsFull = grants is [{ Permission: SpacesGrant.FullAccess }];
                    if (wantsFull != key.CoversAll)
                    {
                        return Refusal.Rule(
                            "Grants",
                            key.CoversAll
                                ? "A full access key cannot become limited; create a limited key instead."
                                : "A limited access key cannot become full access; create a full access key instead."
                        );
                    }

                    SpacesKeyQueries.SetGrants(key, grants);
                }

                key.UpdatedAt = context.Now;
                key.ChangeVersion = context.Version;
                context.Audit(
                    "spaces_key.update",
                    "spaces_key",
                    key.PublicId,
                    key.Name,
                    new { before, after = new { key.Name, grants = SpacesKeyQueries.GrantsOf(key) } }
                );
                var usage = await context.Db.KeyUsages.SingleOrDefaultAsync(u => u.KeyId == key.Id, ct);
                return SpacesKeyQueries.ToRow(key, await context.Db.EmailAsync(key.OwnerId, ct), usage);
            },
            ct
        );
        if (outcome.IsDone)
        {
            await acknowledgements.WaitAsync(version, committedAt, CancellationToken.None);
        }

        return outcome;
    }
}

/// <summary>Deletes a Spaces access key: immediately, everywhere, for ever.</summary>
public sealed class DeleteSpacesKey(OperationRunner runner, Acknowledgements acknowledgements)
{
    /// <summary>Needs <c>spaces_key:delete</c>. Returns the receipt when every node refuses the key.</summary>
    public async Task<Outcome<Receipt>> ExecuteAsync(Actor actor, string accessKeyId, CancellationToken ct)
    {
        var (outcome, version, committedAt) = await runner.ChangeWithVersionAsync<Done>(
            actor,
            "spaces_key.delete",
            "spaces_key:delete",
            async context =>
            {
                if (await context.FindSpacesKeyAsync(accessKeyId, ct) is not { } key)
                {
                    return new Refusal.Missing("access key");
                }

                context.Revoke(key, "revoked");
                context.Audit("spaces_key.delete", "spaces_key", key.PublicId, key.Name);
                return default(Done);
            },
            ct
        );
        return outcome.IsDone
            ? await acknowledgements.WaitAsync(version, committedAt, CancellationToken.None)
            : outcome.Refusal;
    }
}

/// <summary>Says what stops when a Spaces key stops.</summary>
public sealed class GetSpacesKeyBlastRadius(OperationRunner runner)
{
    /// <summary>Needs <c>spaces_key:read</c>.</summary>
    public Task<Outcome<BlastRadius>> ExecuteAsync(Actor actor, string accessKeyId, CancellationToken ct) =>
        runner.ReadAsync<BlastRadius>(
            actor,
            "spaces_key:read",
            async context =>
                await context.FindSpacesKeyAsync(accessKeyId, ct) is { } key
                    ? await context.Db.BlastRadiusAsync(key.Id, context.Now, ct)
                    : new Refusal.Missing("access key"),
            ct
        );
}
