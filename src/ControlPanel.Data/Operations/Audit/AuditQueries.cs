using System.Linq.Expressions;
using ControlPanel.Data.Model;
using ControlPanel.Verification.Keys;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Audit;

/// <summary>What listing and exporting read alike.</summary>
internal static class AuditQueries
{
    /// <summary>
    /// Among how many of the newest entries a part of a target's name is looked for. No index finds a part of a text, and
    /// a log of a million entries must not be read for a search.
    /// </summary>
    public const int NameWindow = 50_000;

    /// <summary>An entry as it is shown.</summary>
    public static Expression<Func<AuditEntry, AuditRow>> ToRow { get; } =
        a => new AuditRow(
            a.Sequence,
            a.At,
            a.ActorName,
            a.Door,
            a.Action,
            a.TargetKind,
            a.TargetId,
            a.TargetName,
            a.Result,
            a.Details,
            a.Address,
            a.RequestId,
            a.GroupId
        );

    /// <summary>The entries that fit: all of the team for owners, those of their own doing for others.</summary>
    public static async Task<IQueryable<AuditEntry>> MatchingAsync(
        this OperationContext context,
        AuditFilter filter,
        CancellationToken ct
    )
    {
        var team = context.Db.AuditEntries.Where(a => a.TeamId == context.TeamId);
        if (filter.From is { } from)
        {
            team = team.Where(a => a.At >= from);
        }

        if (filter.Until is { } until)
        {
            team = team.Where(a => a.At < until);
        }

        var entries = team;
        if (context.Role != TeamRole.Owner)
        {
            entries = entries.Where(a => a.ActorId == context.Actor.UserId);
        }

        if (filter.Actor?.Trim().ToLowerInvariant() is { Length: > 0 } wanted)
        {
            // Names are few and entries are many: the names are searched, and the entries found by their index.
            var names = (await context.ActorNamesAsync(ct)).Where(n => n.ToLowerInvariant().Contains(wanted)).ToList();
            entries = entries.Where(a => names.Contains(a.ActorName));
        }

        if (filter.Action?.Trim() is { Length: > 0 } action)
        {
            if (action.EndsWith('.'))
            {
                var actions = (await context.ActionsAsync(ct))
                    .Where(a => a.StartsWith(action, StringComparison.Ordinal))
                    .ToList();
                entries = entries.Where(a => actions.Contains(a.Action));
            }
            else
            {
                entries = entries.Where(a => a.Action == action);
            }
        }

        if (filter.Result is { Length: > 0 } result)
        {
            entries = entries.Where(a => a.Result == result);
        }

        if (filter.RequestId?.Trim() is { Length: > 0 } requestId)
        {
            entries = entries.Where(a => a.RequestId == requestId);
        }

        return filter.Target?.Trim() is { Length: > 0 } target
            ? await OfTargetAsync(team, entries, filter, target, ct)
            : entries;
    }

    private static async Task<IQueryable<AuditEntry>> OfTargetAsync(
        IQueryable<AuditEntry> team,
        IQueryable<AuditEntry> entries,
        AuditFilter filter,
        string target,
        CancellationToken ct
    )
    {
        if (await team.AnyAsync(a => a.TargetId == target, ct))
        {
            return entries.Where(a => a.TargetId == target);
        }

        var oldest = await team.NewestFirst(filter)
            .Select(a => (long?)a.Sequence)
            .Skip(NameWindow)
            .FirstOrDefaultAsync(ct);
        var needle = target.ToLowerInvariant();
        var named = entries.Where(a => a.TargetName.ToLower().Contains(needle));
        return oldest is { } limit ? named.Where(a => a.Sequence > limit) : named;
    }

    /// <summary>By number; within a span of time by that time, whose index then leads straight to the page.</summary>
    public static IOrderedQueryable<AuditEntry> NewestFirst(this IQueryable<AuditEntry> entries, AuditFilter filter) =>
        filter.From is null && filter.Until is null
            ? entries.OrderByDescending(a => a.Sequence)
            : entries.OrderByDescending(a => a.At).ThenByDescending(a => a.Sequence);

    // Both hop from one value to the next along the index; DISTINCT would read the whole of it.
    private static Task<List<string>> ActorNamesAsync(this OperationContext context, CancellationToken ct) =>
        context
            .Db.Database.SqlQuery<string>(
                $"""
                WITH RECURSIVE known(value) AS (
                    SELECT MIN(actor_name) FROM audit_entries WHERE team_id = {context.TeamId}
                    UNION ALL
                    SELECT (
                        SELECT MIN(actor_name) FROM audit_entries
                        WHERE team_id = {context.TeamId} AND actor_name > known.value
                    ) FROM known WHERE known.value IS NOT NULL
                )
                SELECT value AS "Value" FROM known WHERE value IS NOT NULL
                """
            )
            .ToListAsync(ct);

    private static Task<List<string>> ActionsAsync(this OperationContext context, CancellationToken ct) =>
        context
            .Db.Database.SqlQuery<string>(
                $"""
                WITH RECURSIVE known(value) AS (
                    SELECT MIN(action) FROM audit_entries WHERE team_id = {context.TeamId}
                    UNION ALL
                    SELECT (
                        SELECT MIN(action) FROM audit_entries
                        WHERE team_id = {context.TeamId} AND action > known.value
                    ) FROM known WHERE known.value IS NOT NULL
                )
                SELECT value AS "Value" FROM known WHERE value IS NOT NULL
                """
            )
            .ToListAsync(ct);
}
