using ControlPanel.Data.Operations.Teams;
using ControlPanel.Verification.Decisions;
using ControlPanel.Verification.Keys;

namespace ControlPanel.Shared;

/// <summary>
/// The signed-in person as pages need them: for what to show, never for what to allow. Equal by value, so that a page
/// knows whether anything changed.
/// </summary>
/// <param name="Team">The team that is looked at; <see langword="null"/> when they belong to none.</param>
/// <param name="Teams">All their teams, by name.</param>
public sealed record CurrentPerson(
    Guid UserId,
    string Email,
    string DisplayName,
    TeamStanding? Team,
    IReadOnlyList<TeamStanding> Teams,
    DateTimeOffset AuthenticatedAt
)
{
    /// <summary>Nobody: not signed in, or the session has ended.</summary>
    public static CurrentPerson Nobody { get; } = new(Guid.Empty, "", "", null, [], default);

    /// <summary>Whether there is a person in a session that is in force.</summary>
    public bool IsSignedIn => UserId != Guid.Empty;

    /// <summary>The role in the team that is looked at.</summary>
    public TeamRole? Role => Team?.Role;

    /// <summary>The team that is looked at; <see cref="Guid.Empty"/> when there is none.</summary>
    public Guid TeamId => Team?.TeamId ?? Guid.Empty;

    /// <summary>Whether the role carries a permission such as <c>function:read</c>.</summary>
    public bool May(string permission) => Role is { } role && RolePermissions.Allows(role, permission);

    public bool Equals(CurrentPerson? other) =>
        other is not null
        && UserId == other.UserId
        && Email == other.Email
        && DisplayName == other.DisplayName
        && Team == other.Team
        && AuthenticatedAt == other.AuthenticatedAt
        && Teams.SequenceEqual(other.Teams);

    public override int GetHashCode() => HashCode.Combine(UserId, Team, Teams.Count);
}
