using ControlPanel.Data.Model;
using ControlPanel.Verification.Keys;
using ControlPanel.Verification.Secrets;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Functions;

/// <summary>The shared credential of a namespace, readable until it is retired.</summary>
public sealed record LegacyCredential(string NamespaceId, string Uuid, Secret Key);

/// <summary>
/// Reads the shared credentials of the team's namespaces, for tools that still connect with them (contract 8.11).
/// A retired one is not there any more.
/// </summary>
public sealed class ReadLegacyCredentials(OperationRunner runner, SecretSealer sealer, LegacyRules rules)
{
    /// <summary>Needs <c>function:admin</c>.</summary>
    /// <param name="namespaceId">Only this namespace's; <see langword="null"/>: all of the team's.</param>
    public Task<Outcome<IReadOnlyList<LegacyCredential>>> ExecuteAsync(
        Actor actor,
        string? namespaceId,
        CancellationToken ct
    ) =>
        runner.ReadAsync<IReadOnlyList<LegacyCredential>>(
            actor,
            "function:admin",
            async context =>
            {
                var rows = await context
                    .LivingLegacy(rules)
                    .Where(k => k.SealedSecret != null && (namespaceId == null || k.NamespaceId == namespaceId))
                    .ToListAsync(ct);
                return Outcome.Of<IReadOnlyList<LegacyCredential>>([.. rows.SelectMany(Open)]);
            },
            ct
        );

    private IEnumerable<LegacyCredential> Open(AccessKey row)
    {
        if (
            SealedSecret.TryRead(row.SealedSecret, out var envelope)
            && sealer.TryOpen(envelope!, SealBindings.LegacyKey(row.Id, row.TeamId, row.SecretVersion), out var key)
        )
        {
            yield return new LegacyCredential(row.NamespaceId!, row.PublicId, key);
        }
    }
}
