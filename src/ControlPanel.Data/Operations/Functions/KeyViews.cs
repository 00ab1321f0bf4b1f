using ControlPanel.Verification.Secrets;

namespace ControlPanel.Data.Operations.Functions;

/// <summary>Where a key is in its life, as the Status column says it.</summary>
public enum KeyStatus
{
    Active,

    /// <summary>Active, and it expires within seven days.</summary>
    ExpiresSoon,

    Expired,

    Suspended,
}

/// <summary>A namespace access key in a list.</summary>
/// <param name="LastUsedAt"><see langword="null"/>: never used.</param>
public sealed record NamespaceKeyRow(
    Guid Id,
    string KeyId,
    string Name,
    Guid? CreatedById,
    string CreatedBy,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    DateTimeOffset? ExpiresAt,
    DateTimeOffset? LastUsedAt,
    string? LastAddress,
    string? LastClient,
    KeyStatus Status
);

/// <summary>A key that was just made, with its secret. Shown once, kept nowhere.</summary>
public sealed record NewNamespaceKey(NamespaceKeyRow Key, string NamespaceId, Secret Secret);

/// <summary>What stops when a key stops: the real last use, for the dialog that asks.</summary>
/// <param name="CallsLast24Hours">Calls accepted within 24 hours.</param>
public sealed record BlastRadius(DateTimeOffset? LastUsedAt, long CallsLast24Hours, IReadOnlyList<CallerView> Callers);
