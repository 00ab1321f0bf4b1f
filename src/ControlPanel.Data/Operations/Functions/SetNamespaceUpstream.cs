using ControlPanel.Verification.Secrets;

namespace ControlPanel.Data.Operations.Functions;

/// <summary>Points a namespace at another OpenWhisk API.</summary>
public sealed class SetNamespaceUpstream(OperationRunner runner, SecretSealer sealer)
{
    /// <summary>
    /// Needs <c>function:admin</c>. An empty credential keeps the present one when the address stays the same; a new
    /// address needs its own, so that a credential is never sent to a server it was not given for.
    /// </summary>
    public Task<Outcome<Done>> ExecuteAsync(
        Actor actor,
        string id,
        string? upstreamUrl,
        string? upstreamCredential,
        CancellationToken ct
    ) =>
        runner.ChangeAsync<Done>(
            actor,
            "namespace.set_upstream",
            "function:admin",
            async context =>
            {
                if (await context.FindNamespaceAsync(id, ct) is not { } row)
                {
                    return new Refusal.Missing("namespace");
                }

                var errors = new List<FieldError>();
                NamespaceUpstream.Check(upstreamUrl, upstreamCredential, errors);
                var moves = !string.Equals(
                    upstreamUrl?.Trim().TrimEnd('/'),
                    row.UpstreamUrl,
                    StringComparison.OrdinalIgnoreCase
                );
                if (
                    errors.Count == 0
                    && moves
                    && row.SealedUpstreamCredential is not null
                    && !string.IsNullOrWhiteSpace(upstreamUrl)
                    && string.IsNullOrWhiteSpace(upstreamCredential)
                )
                {
                    errors.Add(
                        new FieldError(
                            nameof(NewNamespace.UpstreamCredential),
                            "A new address needs its own credential; the present one is not sent to another server."
                        )
                    );
                }

                if (errors.Count > 0)
                {
                    return new Refusal.Invalid(errors);
                }

                NamespaceUpstream.Set(row, upstreamUrl, upstreamCredential, sealer);
                row.UpdatedAt = context.Now;
                row.ChangeVersion = context.Version;
                context.Audit(
                    "namespace.set_upstream",
                    "namespace",
                    row.Id,
                    row.Label,
                    new { row.UpstreamUrl, credentialReplaced = !string.IsNullOrWhiteSpace(upstreamCredential) }
                );
                return default(Done);
            },
            ct
        );
}
