using ControlPanel.Verification.Secrets;

namespace ControlPanel.Verification.Keys;

/// <summary>
/// One key as the engine judges it: immutable, made when loaded, scopes parsed and sets frozen.
/// Revoked keys stay known, so that a refusal can say "revoked" in the audit instead of "unknown".
/// </summary>
public sealed class KeyRecord
{
    /// <summary>The row's identity in the store.</summary>
    public required Guid Id { get; init; }

    public required KeyFamily Family { get; init; }

    /// <summary>A shared credential from before access keys existed: no owner, found by a UUID instead of <c>dof_v1_…</c>.</summary>
    public bool IsLegacy { get; init; }

    public required LookupId LookupId { get; init; }

    /// <summary>The team that the key belongs to.</summary>
    public required Guid TeamId { get; init; }

    /// <summary>The person behind the key; <see langword="null"/> for legacy credentials, which belong to nobody.</summary>
    public KeyOwner? Owner { get; init; }

    public required KeyScope Scope { get; init; }

    /// <summary>MAC of the secret under the master key's pepper; all zero for Spaces keys, which are sealed instead.</summary>
    public Digest256 SecretMac { get; init; }

    /// <summary>The version of the master key that made <see cref="SecretMac"/>.</summary>
    public int MasterKeyVersion { get; init; }

    /// <summary>The signing secret of a Spaces key; <see langword="null"/> for every other family.</summary>
    public SealedSecret? SigningSecret { get; init; }

    /// <summary>Counts up when the secret changes, so that nothing derived from an older one is believed.</summary>
    public int SecretVersion { get; init; }

    public Expiry Expiry { get; init; }

    public bool IsRevoked { get; init; }

    /// <summary><see langword="null"/>: not suspended. <see cref="DateTimeOffset.MaxValue"/>: until resumed.</summary>
    public DateTimeOffset? SuspendedUntil { get; init; }

    /// <summary>The change clock's value at the key's last change.</summary>
    public long ChangeVersion { get; init; }

    /// <summary>Whether the key is suspended at the given instant; a timed suspension ends by itself.</summary>
    public bool IsSuspended(DateTimeOffset now) =>
        SuspendedUntil is { } until && (now < until || until == DateTimeOffset.MaxValue);
}
