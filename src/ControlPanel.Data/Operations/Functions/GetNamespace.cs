using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Functions;

/// <summary>Reads one namespace.</summary>
public sealed class GetNamespace(OperationRunner runner, LegacyRules rules)
{
    /// <summary>Needs <c>function:read</c>.</summary>
    public Task<Outcome<NamespaceView>> ExecuteAsync(Actor actor, string id, CancellationToken ct) =>
        runner.ReadAsync<NamespaceView>(
            actor,
            "function:read",
            async context =>
            {
                var db = context.Db;
                if (await context.FindNamespaceAsync(id, ct) is not { } row)
                {
                    return new Refusal.Missing("namespace");
                }

                var liveKeys = await db.AccessKeys.CountAsync(
                    k =>
                        k.NamespaceId == id
                        && k.RevokedAt == null
                        && !k.IsLegacy
                        && (k.ExpiresAt == null || k.ExpiresAt > context.Now),
                    ct
                );
                var legacy = await db
                    .AccessKeys.Where(k => k.NamespaceId == id && k.IsLegacy)
                    .OrderByDescending(k => k.CreatedAt)
                    .FirstOrDefaultAsync(ct);
                DateTimeOffset? lastUsed = legacy is null
                    ? null
                    : await db
                        .KeyUsages.Where(u => u.KeyId == legacy.Id)
                        .Select(u => (DateTimeOffset?)u.LastUsedAt)
                        .SingleOrDefaultAsync(ct);
                var state = rules.LegacyStateOf(legacy, lastUsed, context.Now);
                return new NamespaceView(
                    row.Id,
                    row.Label,
                    row.Region,
                    row.UpstreamUrl,
                    row.SealedUpstreamCredential is not null,
                    liveKeys,
                    new LegacyCredentialView(
                        legacy?.Id,
                        state,
                        legacy is null ? null : rules.EndOf(legacy),
                        state == LegacyState.Rehearsing ? legacy!.SuspendedUntil : null,
                        legacy?.RevokedAt,
                        lastUsed,
                        legacy is null
                            ? []
                            : await db.CallersAsync(legacy.Id, context.Now - NamespaceQueries.InUseWindow, ct)
                    )
                    {
                        IsDefaultCutOff = legacy is { ExpiresAt: null } && rules.CutOff is not null,
                    },
                    row.CreatedAt,
                    row.UpdatedAt
                );
            },
            ct
        );
}
