using ControlPanel.Data.Audit;
using ControlPanel.Data.Model;
using ControlPanel.Data.Operations.Sessions;
using ControlPanel.Data.Providers;
using ControlPanel.Data.Snapshots;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations;

/// <summary>
/// The one transaction of every operation: take the change clock → read the actor's rights → authorize and change →
/// audit → commit → signal. Nothing is changed without its audit entry, nothing is audited that did not happen.
/// </summary>
public sealed class OperationRunner(
    IControlPanelStore store,
    AuditChain audit,
    ChangeSignal signal,
    SessionRules sessions,
    TimeProvider clock
)
{
    /// <summary>Runs a change.</summary>
    /// <param name="action">The name the audit knows it by; a refused attempt is written under it too.</param>
    /// <param name="permission">What the actor needs; <see langword="null"/> when the body decides by itself.</param>
    /// <param name="body">Changes <see cref="OperationContext.Db"/> and returns what came of it; a refusal undoes all.</param>
    public async Task<Outcome<T>> ChangeAsync<T>(
        Actor actor,
        string action,
        string? permission,
        Func<OperationContext, Task<Outcome<T>>> body,
        CancellationToken ct
    ) => (await ChangeWithVersionAsync(actor, action, permission, body, ct)).Outcome;

    /// <summary>As <see cref="ChangeAsync"/>, and says which version carries the change and when it was committed.</summary>
    public async Task<(Outcome<T> Outcome, long Version, long CommittedAt)> ChangeWithVersionAsync<T>(
        Actor actor,
        string action,
        string? permission,
        Func<OperationContext, Task<Outcome<T>>> body,
        CancellationToken ct
    )
    {
        Outcome<T> outcome;
        await using (var transaction = await store.BeginWriteAsync(ct))
        {
            var version = await transaction.TickAsync(ct);
            var context = await EnterAsync(transaction.Db, actor, version, ct);
            outcome =
                context is null ? new Refusal.NotAMember()
                : permission is not null && !context.May(permission) ? new Refusal.Forbidden(permission)
                : await body(context);
            if (outcome.IsDone)
            {
                await audit.AppendAsync(transaction.Db, actor, context!.Notes, AuditChain.Done, context.Now, ct);
                await transaction.CommitAsync(ct);
                var committedAt = clock.GetTimestamp();
                signal.Raise(version);
                return (outcome, version, committedAt);
            }
        }

        if (outcome.Refusal is Refusal.Forbidden or Refusal.NotAMember or Refusal.StepUpNeeded)
        {
            await store.WriteRefusalAsync(audit, clock, actor, action, outcome.Refusal, ct);
        }

        return (outcome, 0, 0);
    }

    /// <summary>Runs a question, from fresh state like every change.</summary>
    public async Task<Outcome<T>> ReadAsync<T>(
        Actor actor,
        string permission,
        Func<OperationContext, Task<Outcome<T>>> body,
        CancellationToken ct
    )
    {
        await using var db = store.OpenRead();
        var context = await EnterAsync(db, actor, version: 0, ct);
        if (context is null)
        {
            return new Refusal.NotAMember();
        }

        return context.May(permission) ? await body(context) : new Refusal.Forbidden(permission);
    }

    private async Task<OperationContext?> EnterAsync(ControlPanelDb db, Actor actor, long version, CancellationToken ct)
    {
        var membership = await db
            .Memberships.AsNoTracking()
            .SingleOrDefaultAsync(m => m.TeamId == actor.TeamId && m.UserId == actor.UserId && m.RemovedAt == null, ct);
        if (membership is null)
        {
            return null;
        }

        var now = clock.GetUtcNow();
        var mustConfirm = false;
        if (actor.SessionId is { } session)
        {
            // A panel session that was ended elsewhere acts no more, whatever its circuit still shows; nor does one of a
            // single factor in a team that requires two. That ends such sessions, so none should be found here.
            var provedAt = await db
                .Sessions.Where(s => s.Id == session && s.UserId == actor.UserId && s.EndedAt == null)
                .Where(s => s.ProvedTwoFactors || !db.Teams.Any(t => t.Id == actor.TeamId && t.RequiresTwoFactor))
                .Select(s => (DateTimeOffset?)s.AuthenticatedAt)
                .SingleOrDefaultAsync(ct);
            if (provedAt is null)
            {
                return null;
            }

            mustConfirm = now - provedAt > sessions.StepUp;
        }

        return new OperationContext(db, actor, membership, now, version) { MustConfirm = mustConfirm };
    }
}
