using ControlPanel.Data.Model;
using ControlPanel.Verification.Secrets;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Sessions;

/// <summary>What the operations on second factors do alike.</summary>
internal static class TwoFactorSecrets
{
    public const string WrongCode = "This code is wrong or was used already. Wait for the next one.";

    public static byte[] Seal(SecretSealer sealer, Guid userId, ReadOnlySpan<byte> secret) =>
        sealer.Seal(secret, Binding(userId)).Envelope.ToArray();

    /// <summary>Accepts a code of the person's app, once: the step is remembered in the same transaction.</summary>
    public static async Task<bool> TryUseCodeAsync(
        this OwnAccountContext context,
        SecretSealer sealer,
        string? code,
        CancellationToken ct
    )
    {
        var userId = context.Actor.UserId;
        var envelope = await context
            .Db.Users.Where(u => u.Id == userId && u.TwoFactorEnabled)
            .Select(u => u.SealedTotpSecret)
            .SingleOrDefaultAsync(ct);
        if (
            envelope is null
            || !SealedSecret.TryRead(envelope, out var sealedSecret)
            || !sealer.TryOpen(sealedSecret!, Binding(userId), out var secret)
        )
        {
            return false;
        }

        using (secret)
        {
            return Totp.FindStep(secret.Bytes, code, context.Now) is { } step
                && await context
                    .Db.Users.Where(u => u.Id == userId && u.LastTotpStep < step)
                    .ExecuteUpdateAsync(set => set.SetProperty(u => u.LastTotpStep, step), ct) == 1;
        }
    }

    /// <summary>The names of the person's teams that require a second factor.</summary>
    public static Task<List<string>> RequiringTeamsAsync(this ControlPanelDb db, Guid userId, CancellationToken ct) =>
        db
            .Memberships.Where(m => m.UserId == userId && m.RemovedAt == null)
            .Join(db.Teams.Where(t => t.RequiresTwoFactor), m => m.TeamId, t => t.Id, (m, t) => t.Name)
            .OrderBy(name => name)
            .ToListAsync(ct);

    /// <summary>
    /// After a second factor was taken away: when it was the last one, no session of the person counts as proved by two any
    /// more.
    /// </summary>
    /// <returns>Why it has to stay: a team requires one; nothing is changed then.</returns>
    public static async Task<Refusal?> GiveUpFactorAsync(
        this OwnAccountContext context,
        bool keepsAnother,
        string field,
        CancellationToken ct
    )
    {
        if (keepsAnother)
        {
            return null;
        }

        var userId = context.Actor.UserId;
        if (await context.Db.RequiringTeamsAsync(userId, ct) is { Count: > 0 } teams)
        {
            return new Refusal.Conflict(
                field,
                $"Two-factor authentication is required by {string.Join(", ", teams)}, and this is your only second factor."
            );
        }

        await context
            .Db.Sessions.Where(s => s.UserId == userId)
            .ExecuteUpdateAsync(set => set.SetProperty(s => s.ProvedTwoFactors, false), ct);
        return null;
    }

    private static SealBinding Binding(Guid userId) => new("people", "sealed_totp_secret", userId, Guid.Empty, 1);
}
