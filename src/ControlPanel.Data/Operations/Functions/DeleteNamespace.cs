using ControlPanel.Data.Snapshots;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Functions;

/// <summary>Deletes a namespace and revokes every credential of it, legacy included.</summary>
public sealed class DeleteNamespace(OperationRunner runner, Acknowledgements acknowledgements)
{
    /// <summary>Needs <c>function:delete</c>. Returns when every node refuses the namespace's keys.</summary>
    public async Task<Outcome<Receipt>> ExecuteAsync(Actor actor, string id, CancellationToken ct)
    {
        var (outcome, version, committedAt) = await runner.ChangeWithVersionAsync<Done>(
            actor,
            "namespace.delete",
            "function:delete",
            async context =>
            {
                if (await context.FindNamespaceAsync(id, ct) is not { } row)
                {
                    return new Refusal.Missing("namespace");
                }

                row.DeletedAt = context.Now;
                row.ChangeVersion = context.Version;
                var revoked = await context
                    .Db.AccessKeys.Where(k => k.NamespaceId == id && k.RevokedAt == null)
                    .ExecuteUpdateAsync(
                        set =>
                            set.SetProperty(k => k.RevokedAt, context.Now)
                                .SetProperty(k => k.RevokedBy, actor.UserId)
                                .SetProperty(k => k.RevokeReason, "namespace_deleted")
                                .SetProperty(k => k.SealedSecret, (byte[]?)null)
                                .SetProperty(k => k.ChangeVersion, context.Version),
                        ct
                    );
                context.Audit("namespace.delete", "namespace", row.Id, row.Label, new { revokedKeys = revoked });
                return default(Done);
            },
            ct
        );
        return outcome.IsDone ? await acknowledgements.WaitAsync(version, committedAt, ct) : outcome.Refusal;
    }
}
