using System.Text.Json;
using ControlPanel.Data.Audit;
using ControlPanel.Data.Providers;
using ControlPanel.Data.Snapshots;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Sessions;

/// <summary>
/// The transaction of what a person does with their own account. Unlike <see cref="OperationRunner"/> it asks for no
/// team: whoever was removed from the last one must still be able to sign out and to change a password.
/// </summary>
public sealed class OwnAccountRunner(
    IControlPanelStore store,
    AuditChain audit,
    ChangeSignal signal,
    TimeProvider clock
)
{
    internal async Task<Outcome<T>> ChangeAsync<T>(
        Actor actor,
        Func<OwnAccountContext, Task<Outcome<T>>> body,
        CancellationToken ct
    )
    {
        Outcome<T> outcome;
        long version;
        await using (var transaction = await store.BeginWriteAsync(ct))
        {
            version = await transaction.TickAsync(ct);
            var context = new OwnAccountContext(transaction.Db, actor, clock.GetUtcNow(), version);
            outcome = await IsSelfAsync(transaction.Db, actor, ct) ? await body(context) : new Refusal.NotAMember();
            if (!outcome.IsDone)
            {
                return outcome;
            }

            await audit.AppendAsync(transaction.Db, actor, context.Notes, AuditChain.Done, context.Now, ct);
            await transaction.CommitAsync(ct);
        }

        signal.Raise(version);
        return outcome;
    }

    internal async Task<Outcome<T>> ReadAsync<T>(
        Actor actor,
        Func<OwnAccountContext, Task<Outcome<T>>> body,
        CancellationToken ct
    )
    {
        await using var db = store.OpenRead();
        return await IsSelfAsync(db, actor, ct)
            ? await body(new OwnAccountContext(db, actor, clock.GetUtcNow(), version: 0))
            : new Refusal.NotAMember();
    }

    // No session at all is the moment of signing in; a session that ended acts no more.
    private static Task<bool> IsSelfAsync(ControlPanelDb db, Actor actor, CancellationToken ct) =>
        actor.SessionId is { } session
            ? db.Sessions.AnyAsync(s => s.Id == session && s.UserId == actor.UserId && s.EndedAt == null, ct)
            : db.Users.AnyAsync(u => u.Id == actor.UserId, ct);
}

/// <summary>What an operation on one's own account works with.</summary>
internal sealed class OwnAccountContext(ControlPanelDb db, Actor actor, DateTimeOffset now, long version)
{
    private readonly List<AuditNote> _notes = [];

    public ControlPanelDb Db { get; } = db;

    public Actor Actor { get; } = actor;

    public DateTimeOffset Now { get; } = now;

    /// <summary>The change clock's value for everything that is changed; 0 when only reading.</summary>
    public long Version { get; } = version;

    public IReadOnlyList<AuditNote> Notes => _notes;

    /// <summary>Notes what was done; becomes an audit entry in the same transaction. Never put a secret here.</summary>
    public void Audit(string action, string targetKind, string targetId, string targetName, object? details = null) =>
        _notes.Add(
            new AuditNote(
                action,
                targetKind,
                targetId,
                targetName,
                details is null ? "" : JsonSerializer.Serialize(details)
            )
        );
}
