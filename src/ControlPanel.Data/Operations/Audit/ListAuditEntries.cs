using ControlPanel.Data.Audit;
using ControlPanel.Data.Model;
using ControlPanel.Verification.Keys;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Audit;

/// <summary>Which entries of the audit log are wanted; what is <see langword="null"/> or empty does not filter.</summary>
public sealed record AuditFilter
{
    /// <summary>Part of the actor's name, without regard to case.</summary>
    public string? Actor { get; init; }

    /// <summary>An action (<c>functions_key.revoke</c>), or the beginning of several (<c>functions_key.</c>).</summary>
    public string? Action { get; init; }

    /// <summary>
    /// The target's exact id; or, when nothing has that id, part of its name without regard to case, looked for among the
    /// newest 50,000 entries (of the span of time, when one is given).
    /// </summary>
    public string? Target { get; init; }

    /// <summary><see cref="AuditChain.Done"/> or <see cref="AuditChain.Refused"/>.</summary>
    public string? Result { get; init; }

    /// <summary>The first instant that counts.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>The first instant that does not count any more.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>The exact request id.</summary>
    public string? RequestId { get; init; }
}

/// <summary>An entry of the audit log.</summary>
/// <param name="Details">More about it, as JSON; may be empty.</param>
/// <param name="GroupId">Entries of one transaction share it.</param>
public sealed record AuditRow(
    long Sequence,
    DateTimeOffset At,
    string Actor,
    string Door,
    string Action,
    string TargetKind,
    string TargetId,
    string TargetName,
    string Result,
    string Details,
    string Address,
    string RequestId,
    Guid GroupId
);

/// <summary>Lists what was done in the team, and what somebody tried to do and was refused.</summary>
public sealed class ListAuditEntries(OperationRunner runner)
{
    /// <summary>Counting stops here; a page further back is found by its time.</summary>
    public const int CountLimit = 10_000;

    /// <summary>
    /// Needs <c>activity:read</c>. Owners see all entries of the team, others those of their own doing. Newest first,
    /// unless the page asks for <c>time</c> ascending.
    /// </summary>
    public Task<Outcome<Page<AuditRow>>> ExecuteAsync(
        Actor actor,
        PageRequest page,
        AuditFilter filter,
        CancellationToken ct
    ) =>
        runner.ReadAsync<Page<AuditRow>>(
            actor,
            "activity:read",
            async context =>
            {
                var entries = await context.MatchingAsync(filter, ct);
                var total = await entries.Take(CountLimit + 1).CountAsync(ct);
                IQueryable<AuditEntry> sorted =
                    page is { Sort: "time", Descending: false } ? entries.OrderBy(a => a.Sequence)
                    // Few: found by the filter's own index and sorted, which the sum makes the only way. Many: read in
                    // order until the page is full.
                    : total <= CountLimit ? entries.OrderByDescending(a => a.Sequence + 0)
                    : entries.NewestFirst(filter);
                var rows = await sorted
                    .Skip(page.SafeSkip)
                    .Take(page.SafeTake)
                    .Select(AuditQueries.ToRow)
                    .ToListAsync(ct);
                return new Page<AuditRow>(rows, Math.Min(total, CountLimit)) { HasMore = total > CountLimit };
            },
            ct
        );
}
