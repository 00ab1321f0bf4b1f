using System.Net;
using ControlPanel.Verification.Keys;

namespace ControlPanel.Data.Operations;

/// <summary>The way by which somebody acts.</summary>
public enum Door
{
    /// <summary>The browser.</summary>
    Panel,

    /// <summary>The <c>/v2</c> API.</summary>
    Api,

    /// <summary>The operator's command line.</summary>
    Command,

    /// <summary>The installation itself.</summary>
    System,
}

/// <summary>
/// Who acts, for which team, by which door. Says nothing about rights: those are read anew by every operation.
/// </summary>
public sealed record Actor(Guid UserId, Guid TeamId, Door Door)
{
    /// <summary>The client's address.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>The request's id, as the caller was told it.</summary>
    public string RequestId { get; init; } = "";

    /// <summary>The browser session, at the panel.</summary>
    public Guid? SessionId { get; init; }

    /// <summary>The token's scopes, at the API: rights are these ∩ the role.</summary>
    public KeyScope.Api? Token { get; init; }
}
