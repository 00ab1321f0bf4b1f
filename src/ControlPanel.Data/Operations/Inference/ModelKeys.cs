using ControlPanel.Data.Model;
using ControlPanel.Data.Operations.Networking;
using ControlPanel.Data.Snapshots;
using ControlPanel.Verification.Formats;
using ControlPanel.Verification.Keys;
using ControlPanel.Verification.Secrets;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Inference;

/// <summary>A model access key in a list.</summary>
/// <param name="Models"><see langword="null"/> means all models.</param>
/// <param name="VpcId"><see langword="null"/> means from anywhere.</param>
public sealed record ModelKeyRow(
    Guid Id,
    string Name,
    bool IsLegacy,
    IReadOnlyList<string>? Models,
    bool Batch,
    Guid? VpcId,
    string? VpcName,
    Guid? CreatedById,
    string CreatedBy,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    DateTimeOffset? LastUsedAt,
    string? LastAddress,
    string? LastClient
)
{
    /// <summary>Its calls in the last 24 hours, in lists.</summary>
    public RecentCalls Recent { get; init; } = RecentCalls.None;
}

/// <summary>A model key that was just made or regenerated, with its secret. Shown once, kept nowhere.</summary>
public sealed record NewModelKey(ModelKeyRow Key, Secret Secret);

/// <summary>What a new model key is to be. None of it but the name can be changed afterwards (contract 4.2).</summary>
/// <param name="Models"><see langword="null"/> means all models.</param>
/// <param name="Batch">Only together with all models.</param>
public sealed record NewModelKeyRequest(string? Name, IReadOnlyList<string>? Models, bool Batch, Guid? VpcId);

/// <summary>Whose model keys are wanted: the three tabs.</summary>
public enum ModelKeyTab
{
    /// <summary>The actor's own.</summary>
    Mine,

    /// <summary>Keys from before scoping: of the actor, or of the whole team for an owner.</summary>
    Legacy,

    /// <summary>Everybody's; owners only.</summary>
    Team,
}

/// <summary>What several operations of this folder read alike.</summary>
internal static class ModelKeyQueries
{
    /// <summary>
    /// The living model keys the actor may know: their own, and everybody's for an owner (contract 4.2). What lies
    /// outside does not exist for them.
    /// </summary>
    public static IQueryable<AccessKey> VisibleModelKeys(this OperationContext context) =>
        context
            .LivingKeys(KeyFamily.Inference)
            .Where(k => context.Role == TeamRole.Owner || k.OwnerId == context.Actor.UserId);

    public static Task<AccessKey?> FindModelKeyAsync(this OperationContext context, Guid id, CancellationToken ct) =>
        context.VisibleModelKeys().Include(k => k.Grants).SingleOrDefaultAsync(k => k.Id == id, ct);

    public static async Task<ModelKeyRow> ToRowAsync(this ControlPanelDb db, AccessKey key, CancellationToken ct) =>
        ToRow(
            key,
            await db.EmailAsync(key.OwnerId, ct),
            await db.KeyUsages.SingleOrDefaultAsync(u => u.KeyId == key.Id, ct),
            key.VpcId is { } vpc
                ? await db.VpcNetworks.Where(v => v.Id == vpc).Select(v => v.Name).SingleOrDefaultAsync(ct)
                : null
        );

    public static ModelKeyRow ToRow(AccessKey key, string createdBy, KeyUsage? usage, string? vpcName) =>
        new(
            key.Id,
            key.Name,
            key.IsLegacy,
            key.CoversAll ? null : [.. key.Grants.Select(g => g.Resource).Order(StringComparer.Ordinal)],
            key.Batch,
            key.VpcId,
            vpcName,
            key.OwnerId,
            createdBy,
            key.CreatedAt,
            key.UpdatedAt,
            usage?.LastUsedAt,
            usage?.LastAddress,
            usage?.LastClient
        );

    /// <summary>A new secret for a key; the old one is dead with the commit.</summary>
    public static Secret SetSecret(AccessKey key, SecretHasher hasher, ISecretSource random)
    {
        var secret = ModelKeyFormat.New(random);
        var mac = new byte[Digest256.Size];
        hasher.TryHashBearer(hasher.CurrentVersion, KeyFamily.Inference, secret.Bytes, mac);
        key.SecretMac = mac;
        key.LookupId = mac[..LookupId.Size];
        key.MasterKeyVersion = hasher.CurrentVersion;
        return secret;
    }
}

/// <summary>Creates a model access key for the actor.</summary>
public sealed class CreateModelKey(
    OperationRunner runner,
    ISecretSource random,
    SecretHasher hasher,
    Acknowledgements acknowledgements
)
{
    /// <summary>
    /// Needs <c>genai:create</c>. Refuses an unusable name, an empty or unknown choice of models, batch without all
    /// models, and a network that the team does not have. Returns when every node knows the key.
    /// </summary>
    public async Task<Outcome<NewModelKey>> ExecuteAsync(Actor actor, NewModelKeyRequest input, CancellationToken ct)
    {
        var (outcome, version, committedAt) = await runner.ChangeWithVersionAsync<NewModelKey>(
            actor,
            "model_key.create",
            "genai:create",
            context => AddAsync(context, input, replaces: null, ct),
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
    internal async Task<Outcome<NewModelKey>> AddAsync(
        OperationContext context,
        NewModelKeyRequest input,
        AccessKey? replaces,
        CancellationToken ct
    )
    {
        if (context.MustConfirm)
        {
            return new Refusal.StepUpNeeded();
        }

        var errors = new List<FieldError>();
        if (!Names.TryRead(input.Name, "The access key name", out var name, out var error))
        {
            errors.Add(new FieldError(nameof(input.Name), error));
        }

        var models = input.Models?.Distinct(StringComparer.Ordinal).ToList();
        if (models is { Count: 0 })
        {
            errors.Add(new FieldError(nameof(input.Models), "Select at least one model."));
        }

        if (models is not null && input.Batch)
        {
            errors.Add(new FieldError(nameof(input.Batch), "Batch inferencing needs a key for all models."));
        }

        if (models is { Count: > 0 })
        {
            var known = await context
                .Db.Models.Where(m => m.TeamId == context.TeamId && m.RemovedAt == null && models.Contains(m.ModelId))
                .Select(m => m.ModelId)
                .ToListAsync(ct);
            errors.AddRange(
                models
                    .Except(known, StringComparer.Ordinal)
                    .Take(5)
                    .Select(m => new FieldError(
                        nameof(input.Models),
                        $"{(m.Length > 64 ? m[..64] + "…" : m)} is not in the model catalogue."
                    ))
            );
        }

        VpcNetwork? vpc = null;
        if (input.VpcId is { } vpcId && (vpc = await context.FindVpcAsync(vpcId, ct)) is null)
        {
            errors.Add(new FieldError(nameof(input.VpcId), "Choose one of the team's VPC networks."));
        }

        if (errors.Count > 0)
        {
            return new Refusal.Invalid(errors);
        }

        var key = new AccessKey
        {
            Id = Guid.CreateVersion7(context.Now),
            Family = KeyFamily.Inference,
            TeamId = context.TeamId,
            OwnerId = context.Actor.UserId,
            PublicId = "sk-do-…",
            Name = name,
            CoversAll = models is null,
            Batch = input.Batch,
            VpcId = vpc?.Id,
            ReplacesId = replaces?.Id,
            CreatedAt = context.Now,
            UpdatedAt = context.Now,
            ChangeVersion = context.Version,
        };
        key.Grants.AddRange(
            (models ?? []).Select(m => new KeyGrant
            {
                KeyId = key.Id,
                Resource = m,
                Permission = "use",
            })
        );
        var secret = ModelKeyQueries.SetSecret(key, hasher, random);
        context.Db.AccessKeys.Add(key);
        context.Audit(
            "model_key.create",
            "model_key",
            key.Id.ToString(),
            key.Name,
            replaces is null
                ? new
                {
                    models = models ?? (object)"all",
                    key.Batch,
                    vpc = vpc?.Name,
                }
                : new
                {
                    models = models ?? (object)"all",
                    key.Batch,
                    vpc = vpc?.Name,
                    replaces = replaces.Id,
                }
        );
        return new NewModelKey(
            ModelKeyQueries.ToRow(key, await context.Db.EmailAsync(context.Actor.UserId, ct), usage: null, vpc?.Name),
            secret
        );
    }
}

/// <summary>Lists model access keys of one tab.</summary>
public sealed class ListModelKeys(OperationRunner runner)
{
    /// <summary>
    /// Needs <c>genai:read</c>; <see cref="ModelKeyTab.Team"/> needs the role owner (<c>team:update</c>). Sorts:
    /// <c>created</c> (the default, newest first), <c>name</c>, <c>last_used</c>, <c>created_by</c>.
    /// </summary>
    public Task<Outcome<Page<ModelKeyRow>>> ExecuteAsync(
        Actor actor,
        ModelKeyTab tab,
        PageRequest page,
        CancellationToken ct
    ) =>
        runner.ReadAsync<Page<ModelKeyRow>>(
            actor,
            "genai:read",
            async context =>
            {
                if (tab == ModelKeyTab.Team && context.Role != TeamRole.Owner)
                {
                    return new Refusal.Forbidden("team:update");
                }

                var db = context.Db;
                var keys = tab switch
                {
                    ModelKeyTab.Mine => context.VisibleModelKeys().Where(k => k.OwnerId == actor.UserId && !k.IsLegacy),
                    ModelKeyTab.Legacy => context.VisibleModelKeys().Where(k => k.IsLegacy),
                    ModelKeyTab.Team => context.VisibleModelKeys().Where(k => !k.IsLegacy),
                    _ => throw new ArgumentOutOfRangeException(nameof(tab)),
                };
                if (page.Search?.Trim() is { Length: > 0 } search)
                {
                    var needle = search.ToLowerInvariant();
                    keys = keys.Where(k =>
                        k.Name.ToLower().Contains(needle) || k.Grants.Any(g => g.Resource.ToLower().Contains(needle))
                    );
                }

                var listed =
                    from key in keys
                    join usage in db.KeyUsages on key.Id equals usage.KeyId into usages
                    from usage in usages.DefaultIfEmpty()
                    join owner in db.Users on key.OwnerId equals owner.Id into owners
                    from owner in owners.DefaultIfEmpty()
                    join vpc in db.VpcNetworks on key.VpcId equals vpc.Id into vpcs
                    from vpc in vpcs.DefaultIfEmpty()
                    select new
                    {
                        Key = key,
                        key.Grants,
                        Usage = usage,
                        Owner = owner == null ? "" : owner.Email,
                        Vpc = vpc == null ? null : vpc.Name,
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
                return new Page<ModelKeyRow>(
                    [
                        .. rows.Select(r =>
                            ModelKeyQueries.ToRow(r.Key, r.Owner ?? "", r.Usage, r.Vpc) with
                            {
                                Recent = recent.GetValueOrDefault(r.Key.Id, RecentCalls.None),
                            }
                        ),
                    ],
                    total
                );
            },
            ct
        );
}

/// <summary>Reads one model access key.</summary>
public sealed class GetModelKey(OperationRunner runner)
{
    /// <summary>Needs <c>genai:read</c>, and the key to be the actor's own unless they are an owner.</summary>
    public Task<Outcome<ModelKeyRow>> ExecuteAsync(Actor actor, Guid id, CancellationToken ct) =>
        runner.ReadAsync<ModelKeyRow>(
            actor,
            "genai:read",
            async context =>
                await context.FindModelKeyAsync(id, ct) is { } key
                    ? await context.Db.ToRowAsync(key, ct)
                    : new Refusal.Missing("access key"),
            ct
        );
}

/// <summary>Gives a model access key another name. Secret and scope stay.</summary>
public sealed class RenameModelKey(OperationRunner runner)
{
    /// <summary>Needs <c>genai:update</c>, and the key to be the actor's own unless they are an owner.</summary>
    public Task<Outcome<ModelKeyRow>> ExecuteAsync(Actor actor, Guid id, string? newName, CancellationToken ct) =>
        runner.ChangeAsync<ModelKeyRow>(
            actor,
            "model_key.rename",
            "genai:update",
            async context =>
            {
                if (await context.FindModelKeyAsync(id, ct) is not { } key)
                {
                    return new Refusal.Missing("access key");
                }

                if (!Names.TryRead(newName, "The key name", out var name, out var error))
                {
                    return Refusal.Rule("Name", error);
                }

                context.Audit("model_key.rename", "model_key", key.Id.ToString(), name, new { from = key.Name });
                key.Name = name;
                key.UpdatedAt = context.Now;
                key.ChangeVersion = context.Version;
                return await context.Db.ToRowAsync(key, ct);
            },
            ct
        );
}

/// <summary>
/// Gives a model access key another secret. The old one is refused at once, everywhere: the row's lookup id moves, and
/// a tombstone of the old one says "revoked" to whoever asks why.
/// </summary>
public sealed class RegenerateModelKey(
    OperationRunner runner,
    ISecretSource random,
    SecretHasher hasher,
    Acknowledgements acknowledgements
)
{
    /// <summary>
    /// Needs <c>genai:update</c>, and the key to be the actor's own unless they are an owner. Returns when every node
    /// refuses the old secret and knows the new one.
    /// </summary>
    /// <param name="confirmation">The key's exact name, typed by the person.</param>
    public async Task<Outcome<NewModelKey>> ExecuteAsync(
        Actor actor,
        Guid id,
        string? confirmation,
        CancellationToken ct
    )
    {
        var (outcome, version, committedAt) = await runner.ChangeWithVersionAsync<NewModelKey>(
            actor,
            "model_key.regenerate",
            "genai:update",
            async context =>
            {
                if (context.MustConfirm)
                {
                    return new Refusal.StepUpNeeded();
                }

                if (await context.FindModelKeyAsync(id, ct) is not { } key)
                {
                    return new Refusal.Missing("access key");
                }

                if (confirmation is not null && !string.Equals(confirmation, key.Name, StringComparison.Ordinal))
                {
                    return Refusal.Rule("Confirmation", "Type the key's exact name to confirm.");
                }

                var tombstone = new AccessKey
                {
                    Id = Guid.CreateVersion7(context.Now),
                    Family = KeyFamily.Inference,
                    IsLegacy = key.IsLegacy,
                    TeamId = key.TeamId,
                    OwnerId = key.OwnerId,
                    LookupId = key.LookupId,
                    PublicId = key.PublicId,
                    Name = key.Name,
                    SecretMac = key.SecretMac,
                    MasterKeyVersion = key.MasterKeyVersion,
                    SecretVersion = key.SecretVersion,
                    CreatedAt = key.CreatedAt,
                    UpdatedAt = context.Now,
                    RevokedAt = context.Now,
                    RevokedBy = actor.UserId,
                    RevokeReason = "regenerated",
                    ChangeVersion = context.Version,
                };
                var secret = ModelKeyQueries.SetSecret(key, hasher, random);
                key.SecretVersion++;
                key.UpdatedAt = context.Now;
                key.ChangeVersion = context.Version;
                // First away from the old lookup id, then the tombstone onto it: it is unique.
                await context.Db.SaveChangesAsync(ct);
                context.Db.AccessKeys.Add(tombstone);
                context.Audit("model_key.regenerate", "model_key", key.Id.ToString(), key.Name);
                return new NewModelKey(await context.Db.ToRowAsync(key, ct), secret);
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

/// <summary>Deletes a model access key: immediately, everywhere, for ever.</summary>
public sealed class DeleteModelKey(OperationRunner runner, Acknowledgements acknowledgements)
{
    /// <summary>
    /// Needs <c>genai:delete</c>, and the key to be the actor's own unless they are an owner. Returns the receipt when
    /// every node refuses the key.
    /// </summary>
    /// <param name="confirmation">The key's exact name, typed by the person; <see langword="null"/> at the API.</param>
    public async Task<Outcome<Receipt>> ExecuteAsync(Actor actor, Guid id, string? confirmation, CancellationToken ct)
    {
        var (outcome, version, committedAt) = await runner.ChangeWithVersionAsync<Done>(
            actor,
            "model_key.delete",
            "genai:delete",
            async context =>
            {
                if (await context.FindModelKeyAsync(id, ct) is not { } key)
                {
                    return new Refusal.Missing("access key");
                }

                if (confirmation is not null && !string.Equals(confirmation, key.Name, StringComparison.Ordinal))
                {
                    return Refusal.Rule("Confirmation", "Type the key's exact name to confirm.");
                }

                context.Revoke(key, "revoked");
                context.Audit("model_key.delete", "model_key", key.Id.ToString(), key.Name);
                return default(Done);
            },
            ct
        );
        return outcome.IsDone
            ? await acknowledgements.WaitAsync(version, committedAt, CancellationToken.None)
            : outcome.Refusal;
    }
}

/// <summary>Says what stops when a model key stops.</summary>
public sealed class GetModelKeyBlastRadius(OperationRunner runner)
{
    /// <summary>Needs <c>genai:read</c>, and the key to be the actor's own unless they are an owner.</summary>
    public Task<Outcome<BlastRadius>> ExecuteAsync(Actor actor, Guid id, CancellationToken ct) =>
        runner.ReadAsync<BlastRadius>(
            actor,
            "genai:read",
            async context =>
                await context.FindModelKeyAsync(id, ct) is { } key
                    ? await context.Db.BlastRadiusAsync(key.Id, context.Now, ct)
                    : new Refusal.Missing("access key"),
            ct
        );
}
