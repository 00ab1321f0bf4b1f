using System.Net;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Sessions;
using ControlPanel.Data.Operations.Teams;
using ControlPanel.Verification.Keys;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Tests.Unit.Account;

/// <summary>Sessions as operations: their limits, whose they are, and how fast their end is known.</summary>
public sealed class SessionTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_session_ends_after_an_hour_without_activity()
    {
        var clock = new TestClock();
        await using var host = await AccountHost.StartAsync(clock);
        await host.SetUpAsync();
        using var browser = host.Browser();
        await browser.SignInAsync("olivia@demo.test");
        clock.Advance(TimeSpan.FromMinutes(59));
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("/")).Status);
        clock.Advance(TimeSpan.FromMinutes(59));
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("/")).Status);
        clock.Advance(TimeSpan.FromMinutes(61));
        Assert.Equal(HttpStatusCode.Found, (await browser.GetAsync("/")).Status);
    }

    [Fact]
    public async Task A_session_ends_after_a_day_however_busy()
    {
        var clock = new TestClock();
        await using var host = await AccountHost.StartAsync(clock);
        await host.SetUpAsync();
        using var browser = host.Browser();
        await browser.SignInAsync("olivia@demo.test");
        for (var i = 0; i < 47; i++)
        {
            clock.Advance(TimeSpan.FromMinutes(30));
            Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("/")).Status);
        }

        clock.Advance(TimeSpan.FromMinutes(30));
        Assert.Equal(HttpStatusCode.Found, (await browser.GetAsync("/")).Status);
    }

    [Fact]
    public async Task Activity_is_written_forward_only_and_survives_a_restart_of_the_register()
    {
        var clock = new TestClock();
        await using var host = await AccountHost.StartAsync(clock);
        var owner = await host.SetUpAsync();
        var actor = await host.BeginSessionAsync(owner.UserId);
        var register = host.Get<SessionRegister>();
        clock.Advance(TimeSpan.FromMinutes(10));
        register.Touch(actor.SessionId!.Value);
        var touched = clock.GetUtcNow();
        await register.WriteAsync(Ct);
        var session = await host.ReadAsync(db => db.Sessions.SingleAsync(Ct));
        Assert.InRange(session.LastSeenAt, touched.AddSeconds(-1), touched);
        var member = await host.ReadAsync(db => db.Memberships.SingleAsync(Ct));
        Assert.Equal(session.LastSeenAt, member.LastActiveAt);

        clock.Advance(TimeSpan.FromMinutes(-5));
        register.Touch(actor.SessionId!.Value);
        await register.WriteAsync(Ct);
        Assert.Equal(session.LastSeenAt, (await host.ReadAsync(db => db.Sessions.SingleAsync(Ct))).LastSeenAt);
    }

    [Fact]
    public async Task An_ended_session_is_not_alive_from_the_moment_its_end_returns()
    {
        await using var host = await AccountHost.StartAsync();
        var owner = await host.SetUpAsync();
        var stamp = (await host.ReadAsync(db => db.Users.SingleAsync(Ct))).SecurityStamp;
        var register = host.Get<SessionRegister>();
        for (var i = 0; i < 50; i++)
        {
            var actor = await host.BeginSessionAsync(owner.UserId);
            var id = actor.SessionId!.Value;

            // Readers at full speed, so that a read of before the end is under way when it commits.
            using var stop = new CancellationTokenSource();
            var readers = Enumerable
                .Range(0, 2)
                .Select(_ =>
                    Task.Run(
                        async () =>
                        {
                            while (!stop.IsCancellationRequested)
                            {
                                await register.IsAliveAsync(id, owner.UserId, stamp, CancellationToken.None);
                            }
                        },
                        Ct
                    )
                )
                .ToList();
            Assert.True(await register.IsAliveAsync(id, owner.UserId, stamp, Ct));
            Assert.True((await host.Get<EndSession>().ExecuteAsync(actor, id, Ct)).IsDone);
            Assert.False(await register.IsAliveAsync(id, owner.UserId, stamp, Ct));
            await stop.CancelAsync();
            await Task.WhenAll(readers);
            Assert.False(await register.IsAliveAsync(id, owner.UserId, stamp, Ct));
        }
    }

    [Fact]
    public async Task Nobody_ends_or_sees_the_session_of_somebody_else()
    {
        await using var host = await AccountHost.StartAsync();
        var owner = await host.SetUpAsync();
        var mateo = await host.AddPersonAsync(owner.TeamId, "mateo@demo.test", TeamRole.Member);
        var mine = await host.BeginSessionAsync(owner.UserId);
        var his = await host.BeginSessionAsync(mateo.Id);

        var foreign = await host.Get<EndSession>().ExecuteAsync(mine, his.SessionId!.Value, Ct);
        var missing = await host.Get<EndSession>().ExecuteAsync(mine, Guid.Empty, Ct);
        Assert.Equal(new Refusal.Missing("session"), foreign.Refusal);
        Assert.Equal(missing.Refusal, foreign.Refusal);
        var listed = await host.Get<ListSessions>().ExecuteAsync(mine, Ct);
        Assert.Equal([mine.SessionId!.Value], listed.Value!.Select(s => s.Id));
        await host.Get<EndAllSessions>().ExecuteAsync(mine, keepCurrent: false, Ct);
        Assert.Null((await host.ReadAsync(db => db.Sessions.SingleAsync(s => s.Id == his.SessionId, Ct))).EndedAt);

        // A borrowed id does not make an actor, and an ended session acts no more.
        var borrowed = mine with
        {
            SessionId = his.SessionId,
        };
        Assert.IsType<Refusal.NotAMember>((await host.Get<ListSessions>().ExecuteAsync(borrowed, Ct)).Refusal);
        Assert.IsType<Refusal.NotAMember>((await host.Get<ListSessions>().ExecuteAsync(mine, Ct)).Refusal);
    }

    [Fact]
    public async Task The_team_switch_reaches_own_teams_only_and_is_remembered_at_the_next_sign_in()
    {
        await using var host = await AccountHost.StartAsync();
        var owner = await host.SetUpAsync();
        var mateo = await host.AddPersonAsync(owner.TeamId, "mateo@demo.test", TeamRole.Member);
        var second = await host.AddTeamAsync("Zebra Films", owner.UserId);
        var actor = await host.BeginSessionAsync(owner.UserId);
        var his = await host.BeginSessionAsync(mateo.Id);
        Assert.Equal(owner.TeamId, actor.TeamId);

        Assert.Equal(
            new Refusal.Missing("team"),
            (await host.Get<SwitchTeam>().ExecuteAsync(his, second.Id, Ct)).Refusal
        );
        Assert.True((await host.Get<SwitchTeam>().ExecuteAsync(actor, second.Id, Ct)).IsDone);
        var standing = (await host.Get<GetMyStanding>().ExecuteAsync(actor, Ct)).Value!;
        Assert.Equal("Zebra Films", standing.Current!.Name);
        Assert.Equal(["Acme Photos", "Zebra Films"], standing.Teams.Select(t => t.Name));
        Assert.Equal(second.Id, (await host.BeginSessionAsync(owner.UserId)).TeamId);
        Assert.Equal(
            ["Acme Photos"],
            (await host.Get<GetMyStanding>().ExecuteAsync(his, Ct)).Value!.Teams.Select(t => t.Name)
        );
    }

    [Fact]
    public async Task Every_role_may_know_the_owners_and_nobody_outside_may()
    {
        await using var host = await AccountHost.StartAsync();
        var owner = await host.SetUpAsync();
        foreach (var role in Enum.GetValues<TeamRole>())
        {
            var person = await host.AddPersonAsync(owner.TeamId, $"{role}@demo.test".ToLowerInvariant(), role);
            var overview = await host.Get<GetTeamOverview>().ExecuteAsync(await host.BeginSessionAsync(person.Id), Ct);
            Assert.Equal(role, overview.Value!.MyRole);
            Assert.Contains("olivia@demo.test", overview.Value.Owners);
        }

        var other = await host.AddTeamAsync("Zebra Films", owner.UserId);
        var stranger = await host.BeginSessionAsync(
            (await host.AddPersonAsync(other.Id, "zoe@demo.test", TeamRole.Owner)).Id
        );
        var refused = await host.Get<GetTeamOverview>().ExecuteAsync(stranger with { TeamId = owner.TeamId }, Ct);
        Assert.IsType<Refusal.NotAMember>(refused.Refusal);
    }
}
