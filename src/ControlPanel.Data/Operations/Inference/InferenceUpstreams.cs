using System.Text;
using System.Text.Json;
using ControlPanel.Data.Model;
using ControlPanel.Data.Snapshots;
using ControlPanel.Verification.Secrets;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Inference;

/// <summary>A model server behind the inference gateway. Its credential is never given out again.</summary>
/// <param name="Providers">Whose models it serves; empty: everything that no other upstream serves.</param>
public sealed record InferenceUpstreamRow(
    Guid Id,
    string Name,
    string Url,
    IReadOnlyList<string> Providers,
    UpstreamHeader Header,
    bool HasCredential,
    DateTimeOffset CreatedAt
);

/// <summary>What an upstream is to be.</summary>
/// <param name="Url">The address without <c>/v1</c>: the paths of requests are appended to it.</param>
/// <param name="Providers">Empty: everything that no other upstream serves.</param>
/// <param name="Credential">Empty keeps the present one as long as the address stays the same.</param>
public sealed record InferenceUpstreamInput(
    string? Name,
    string? Url,
    IReadOnlyList<string> Providers,
    UpstreamHeader Header,
    string? Credential
);

/// <summary>The rules of inference upstreams, and how their settings are kept.</summary>
internal static class InferenceUpstreams
{
    /// <summary>The kind of the rows.</summary>
    public const string Kind = "inference";

    private const int LongestCredential = 4096;

    public sealed record Settings(IReadOnlyList<string> Providers, UpstreamHeader Header);

    public static Settings ReadSettings(string json) =>
        JsonSerializer.Deserialize<Settings>(json) is { Providers: not null } settings
            ? settings
            : throw new JsonException("An inference upstream without settings.");

    public static InferenceUpstreamRow ToRow(Upstream row)
    {
        var settings = ReadSettings(row.Settings);
        return new InferenceUpstreamRow(
            row.Id,
            row.Name,
            row.Url,
            settings.Providers,
            settings.Header,
            row.SealedCredential is not null,
            row.CreatedAt
        );
    }

    public static IQueryable<Upstream> InferenceUpstreamsOf(this OperationContext context) =>
        context.Db.Upstreams.Where(u => u.TeamId == context.TeamId && u.Kind == Kind && u.RemovedAt == null);

    public static List<FieldError> Check(InferenceUpstreamInput input, Upstream? present, IEnumerable<Upstream> others)
    {
        var errors = new List<FieldError>();
        if (!Names.TryRead(input.Name, "The name", out _, out var nameError))
        {
            errors.Add(new FieldError(nameof(input.Name), nameError));
        }

        var url = Clean(input.Url);
        if (!IsUsable(url))
        {
            errors.Add(
                new FieldError(
                    nameof(input.Url),
                    "Give an address such as https://models.example.com, without /v1, user name, query or fragment."
                )
            );
        }

        var credential = input.Credential?.Trim() ?? "";
        if (credential.Length > LongestCredential || credential.Any(c => c is <= ' ' or > '~'))
        {
            errors.Add(new FieldError(nameof(input.Credential), "Give the upstream's key as one word."));
        }
        else if (
            credential.Length == 0
            && present?.SealedCredential is not null
            && !string.Equals(present.Url, url, StringComparison.OrdinalIgnoreCase)
        )
        {
            errors.Add(
                new FieldError(
                    nameof(input.Credential),
                    "A new address needs its own key; the present one is not sent to another server."
                )
            );
        }

        CheckProviders(input, others, errors);
        return errors;
    }

    public static void Set(Upstream row, InferenceUpstreamInput input, SecretSealer sealer)
    {
        row.Name = input.Name!.Trim();
        row.Url = Clean(input.Url);
        row.Settings = JsonSerializer.Serialize(new Settings(CleanProviders(input), input.Header));
        if (input.Credential?.Trim() is { Length: > 0 } credential)
        {
            row.CredentialVersion++;
            row.SealedCredential = sealer
                .Seal(
                    Encoding.UTF8.GetBytes(credential),
                    SealBindings.Upstream(row.Id, row.TeamId, row.CredentialVersion)
                )
                .Envelope.ToArray();
        }
    }

    // Which upstream answers must never be a guess: one for each provider, one for the rest.
    private static void CheckProviders(
        InferenceUpstreamInput input,
        IEnumerable<Upstream> others,
        List<FieldError> errors
    )
    {
        var providers = CleanProviders(input);
        foreach (var other in others)
        {
            var taken = ReadSettings(other.Settings).Providers;
            if (providers.Count == 0 && taken.Count == 0)
            {
                errors.Add(
                    new FieldError(
                        nameof(input.Providers),
                        $"{other.Name} serves every other provider already; name the providers of this one."
                    )
                );
            }

            if (providers.FirstOrDefault(p => taken.Contains(p, StringComparer.OrdinalIgnoreCase)) is { } twice)
            {
                errors.Add(new FieldError(nameof(input.Providers), $"{other.Name} serves {twice} already."));
            }
        }
    }

    private static List<string> CleanProviders(InferenceUpstreamInput input) =>
        [.. input.Providers.Select(p => p.Trim()).Where(p => p.Length > 0).Distinct(StringComparer.OrdinalIgnoreCase)];

    private static string Clean(string? url) => url?.Trim().TrimEnd('/') ?? "";

    private static bool IsUsable(string url) =>
        url.Length <= 512
        && Uri.TryCreate(url, UriKind.Absolute, out var uri)
        && uri.Scheme is "http" or "https"
        && uri.UserInfo.Length == 0
        && uri.Query.Length == 0
        && uri.Fragment.Length == 0
        // Clients' paths begin with /v1 themselves.
        && !uri.AbsolutePath.EndsWith("/v1", StringComparison.OrdinalIgnoreCase);
}

/// <summary>Lists the team's inference upstreams.</summary>
public sealed class ListInferenceUpstreams(OperationRunner runner)
{
    /// <summary>Needs <c>model_catalog:update</c>: where models run is the owners' business.</summary>
    public Task<Outcome<IReadOnlyList<InferenceUpstreamRow>>> ExecuteAsync(Actor actor, CancellationToken ct) =>
        runner.ReadAsync<IReadOnlyList<InferenceUpstreamRow>>(
            actor,
            "model_catalog:update",
            async context =>
            {
                var rows = await context.InferenceUpstreamsOf().OrderBy(u => u.Name).ToListAsync(ct);
                return Outcome.Of<IReadOnlyList<InferenceUpstreamRow>>([.. rows.Select(InferenceUpstreams.ToRow)]);
            },
            ct
        );
}

/// <summary>Adds an inference upstream or changes one.</summary>
public sealed class SetInferenceUpstream(
    OperationRunner runner,
    SecretSealer sealer,
    TimeProvider clock,
    Acknowledgements acknowledgements
)
{
    /// <summary>
    /// Needs <c>model_catalog:update</c>. Refuses an unusable address, a second upstream for the same provider or for the
    /// rest, and a new address without its own credential. Returns when every node sends there.
    /// </summary>
    /// <param name="id"><see langword="null"/> adds one.</param>
    public async Task<Outcome<InferenceUpstreamRow>> ExecuteAsync(
        Actor actor,
        Guid? id,
        InferenceUpstreamInput input,
        CancellationToken ct
    )
    {
        var (outcome, version, committedAt) = await runner.ChangeWithVersionAsync<InferenceUpstreamRow>(
            actor,
            "inference_upstream.set",
            "model_catalog:update",
            async context =>
            {
                var all = await context.InferenceUpstreamsOf().ToListAsync(ct);
                var row = all.SingleOrDefault(u => u.Id == id);
                if (id is not null && row is null)
                {
                    return new Refusal.Missing("upstream");
                }

                var errors = InferenceUpstreams.Check(input, row, all.Where(u => u.Id != id));
                if (errors.Count > 0)
                {
                    return new Refusal.Invalid(errors);
                }

                if (row is null)
                {
                    row = new Upstream
                    {
                        Id = Guid.CreateVersion7(clock.GetUtcNow()),
                        TeamId = context.TeamId,
                        Kind = InferenceUpstreams.Kind,
                        CreatedAt = context.Now,
                    };
                    context.Db.Upstreams.Add(row);
                }

                InferenceUpstreams.Set(row, input, sealer);
                row.ChangeVersion = context.Version;
                context.Audit(
                    "inference_upstream.set",
                    "inference_upstream",
                    row.Id.ToString(),
                    row.Name,
                    new { row.Url, credentialReplaced = !string.IsNullOrWhiteSpace(input.Credential) }
                );
                return InferenceUpstreams.ToRow(row);
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

/// <summary>Removes an inference upstream. Requests for what it served find no server any more.</summary>
public sealed class RemoveInferenceUpstream(OperationRunner runner)
{
    /// <summary>Needs <c>model_catalog:delete</c>.</summary>
    public Task<Outcome<Done>> ExecuteAsync(Actor actor, Guid id, CancellationToken ct) =>
        runner.ChangeAsync<Done>(
            actor,
            "inference_upstream.remove",
            "model_catalog:delete",
            async context =>
            {
                var row = await context.InferenceUpstreamsOf().SingleOrDefaultAsync(u => u.Id == id, ct);
                if (row is null)
                {
                    return new Refusal.Missing("upstream");
                }

                row.RemovedAt = context.Now;
                row.SealedCredential = null;
                row.ChangeVersion = context.Version;
                context.Audit("inference_upstream.remove", "inference_upstream", row.Id.ToString(), row.Name);
                return default(Done);
            },
            ct
        );
}
