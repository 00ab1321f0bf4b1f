using System.Text.Json;
using ControlPanel.Data.Model;
using ControlPanel.Verification.Decisions;
using ControlPanel.Verification.Keys;

namespace ControlPanel.Data.Operations;

/// <summary>
/// What an operation works with: the transaction's context, the actor's rights as they are now, and the audit entries
/// that will be written with the change or not at all.
/// </summary>
public sealed class OperationContext
{
    private readonly List<AuditNote> _notes = [];

    internal OperationContext(ControlPanelDb db, Actor actor, Membership membership, DateTimeOffset now, long version)
    {
        Db = db;
        Actor = actor;
        Role = membership.Role;
        Now = now;
        Version = version;
    }

    public ControlPanelDb Db { get; }

    public Actor Actor { get; }

    /// <summary>The actor's role, read in this transaction.</summary>
    public TeamRole Role { get; }

    public DateTimeOffset Now { get; }

    /// <summary>The change clock's value for everything this operation changes; 0 when it only reads.</summary>
    public long Version { get; }

    /// <summary>
    /// Whether the session is one whose person proved who they are too long ago (<see cref="Sessions.SessionRules"/>)
    /// to mint a secret or to invite: the operation answers <see cref="Refusal.StepUpNeeded"/>. Tokens have no such age.
    /// </summary>
    public bool MustConfirm { get; internal init; }

    /// <summary>The team that everything is limited to.</summary>
    public Guid TeamId => Actor.TeamId;

    internal IReadOnlyList<AuditNote> Notes => _notes;

    /// <summary>Whether the actor holds a permission: the role's, and at the API the token's as well.</summary>
    public bool May(string permission) =>
        RolePermissions.Allows(Role, permission) && (Actor.Token is null || Actor.Token.Holds(permission));

    /// <summary>Notes what was done; becomes an audit entry in the same transaction.</summary>
    /// <param name="details">Serialized as JSON. Never put a secret here.</param>
    public void Audit(string action, string targetKind, string targetId, string targetName, object? details = null) =>
        _notes.Add(new AuditNote(action, targetKind, targetId, targetName, details is null ? "" : Write(details)));

    /// <summary>What an entry keeps of its details.</summary>
    internal static string Write(object details) => JsonSerializer.Serialize(details);
}

/// <summary>What becomes an audit entry when the transaction commits.</summary>
internal sealed record AuditNote(string Action, string TargetKind, string TargetId, string TargetName, string Details);
