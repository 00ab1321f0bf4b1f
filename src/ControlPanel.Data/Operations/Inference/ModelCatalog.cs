using ControlPanel.Data.Model;
using ControlPanel.Verification.Inference;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Inference;

/// <summary>A model of the catalogue.</summary>
/// <param name="ModelId">The name that requests carry in <c>model</c>.</param>
/// <param name="Modality"><c>text</c>, <c>image</c>, <c>audio</c>, <c>embedding</c>…</param>
public sealed record ModelRow(
    Guid Id,
    string ModelId,
    string DisplayName,
    string Provider,
    string Modality,
    bool BatchCapable,
    string? PriceNote,
    DateTimeOffset CreatedAt
);

/// <summary>What a catalogue entry is to be.</summary>
public sealed record ModelInput(
    string? ModelId,
    string? DisplayName,
    string? Provider,
    string? Modality,
    bool BatchCapable,
    string? PriceNote
);

/// <summary>The rules of catalogue entries.</summary>
internal static class ModelRules
{
    /// <summary>Checks an input.</summary>
    public static List<FieldError> Check(ModelInput input)
    {
        var errors = new List<FieldError>();
        if (!ModelIds.IsUsable(input.ModelId?.Trim()))
        {
            errors.Add(
                new FieldError(
                    nameof(input.ModelId),
                    "Use 1 to 256 letters, digits or any of . _ - : / @, as requests name the model."
                )
            );
        }

        if (input.DisplayName is { Length: > 256 })
        {
            errors.Add(new FieldError(nameof(input.DisplayName), "Use at most 256 characters."));
        }

        if (!Names.TryRead(input.Provider, "The provider", out _, out var providerError))
        {
            errors.Add(new FieldError(nameof(input.Provider), providerError));
        }

        if (input.PriceNote is { Length: > 200 })
        {
            errors.Add(new FieldError(nameof(input.PriceNote), "Use at most 200 characters."));
        }

        return errors;
    }

    public static ModelRow ToRow(CatalogModel m) =>
        new(m.Id, m.ModelId, m.DisplayName, m.Provider, m.Modality, m.BatchCapable, m.PriceNote, m.CreatedAt);

    public static void Set(CatalogModel model, ModelInput input)
    {
        model.ModelId = input.ModelId!.Trim();
        model.DisplayName = string.IsNullOrWhiteSpace(input.DisplayName) ? model.ModelId : input.DisplayName.Trim();
        model.Provider = input.Provider!.Trim();
        model.Modality = string.IsNullOrWhiteSpace(input.Modality) ? "text" : input.Modality.Trim().ToLowerInvariant();
        model.BatchCapable = input.BatchCapable;
        model.PriceNote = string.IsNullOrWhiteSpace(input.PriceNote) ? null : input.PriceNote.Trim();
    }
}

/// <summary>Lists the model catalogue.</summary>
public sealed class ListModels(OperationRunner runner)
{
    /// <summary>Needs <c>genai:read</c>. Sorts: <c>provider</c> (the default), <c>id</c>, <c>created</c>.</summary>
    public Task<Outcome<Page<ModelRow>>> ExecuteAsync(Actor actor, PageRequest page, CancellationToken ct) =>
        runner.ReadAsync<Page<ModelRow>>(
            actor,
            "genai:read",
            async context =>
            {
                var models = context.Db.Models.Where(m => m.TeamId == context.TeamId && m.RemovedAt == null);
                if (page.Search?.Trim() is { Length: > 0 } search)
                {
                    var needle = search.ToLowerInvariant();
                    models = models.Where(m =>
                        m.ModelId.ToLower().Contains(needle)
                        || m.DisplayName.ToLower().Contains(needle)
                        || m.Provider.ToLower().Contains(needle)
                    );
                }

                var sorted = (page.Sort, page.Descending) switch
                {
                    ("id", false) => models.OrderBy(m => m.ModelId),
                    ("id", true) => models.OrderByDescending(m => m.ModelId),
                    ("created", false) => models.OrderBy(m => m.CreatedAt),
                    ("created", true) => models.OrderByDescending(m => m.CreatedAt),
                    (_, true) => models.OrderByDescending(m => m.Provider).ThenBy(m => m.ModelId),
                    _ => models.OrderBy(m => m.Provider).ThenBy(m => m.ModelId),
                };
                var total = await models.CountAsync(ct);
                var rows = await sorted.Skip(page.SafeSkip).Take(page.SafeTake).ToListAsync(ct);
                return new Page<ModelRow>([.. rows.Select(ModelRules.ToRow)], total);
            },
            ct
        );
}

/// <summary>Adds models to the catalogue, by hand or from what an upstream lists.</summary>
public sealed class AddModels(OperationRunner runner, TimeProvider clock)
{
    /// <summary>
    /// Needs <c>model_catalog:create</c>. Of several, those already there are left as they are; a single one that is
    /// there is a conflict.
    /// </summary>
    /// <returns>How many were added.</returns>
    public Task<Outcome<int>> ExecuteAsync(Actor actor, IReadOnlyList<ModelInput> inputs, CancellationToken ct) =>
        runner.ChangeAsync<int>(
            actor,
            "model.add",
            "model_catalog:create",
            async context =>
            {
                var errors = inputs.SelectMany(ModelRules.Check).ToList();
                if (errors.Count > 0)
                {
                    return new Refusal.Invalid(errors);
                }

                var wanted = inputs.DistinctBy(i => i.ModelId!.Trim(), StringComparer.Ordinal).ToList();
                var ids = wanted.Select(i => i.ModelId!.Trim()).ToList();
                var present = await context
                    .Db.Models.Where(m => m.TeamId == context.TeamId && m.RemovedAt == null && ids.Contains(m.ModelId))
                    .Select(m => m.ModelId)
                    .ToListAsync(ct);
                if (wanted.Count == 1 && present.Count == 1)
                {
                    return new Refusal.Conflict(
                        nameof(ModelInput.ModelId),
                        $"{present[0]} is in the catalogue already."
                    );
                }

                var added = 0;
                foreach (var input in wanted.Where(i => !present.Contains(i.ModelId!.Trim(), StringComparer.Ordinal)))
                {
                    var model = new CatalogModel
                    {
                        Id = Guid.CreateVersion7(clock.GetUtcNow()),
                        TeamId = context.TeamId,
                        CreatedAt = context.Now,
                        ChangeVersion = context.Version,
                    };
                    ModelRules.Set(model, input);
                    context.Db.Models.Add(model);
                    context.Audit("model.add", "model", model.ModelId, model.DisplayName, new { model.Provider });
                    added++;
                }

                return added;
            },
            ct
        );
}

/// <summary>Changes a catalogue entry. Its id stays: keys are granted on it.</summary>
public sealed class UpdateModel(OperationRunner runner)
{
    /// <summary>Needs <c>model_catalog:update</c>.</summary>
    public Task<Outcome<ModelRow>> ExecuteAsync(Actor actor, Guid id, ModelInput input, CancellationToken ct) =>
        runner.ChangeAsync<ModelRow>(
            actor,
            "model.update",
            "model_catalog:update",
            async context =>
            {
                var model = await context.Db.Models.SingleOrDefaultAsync(
                    m => m.Id == id && m.TeamId == context.TeamId && m.RemovedAt == null,
                    ct
                );
                if (model is null)
                {
                    return new Refusal.Missing("model");
                }

                var kept = input with { ModelId = model.ModelId };
                var errors = ModelRules.Check(kept);
                if (errors.Count > 0)
                {
                    return new Refusal.Invalid(errors);
                }

                ModelRules.Set(model, kept);
                model.ChangeVersion = context.Version;
                context.Audit("model.update", "model", model.ModelId, model.DisplayName);
                return ModelRules.ToRow(model);
            },
            ct
        );
}

/// <summary>Takes a model out of the catalogue. Keys granted on it keep the grant; new keys cannot choose it.</summary>
public sealed class RemoveModel(OperationRunner runner)
{
    /// <summary>Needs <c>model_catalog:delete</c>.</summary>
    public Task<Outcome<Done>> ExecuteAsync(Actor actor, Guid id, CancellationToken ct) =>
        runner.ChangeAsync<Done>(
            actor,
            "model.remove",
            "model_catalog:delete",
            async context =>
            {
                var model = await context.Db.Models.SingleOrDefaultAsync(
                    m => m.Id == id && m.TeamId == context.TeamId && m.RemovedAt == null,
                    ct
                );
                if (model is null)
                {
                    return new Refusal.Missing("model");
                }

                model.RemovedAt = context.Now;
                model.ChangeVersion = context.Version;
                context.Audit("model.remove", "model", model.ModelId, model.DisplayName);
                return default(Done);
            },
            ct
        );
}
