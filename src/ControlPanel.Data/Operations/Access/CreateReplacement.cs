using System.Diagnostics;
using ControlPanel.Data.Operations.Inference;
using ControlPanel.Data.Operations.Spaces;
using ControlPanel.Data.Operations.Tokens;
using ControlPanel.Data.Snapshots;
using ControlPanel.Verification.Keys;

namespace ControlPanel.Data.Operations.Access;

/// <summary>
/// Creates a key for the actor that may do what another key of its family needs and no more. The other one stays as it
/// is: its callers move over in their own time.
/// </summary>
public sealed class CreateReplacement(
    OperationRunner runner,
    CreateSpacesKey createSpacesKey,
    CreateModelKey createModelKey,
    CreateToken createToken,
    Acknowledgements acknowledgements
)
{
    /// <summary>
    /// Needs what creating a key of the family needs, by its rules: limits, a recent proof of identity, scopes within the
    /// actor's role. The key that is replaced must be one that the actor may know. Its needs are reckoned anew; refuses
    /// when there is nothing narrower, or when a replacement is in force already. Returns when every node knows the key.
    /// </summary>
    /// <param name="expiresIn">As for an ordinary token; other families with a replacement have no expiration.</param>
    public async Task<Outcome<Replacement>> ExecuteAsync(
        Actor actor,
        KeyFamily family,
        Guid id,
        string? name,
        string? expiresIn,
        CancellationToken ct
    )
    {
        var (outcome, version, committedAt) = await runner.ChangeWithVersionAsync<Replacement>(
            actor,
            ActionOf(family),
            KeyPermissions.Create(family),
            async context =>
            {
                if (!context.May(KeyPermissions.Read(family)))
                {
                    return new Refusal.Forbidden(KeyPermissions.Read(family));
                }

                if (await context.FindKnownKeyAsync(family, id, ct) is not { } key)
                {
                    return new Refusal.Missing("access key");
                }

                if (await context.ReplacementOfAsync(id, ct) is { } present)
                {
                    return new Refusal.Conflict("Key", $"{present.Name} replaces this key already.");
                }

                return (await context.ReckonAsync(key, ct)).Rights switch
                {
                    null => Refusal.Rule("Key", "There is nothing narrower that this key could be replaced by."),
                    NarrowerRights.Buckets buckets => As(
                        await createSpacesKey.AddAsync(context, name, buckets.Grants, key, ct),
                        made => new Replacement.OfSpacesKey(made)
                    ),
                    // The network stays: that all calls came from one place says nothing about the next one.
                    NarrowerRights.Models models => As(
                        await createModelKey.AddAsync(
                            context,
                            new NewModelKeyRequest(name, models.Ids, Batch: false, key.VpcId),
                            key,
                            ct
                        ),
                        made => new Replacement.OfModelKey(made)
                    ),
                    NarrowerRights.Scopes scopes => As(
                        await createToken.AddAsync(
                            context,
                            new NewTokenRequest(name, expiresIn, scopes.Names),
                            key,
                            ct
                        ),
                        made => new Replacement.OfToken(made)
                    ),
                    _ => throw new UnreachableException(),
                };
            },
            ct
        );
        if (outcome.IsDone)
        {
            await acknowledgements.WaitAsync(version, committedAt, ct);
        }

        return outcome;
    }

    private static Outcome<Replacement> As<T>(Outcome<T> outcome, Func<T, Replacement> made) =>
        outcome.IsDone ? made(outcome.Value) : outcome.Refusal;

    // The names that creating one otherwise has. A namespace key reaches one namespace, so that it never comes to it.
    private static string ActionOf(KeyFamily family) =>
        family switch
        {
            KeyFamily.Functions => "functions_key.create",
            KeyFamily.Spaces => "spaces_key.create",
            KeyFamily.Inference => "model_key.create",
            KeyFamily.Api => "token.create",
            _ => throw new ArgumentOutOfRangeException(nameof(family)),
        };
}
