using ControlPanel.Data.Model;
using ControlPanel.Data.Snapshots;
using ControlPanel.Verification.Keys;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Access;

/// <summary>What became of one of many keys.</summary>
/// <param name="IsRevoked"><see langword="false"/>: it was not there (any more), or not the actor's to know.</param>
public sealed record KeyRevocation(Guid Id, bool IsRevoked);

/// <summary>What became of all of them.</summary>
/// <param name="Receipt">Where the revoked ones are refused; for all of them together.</param>
public sealed record KeyRevocations(IReadOnlyList<KeyRevocation> Keys, Receipt Receipt);

/// <summary>Revokes many keys of one family at once: immediately, everywhere, for ever.</summary>
public sealed class RevokeKeys(OperationRunner runner, Acknowledgements acknowledgements)
{
    /// <summary>How many at most.</summary>
    public const int MaxKeys = 500;

    /// <summary>
    /// Needs the permission that revoking one key of the family needs, and of each key what revoking it alone would
    /// need: model keys and tokens must be the actor's own unless they are an owner. A key that is not there or not
    /// theirs is reported and stops none of the others. Legacy credentials of namespaces are never among them: they are
    /// retired. One transaction: its entries in the audit log share a group. Returns when every node refuses the keys.
    /// </summary>
    /// <param name="ids">1 to <see cref="MaxKeys"/> keys.</param>
    public async Task<Outcome<KeyRevocations>> ExecuteAsync(
        Actor actor,
        KeyFamily family,
        IReadOnlyCollection<Guid> ids,
        CancellationToken ct
    )
    {
        var wanted = ids.Distinct().ToList();
        var (action, kind) = Names(family);
        var (outcome, version, committedAt) = await runner.ChangeWithVersionAsync<IReadOnlyList<KeyRevocation>>(
            actor,
            action,
            KeyPermissions.Revoke(family),
            async context =>
            {
                if (wanted.Count is 0 or > MaxKeys)
                {
                    return Refusal.Rule("Keys", $"Choose 1 to {MaxKeys} keys.");
                }

                var keys = await context
                    .KnownKeys()
                    .Where(k => k.Family == family && wanted.Contains(k.Id))
                    .Where(k => !k.IsLegacy || k.Family != KeyFamily.Functions)
                    .ToDictionaryAsync(k => k.Id, ct);
                foreach (var id in wanted)
                {
                    if (keys.TryGetValue(id, out var key))
                    {
                        context.Revoke(key, "revoked");
                        context.Audit(action, kind, TargetOf(key), key.Name, new { together = keys.Count });
                    }
                }

                return Outcome.Of<IReadOnlyList<KeyRevocation>>([
                    .. wanted.Select(id => new KeyRevocation(id, keys.ContainsKey(id))),
                ]);
            },
            ct
        );

        // Committed is committed: that the browser went away must not leave the proof half done.
        return outcome.IsDone
            ? new KeyRevocations(
                outcome.Value,
                await acknowledgements.WaitAsync(version, committedAt, CancellationToken.None)
            )
            : outcome.Refusal;
    }

    // The names that revoking one alone has.
    private static (string Action, string Kind) Names(KeyFamily family) =>
        family switch
        {
            KeyFamily.Functions => ("functions_key.revoke", "functions_key"),
            KeyFamily.Spaces => ("spaces_key.delete", "spaces_key"),
            KeyFamily.Inference => ("model_key.delete", "model_key"),
            KeyFamily.Api => ("token.revoke", "token"),
            _ => throw new ArgumentOutOfRangeException(nameof(family)),
        };

    private static string TargetOf(AccessKey key) =>
        key.Family is KeyFamily.Functions or KeyFamily.Spaces ? key.PublicId : key.Id.ToString();
}
