using System.Text;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Functions;
using ControlPanel.Data.Operations.Inference;
using ControlPanel.Data.Operations.Teams;
using ControlPanel.Data.Operations.Tokens;
using ControlPanel.Verification.Decisions;
using ControlPanel.Verification.Formats;
using ControlPanel.Verification.Keys;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Tests.Unit.Account;

/// <summary>Removing people and changing their role: what ends with it, and what does not.</summary>
public sealed class MemberTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_removed_members_keys_are_refused_when_the_receipt_is_there_and_nobody_elses()
    {
        await using var host = await AccountHost.StartAsync();
        var owner = await host.SetUpAsync();
        var olivia = await host.BeginSessionAsync(owner.UserId);
        var mateo = await host.BeginSessionAsync(
            (await host.AddPersonAsync(owner.TeamId, "mateo@demo.test", TeamRole.Member)).Id
        );
        var images = Must(
            await host.Get<CreateNamespace>().ExecuteAsync(olivia, new NewNamespace("images", "nyc1"), Ct)
        );
        var hooks = Must(await host.Get<CreateNamespace>().ExecuteAsync(olivia, new NewNamespace("hooks", "nyc1"), Ct));
        var create = host.Get<CreateNamespaceKey>();
        var first = Must(await create.ExecuteAsync(mateo, new NewKeyRequest(images.Id, "one", null), Ct));
        var second = Must(await create.ExecuteAsync(mateo, new NewKeyRequest(hooks.Id, "two", null), Ct));
        var hers = Must(await create.ExecuteAsync(olivia, new NewKeyRequest(hooks.Id, "hers", null), Ct));
        Must(
            await host.Get<CreateToken>()
                .ExecuteAsync(mateo, new NewTokenRequest("laptop", null, ["function:read"]), Ct)
        );
        var models = host.Get<CreateModelKey>();
        var kept = Must(await models.ExecuteAsync(mateo, new NewModelKeyRequest("kept", null, false, null), Ct));
        var dropped = Must(await models.ExecuteAsync(mateo, new NewModelKeyRequest("dropped", null, false, null), Ct));
        Assert.True(Calls(host, images.Id, first));

        var keys = await host.ReadAsync(db => db.AccessKeys.ToListAsync(Ct));
        var droppedId = keys.Single(k => k.Name == "dropped").Id;
        var removed = Must(
            await host.Get<RemoveMember>().ExecuteAsync(olivia, new MemberRemoval(mateo.UserId, [droppedId]), Ct)
        );
        Assert.Equal((2, 1, 1), (removed.NamespaceKeys, removed.Tokens, removed.OtherKeys));
        Assert.False(Calls(host, images.Id, first));
        Assert.False(Calls(host, hooks.Id, second));
        Assert.True(Calls(host, hooks.Id, hers));

        keys = await host.ReadAsync(db => db.AccessKeys.ToListAsync(Ct));
        Assert.Equal(
            ["dropped", "laptop", "one", "two"],
            keys.Where(k => k.RevokedAt is not null).Select(k => k.Name).Order()
        );
        Assert.All(keys.Where(k => k.RevokedAt is not null), k => Assert.Equal("member_removed", k.RevokeReason));
        Assert.Equal(owner.UserId, keys.Single(k => k.Name == "kept").OwnerId);
        Assert.NotNull(kept);
        Assert.NotNull(dropped);

        // One transaction, one audit group.
        var entries = await host.ReadAsync(db => db.AuditEntries.ToListAsync(Ct));
        var group = entries.Single(e => e.Action == "member.remove").GroupId;
        Assert.Equal(4, entries.Count(e => e.GroupId == group && e.Action == "access_key.revoke"));
        Assert.Equal(1, entries.Count(e => e.GroupId == group && e.Action == "access_key.hand_over"));

        // Gone is gone: a second removal finds nobody, and what they try is refused.
        var again = await host.Get<RemoveMember>().ExecuteAsync(olivia, new MemberRemoval(mateo.UserId), Ct);
        Assert.Equal(new Refusal.Missing("member"), again.Refusal);
        Assert.IsType<Refusal.NotAMember>(
            (await create.ExecuteAsync(mateo, new NewKeyRequest(images.Id, "late", null), Ct)).Refusal
        );
    }

    [Fact]
    public async Task The_last_owner_can_be_neither_removed_nor_demoted()
    {
        await using var host = await AccountHost.StartAsync();
        var owner = await host.SetUpAsync();
        var olivia = await host.BeginSessionAsync(owner.UserId);
        await host.AddPersonAsync(owner.TeamId, "mateo@demo.test", TeamRole.Member);
        Assert.IsType<Refusal.Conflict>(
            (await host.Get<RemoveMember>().ExecuteAsync(olivia, new MemberRemoval(owner.UserId), Ct)).Refusal
        );
        Assert.IsType<Refusal.Conflict>(
            (await host.Get<ChangeRole>().ExecuteAsync(olivia, owner.UserId, TeamRole.Member, Ct)).Refusal
        );
        Assert.IsType<Refusal.Invalid>(
            (await host.Get<ChangeRole>().ExecuteAsync(olivia, owner.UserId, (TeamRole)9, Ct)).Refusal
        );
    }

    [Fact]
    public async Task Two_owners_who_remove_or_demote_each_other_at_once_leave_one()
    {
        await using var host = await AccountHost.StartAsync();
        var owner = await host.SetUpAsync();
        for (var i = 0; i < 20; i++)
        {
            var a = await host.AddPersonAsync(owner.TeamId, $"a{i}@demo.test", TeamRole.Owner);
            var b = await host.AddPersonAsync(owner.TeamId, $"b{i}@demo.test", TeamRole.Owner);
            var team = await host.AddTeamAsync($"Team {i}", a.Id);
            await using (var transaction = await host.Store.BeginWriteAsync(Ct))
            {
                transaction.Db.Memberships.Add(
                    new()
                    {
                        TeamId = team.Id,
                        UserId = b.Id,
                        Role = TeamRole.Owner,
                        JoinedAt = team.CreatedAt,
                        ChangeVersion = await transaction.TickAsync(Ct),
                    }
                );
                await transaction.CommitAsync(Ct);
            }

            var actorA = (await host.BeginSessionAsync(a.Id)) with { TeamId = team.Id };
            var actorB = (await host.BeginSessionAsync(b.Id)) with { TeamId = team.Id };
            await Task.WhenAll(
                Task.Run(() => host.Get<RemoveMember>().ExecuteAsync(actorA, new MemberRemoval(b.Id), Ct), Ct),
                i % 2 == 0
                    ? Task.Run(() => host.Get<RemoveMember>().ExecuteAsync(actorB, new MemberRemoval(a.Id), Ct), Ct)
                    : Task.Run(() => host.Get<ChangeRole>().ExecuteAsync(actorB, a.Id, TeamRole.Member, Ct), Ct)
            );
            Assert.Equal(
                1,
                await host.ReadAsync(db =>
                    db.Memberships.CountAsync(
                        m => m.TeamId == team.Id && m.Role == TeamRole.Owner && m.RemovedAt == null,
                        Ct
                    )
                )
            );
        }
    }

    [Theory]
    [InlineData(TeamRole.Owner, true, true)]
    [InlineData(TeamRole.Member, true, false)]
    [InlineData(TeamRole.Modifier, true, false)]
    [InlineData(TeamRole.ResourceViewer, true, false)]
    [InlineData(TeamRole.Biller, false, false)]
    [InlineData(TeamRole.BillingViewer, false, false)]
    public async Task Roles_see_and_change_the_team_as_the_table_says(TeamRole role, bool sees, bool changes)
    {
        await using var host = await AccountHost.StartAsync();
        var owner = await host.SetUpAsync();
        var actor = await host.BeginSessionAsync(
            (await host.AddPersonAsync(owner.TeamId, "somebody@demo.test", role)).Id
        );
        var victim = await host.AddPersonAsync(owner.TeamId, "victim@demo.test", TeamRole.Member);
        Assert.Equal(sees, (await host.Get<ListMembers>().ExecuteAsync(actor, new PageRequest(), Ct)).IsDone);
        var role2 = await host.Get<ChangeRole>().ExecuteAsync(actor, victim.Id, TeamRole.Modifier, Ct);
        Assert.Equal(changes, role2.IsDone);
        var removed = await host.Get<RemoveMember>().ExecuteAsync(actor, new MemberRemoval(victim.Id), Ct);
        Assert.Equal(changes, removed.IsDone);
        if (!changes)
        {
            Assert.IsType<Refusal.Forbidden>(role2.Refusal);
            Assert.IsType<Refusal.Forbidden>(removed.Refusal);
            Assert.Null(
                (await host.ReadAsync(db => db.Memberships.SingleAsync(m => m.UserId == victim.Id, Ct))).RemovedAt
            );
        }
    }

    [Fact]
    public async Task Members_of_another_team_are_missing_like_people_who_never_were()
    {
        await using var host = await AccountHost.StartAsync();
        var owner = await host.SetUpAsync();
        var olivia = await host.BeginSessionAsync(owner.UserId);
        var zoe = await host.AddPersonAsync(
            (await host.AddTeamAsync("Zebra Films", owner.UserId)).Id,
            "zoe@demo.test",
            TeamRole.Member
        );
        var foreign = await host.Get<RemoveMember>().ExecuteAsync(olivia, new MemberRemoval(zoe.Id), Ct);
        var missing = await host.Get<RemoveMember>().ExecuteAsync(olivia, new MemberRemoval(Guid.Empty), Ct);
        Assert.Equal(missing.Refusal, foreign.Refusal);
        var members = Must(await host.Get<ListMembers>().ExecuteAsync(olivia, new PageRequest(), Ct));
        Assert.Equal(["olivia@demo.test"], members.Items.Select(m => m.Email));
    }

    private static T Must<T>(Outcome<T> outcome)
    {
        Assert.True(outcome.IsDone, outcome.Refusal?.ToString());
        return outcome.Value!;
    }

    private static bool Calls(AccountHost host, string namespaceId, NewNamespaceKey key) =>
        host.Get<Verifier>()
            .Decide(
                PresentedCredential.Basic(
                    Encoding.ASCII.GetBytes(key.Key.KeyId),
                    Encoding.ASCII.GetBytes(key.Secret.Reveal())
                ),
                AccessRequest.Functions(namespaceId, source: null)
            )
            .IsAllowed;
}
