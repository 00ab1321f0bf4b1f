using System.Text;
using ControlPanel.Data.Model;
using ControlPanel.Data.Snapshots;
using ControlPanel.Verification.Secrets;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Spaces;

/// <summary>The S3 store behind a team's buckets, as a person gives it.</summary>
/// <param name="Url">An absolute http(s) address without path.</param>
/// <param name="Region">What the store expects in the scope of signatures, e.g. <c>us-east-1</c>.</param>
/// <param name="SecretKey">Empty keeps the present one, as long as address and access key id stay.</param>
/// <param name="AllowDotSegments">Whether the store takes <c>.</c> and <c>..</c> in keys as text; some walk up with them.</param>
public sealed record NewSpacesUpstream(
    string? Url,
    string? Region,
    string? AccessKeyId,
    string? SecretKey,
    bool AllowDotSegments = false
);

/// <summary>The store behind, without its secret.</summary>
public sealed record SpacesUpstreamView(string Url, string Region, string AccessKeyId, bool AllowDotSegments);

/// <summary>Reads which store is behind the team's buckets.</summary>
public sealed class GetSpacesUpstream(OperationRunner runner)
{
    /// <summary>Needs <c>spaces_upstream:read</c>. Missing while none is set up.</summary>
    public Task<Outcome<SpacesUpstreamView>> ExecuteAsync(Actor actor, CancellationToken ct) =>
        runner.ReadAsync<SpacesUpstreamView>(
            actor,
            "spaces_upstream:read",
            async context =>
                await context.FindSpacesUpstreamAsync(ct) is { } row
                && SpacesUpstreamSettings.Read(row.Settings) is { } settings
                    ? new SpacesUpstreamView(row.Url, settings.Region, settings.AccessKeyId, settings.AllowDotSegments)
                    : new Refusal.Missing("store"),
            ct
        );
}

/// <summary>Points the team's buckets at an S3 store.</summary>
public sealed class SetSpacesUpstream(OperationRunner runner, SecretSealer sealer)
{
    /// <summary>
    /// Needs <c>spaces_upstream:update</c>. A new address or access key id needs its own secret, so that a secret is
    /// never used towards a server it was not given for.
    /// </summary>
    public Task<Outcome<Done>> ExecuteAsync(Actor actor, NewSpacesUpstream upstream, CancellationToken ct) =>
        runner.ChangeAsync<Done>(
            actor,
            "spaces_upstream.set",
            "spaces_upstream:update",
            async context =>
            {
                var row = await context.FindSpacesUpstreamAsync(ct);
                var errors = Check(upstream, row);
                if (errors.Count > 0)
                {
                    return new Refusal.Invalid(errors);
                }

                if (row is null)
                {
                    row = new Upstream
                    {
                        Id = Guid.CreateVersion7(context.Now),
                        TeamId = context.TeamId,
                        Kind = SpacesUpstreamSettings.Kind,
                        CreatedAt = context.Now,
                    };
                    context.Db.Upstreams.Add(row);
                }

                row.Url = Address(upstream);
                row.Name = new Uri(row.Url).Authority;
                row.Settings = new SpacesUpstreamSettings(
                    upstream.Region!.Trim(),
                    upstream.AccessKeyId!.Trim(),
                    upstream.AllowDotSegments
                ).Write();
                if (!string.IsNullOrWhiteSpace(upstream.SecretKey))
                {
                    row.CredentialVersion++;
                    row.SealedCredential = sealer
                        .Seal(
                            Encoding.UTF8.GetBytes(upstream.SecretKey.Trim()),
                            SealBindings.Upstream(row.Id, row.TeamId, row.CredentialVersion)
                        )
                        .Envelope.ToArray();
                }

                row.ChangeVersion = context.Version;
                context.Audit(
                    "spaces_upstream.set",
                    "spaces_upstream",
                    row.Id.ToString(),
                    row.Name,
                    new
                    {
                        row.Url,
                        region = upstream.Region!.Trim(),
                        accessKeyId = upstream.AccessKeyId!.Trim(),
                        upstream.AllowDotSegments,
                        credentialReplaced = !string.IsNullOrWhiteSpace(upstream.SecretKey),
                    }
                );
                return default(Done);
            },
            ct
        );

    private static string Address(NewSpacesUpstream upstream) => upstream.Url!.Trim().TrimEnd('/');

    private static List<FieldError> Check(NewSpacesUpstream upstream, Upstream? present)
    {
        var errors = new List<FieldError>();
        if (
            !Uri.TryCreate(upstream.Url?.Trim(), UriKind.Absolute, out var uri)
            || uri.Scheme is not ("http" or "https")
            || uri.UserInfo.Length > 0
            || uri.PathAndQuery != "/"
            || uri.Fragment.Length > 0
            || upstream.Url!.Trim().Length > 512
        )
        {
            errors.Add(
                new FieldError(
                    nameof(NewSpacesUpstream.Url),
                    "Give an address such as https://s3.example.com, without user name, path, query or fragment."
                )
            );
        }

        if (!IsWord(upstream.Region, 64) || upstream.Region!.Contains('/', StringComparison.Ordinal))
        {
            errors.Add(new FieldError(nameof(NewSpacesUpstream.Region), "Give the store's region, such as us-east-1."));
        }

        if (!IsWord(upstream.AccessKeyId, 128))
        {
            errors.Add(new FieldError(nameof(NewSpacesUpstream.AccessKeyId), "Give the store's own access key id."));
        }

        if (string.IsNullOrWhiteSpace(upstream.SecretKey))
        {
            if (
                errors.Count == 0
                && (
                    present?.SealedCredential is null
                    || !string.Equals(present.Url, Address(upstream), StringComparison.OrdinalIgnoreCase)
                    || SpacesUpstreamSettings.Read(present.Settings)?.AccessKeyId != upstream.AccessKeyId!.Trim()
                )
            )
            {
                errors.Add(
                    new FieldError(
                        nameof(NewSpacesUpstream.SecretKey),
                        "Give the secret key that belongs to this address and access key id."
                    )
                );
            }
        }
        else if (!IsWord(upstream.SecretKey, 256))
        {
            errors.Add(
                new FieldError(
                    nameof(NewSpacesUpstream.SecretKey),
                    "The secret key has at most 256 printable characters."
                )
            );
        }

        return errors;
    }

    private static bool IsWord(string? text, int most) =>
        text?.Trim() is { Length: > 0 } word && word.Length <= most && word.All(c => c is > ' ' and <= '~');
}

/// <summary>Takes the store away: the gateway then answers that none is set up.</summary>
public sealed class RemoveSpacesUpstream(OperationRunner runner)
{
    /// <summary>Needs <c>spaces_upstream:delete</c>.</summary>
    public Task<Outcome<Done>> ExecuteAsync(Actor actor, CancellationToken ct) =>
        runner.ChangeAsync<Done>(
            actor,
            "spaces_upstream.remove",
            "spaces_upstream:delete",
            async context =>
            {
                if (await context.FindSpacesUpstreamAsync(ct) is not { } row)
                {
                    return new Refusal.Missing("store");
                }

                row.RemovedAt = context.Now;
                row.SealedCredential = null;
                row.ChangeVersion = context.Version;
                context.Audit("spaces_upstream.remove", "spaces_upstream", row.Id.ToString(), row.Name);
                return default(Done);
            },
            ct
        );
}

/// <summary>Finds the row.</summary>
internal static class SpacesUpstreamQueries
{
    public static Task<Upstream?> FindSpacesUpstreamAsync(this OperationContext context, CancellationToken ct) =>
        context
            .Db.Upstreams.Where(u =>
                u.TeamId == context.TeamId && u.Kind == SpacesUpstreamSettings.Kind && u.RemovedAt == null
            )
            .OrderByDescending(u => u.ChangeVersion)
            .FirstOrDefaultAsync(ct);
}
