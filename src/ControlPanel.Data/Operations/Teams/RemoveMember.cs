using ControlPanel.Data.Snapshots;
using ControlPanel.Verification.Keys;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Teams;

/// <summary>Who is to be removed.</summary>
/// <param name="AlsoRevoke">
/// Those of their model and Spaces keys that are to be revoked as well. The others go on working, as programs of the team
/// may depend on them, and belong to whoever removes the member from then on.
/// </param>
public sealed record MemberRemoval(Guid UserId, IReadOnlyCollection<Guid>? AlsoRevoke = null);

/// <summary>What a removal came to.</summary>
/// <param name="Receipt">Where and since when their keys are refused.</param>
public sealed record MemberRemoved(int NamespaceKeys, int Tokens, int OtherKeys, Receipt Receipt);

/// <summary>
/// Removes a member: their namespace keys in every namespace of the team and their API tokens are revoked in the same
/// transaction; keys of other people, and their places in other teams, stay as they are.
/// </summary>
public sealed class RemoveMember(OperationRunner runner, Acknowledgements acknowledgements)
{
    /// <summary>
    /// Needs <c>team:delete</c>. The last owner cannot be removed. A key to be revoked as well that is not one of theirs
    /// is missing, and nothing happens. Returns when every node refuses their keys.
    /// </summary>
    public async Task<Outcome<MemberRemoved>> ExecuteAsync(Actor actor, MemberRemoval input, CancellationToken ct)
    {
        var (outcome, version, committedAt) = await runner.ChangeWithVersionAsync<Counts>(
            actor,
            "member.remove",
            "team:delete",
            context => RemoveAsync(context, input, ct),
            ct
        );

        // Committed is committed: that the browser went away must not leave the proof half done.
        return outcome.IsDone
            ? new MemberRemoved(
                outcome.Value.NamespaceKeys,
                outcome.Value.Tokens,
                outcome.Value.OtherKeys,
                await acknowledgements.WaitAsync(version, committedAt, CancellationToken.None)
            )
            : outcome.Refusal;
    }

    private static async Task<Outcome<Counts>> RemoveAsync(
        OperationContext context,
        MemberRemoval input,
        CancellationToken ct
    )
    {
        var db = context.Db;
        if (await context.FindMemberAsync(input.UserId, ct) is not { } member)
        {
            return new Refusal.Missing("member");
        }

        if (member.Role == TeamRole.Owner && await context.IsLastOwnerAsync(input.UserId, ct))
        {
            return new Refusal.Conflict("UserId", "The last owner of a team cannot be removed.");
        }

        var chosen = (input.AlsoRevoke ?? []).ToHashSet();
        var isSelf = input.UserId == context.Actor.UserId;
        var theirs = db.AccessKeys.Where(k =>
            k.TeamId == context.TeamId && k.OwnerId == input.UserId && k.RevokedAt == null
        );
        var held = await theirs
            .Select(k => new
            {
                k.Id,
                k.Family,
                k.Name,
                k.PublicId,
            })
            .ToListAsync(ct);
        if (!chosen.IsSubsetOf(held.Select(k => k.Id)))
        {
            return new Refusal.Missing("access key");
        }

        if (isSelf && held.Any(k => k.Family is KeyFamily.Spaces or KeyFamily.Inference && !chosen.Contains(k.Id)))
        {
            return new Refusal.Conflict(
                "AlsoRevoke",
                "Nobody would hold the keys that you keep: revoke them, or let another owner remove you."
            );
        }

        var email = await db.Users.Where(u => u.Id == input.UserId).Select(u => u.Email).SingleAsync(ct);
        context.Audit(
            "member.remove",
            "member",
            input.UserId.ToString(),
            email ?? "",
            new { role = member.Role.ToString() }
        );
        var revoked = held.Where(k => k.Family is KeyFamily.Functions or KeyFamily.Api || chosen.Contains(k.Id))
            .ToList();
        foreach (var key in revoked)
        {
            context.Audit(
                "access_key.revoke",
                "access_key",
                TargetOf(key.Family, key.PublicId, key.Id),
                key.Name,
                new { family = key.Family.ToString(), reason = Reason }
            );
        }

        await theirs
            .Where(k => k.Family == KeyFamily.Functions || k.Family == KeyFamily.Api || chosen.Contains(k.Id))
            .ExecuteUpdateAsync(
                set =>
                    set.SetProperty(k => k.RevokedAt, context.Now)
                        .SetProperty(k => k.RevokedBy, context.Actor.UserId)
                        .SetProperty(k => k.RevokeReason, Reason)
                        // As in Keys.Revoke: nothing needs a dead key's secret again.
                        .SetProperty(k => k.SecretMac, k => k.SecretMac ?? new byte[Digest256.Size])
                        .SetProperty(k => k.SealedSecret, (byte[]?)null)
                        .SetProperty(k => k.UpdatedAt, context.Now)
                        .SetProperty(k => k.ChangeVersion, context.Version),
                ct
            );
        // A key of somebody who is no member is refused, and would come back with a new invitation: what is kept changes
        // hands.
        await theirs.ExecuteUpdateAsync(
            set =>
                set.SetProperty(k => k.OwnerId, context.Actor.UserId)
                    .SetProperty(k => k.UpdatedAt, context.Now)
                    .SetProperty(k => k.ChangeVersion, context.Version),
            ct
        );
        foreach (var key in held.Except(revoked))
        {
            context.Audit(
                "access_key.hand_over",
                "access_key",
                TargetOf(key.Family, key.PublicId, key.Id),
                key.Name,
                new { family = key.Family.ToString(), from = email }
            );
        }

        member.RemovedAt = context.Now;
        member.ChangeVersion = context.Version;
        return new Counts(
            revoked.Count(k => k.Family == KeyFamily.Functions),
            revoked.Count(k => k.Family == KeyFamily.Api),
            revoked.Count(k => k.Family is KeyFamily.Spaces or KeyFamily.Inference)
        );
    }

    private const string Reason = "member_removed";

    // What may be shown of a model key or a token names it to nobody.
    private static string TargetOf(KeyFamily family, string publicId, Guid id) =>
        family is KeyFamily.Functions or KeyFamily.Spaces ? publicId : id.ToString();

    private sealed record Counts(int NamespaceKeys, int Tokens, int OtherKeys);
}
