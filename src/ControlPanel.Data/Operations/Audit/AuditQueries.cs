using System.Linq.Expressions;
using ControlPanel.Data.Model;
using ControlPanel.Verification.Keys;

namespace ControlPanel.Data.Operations.Audit;

/// <summary>What listing and exporting read alike.</summary>
internal static class AuditQueries
{
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
    public static IQueryable<AuditEntry> Matching(this OperationContext context, AuditFilter filter)
    {
        var entries = context.Db.AuditEntries.Where(a => a.TeamId == context.TeamId);
        if (context.Role != TeamRole.Owner)
        {
            entries = entries.Where(a => a.ActorId == context.Actor.UserId);
        }

        if (filter.Actor?.Trim().ToLowerInvariant() is { Length: > 0 } name)
        {
            entries = entries.Where(a => a.ActorName.ToLower().Contains(name));
        }

        if (filter.Action?.Trim() is { Length: > 0 } action)
        {
            entries = action.EndsWith('.')
                ? entries.Where(a => a.Action.StartsWith(action))
                : entries.Where(a => a.Action == action);
        }

        if (filter.Target?.Trim() is { Length: > 0 } target)
        {
            var needle = target.ToLowerInvariant();
            entries = entries.Where(a => a.TargetId == target || a.TargetName.ToLower().Contains(needle));
        }

        if (filter.Result is { Length: > 0 } result)
        {
            entries = entries.Where(a => a.Result == result);
        }

        if (filter.From is { } from)
        {
            entries = entries.Where(a => a.At >= from);
        }

        if (filter.Until is { } until)
        {
            entries = entries.Where(a => a.At < until);
        }

        if (filter.RequestId?.Trim() is { Length: > 0 } requestId)
        {
            entries = entries.Where(a => a.RequestId == requestId);
        }

        return entries;
    }
}
