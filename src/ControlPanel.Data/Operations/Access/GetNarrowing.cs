using ControlPanel.Verification.Keys;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Access;

/// <summary>Says which narrower rights a key really needs, from what its calls needed.</summary>
public sealed class GetNarrowing(OperationRunner runner)
{
    /// <summary>
    /// Needs the reading permission of the family. Model keys and tokens must be the actor's own unless they are an
    /// owner; what is not theirs to know is missing.
    /// </summary>
    public Task<Outcome<Narrowing>> ExecuteAsync(Actor actor, KeyFamily family, Guid id, CancellationToken ct) =>
        runner.ReadAsync<Narrowing>(
            actor,
            KeyPermissions.Read(family),
            async context =>
                await context.FindKnownKeyAsync(family, id, ct) is { } key
                    ? (await context.ReckonAsync(key, ct)).Answer
                    : new Refusal.Missing("access key"),
            ct
        );
}
