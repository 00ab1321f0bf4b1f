using ControlPanel.Data.Providers;
using ControlPanel.Data.Usage;
using ControlPanel.Verification.Decisions;
using ControlPanel.Verification.Keys;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Audit;

/// <summary>The key that a refused request named.</summary>
/// <param name="PublicId">What may be shown of it.</param>
/// <param name="NamespaceId">Functions: its namespace.</param>
public sealed record RefusedKey(Guid Id, string PublicId, string Name, string CreatedBy, string? NamespaceId);

/// <summary>Why a request was refused.</summary>
/// <param name="Operation">What was asked, in the door's terms.</param>
/// <param name="Key"><see langword="null"/> when the request named no key that exists.</param>
/// <param name="Count">How many requests alike the entry stands for; noise of one address is folded together.</param>
/// <param name="Steps">The checks in order; the last one is the one that failed.</param>
public sealed record RequestExplanation(
    string RequestId,
    DateTimeOffset At,
    KeyFamily Family,
    DenialReason Reason,
    string Operation,
    string Address,
    string Client,
    long Count,
    RefusedKey? Key,
    IReadOnlyList<TraceStep> Steps
);

/// <summary>Explains a refused request by the id that its caller was told.</summary>
public sealed class ExplainRequest(OperationRunner runner, RefusalLog refusals)
{
    /// <summary>
    /// Needs <c>activity:read</c>. Owners find every request that named a key of the team, or no key at all; others
    /// find those that named a key of their own. Everything else is missing.
    /// </summary>
    public Task<Outcome<RequestExplanation>> ExecuteAsync(Actor actor, string requestId, CancellationToken ct) =>
        runner.ReadAsync<RequestExplanation>(
            actor,
            "activity:read",
            async context =>
            {
                var id = requestId.Trim();
                var found = id.Length == 0 ? null : await FindAsync(context, id, ct);
                if (found is null && id.Length > 0 && await TryFlushAsync(ct))
                {
                    // Whoever asks was refused a moment ago; the log writes once a second.
                    found = await FindAsync(context, id, ct);
                }

                return found is null ? new Refusal.Missing("request") : found;
            },
            ct
        );

    private static async Task<RequestExplanation?> FindAsync(OperationContext context, string id, CancellationToken ct)
    {
        var db = context.Db;
        var isOwner = context.Role == TeamRole.Owner;
        var found = await (
            from refused in db.RefusedUses
            where refused.RequestId == id
            join k in db.AccessKeys on refused.KeyId equals (Guid?)k.Id into keys
            from key in keys.DefaultIfEmpty()
            join p in db.Users on key.OwnerId equals (Guid?)p.Id into people
            from person in people.DefaultIfEmpty()
            where
                refused.TeamId == context.TeamId && (isOwner || key.OwnerId == context.Actor.UserId)
                || (isOwner && refused.KeyId == null)
            orderby refused.Id
            select new
            {
                Refused = refused,
                Key = key,
                Person = person == null ? "" : person.Email,
            }
        ).FirstOrDefaultAsync(ct);
        return found is null
            ? null
            : new RequestExplanation(
                found.Refused.RequestId,
                found.Refused.At,
                found.Refused.Family,
                found.Refused.Reason,
                found.Refused.Operation,
                found.Refused.Address,
                found.Refused.Client,
                found.Refused.Count,
                found.Key is null
                    ? null
                    : new RefusedKey(
                        found.Key.Id,
                        found.Key.PublicId,
                        found.Key.Name,
                        found.Person ?? "",
                        found.Key.NamespaceId
                    ),
                RefusalSteps.For(found.Refused.Reason)
            );
    }

    private async Task<bool> TryFlushAsync(CancellationToken ct)
    {
        try
        {
            await refusals.FlushAsync(ct);
            return true;
        }
        catch (Exception e) when (StoreFaults.IsFromStore(e))
        {
            // What cannot be written cannot be found; the log tells the operator by itself.
            return false;
        }
    }
}
