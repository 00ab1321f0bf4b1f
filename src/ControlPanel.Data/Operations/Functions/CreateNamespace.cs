using ControlPanel.Data.Model;
using ControlPanel.Verification.Secrets;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Functions;

/// <summary>What a new namespace is to be.</summary>
/// <param name="UpstreamUrl">The OpenWhisk API behind it: an absolute http(s) address; optional.</param>
/// <param name="UpstreamCredential">The upstream's own <c>uuid:key</c>; optional, stored sealed.</param>
public sealed record NewNamespace(
    string? Label,
    string? Region,
    string? UpstreamUrl = null,
    string? UpstreamCredential = null
);

/// <summary>Creates a Functions namespace.</summary>
public sealed class CreateNamespace(OperationRunner runner, ISecretSource random, SecretSealer sealer)
{
    /// <summary>
    /// Needs <c>function:create</c>. Refuses an unusable label, an unknown region, a label that the team already uses,
    /// and an upstream that is no absolute http(s) address.
    /// </summary>
    public Task<Outcome<NamespaceRow>> ExecuteAsync(Actor actor, NewNamespace input, CancellationToken ct) =>
        runner.ChangeAsync<NamespaceRow>(
            actor,
            "namespace.create",
            "function:create",
            async context =>
            {
                var errors = new List<FieldError>();
                if (!Names.TryRead(input.Label, "The label", out var label, out var labelError))
                {
                    errors.Add(new FieldError(nameof(input.Label), labelError));
                }

                var region = Regions.Find(input.Region);
                if (region is null)
                {
                    errors.Add(new FieldError(nameof(input.Region), "Choose one of the regions offered."));
                }

                NamespaceUpstream.Check(input.UpstreamUrl, input.UpstreamCredential, errors);
                if (errors.Count > 0)
                {
                    return new Refusal.Invalid(errors);
                }

                if (
                    await context.Db.Namespaces.AnyAsync(
                        n => n.TeamId == context.TeamId && n.Label == label && n.DeletedAt == null,
                        ct
                    )
                )
                {
                    return new Refusal.Conflict(nameof(input.Label), $"There is already a namespace called {label}.");
                }

                var bytes = new byte[32];
                random.Fill(bytes);
                var row = new FunctionsNamespace
                {
                    Id = $"fn-{NewUuid(bytes.AsSpan(0, 16))}",
                    TeamId = context.TeamId,
                    Label = label,
                    Region = region!.Slug,
                    SealId = NewUuid(bytes.AsSpan(16)),
                    CreatedAt = context.Now,
                    UpdatedAt = context.Now,
                    CreatedBy = actor.UserId,
                    ChangeVersion = context.Version,
                };
                NamespaceUpstream.Set(row, input.UpstreamUrl, input.UpstreamCredential, sealer);
                context.Db.Namespaces.Add(row);
                context.Audit("namespace.create", "namespace", row.Id, row.Label, new { row.Region, row.UpstreamUrl });
                return new NamespaceRow(
                    row.Id,
                    row.Label,
                    row.Region,
                    0,
                    LegacyState.Retired,
                    row.CreatedAt,
                    row.UpdatedAt
                );
            },
            ct
        );

    // RFC 9562 version 4 from our own random source.
    private static Guid NewUuid(Span<byte> bytes)
    {
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }
}
