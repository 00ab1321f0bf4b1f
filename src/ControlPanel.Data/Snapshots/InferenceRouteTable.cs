using System.Collections.Concurrent;
using System.Collections.Frozen;
using ControlPanel.Data.Operations.Inference;
using ControlPanel.Data.Providers;
using ControlPanel.Verification.Secrets;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Snapshots;

/// <summary>The inference upstreams of every team; rebuilt for a team whenever one of its upstreams or models changes.</summary>
internal sealed class InferenceRouteTable(SecretSealer sealer)
{
    private readonly ConcurrentDictionary<Guid, InferenceRoutes> _routes = new();

    public InferenceRoutes? Find(Guid teamId) => _routes.GetValueOrDefault(teamId);

    public void Clear() => _routes.Clear();

    public async Task ApplyAsync(ControlPanelDb db, long known, CancellationToken ct)
    {
        var upstreams = db.Upstreams.Where(u => u.Kind == InferenceUpstreams.Kind);
        var teams = await upstreams
            .Where(u => u.ChangeVersion > known)
            .Select(u => u.TeamId)
            .Union(db.Models.Where(m => m.ChangeVersion > known).Select(m => m.TeamId))
            .ToListAsync(ct);
        foreach (var team in teams)
        {
            var rows = await upstreams
                .Where(u => u.TeamId == team && u.RemovedAt == null)
                .OrderBy(u => u.Id)
                .ToListAsync(ct);
            var models = await db
                .Models.Where(m => m.TeamId == team && m.RemovedAt == null)
                .Select(m => new { m.ModelId, m.Provider })
                .ToListAsync(ct);
            if (rows.Count == 0)
            {
                _routes.TryRemove(team, out _);
            }
            else
            {
                _routes[team] = new InferenceRoutes(
                    [.. rows.Select(ToUpstream).OfType<InferenceUpstream>()],
                    models.Select(m => (m.ModelId, m.Provider))
                );
            }
        }
    }

    private InferenceUpstream? ToUpstream(Model.Upstream row)
    {
        Secret? credential = null;
        if (row.SealedCredential is { } envelope)
        {
            // A credential that cannot be opened must not turn into a request without one.
            if (
                !SealedSecret.TryRead(envelope, out var sealedCredential)
                || !sealer.TryOpen(
                    sealedCredential!,
                    SealBindings.Upstream(row.Id, row.TeamId, row.CredentialVersion),
                    out credential
                )
            )
            {
                return null;
            }
        }

        var settings = InferenceUpstreams.ReadSettings(row.Settings);
        return new InferenceUpstream(
            row.Id,
            row.Name,
            new Uri(row.Url),
            settings.Providers.ToFrozenSet(StringComparer.OrdinalIgnoreCase),
            settings.Header,
            credential
        );
    }
}
