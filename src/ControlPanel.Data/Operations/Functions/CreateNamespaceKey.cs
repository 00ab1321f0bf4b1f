using ControlPanel.Data.Model;
using ControlPanel.Data.Snapshots;
using ControlPanel.Verification.Formats;
using ControlPanel.Verification.Keys;
using ControlPanel.Verification.Secrets;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Functions;

/// <summary>What a new namespace access key is to be.</summary>
/// <param name="ExpiresIn"><c>12h</c>, <c>30d</c>…; <see langword="null"/> means never.</param>
public sealed record NewKeyRequest(string NamespaceId, string? Name, string? ExpiresIn);

/// <summary>Creates a namespace access key for the actor. The secret leaves this method once and is stored as a MAC only.</summary>
public sealed class CreateNamespaceKey(
    OperationRunner runner,
    ISecretSource random,
    SecretHasher hasher,
    Acknowledgements acknowledgements
)
{
    /// <summary>
    /// Needs <c>function:admin</c>. Refuses an unusable or already used name and an expiration that is no lifetime.
    /// Returns when every node knows the key, so that its very first call succeeds.
    /// </summary>
    public async Task<Outcome<NewNamespaceKey>> ExecuteAsync(Actor actor, NewKeyRequest input, CancellationToken ct)
    {
        var (outcome, version, committedAt) = await runner.ChangeWithVersionAsync<NewNamespaceKey>(
            actor,
            "functions_key.create",
            "function:admin",
            async context =>
            {
                if (context.MustConfirm)
                {
                    return new Refusal.StepUpNeeded();
                }

                if (await context.FindNamespaceAsync(input.NamespaceId, ct) is not { } owner)
                {
                    return new Refusal.Missing("namespace");
                }

                var errors = new List<FieldError>();
                if (!Names.TryRead(input.Name, "The access key name", out var name, out var nameError))
                {
                    errors.Add(new FieldError(nameof(input.Name), nameError));
                }

                var lifetime = Lifetime.Forever;
                if (
                    input.ExpiresIn is not null
                    && !Lifetime.TryParse(input.ExpiresIn, out lifetime, out var lifetimeError)
                )
                {
                    errors.Add(new FieldError(nameof(input.ExpiresIn), lifetimeError));
                }

                if (errors.Count > 0)
                {
                    return new Refusal.Invalid(errors);
                }

                if (
                    await context.Db.AccessKeys.AnyAsync(
                        k => k.NamespaceId == owner.Id && k.Name == name && k.RevokedAt == null,
                        ct
                    )
                )
                {
                    return new Refusal.Conflict(
                        nameof(input.Name),
                        $"This namespace already has an access key called {name}."
                    );
                }

                var id = FunctionsKeyFormat.NewId(random);
                var secret = FunctionsKeyFormat.NewSecret(random);
                var mac = new byte[Digest256.Size];
                hasher.TryHash(hasher.CurrentVersion, KeyFamily.Functions, id, secret.Bytes, mac);
                var key = new AccessKey
                {
                    Id = Guid.CreateVersion7(context.Now),
                    Family = KeyFamily.Functions,
                    TeamId = context.TeamId,
                    OwnerId = actor.UserId,
                    LookupId = id.ToArray(),
                    PublicId = FunctionsKeyFormat.Format(id),
                    Name = name,
                    SecretMac = mac,
                    MasterKeyVersion = hasher.CurrentVersion,
                    NamespaceId = owner.Id,
                    ExpiresAt = lifetime.EndFrom(context.Now),
                    CreatedAt = context.Now,
                    UpdatedAt = context.Now,
                    ChangeVersion = context.Version,
                };
                context.Db.AccessKeys.Add(key);
                context.Audit(
                    "functions_key.create",
                    "functions_key",
                    key.PublicId,
                    key.Name,
                    new { @namespace = owner.Id, expiresAt = key.ExpiresAt }
                );
                var createdBy = await context
                    .Db.Users.Where(u => u.Id == actor.UserId)
                    .Select(u => u.Email)
                    .SingleAsync(ct);
                return new NewNamespaceKey(
                    new NamespaceKeyRow(
                        key.Id,
                        key.PublicId,
                        key.Name,
                        actor.UserId,
                        createdBy ?? "",
                        key.CreatedAt,
                        key.UpdatedAt,
                        key.ExpiresAt,
                        null,
                        null,
                        null,
                        KeyUse.StatusOf(key.ExpiresAt, null, context.Now)
                    ),
                    owner.Id,
                    secret
                );
            },
            ct
        );
        if (outcome.IsDone)
        {
            await acknowledgements.WaitAsync(version, committedAt, ct);
        }

        return outcome;
    }
}
