using ControlPanel.Verification.Formats;
using ControlPanel.Verification.Keys;
using ControlPanel.Verification.Secrets;

namespace ControlPanel.Verification.Decisions;

/// <summary>
/// Decides every request of the installation. The checks run in one order:
/// fresh → format → known → secret → not revoked or suspended → owner active → not expired → scope → network.
/// Thread-safe; allocates nothing on the way to "allowed" for Basic and Bearer.
/// </summary>
/// <remarks>
/// A caller learns nothing from timing: an unknown id costs the same MAC as a known one, and every check after the secret
/// is reached only by somebody who holds the key.
/// </remarks>
public sealed class Verifier(IKeySnapshots snapshots, SecretHasher hasher, TimeProvider clock)
{
    // Compared against when there is no such key, so that unknown and wrong cost the same.
    private static readonly Digest256 s_nobody = Digest256.From("no key has this message digest!!"u8);

    /// <summary>Decides a request that proves itself by Basic or Bearer.</summary>
    /// <param name="trace">Collects the ladder of checks when somebody wants to see it; otherwise <see langword="null"/>.</param>
    public Decision Decide(in PresentedCredential credential, in AccessRequest request, DecisionTrace? trace = null)
    {
        if (Refuse(credential, request.Family, trace) is var refused and not DenialReason.None)
        {
            return Decision.Deny(refused);
        }

        return credential.Kind == PresentedKind.Basic
            ? DecideBasic(credential, request, trace)
            : DecideBearer(credential, request, trace);
    }

    /// <summary>
    /// Finds the key behind an identifier whose proof is a signature (Spaces). The caller checks the signature and then
    /// asks <see cref="Judge"/>.
    /// </summary>
    public Decision Find(KeyFamily family, LookupId id, DecisionTrace? trace = null)
    {
        if (!snapshots.IsFresh)
        {
            trace?.Fail(Check.Freshness, "This node's lease has run out.");
            return Decision.Deny(DenialReason.CannotVerify);
        }

        trace?.Pass(Check.Freshness, "This node's lease runs.");
        if (!snapshots.TryGet(family, id, out var key))
        {
            trace?.Fail(Check.Known, "There is no such key.");
            return Decision.Deny(DenialReason.UnknownKey);
        }

        trace?.Pass(Check.Known, "The key is known.");
        return Decision.Allow(key);
    }

    /// <summary>
    /// Judges a key whose holder has already proved to be its holder. Long streams are judged again by this while they
    /// run: pass the key found anew by <see cref="Current"/>.
    /// </summary>
    public Decision Judge(KeyRecord key, in AccessRequest request, DecisionTrace? trace = null)
    {
        if (!snapshots.IsFresh)
        {
            trace?.Fail(Check.Freshness, "This node's lease has run out.");
            return Decision.Deny(DenialReason.CannotVerify, key);
        }

        return JudgeFresh(key, request, trace);
    }

    /// <summary>The key as this node knows it now: what a running stream is judged by again.</summary>
    public KeyRecord? Current(KeyRecord key) =>
        snapshots.TryGet(key.Family, key.LookupId, out var current) && current.Id == key.Id ? current : null;

    // A lease that ran at the start of the decision is enough: whatever is acknowledged while it runs was confirmed by
    // this node before, and what is acknowledged later does not promise anything about calls that began earlier.
    private Decision JudgeFresh(KeyRecord key, in AccessRequest request, DecisionTrace? trace)
    {
        if (key.IsRevoked)
        {
            trace?.Fail(Check.State, "The key was revoked.");
            return Decision.Deny(DenialReason.Revoked, key);
        }

        // The clock is asked only for keys that time can change.
        var timed = key.SuspendedUntil is not null || key.Expiry != Expiry.Never;
        var now = timed ? request.At ?? clock.GetUtcNow() : default;
        if (key.IsSuspended(now))
        {
            trace?.Fail(Check.State, "The key is suspended.");
            return Decision.Deny(DenialReason.Suspended, key);
        }

        trace?.Pass(Check.State, "The key is neither revoked nor suspended.");
        if (key.Owner is { IsActive: false })
        {
            trace?.Fail(Check.Owner, "Its owner is no longer in the team.");
            return Decision.Deny(DenialReason.OwnerInactive, key);
        }

        trace?.Pass(Check.Owner, key.Owner is null ? "The key belongs to no person." : "Its owner is in the team.");
        if (key.Expiry.HasPassed(now))
        {
            trace?.Fail(Check.Expiry, $"It expired at {key.Expiry}.");
            return Decision.Deny(DenialReason.Expired, key);
        }

        trace?.Pass(Check.Expiry, $"It expires: {key.Expiry}.");
        var outside = ScopeRules.Check(key, request, trace);
        return outside == DenialReason.None ? Decision.Allow(key) : Decision.Deny(outside, key);
    }

    private DenialReason Refuse(in PresentedCredential credential, KeyFamily family, DecisionTrace? trace)
    {
        if (!snapshots.IsFresh)
        {
            trace?.Fail(Check.Freshness, "This node's lease has run out.");
            return DenialReason.CannotVerify;
        }

        trace?.Pass(Check.Freshness, "This node's lease runs.");
        switch (credential.Kind)
        {
            case PresentedKind.None:
                trace?.Fail(Check.Format, "No credential was presented.");
                return DenialReason.NoCredential;
            case PresentedKind.Basic when family == KeyFamily.Functions:
            case PresentedKind.Bearer when family is KeyFamily.Inference or KeyFamily.Api:
                return DenialReason.None;
            case PresentedKind.Basic:
            case PresentedKind.Bearer:
                trace?.Fail(Check.Format, $"{credential.Kind} is not how {family} keys prove themselves.");
                return DenialReason.WrongKind;
            case PresentedKind.Invalid:
            default:
                trace?.Fail(Check.Format, $"The credential cannot be read: {credential.Malformed}.");
                return DenialReason.Malformed;
        }
    }

    private Decision DecideBasic(in PresentedCredential credential, in AccessRequest request, DecisionTrace? trace)
    {
        LookupId id;
        var legacy = false;
        if (FunctionsKeyFormat.TryParse(credential.Id, out id))
        {
            if (!FunctionsKeyFormat.IsSecret(credential.Secret))
            {
                trace?.Fail(Check.Format, "The secret's length, characters or checksum are wrong: a typo?");
                return Decision.Deny(DenialReason.BadFormat);
            }
        }
        else if (FunctionsKeyFormat.TryParseLegacy(credential.Id, out id))
        {
            if (!FunctionsKeyFormat.IsLegacyKey(credential.Secret))
            {
                trace?.Fail(Check.Format, "A legacy key has 64 letters and digits.");
                return Decision.Deny(DenialReason.BadFormat);
            }

            legacy = true;
        }
        else
        {
            trace?.Fail(Check.Format, "The id is neither dof_v1_ with 32 hexadecimal digits nor a UUID.");
            return Decision.Deny(DenialReason.BadFormat);
        }

        trace?.Pass(Check.Format, legacy ? "A legacy shared credential." : "A namespace access key.");
        var known = snapshots.TryGet(KeyFamily.Functions, id, out var key) && key.IsLegacy == legacy;
        Span<byte> mac = stackalloc byte[Digest256.Size];
        var hashed = hasher.TryHash(
            known ? key!.MasterKeyVersion : hasher.CurrentVersion,
            KeyFamily.Functions,
            id,
            credential.Secret,
            mac
        );
        var expected = known ? key!.SecretMac : s_nobody;
        var matches = expected.FixedTimeEquals(mac);
        if (!known)
        {
            trace?.Fail(Check.Known, "There is no key with this id.");
            return Decision.Deny(DenialReason.UnknownKey);
        }

        trace?.Pass(Check.Known, "The key is known.");
        if (!hashed || !matches)
        {
            trace?.Fail(Check.Secret, "The secret is another.");
            return Decision.Deny(DenialReason.WrongSecret, key);
        }

        trace?.Pass(Check.Secret, "The secret fits.");
        return JudgeFresh(key!, request, trace);
    }

    private Decision DecideBearer(in PresentedCredential credential, in AccessRequest request, DecisionTrace? trace)
    {
        var family =
            ModelKeyFormat.IsKey(credential.Secret) ? KeyFamily.Inference
            : ApiTokenFormat.IsToken(credential.Secret) ? KeyFamily.Api
            : default;
        // The inference door takes full-access tokens too (contract 4.3); no other door takes a stranger.
        if (
            family != default
            && family != request.Family
            && !(family == KeyFamily.Api && request.Family == KeyFamily.Inference)
        )
        {
            trace?.Fail(Check.Format, $"This is a key of {family}.");
            return Decision.Deny(DenialReason.WrongKind);
        }

        Span<byte> mac = stackalloc byte[Digest256.Size];
        if (family != default)
        {
            trace?.Pass(Check.Format, $"A key of {family}.");
            foreach (var version in hasher.Versions)
            {
                hasher.TryHashBearer(version, family, credential.Secret, mac);
                if (snapshots.TryGet(family, LookupId.Read(mac), out var key) && key.SecretMac.FixedTimeEquals(mac))
                {
                    trace?.Pass(Check.Known, "The key is known.");
                    trace?.Pass(Check.Secret, "The secret fits.");
                    return JudgeFresh(key, request, trace);
                }
            }
        }

        // After keys of ours, so that importing a key under which somebody was refused here never lets them in again.
        if (request.Family == KeyFamily.Inference && FindImported(credential.Secret, mac) is { } imported)
        {
            if (family == default)
            {
                trace?.Pass(Check.Format, "A model key of an earlier issuer.");
            }

            trace?.Pass(Check.Known, "The key is known: it was imported.");
            trace?.Pass(Check.Secret, "The secret fits.");
            return JudgeFresh(imported, request, trace);
        }

        if (family == default)
        {
            trace?.Fail(Check.Format, "Prefix, length, characters or checksum are wrong: a typo?");
            return Decision.Deny(DenialReason.BadFormat);
        }

        trace?.Fail(Check.Known, "There is no such key.");
        return Decision.Deny(DenialReason.UnknownKey);
    }

    // Found by the MAC of its SHA-256, which is all that is known of a key that came by its hash. The presented text is
    // hashed before anything else, so that the hash itself opens nothing.
    private KeyRecord? FindImported(ReadOnlySpan<byte> credential, Span<byte> mac)
    {
        if (!ModelKeyFormat.IsImportable(credential))
        {
            return null;
        }

        Span<byte> digest = stackalloc byte[Digest256.Size];
        ModelKeyFormat.HashImported(credential, digest);
        foreach (var version in hasher.Versions)
        {
            hasher.TryHashImported(version, KeyFamily.Inference, digest, mac);
            if (
                snapshots.TryGet(KeyFamily.Inference, LookupId.Read(mac), out var key)
                && key.IsLegacy
                && key.SecretMac.FixedTimeEquals(mac)
            )
            {
                return key;
            }
        }

        return null;
    }
}
