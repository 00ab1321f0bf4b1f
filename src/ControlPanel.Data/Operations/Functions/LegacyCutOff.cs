using ControlPanel.Data.Model;
using ControlPanel.Data.Snapshots;
using ControlPanel.Verification.Keys;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Functions;

/// <summary>Retires the shared credential of a namespace: immediately, everywhere, for ever.</summary>
public sealed class RetireLegacyCredential(OperationRunner runner, Acknowledgements acknowledgements, LegacyRules rules)
{
    /// <summary>
    /// Needs <c>function:delete</c>. Refuses when what was typed is not the namespace's label. Returns the receipt when
    /// every node refuses the credential; a namespace without a living one has none to retire.
    /// </summary>
    /// <param name="typedLabel">What the person typed to confirm; blanks around it do not count.</param>
    public async Task<Outcome<Receipt>> ExecuteAsync(
        Actor actor,
        string namespaceId,
        string? typedLabel,
        CancellationToken ct
    )
    {
        var (outcome, version, committedAt) = await runner.ChangeWithVersionAsync<Done>(
            actor,
            "legacy_credential.retire",
            "function:delete",
            async context =>
            {
                if (await context.FindNamespaceAsync(namespaceId, ct) is not { } row)
                {
                    return new Refusal.Missing("namespace");
                }

                if (typedLabel?.Trim() != row.Label)
                {
                    return Refusal.Rule("Label", $"Type the namespace's label, {row.Label}, to confirm.");
                }

                var credentials = await context.LivingLegacyAsync(rules, namespaceId, ct);
                if (credentials.Count == 0)
                {
                    return new Refusal.Missing("legacy credential");
                }

                foreach (var credential in credentials)
                {
                    context.Revoke(credential, "retired");
                    context.Audit("legacy_credential.retire", "namespace", row.Id, row.Label);
                }

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

/// <summary>
/// Refuses the shared credential of a namespace for a while, so that whoever still depends on it notices before it is
/// retired. The end is an instant that every node knows, so it ends by itself even after a restart.
/// </summary>
public sealed class RehearseLegacyCutOff(OperationRunner runner, Acknowledgements acknowledgements, LegacyRules rules)
{
    /// <summary>How long a rehearsal refuses.</summary>
    public static readonly TimeSpan Length = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Needs <c>function:admin</c>. A rehearsal that runs already starts anew. Returns the receipt when every node
    /// refuses the credential.
    /// </summary>
    public async Task<Outcome<Receipt>> ExecuteAsync(Actor actor, string namespaceId, CancellationToken ct)
    {
        var (outcome, version, committedAt) = await runner.ChangeWithVersionAsync<Done>(
            actor,
            "legacy_credential.rehearse",
            "function:admin",
            async context =>
            {
                if (await context.FindNamespaceAsync(namespaceId, ct) is not { } row)
                {
                    return new Refusal.Missing("namespace");
                }

                var credentials = await context.LivingLegacyAsync(rules, namespaceId, ct);
                if (credentials.Count == 0)
                {
                    return new Refusal.Missing("legacy credential");
                }

                var until = context.Now + Length;
                foreach (var credential in credentials)
                {
                    credential.SuspendedUntil = until;
                    credential.UpdatedAt = context.Now;
                    credential.ChangeVersion = context.Version;
                }

                context.Audit("legacy_credential.rehearse", "namespace", row.Id, row.Label, new { until });
                return default(Done);
            },
            ct
        );
        return outcome.IsDone
            ? await acknowledgements.WaitAsync(version, committedAt, CancellationToken.None)
            : outcome.Refusal;
    }
}

/// <summary>Ends a rehearsal before its time.</summary>
public sealed class RestoreLegacyCredential(
    OperationRunner runner,
    Acknowledgements acknowledgements,
    LegacyRules rules
)
{
    /// <summary>
    /// Needs <c>function:admin</c>. Returns the receipt when every node accepts the credential again; without a running
    /// rehearsal there is nothing to end.
    /// </summary>
    public async Task<Outcome<Receipt>> ExecuteAsync(Actor actor, string namespaceId, CancellationToken ct)
    {
        var (outcome, version, committedAt) = await runner.ChangeWithVersionAsync<Done>(
            actor,
            "legacy_credential.restore",
            "function:admin",
            async context =>
            {
                if (await context.FindNamespaceAsync(namespaceId, ct) is not { } row)
                {
                    return new Refusal.Missing("namespace");
                }

                var rehearsing = (await context.LivingLegacyAsync(rules, namespaceId, ct)).FindAll(c =>
                    c.SuspendedUntil > context.Now
                );
                if (rehearsing.Count == 0)
                {
                    return new Refusal.Missing("rehearsal");
                }

                foreach (var credential in rehearsing)
                {
                    credential.SuspendedUntil = null;
                    credential.UpdatedAt = context.Now;
                    credential.ChangeVersion = context.Version;
                }

                context.Audit("legacy_credential.restore", "namespace", row.Id, row.Label);
                return default(Done);
            },
            ct
        );
        return outcome.IsDone ? await acknowledgements.WaitAsync(version, committedAt, ct) : outcome.Refusal;
    }
}

/// <summary>Decides from when on the shared credential of a namespace is refused.</summary>
public sealed class SetLegacyCutOff(OperationRunner runner, Acknowledgements acknowledgements, LegacyRules rules)
{
    /// <summary>How far ahead a date may lie.</summary>
    public static readonly TimeSpan Furthest = TimeSpan.FromDays(3650);

    /// <summary>
    /// Needs <c>function:admin</c>. The date lies ahead; what is over stays over, so a credential whose date has passed has
    /// none to set any more. Returns the receipt when every node knows the date.
    /// </summary>
    /// <param name="cutOff">The first instant at which it is refused; <see langword="null"/>: the installation's default.</param>
    public async Task<Outcome<Receipt>> ExecuteAsync(
        Actor actor,
        string namespaceId,
        DateTimeOffset? cutOff,
        CancellationToken ct
    )
    {
        var (outcome, version, committedAt) = await runner.ChangeWithVersionAsync<Done>(
            actor,
            "legacy_credential.set_cut_off",
            "function:admin",
            async context =>
            {
                if (await context.FindNamespaceAsync(namespaceId, ct) is not { } row)
                {
                    return new Refusal.Missing("namespace");
                }

                if (cutOff <= context.Now || cutOff > context.Now + Furthest)
                {
                    return Refusal.Rule("CutOff", "Choose a day after today, within ten years.");
                }

                // Without a date of its own it would be over at once, and for ever, by a click that says nothing of it.
                if (cutOff is null && rules.DefaultHasPassed(context.Now))
                {
                    return Refusal.Rule(
                        "CutOff",
                        "The installation's cut-off date has passed. Retire the credential instead."
                    );
                }

                var credentials = await context.LivingLegacyAsync(rules, namespaceId, ct);
                if (credentials.Count == 0)
                {
                    return new Refusal.Missing("legacy credential");
                }

                foreach (var credential in credentials)
                {
                    credential.ExpiresAt = cutOff;
                    credential.UpdatedAt = context.Now;
                    credential.ChangeVersion = context.Version;
                }

                context.Audit("legacy_credential.set_cut_off", "namespace", row.Id, row.Label, new { cutOff });
                return default(Done);
            },
            ct
        );
        return outcome.IsDone
            ? await acknowledgements.WaitAsync(version, committedAt, CancellationToken.None)
            : outcome.Refusal;
    }
}

/// <summary>What these operations look for.</summary>
internal static class LegacyCredentials
{
    /// <summary>The shared credentials of the actor's team that still work or will work again.</summary>
    public static IQueryable<AccessKey> LivingLegacy(this OperationContext context, LegacyRules rules)
    {
        var defaultHasPassed = rules.DefaultHasPassed(context.Now);
        return context
            .LivingKeys(KeyFamily.Functions)
            .Where(k => k.IsLegacy && ((k.ExpiresAt == null && !defaultHasPassed) || k.ExpiresAt > context.Now));
    }

    /// <summary>Those of one namespace.</summary>
    public static Task<List<AccessKey>> LivingLegacyAsync(
        this OperationContext context,
        LegacyRules rules,
        string namespaceId,
        CancellationToken ct
    ) => context.LivingLegacy(rules).Where(k => k.NamespaceId == namespaceId).ToListAsync(ct);
}
