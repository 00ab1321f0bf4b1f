using ControlPanel.Data.Audit;

namespace ControlPanel.Data.Operations.Audit;

/// <summary>Verifies the installation's whole audit log against its chain and its anchors.</summary>
public sealed class VerifyAuditChain(OperationRunner runner, AuditChain chain)
{
    /// <summary>
    /// Needs <c>activity:verify</c>, which owners have. Says how many entries fit, or which is the first that does not.
    /// Reads every entry once; nothing of other teams' entries is returned.
    /// </summary>
    public Task<Outcome<ChainVerdict>> ExecuteAsync(Actor actor, CancellationToken ct) =>
        runner.ReadAsync<ChainVerdict>(
            actor,
            "activity:verify",
            async context => await chain.VerifyAsync(context.Db, ct),
            ct
        );
}
