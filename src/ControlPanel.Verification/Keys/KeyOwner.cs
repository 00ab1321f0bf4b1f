namespace ControlPanel.Verification.Keys;

/// <summary>
/// The membership a key belongs to, shared by all keys of that person in that team, so that a removal or a change of
/// role reaches every one of them by one write. Written by the snapshot only.
/// </summary>
public sealed class KeyOwner(Guid teamId, Guid userId, TeamRole role, bool active)
{
    // Role in the low byte, activity above it: one volatile word, so a reader never sees half a change.
    private volatile int _state = Pack(role, active);

    public Guid TeamId { get; } = teamId;

    public Guid UserId { get; } = userId;

    /// <summary>Whether the person is still in the team.</summary>
    public bool IsActive => (_state & 0x100) != 0;

    /// <summary>The person's current role in the team.</summary>
    public TeamRole Role => (TeamRole)(byte)_state;

    /// <summary>Replaces role and activity together.</summary>
    public void Set(TeamRole role, bool active) => _state = Pack(role, active);

    private static int Pack(TeamRole role, bool active) => (active ? 0x100 : 0) | (byte)role;
}
