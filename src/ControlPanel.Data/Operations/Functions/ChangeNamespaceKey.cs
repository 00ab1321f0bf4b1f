using ControlPanel.Data.Snapshots;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Functions;

/// <summary>Gives a namespace access key another name. The secret stays as it is.</summary>
public sealed class RenameNamespaceKey(OperationRunner runner)
{
    /// <summary>Needs <c>function:admin</c>. Refuses an unusable name and one that another living key has.</summary>
    public Task<Outcome<Done>> ExecuteAsync(
        Actor actor,
        string namespaceId,
        string keyId,
        string? newName,
        CancellationToken ct
    ) =>
        runner.ChangeAsync<Done>(
            actor,
            "functions_key.rename",
            "function:admin",
            async context =>
            {
                if (await context.FindNamespaceKeyAsync(namespaceId, keyId, ct) is not { } key)
                {
                    return new Refusal.Missing("access key");
                }

                if (!Names.TryRead(newName, "The access key name", out var name, out var error))
                {
                    return Refusal.Rule("Name", error);
                }

                if (
                    await context.Db.AccessKeys.AnyAsync(
                        k => k.NamespaceId == namespaceId && k.Name == name && k.RevokedAt == null && k.Id != key.Id,
                        ct
                    )
                )
                {
                    return new Refusal.Conflict("Name", $"This namespace already has an access key called {name}.");
                }

                context.Audit("functions_key.rename", "functions_key", keyId, name, new { from = key.Name });
                key.Name = name;
                key.UpdatedAt = context.Now;
                key.ChangeVersion = context.Version;
                return default(Done);
            },
            ct
        );
}

/// <summary>Suspends a namespace access key, or lets it work again.</summary>
public sealed class SuspendNamespaceKey(OperationRunner runner, Acknowledgements acknowledgements)
{
    /// <summary>Needs <c>function:admin</c>. Returns when every node acts accordingly.</summary>
    /// <param name="suspended">Whether it is to be suspended; <see langword="false"/> resumes it.</param>
    public async Task<Outcome<Receipt>> ExecuteAsync(
        Actor actor,
        string namespaceId,
        string keyId,
        bool suspended,
        CancellationToken ct
    )
    {
        var action = suspended ? "functions_key.suspend" : "functions_key.resume";
        var (outcome, version, committedAt) = await runner.ChangeWithVersionAsync<Done>(
            actor,
            action,
            "function:admin",
            async context =>
            {
                if (await context.FindNamespaceKeyAsync(namespaceId, keyId, ct) is not { } key)
                {
                    return new Refusal.Missing("access key");
                }

                key.SuspendedUntil = suspended ? DateTimeOffset.MaxValue : null;
                key.UpdatedAt = context.Now;
                key.ChangeVersion = context.Version;
                context.Audit(action, "functions_key", keyId, key.Name, new { @namespace = namespaceId });
                return default(Done);
            },
            ct
        );
        return outcome.IsDone ? await acknowledgements.WaitAsync(version, committedAt, ct) : outcome.Refusal;
    }
}

/// <summary>Revokes a namespace access key: immediately, everywhere, for ever.</summary>
public sealed class RevokeNamespaceKey(OperationRunner runner, Acknowledgements acknowledgements)
{
    /// <summary>
    /// Needs <c>function:delete</c>. Returns the receipt when every node refuses the key. A key that is revoked already,
    /// or never was, is missing.
    /// </summary>
    public async Task<Outcome<Receipt>> ExecuteAsync(
        Actor actor,
        string namespaceId,
        string keyId,
        CancellationToken ct
    )
    {
        var (outcome, version, committedAt) = await runner.ChangeWithVersionAsync<Done>(
            actor,
            "functions_key.revoke",
            "function:delete",
            async context =>
            {
                if (await context.FindNamespaceKeyAsync(namespaceId, keyId, ct) is not { } key)
                {
                    return new Refusal.Missing("access key");
                }

                context.Revoke(key, "revoked");
                context.Audit(
                    "functions_key.revoke",
                    "functions_key",
                    keyId,
                    key.Name,
                    new { @namespace = namespaceId }
                );
                return default(Done);
            },
            ct
        );

        // Committed is committed: that the browser went away must not leave the proof half done.
        return outcome.IsDone
            ? await acknowledgements.WaitAsync(version, committedAt, CancellationToken.None)
            : outcome.Refusal;
    }
}

/// <summary>Says what stops when a key stops.</summary>
public sealed class GetNamespaceKeyBlastRadius(OperationRunner runner)
{
    /// <summary>Needs <c>function:read</c>.</summary>
    public Task<Outcome<BlastRadius>> ExecuteAsync(
        Actor actor,
        string namespaceId,
        string keyId,
        CancellationToken ct
    ) =>
        runner.ReadAsync<BlastRadius>(
            actor,
            "function:read",
            async context =>
                await context.FindNamespaceKeyAsync(namespaceId, keyId, ct) is { } key
                    ? await context.Db.BlastRadiusAsync(key.Id, context.Now, ct)
                    : new Refusal.Missing("access key"),
            ct
        );
}
