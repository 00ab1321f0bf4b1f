using System.Collections.Frozen;
using ControlPanel.Verification.Secrets;

namespace ControlPanel.Data.Snapshots;

/// <summary>How an inference upstream takes its credential.</summary>
public enum UpstreamHeader : byte
{
    /// <summary><c>Authorization: Bearer …</c></summary>
    Bearer = 0,

    /// <summary><c>x-api-key: …</c>, as Anthropic's API wants it.</summary>
    ApiKey,
}

/// <summary>A model server as the inference gateway knows it.</summary>
/// <param name="Address">What the request's own path is appended to.</param>
/// <param name="Providers">Whose models it serves; empty: everything that no other upstream serves.</param>
/// <param name="Credential">Sent to <paramref name="Address"/> and nowhere else; <see langword="null"/>: it wants none.</param>
public sealed record InferenceUpstream(
    Guid Id,
    string Name,
    Uri Address,
    FrozenSet<string> Providers,
    UpstreamHeader Header,
    Secret? Credential
);

/// <summary>Which upstream of a team serves which model.</summary>
public sealed class InferenceRoutes
{
    private readonly FrozenDictionary<string, InferenceUpstream> _byModel;
    private readonly InferenceUpstream? _rest;

    /// <param name="models">The catalogue: model ids and their providers.</param>
    public InferenceRoutes(
        IReadOnlyList<InferenceUpstream> upstreams,
        IEnumerable<(string ModelId, string Provider)> models
    )
    {
        All = upstreams;
        _rest = upstreams.FirstOrDefault(u => u.Providers.Count == 0);
        _byModel = models
            .Select(m => (m.ModelId, Upstream: upstreams.FirstOrDefault(u => u.Providers.Contains(m.Provider))))
            .Where(m => m.Upstream is not null)
            .ToFrozenDictionary(m => m.ModelId, m => m.Upstream!, StringComparer.Ordinal);
    }

    /// <summary>Every upstream of the team.</summary>
    public IReadOnlyList<InferenceUpstream> All { get; }

    /// <summary>
    /// The upstream for a model, or for a request that names none. A model whose provider has no upstream of its own goes
    /// to the one that serves the rest; without such a one there is no upstream for it.
    /// </summary>
    public InferenceUpstream? For(string? model) =>
        model is not null && _byModel.TryGetValue(model, out var upstream) ? upstream : _rest;
}

/// <summary>What the inference gateway asks about upstreams.</summary>
public interface IInferenceDirectory
{
    /// <summary>A team's upstreams; <see langword="null"/> while it has none.</summary>
    InferenceRoutes? RoutesOf(Guid teamId);
}
