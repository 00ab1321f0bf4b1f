using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Sessions;

/// <summary>Ends one session of the person: its cookie and its open pages are worth nothing from now on.</summary>
public sealed class EndSession(OwnAccountRunner runner)
{
    /// <summary>Needs nothing but being signed in. Another person's session is missing.</summary>
    public Task<Outcome<Done>> ExecuteAsync(Actor actor, Guid sessionId, CancellationToken ct) =>
        runner.ChangeAsync<Done>(
            actor,
            async context =>
            {
                var session = await context.Db.Sessions.SingleOrDefaultAsync(
                    s => s.Id == sessionId && s.UserId == actor.UserId && s.EndedAt == null,
                    ct
                );
                if (session is null)
                {
                    return new Refusal.Missing("session");
                }

                session.EndedAt = context.Now;
                session.ChangeVersion = context.Version;
                context.Audit("session.end", "session", session.Id.ToString(), "", new { session.Client });
                return default(Done);
            },
            ct
        );
}

/// <summary>Ends every session of the person, everywhere.</summary>
public sealed class EndAllSessions(OwnAccountRunner runner)
{
    /// <summary>Needs nothing but being signed in.</summary>
    /// <param name="keepCurrent">Whether the session that asks stays.</param>
    /// <returns>How many ended.</returns>
    public Task<Outcome<int>> ExecuteAsync(Actor actor, bool keepCurrent, CancellationToken ct) =>
        runner.ChangeAsync<int>(
            actor,
            async context =>
            {
                var keep = keepCurrent ? actor.SessionId : null;
                var ended = await context.EndSessionsAsync(actor.UserId, keep, ct);
                context.Audit("session.end_all", "person", actor.UserId.ToString(), "", new { ended, keepCurrent });
                return ended;
            },
            ct
        );
}

internal static class SessionEnds
{
    /// <summary>Ends a person's sessions but one, as one set-based change.</summary>
    public static Task<int> EndSessionsAsync(
        this OwnAccountContext context,
        Guid userId,
        Guid? keep,
        CancellationToken ct
    ) =>
        context
            .Db.Sessions.Where(s => s.UserId == userId && s.EndedAt == null && s.Id != keep)
            .ExecuteUpdateAsync(
                set => set.SetProperty(s => s.EndedAt, context.Now).SetProperty(s => s.ChangeVersion, context.Version),
                ct
            );
}
