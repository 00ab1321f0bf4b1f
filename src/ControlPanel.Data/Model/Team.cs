using ControlPanel.Verification.Keys;

namespace ControlPanel.Data.Model;

/// <summary>The unit everything belongs to: people, keys and resources. Nothing of one team shows in another.</summary>
public sealed class Team
{
    public Guid Id { get; set; }

    public string Name { get; set; } = "";

    public DateTimeOffset CreatedAt { get; set; }

    public bool RequiresTwoFactor { get; set; }
}

/// <summary>A person's place in a team. Removed, never deleted: keys of former members stay explainable.</summary>
public sealed class Membership
{
    public Guid TeamId { get; set; }

    public Guid UserId { get; set; }

    public TeamRole Role { get; set; }

    public DateTimeOffset JoinedAt { get; set; }

    public DateTimeOffset? LastActiveAt { get; set; }

    public DateTimeOffset? RemovedAt { get; set; }

    /// <summary>The change clock's value at the last change; what snapshots catch up by.</summary>
    public long ChangeVersion { get; set; }
}

/// <summary>An invitation to a team. The link's token is kept as a hash, works once and for seven days.</summary>
public sealed class Invitation
{
    public Guid Id { get; set; }

    public Guid TeamId { get; set; }

    public string Email { get; set; } = "";

    public TeamRole Role { get; set; }

    public byte[] TokenHash { get; set; } = [];

    public Guid InvitedBy { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    public DateTimeOffset ExpiresAt { get; set; }

    public DateTimeOffset? AcceptedAt { get; set; }

    public DateTimeOffset? WithdrawnAt { get; set; }
}
