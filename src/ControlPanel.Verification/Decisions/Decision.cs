using System.Diagnostics.CodeAnalysis;
using ControlPanel.Verification.Keys;

namespace ControlPanel.Verification.Decisions;

/// <summary>
/// Allowed with a key, or denied with a reason. The default value is a denial: a decision that nobody made allows nothing.
/// </summary>
public readonly struct Decision
{
    private Decision(KeyRecord? key, DenialReason reason, bool allowed)
    {
        Key = key;
        Reason = reason;
        IsAllowed = allowed;
    }

    /// <summary>Whether the request may go on.</summary>
    [MemberNotNullWhen(true, nameof(Key))]
    public bool IsAllowed { get; }

    /// <summary>
    /// The key; set when allowed, and when denied after the caller proved to hold it. A wrong secret names the key it was
    /// tried on as well, so that its owner can be told; nothing of it may reach the caller.
    /// </summary>
    public KeyRecord? Key { get; }

    /// <summary>Why it was refused.</summary>
    public DenialReason Reason { get; }

    /// <summary>The request may go on.</summary>
    public static Decision Allow(KeyRecord key) => new(key, DenialReason.None, allowed: true);

    /// <summary>The request is refused.</summary>
    public static Decision Deny(DenialReason reason, KeyRecord? key = null) => new(key, reason, allowed: false);
}
