using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Audit;

/// <summary>Hands over every entry that fits, oldest first, one at a time: a million take no more memory than one.</summary>
public sealed class ExportAuditEntries(OperationRunner runner)
{
    /// <summary>Needs <c>activity:read</c>. Shows to each person what the list shows to them.</summary>
    /// <param name="write">Called for each entry, in order.</param>
    /// <returns>How many there were.</returns>
    public Task<Outcome<long>> ExecuteAsync(
        Actor actor,
        AuditFilter filter,
        Func<AuditRow, Task> write,
        CancellationToken ct
    ) =>
        runner.ReadAsync<long>(
            actor,
            "activity:read",
            async context =>
            {
                var count = 0L;
                var entries = await context.MatchingAsync(filter, ct);
                var rows = entries.OrderBy(a => a.Sequence).Select(AuditQueries.ToRow);
                await foreach (var row in rows.AsAsyncEnumerable().WithCancellation(ct))
                {
                    await write(row);
                    count++;
                }

                return count;
            },
            ct
        );
}
