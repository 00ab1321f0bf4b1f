using System.Net;
using System.Text;
using ControlPanel.Verification.Decisions;
using ControlPanel.Verification.Formats;
using ControlPanel.Verification.Keys;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Access;

/// <summary>What is to be tried: a key and what somebody would do with it. Only the family's own parts count.</summary>
/// <param name="KeyId">A key of the team; its secret is taken as right. Or:</param>
/// <param name="Pasted">A credential as its holder has it: <c>id:secret</c>, an id alone, or a bearer credential.</param>
public sealed record TryInput(Guid? KeyId, string? Pasted)
{
    /// <summary>Functions: the namespace; <see langword="null"/> is the key's own.</summary>
    public string? Namespace { get; init; }

    /// <summary>Spaces: the bucket; <see langword="null"/> for listing buckets.</summary>
    public string? Bucket { get; init; }

    /// <summary>Spaces: the right that the operation needs.</summary>
    public BucketRight Right { get; init; } = BucketRight.Read;

    /// <summary>Inference: the kind of endpoint.</summary>
    public InferenceEndpoint Endpoint { get; init; } = InferenceEndpoint.Model;

    /// <summary>Inference: the model.</summary>
    public string? Model { get; init; }

    /// <summary>API: the scopes that the call needs.</summary>
    public IReadOnlyList<string> Scopes { get; init; } = [];

    /// <summary>Where the call would come from; <see langword="null"/> when it does not matter.</summary>
    public IPAddress? Source { get; init; }

    /// <summary>When it would come; <see langword="null"/> is now.</summary>
    public DateTimeOffset? At { get; init; }
}

/// <summary>What the engine says.</summary>
/// <param name="KeyName">Empty when no key of the team was meant.</param>
/// <param name="Steps">The checks in order; when refused, the last one is the one that failed.</param>
public sealed record TryResult(
    KeyFamily Family,
    bool IsAllowed,
    DenialReason Reason,
    Guid? KeyId,
    string KeyName,
    IReadOnlyList<TraceStep> Steps
);

/// <summary>
/// Asks the engine about a key and an operation without doing it. It is the gateways' own engine over the same snapshot;
/// nothing is recorded as a use, and a pasted credential is neither stored nor logged.
/// </summary>
public sealed class TryKey(OperationRunner runner, Verifier verifier)
{
    /// <summary>
    /// Needs <c>access:verify</c>. A key that is not of the team reads like one that does not exist; of model keys and
    /// tokens, people other than owners may try their own.
    /// </summary>
    public Task<Outcome<TryResult>> ExecuteAsync(Actor actor, TryInput input, CancellationToken ct) =>
        runner.ReadAsync<TryResult>(
            actor,
            "access:verify",
            async context =>
                input.KeyId is { } id ? await TryChosenAsync(context, id, input, ct)
                : string.IsNullOrWhiteSpace(input.Pasted)
                    ? Refusal.Rule(nameof(input.Pasted), "Choose a key or paste a credential.")
                : await TryPastedAsync(context, input, ct),
            ct
        );

    /// <summary>The family that a pasted credential belongs to by its form; <see langword="null"/> when it is none of ours.</summary>
    public static KeyFamily? FamilyOf(string? pasted) =>
        (pasted ?? "").Trim() switch
        {
            "" => null,
            var text when text.StartsWith("dop_v1_", StringComparison.Ordinal) => KeyFamily.Api,
            var text when text.StartsWith("sk-do-", StringComparison.Ordinal) => KeyFamily.Inference,
            var text when text.StartsWith("DO00", StringComparison.Ordinal) => KeyFamily.Spaces,
            var text when text.StartsWith("dof_v1_", StringComparison.Ordinal) => KeyFamily.Functions,
            var text when Guid.TryParse(text.Split(':')[0], out _) => KeyFamily.Functions,
            _ => null,
        };

    private async Task<Outcome<TryResult>> TryChosenAsync(
        OperationContext context,
        Guid id,
        TryInput input,
        CancellationToken ct
    )
    {
        var row = await context.Db.AccessKeys.SingleOrDefaultAsync(k => k.Id == id && k.TeamId == context.TeamId, ct);
        if (row is null || !MaySee(context, row.Family, row.OwnerId))
        {
            return new Refusal.Missing("access key");
        }

        var trace = new DecisionTrace();
        var decision = row.LookupId is { Length: LookupId.Size } lookup
            ? Judge(row.Family, LookupId.Read(lookup), input, trace)
            : Decision.Deny(DenialReason.UnknownKey);
        return new TryResult(row.Family, decision.IsAllowed, decision.Reason, row.Id, row.Name, trace.Steps);
    }

    private async Task<Outcome<TryResult>> TryPastedAsync(
        OperationContext context,
        TryInput input,
        CancellationToken ct
    )
    {
        var text = input.Pasted!.Trim();
        if (FamilyOf(text) is not { } family)
        {
            return Refusal.Rule(
                nameof(input.Pasted),
                "This is no credential of ours: they begin with dof_v1_, DO00, sk-do- or dop_v1_, or are a uuid:key pair."
            );
        }

        var trace = new DecisionTrace();
        var decision = Decide(family, text, input, trace);
        if (decision.Key is { } key)
        {
            // Of other teams, and of people whose keys the actor may not know, nothing is said: not even that they exist.
            if (key.TeamId != context.TeamId || !MaySee(context, key.Family, key.Owner?.UserId))
            {
                return Foreign(family, text, input);
            }

            var name = await context.Db.AccessKeys.Where(k => k.Id == key.Id).Select(k => k.Name).SingleAsync(ct);
            return new TryResult(family, decision.IsAllowed, decision.Reason, key.Id, name, trace.Steps);
        }

        return decision.Reason == DenialReason.UnknownKey
            ? Unknown(family)
            : new TryResult(family, IsAllowed: false, decision.Reason, null, "", trace.Steps);
    }

    // What is said of a key that does not exist. An imported one need not have our form, and one of that form which
    // does not exist reads like a typo: so must another team's.
    private TryResult Foreign(KeyFamily family, string text, TryInput input)
    {
        if (family != KeyFamily.Inference || ModelKeyFormat.IsKey(Encoding.UTF8.GetBytes(text)))
        {
            return Unknown(family);
        }

        var trace = new DecisionTrace();
        var decision = Decide(family, "sk-do-", input, trace);
        return new TryResult(family, IsAllowed: false, decision.Reason, null, "", trace.Steps);
    }

    private Decision Decide(KeyFamily family, string text, TryInput input, DecisionTrace trace)
    {
        var request = Request(family, input);
        if (family is KeyFamily.Api or KeyFamily.Inference)
        {
            Span<byte> buffer = stackalloc byte[PresentedCredential.BufferSize];
            return verifier.Decide(PresentedCredential.Bearer(text, buffer), request, trace);
        }

        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var id = Encoding.UTF8.GetBytes(colon < 0 ? text : text[..colon]);
        if (family == KeyFamily.Functions && colon >= 0)
        {
            return verifier.Decide(
                PresentedCredential.Basic(id, Encoding.UTF8.GetBytes(text[(colon + 1)..])),
                request,
                trace
            );
        }

        // An id alone: the secret, or the signature made with it, is taken as right.
        return
            family == KeyFamily.Spaces && SpacesKeyFormat.TryParse(id, out var lookup)
            || family == KeyFamily.Functions
                && (FunctionsKeyFormat.TryParse(id, out lookup) || FunctionsKeyFormat.TryParseLegacy(id, out lookup))
            ? Judge(family, lookup, input, trace)
            : Decision.Deny(DenialReason.BadFormat);
    }

    private Decision Judge(KeyFamily family, LookupId id, TryInput input, DecisionTrace trace)
    {
        var found = verifier.Find(family, id, trace);
        return found.Key is { } key ? verifier.Judge(key, Request(family, input), trace) : found;
    }

    private static TryResult Unknown(KeyFamily family) =>
        new(
            family,
            IsAllowed: false,
            DenialReason.UnknownKey,
            null,
            "",
            [new TraceStep(Check.Known, Passed: false, "There is no such key in this team.")]
        );

    private static AccessRequest Request(KeyFamily family, TryInput input) =>
        (
            family switch
            {
                KeyFamily.Functions => AccessRequest.Functions(input.Namespace, input.Source),
                KeyFamily.Spaces => AccessRequest.Spaces(input.Bucket, input.Right, null, input.Source),
                KeyFamily.Inference => AccessRequest.Inference(input.Endpoint, input.Model, input.Source),
                KeyFamily.Api => AccessRequest.Api(input.Scopes, input.Source),
                _ => throw new ArgumentOutOfRangeException(nameof(family)),
            }
        ) with
        {
            At = input.At,
        };

    private static bool MaySee(OperationContext context, KeyFamily family, Guid? ownerId) =>
        context.Role == TeamRole.Owner
        || ownerId == context.Actor.UserId
        || family is KeyFamily.Functions or KeyFamily.Spaces;
}
