using ControlPanel.Data.Model;
using ControlPanel.Verification.Keys;

namespace ControlPanel.Data.Operations.Functions;

/// <summary>What the operator decides about the shared credentials of all namespaces.</summary>
public sealed class LegacyRules
{
    /// <summary>From when on they are refused, where a namespace has no date of its own; <see langword="null"/>: never.</summary>
    public DateTimeOffset? CutOff { get; init; }

    /// <summary>When a credential stops by itself: its namespace's date, else the installation's.</summary>
    public DateTimeOffset? EndOf(AccessKey credential) => credential.ExpiresAt ?? CutOff;

    /// <summary>What the engine is told of any key; only shared credentials have a default.</summary>
    internal DateTimeOffset? ExpiryOf(AccessKey key) =>
        key is { IsLegacy: true, Family: KeyFamily.Functions } ? EndOf(key) : key.ExpiresAt;

    /// <summary>Whether those without a date of their own are over.</summary>
    internal bool DefaultHasPassed(DateTimeOffset now) => CutOff <= now;
}
