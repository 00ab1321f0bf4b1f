using ControlPanel.Verification.Secrets;

namespace ControlPanel.Data.Operations.Functions;

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
)
{
    /// <summary>Its calls in the last 24 hours, in lists.</summary>
    public RecentCalls Recent { get; init; } = RecentCalls.None;
}

/// <summary>A key that was just made, with its secret. Shown once, kept nowhere.</summary>
public sealed record NewNamespaceKey(NamespaceKeyRow Key, string NamespaceId, Secret Secret);
