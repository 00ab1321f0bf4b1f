using ControlPanel.Data.Model;
using ControlPanel.Verification.Keys;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations;

/// <summary>What operations of several families do to a key alike.</summary>
internal static class Keys
{
    /// <summary>Revokes: for ever, with who and why.</summary>
    public static void Revoke(this OperationContext context, AccessKey key, string reason)
    {
        key.RevokedAt = context.Now;
        key.RevokedBy = context.Actor.UserId;
        key.RevokeReason = reason;
        key.UpdatedAt = context.Now;
        key.ChangeVersion = context.Version;
        // Nothing needs a dead key's secret again; not even a stolen backup should hold it.
        key.SealedSecret = null;
        key.SecretMac ??= new byte[Digest256.Size];
    }

    /// <summary>A living key of a family in the actor's team.</summary>
    public static IQueryable<AccessKey> LivingKeys(this OperationContext context, KeyFamily family) =>
        context.Db.AccessKeys.Where(k => k.Family == family && k.TeamId == context.TeamId && k.RevokedAt == null);

    /// <summary>The e-mail of a person, for "created by".</summary>
    public static async Task<string> EmailAsync(this ControlPanelDb db, Guid? person, CancellationToken ct) =>
        person is null
            ? ""
            : await db.Users.Where(u => u.Id == person).Select(u => u.Email).SingleOrDefaultAsync(ct) ?? "";
}
