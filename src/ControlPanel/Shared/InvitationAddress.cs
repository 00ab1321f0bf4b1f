using ControlPanel.Verification.Secrets;

namespace ControlPanel.Shared;

/// <summary>
/// Where an invitation's link leads. The code stands behind the <c>#</c>, which a browser sends to nobody: it is in no
/// log of ours or of a proxy, and in no referrer.
/// </summary>
public static class InvitationAddress
{
    /// <summary>The page.</summary>
    public const string Path = "/account/invitation";

    /// <summary>The whole link to hand over.</summary>
    /// <param name="panel">The panel's address as people reach it.</param>
    public static string Of(Uri panel, Secret code) => new Uri(panel, Path).AbsoluteUri + "#" + code.Reveal();
}
