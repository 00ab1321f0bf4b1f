using ControlPanel.Data;
using ControlPanel.Data.Model;
using ControlPanel.Data.Providers;
using ControlPanel.Data.Seed;
using ControlPanel.Verification.Keys;
using ControlPanel.Verification.Secrets;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace ControlPanel.Bench.Lists;

/// <summary>Fills an empty store with one team and what <c>./run seed</c> would put there.</summary>
internal static class FilledStore
{
    public const int Keys = 110_000;

    public const int AuditEntries = 1_000_000;

    /// <param name="store">Empty, with the present schema.</param>
    public static async Task FillAsync(IControlPanelStore store, int keys, int auditEntries)
    {
        var ct = CancellationToken.None;
        await using var services = new ServiceCollection()
            .AddLogging()
            .AddControlPanelData(store, new MasterKey([new(1, new byte[MasterKey.Size])]))
            .BuildServiceProvider();
        var now = TimeProvider.System.GetUtcNow();
        await using (var transaction = await store.BeginWriteAsync(ct))
        {
            var version = await transaction.TickAsync(ct);
            var team = new Team
            {
                Id = Guid.CreateVersion7(now),
                Name = "Acme Photos",
                CreatedAt = now,
            };
            transaction.Db.Teams.Add(team);
            foreach (var (name, role) in new[] { ("olivia", TeamRole.Owner), ("mateo", TeamRole.Member) })
            {
                var email = $"{name}@demo.test";
                var person = new Person
                {
                    Id = Guid.CreateVersion7(now),
                    Email = email,
                    NormalizedEmail = email.ToUpperInvariant(),
                    UserName = email,
                    NormalizedUserName = email.ToUpperInvariant(),
                    DisplayName = name,
                    CreatedAt = now,
                };
                transaction.Db.Users.Add(person);
                transaction.Db.Memberships.Add(
                    new Membership
                    {
                        TeamId = team.Id,
                        UserId = person.Id,
                        Role = role,
                        JoinedAt = now,
                        ChangeVersion = version,
                    }
                );
            }

            await transaction.CommitAsync(ct);
        }

        await services.GetRequiredService<KeySeed>().AddAsync(keys, into: null, _ => { }, ct);
        await services.GetRequiredService<AuditSeed>().AddAsync(auditEntries, into: null, _ => { }, ct);
        if (store is PostgresStore)
        {
            // What its own housekeeping does within a minute of such a change.
            await using var transaction = await store.BeginWriteAsync(ct);
            await transaction.Db.Database.ExecuteSqlRawAsync("ANALYZE", ct);
            await transaction.CommitAsync(ct);
        }
    }
}
