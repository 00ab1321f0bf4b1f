using ControlPanel.Data.Model;
using ControlPanel.Verification.Secrets;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Providers;

/// <summary>Schema upgrades, the same for both databases.</summary>
internal static class Migrate
{
    public static async Task UpAsync(ControlPanelDb db, ISecretSource random, CancellationToken ct)
    {
        var known = db.Database.GetMigrations().ToHashSet(StringComparer.Ordinal);
        var applied = await db.Database.GetAppliedMigrationsAsync(ct);
        if (applied.FirstOrDefault(m => !known.Contains(m)) is { } newer)
        {
            throw new StoreRefusedException(
                $"The database was written by a newer version of ControlPanel (it has {newer}); start that version."
            );
        }

        await db.Database.MigrateAsync(ct);
        if (!await db.ChangeClocks.AnyAsync(ct))
        {
            var epoch = new byte[16];
            random.Fill(epoch);
            db.ChangeClocks.Add(
                new ChangeClock
                {
                    Id = 1,
                    Version = 0,
                    Epoch = new Guid(epoch),
                }
            );
            await db.SaveChangesAsync(ct);
        }
    }
}
