using System.Text.Json;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Inference;
using ControlPanel.Data.Snapshots;
using ControlPanel.Verification.Inference;

namespace ControlPanel.Shared;

/// <summary>
/// Finds what a team's model servers offer beyond its catalogue. What is found is only shown; adding it is
/// <see cref="AddModels"/>' business.
/// </summary>
public sealed class ModelSync(
    ListInferenceUpstreams upstreams,
    ListModels models,
    IInferenceDirectory directory,
    ModelServers servers
)
{
    /// <summary>
    /// Needs <c>model_catalog:update</c>. Refuses when the team has no server, or when none of them gave a list.
    /// </summary>
    /// <returns>What the catalogue lacks, by provider and id; the provider is what the server calls the model's owner.</returns>
    public async Task<Outcome<IReadOnlyList<ModelInput>>> FindNewAsync(Actor actor, CancellationToken ct)
    {
        // Who may see the servers may ask them.
        var mayAsk = await upstreams.ExecuteAsync(actor, ct);
        if (!mayAsk.IsDone)
        {
            return mayAsk.Refusal;
        }

        if (directory.RoutesOf(actor.TeamId) is not { All.Count: > 0 } routes)
        {
            return Refusal.Rule("Upstream", "No model server is set up yet.");
        }

        var have = await WholeList.ReadAsync(page => models.ExecuteAsync(actor, page, ct));
        if (!have.IsDone)
        {
            return have.Refusal;
        }

        var known = have.Value.Select(m => m.ModelId).ToHashSet(StringComparer.Ordinal);
        var found = new Dictionary<string, ModelInput>(StringComparer.Ordinal);
        var answered = false;
        foreach (var upstream in routes.All)
        {
            using var list = await servers.ListAsync(upstream, ct);
            answered |= list is not null;
            foreach (var entry in ModelServers.Entries(list))
            {
                var id = entry.GetProperty("id").GetString()!;
                if (!known.Contains(id) && ModelIds.IsUsable(id))
                {
                    found.TryAdd(id, ToInput(id, entry, upstream));
                }
            }
        }

        return answered
            ? Outcome.Of<IReadOnlyList<ModelInput>>([
                .. found
                    .Values.OrderBy(m => m.Provider, StringComparer.OrdinalIgnoreCase)
                    .ThenBy(m => m.ModelId, StringComparer.Ordinal),
            ])
            : Refusal.Rule("Upstream", "No model server gave a list of its models.");
    }

    private static ModelInput ToInput(string id, JsonElement entry, InferenceUpstream upstream) =>
        new(
            id,
            Text(entry, "display_name"),
            // A server of one provider is not asked who owns its models.
            upstream.Providers.Count == 1
                ? upstream.Providers.First()
                : Text(entry, "owned_by") ?? upstream.Name,
            Modality: null,
            BatchCapable: false,
            PriceNote: null
        );

    private static string? Text(JsonElement entry, string name) =>
        entry.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.String
        && value.GetString() is { Length: > 0 } text
            ? text
            : null;
}
