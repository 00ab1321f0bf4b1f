using System.Diagnostics;
using ControlPanel.Data.Audit;
using ControlPanel.Data.Providers;

namespace ControlPanel.Data.Operations;

/// <summary>What somebody tried without the right to, for the log of the team that they tried it in.</summary>
internal static class RefusedAttempts
{
    /// <summary>Writes it, in a transaction of its own: that of the attempt was undone.</summary>
    public static async Task WriteRefusalAsync(
        this IControlPanelStore store,
        AuditChain audit,
        TimeProvider clock,
        Actor actor,
        string action,
        Refusal refusal,
        CancellationToken ct
    )
    {
        var why = refusal switch
        {
            Refusal.Forbidden f => $$"""{"needs":"{{f.Permission}}"}""",
            Refusal.NotAMember => """{"needs":"membership"}""",
            Refusal.StepUpNeeded => """{"needs":"step-up"}""",
            _ => throw new UnreachableException(),
        };
        await using var transaction = await store.BeginWriteAsync(ct);
        // The clock's row lock orders the chain on a shared store, so it is taken here as well.
        await transaction.TickAsync(ct);
        await audit.AppendAsync(
            transaction.Db,
            actor,
            [new AuditNote(action, "", "", "", why)],
            AuditChain.Refused,
            clock.GetUtcNow(),
            ct
        );
        await transaction.CommitAsync(ct);
    }
}
