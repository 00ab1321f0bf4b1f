using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Sessions;

/// <summary>One signed-in browser of the person.</summary>
/// <param name="Client">What the browser calls itself.</param>
/// <param name="IsCurrent">Whether it is the one that asks.</param>
public sealed record SessionRow(
    Guid Id,
    string? Client,
    string? Address,
    DateTimeOffset CreatedAt,
    DateTimeOffset LastSeenAt,
    bool IsCurrent
);

/// <summary>Lists the person's own sessions that are in force, the current one first.</summary>
public sealed class ListSessions(OwnAccountRunner runner)
{
    /// <summary>Needs nothing but being signed in.</summary>
    public Task<Outcome<IReadOnlyList<SessionRow>>> ExecuteAsync(Actor actor, CancellationToken ct) =>
        runner.ReadAsync<IReadOnlyList<SessionRow>>(
            actor,
            async context =>
            {
                var rows = await context
                    .Db.Sessions.Where(s => s.UserId == actor.UserId)
                    .Alive(context.Now)
                    .OrderByDescending(s => s.LastSeenAt)
                    .Take(200)
                    .ToListAsync(ct);
                return Outcome.Of<IReadOnlyList<SessionRow>>([
                    .. rows.Select(s => new SessionRow(
                            s.Id,
                            s.Client,
                            s.Address,
                            s.CreatedAt,
                            s.LastSeenAt,
                            s.Id == actor.SessionId
                        ))
                        .OrderByDescending(s => s.IsCurrent),
                ]);
            },
            ct
        );
}
