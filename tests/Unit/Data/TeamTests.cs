using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Functions;
using ControlPanel.Data.Operations.Teams;
using ControlPanel.Verification.Keys;
using Microsoft.EntityFrameworkCore;
using static ControlPanel.Tests.Unit.Data.StoreFixture;

namespace ControlPanel.Tests.Unit.Data;

/// <summary>Teams and their owners on both databases.</summary>
public sealed class TeamTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [BothStores]
    public async Task Two_owners_who_remove_or_demote_each_other_at_once_leave_exactly_one(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var (a, b) = (store.Owner, store.As(TeamRole.Member));
        for (var round = 0; round < 20; round++)
        {
            var team = Must(await store.Get<CreateTeam>().ExecuteAsync(a, $"Round {round}", Ct));
            await store.TamperAsync(db =>
            {
                db.Memberships.Add(
                    new()
                    {
                        TeamId = team,
                        UserId = b.UserId,
                        Role = TeamRole.Owner,
                        JoinedAt = store.Clock.GetUtcNow(),
                    }
                );
                return Task.CompletedTask;
            });
            var (one, other) = (a with { TeamId = team }, b with { TeamId = team });
            await Task.WhenAll(
                Task.Run(() => RidAsync(store, one, b.UserId, byRemoving: round % 2 == 0), Ct),
                Task.Run(() => RidAsync(store, other, a.UserId, byRemoving: round % 3 == 0), Ct)
            );
            var owners = await store.ReadAsync(db =>
                db.Memberships.CountAsync(m => m.TeamId == team && m.Role == TeamRole.Owner && m.RemovedAt == null, Ct)
            );
            Assert.Equal(1, owners);
        }
    }

    [Theory]
    [BothStores]
    public async Task A_new_team_is_its_makers_alone_and_neither_team_shows_in_the_other(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        await store.NamespaceAsync("theirs");
        var log = (await store.AuditAsync()).Count(e => e.TeamId == store.TeamId);
        var id = Must(await store.Get<CreateTeam>().ExecuteAsync(store.Owner, "  Film Lab ", Ct));
        var there = store.Owner with { TeamId = id };

        var members = Must(await store.Get<ListMembers>().ExecuteAsync(there, new PageRequest(), Ct));
        Assert.Equal(TeamRole.Owner, Assert.Single(members.Items).Role);
        Assert.Equal(0, Must(await store.Get<ListNamespaces>().ExecuteAsync(there, new PageRequest(), Ct)).Total);
        Assert.Equal(
            new Refusal.NotAMember(),
            (
                await store
                    .Get<ListMembers>()
                    .ExecuteAsync(store.As(TeamRole.Member) with { TeamId = id }, new PageRequest(), Ct)
            ).Refusal
        );

        // The first team's log does not even name it.
        var entries = await store.AuditAsync();
        Assert.Equal(log, entries.Count(e => e.TeamId == store.TeamId));
        Assert.Equal(("team.create", "Film Lab"), (entries[^1].Action, entries[^1].TargetName));
        Assert.Equal(id, entries[^1].TeamId);
    }

    [Fact]
    public async Task Only_owners_make_teams_with_a_usable_name_and_not_without_end()
    {
        await using var store = await StartAsync(StoreKind.Sqlite);
        var create = store.Get<CreateTeam>();
        Assert.Equal(
            new Refusal.Forbidden("team:update"),
            (await create.ExecuteAsync(store.As(TeamRole.Modifier), "Mine", Ct)).Refusal
        );
        Assert.IsType<Refusal.Forbidden>(
            (await create.ExecuteAsync(store.Stranger with { TeamId = store.TeamId }, "Mine", Ct)).Refusal
        );
        Assert.IsType<Refusal.Invalid>((await create.ExecuteAsync(store.Owner, " ", Ct)).Refusal);
        for (var i = 1; i < CreateTeam.MaxOwned; i++)
        {
            Must(await create.ExecuteAsync(store.Owner, $"Team {i}", Ct));
        }

        Assert.IsType<Refusal.LimitReached>((await create.ExecuteAsync(store.Owner, "one more", Ct)).Refusal);
        Assert.Equal(
            CreateTeam.MaxOwned,
            await store.ReadAsync(db => db.Memberships.CountAsync(m => m.UserId == store.Owner.UserId, Ct))
        );
    }

    private static async Task RidAsync(StoreFixture store, Actor actor, Guid other, bool byRemoving)
    {
        if (byRemoving)
        {
            await store.Get<RemoveMember>().ExecuteAsync(actor, new MemberRemoval(other), Ct);
        }
        else
        {
            await store.Get<ChangeRole>().ExecuteAsync(actor, other, TeamRole.Member, Ct);
        }
    }
}
