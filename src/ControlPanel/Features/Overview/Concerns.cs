using ControlPanel.Data.Operations.Access;

namespace ControlPanel.Features.Overview;

/// <summary>The concerns in words.</summary>
internal static class Concerns
{
    /// <summary>The card's and the list's title.</summary>
    public static string Title(KeyConcern concern) =>
        concern switch
        {
            KeyConcern.NeverExpires => "Never expires",
            KeyConcern.ExpiresSoon => "Expires within 30 days",
            KeyConcern.Idle => "Idle for 90 days",
            KeyConcern.FullAccess => "Full access",
            KeyConcern.NoNetworkLimit => "No network limit",
            KeyConcern.LegacyInUse => "Legacy credential in use",
            KeyConcern.SafeToRemove => "Safe to remove",
            _ => throw new ArgumentOutOfRangeException(nameof(concern)),
        };

    /// <summary>Why it matters.</summary>
    public static string Why(KeyConcern concern) =>
        concern switch
        {
            KeyConcern.NeverExpires => "Namespace keys and tokens that nobody has to renew.",
            KeyConcern.ExpiresSoon => "What uses them stops unless it gets a new key.",
            KeyConcern.Idle => "Nobody would miss them, except whoever finds them.",
            KeyConcern.FullAccess => "They reach everything of their family.",
            KeyConcern.NoNetworkLimit => "Model keys that work from anywhere.",
            KeyConcern.LegacyInUse => "Shared by whoever knows them; no person is behind them.",
            KeyConcern.SafeToRemove => "Expired, or never used in 90 days or more.",
            _ => throw new ArgumentOutOfRangeException(nameof(concern)),
        };
}
