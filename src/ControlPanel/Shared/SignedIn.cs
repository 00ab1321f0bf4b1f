using System.Net;
using System.Security.Claims;
using Microsoft.AspNetCore.Identity;

namespace ControlPanel.Shared;

/// <summary>What the sign-in cookie says: who, in which session, begun under which stamp. Nothing about rights.</summary>
/// <param name="Address">Where the present request or circuit comes from; not part of the cookie.</param>
public sealed record SignedIn(Guid UserId, Guid SessionId, string? Stamp, IPAddress? Address)
{
    /// <summary>The claim that carries the session's id.</summary>
    public const string SessionClaim = "sid";

    private const string AddressClaim = "address";

    /// <summary>Reads it; <see langword="null"/> for anybody not signed in, and for a cookie without a session.</summary>
    public static SignedIn? From(ClaimsPrincipal principal) =>
        principal.Identity is { IsAuthenticated: true }
        && Guid.TryParse(principal.FindFirstValue(ClaimTypes.NameIdentifier), out var userId)
        && Guid.TryParse(principal.FindFirstValue(SessionClaim), out var sessionId)
            ? new SignedIn(
                userId,
                sessionId,
                principal.FindFirstValue(new ClaimsIdentityOptions().SecurityStampClaimType),
                IPAddress.TryParse(principal.FindFirstValue(AddressClaim), out var address) ? address : null
            )
            : null;

    /// <summary>
    /// Adds the request's address for as long as the principal lives: a circuit has no request to ask later on.
    /// </summary>
    public static void AddAddress(ClaimsPrincipal principal, IPAddress? address)
    {
        if (address is not null)
        {
            principal.AddIdentity(new ClaimsIdentity([new Claim(AddressClaim, Plain(address).ToString())]));
        }
    }

    /// <summary>An IPv4 address that came over an IPv6 socket is written as IPv4.</summary>
    public static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
