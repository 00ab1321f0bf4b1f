namespace ControlPanel.Data.Operations.Functions;

/// <summary>Whether the shared credential of a namespace still works, and whether anybody uses it.</summary>
public enum LegacyState
{
    /// <summary>There is none any more (or there never was).</summary>
    Retired,

    /// <summary>It works; nobody used it within 30 days.</summary>
    Idle,

    /// <summary>It works and was used within 30 days.</summary>
    InUse,

    /// <summary>A rehearsal refuses it for a while.</summary>
    Rehearsing,
}

/// <summary>A namespace in a list.</summary>
public sealed record NamespaceRow(
    string Id,
    string Label,
    string Region,
    int LiveKeys,
    LegacyState Legacy,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt
);

/// <summary>One namespace with everything its pages show.</summary>
/// <param name="UpstreamUrl">The OpenWhisk API behind it; <see langword="null"/> while none is set up.</param>
public sealed record NamespaceView(
    string Id,
    string Label,
    string Region,
    string? UpstreamUrl,
    bool HasUpstreamCredential,
    int LiveKeys,
    LegacyCredentialView Legacy,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt
);

/// <summary>The shared credential of a namespace.</summary>
/// <param name="KeyId"><see langword="null"/> when the namespace never had one.</param>
/// <param name="CutOff">When it stops by itself; <see langword="null"/>: no date set.</param>
/// <param name="RehearsalEnds">When a running rehearsal ends.</param>
public sealed record LegacyCredentialView(
    Guid? KeyId,
    LegacyState State,
    DateTimeOffset? CutOff,
    DateTimeOffset? RehearsalEnds,
    DateTimeOffset? RetiredAt,
    DateTimeOffset? LastUsedAt,
    IReadOnlyList<CallerView> Callers
)
{
    /// <summary>Whether <see cref="CutOff"/> is the installation's, because the namespace has none of its own.</summary>
    public bool IsDefaultCutOff { get; init; }
}
