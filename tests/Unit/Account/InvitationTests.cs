using System.Net;
using System.Security.Cryptography;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Sessions;
using ControlPanel.Data.Operations.Teams;
using ControlPanel.Verification.Keys;
using ControlPanel.Verification.Secrets;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Tests.Unit.Account;

/// <summary>Invitations: who may make them, how long and how often a link works, and what it opens.</summary>
public sealed class InvitationTests
{
    private const string Newcomer = "nina@demo.test";
    private const string NewPassword = "a harbour of brass lanterns";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static Actor Nobody => new(Guid.Empty, Guid.Empty, Door.Panel);

    [Fact]
    public async Task A_link_makes_an_account_and_a_member_by_the_form_and_works_once()
    {
        await using var host = await AccountHost.StartAsync();
        var (_, code) = await InviteAsync(host);
        using var browser = host.Browser();
        var opened = await OpenAsync(browser, code);
        Assert.Equal(HttpStatusCode.Found, opened.Status);
        Assert.EndsWith("/account/invitation", opened.Location);
        var page = await browser.GetAsync("/account/invitation");
        Assert.Contains("Join Acme Photos", page.Body);
        Assert.Contains(Newcomer, page.Body);
        Assert.DoesNotContain(code, page.Body);

        var weak = await AcceptByFormAsync(browser, "Nina", "short");
        Assert.Equal(HttpStatusCode.OK, weak.Status);
        Assert.Contains("at least 12 characters", weak.Body);
        var done = await AcceptByFormAsync(browser, "Nina", NewPassword);
        Assert.Equal(HttpStatusCode.Found, done.Status);
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("/")).Status);

        var nina = await host.ReadAsync(db => db.Users.SingleAsync(u => u.Email == Newcomer, Ct));
        Assert.Equal("Nina", nina.DisplayName);
        var member = await host.ReadAsync(db => db.Memberships.SingleAsync(m => m.UserId == nina.Id, Ct));
        Assert.Equal(TeamRole.Modifier, member.Role);
        using var other = host.Browser();
        Assert.Equal(HttpStatusCode.Found, (await other.SignInAsync(Newcomer, NewPassword)).Status);

        using var late = host.Browser();
        var again = await OpenAsync(late, code);
        Assert.Equal(HttpStatusCode.OK, again.Status);
        Assert.Contains("not valid any more", again.Body);
    }

    [Fact]
    public async Task Of_thirty_two_acceptances_at_once_exactly_one_joins()
    {
        await using var host = await AccountHost.StartAsync();
        var (_, code) = await InviteAsync(host);
        var outcomes = await Task.WhenAll(
            Enumerable
                .Range(0, 32)
                .Select(i =>
                    Task.Run(
                        () => AcceptAsync(host, Nobody, new InvitationAcceptance(code, $"Nina {i}", NewPassword)),
                        Ct
                    )
                )
        );
        Assert.Single(outcomes, o => o.IsDone);
        Assert.All(outcomes.Where(o => !o.IsDone), o => Assert.Equal(new Refusal.Missing("invitation"), o.Refusal));
        Assert.Equal(2, await host.ReadAsync(db => db.Users.CountAsync(Ct)));
        Assert.Equal(2, await host.ReadAsync(db => db.Memberships.CountAsync(Ct)));
        Assert.Equal(
            1,
            await host.ReadAsync(db => db.AuditEntries.CountAsync(e => e.Action == "invitation.accept", Ct))
        );
    }

    [Fact]
    public async Task A_link_is_dead_after_seven_days()
    {
        var clock = new TestClock();
        await using var host = await AccountHost.StartAsync(clock);
        var (_, code) = await InviteAsync(host);
        clock.Advance(TimeSpan.FromDays(7) - TimeSpan.FromMinutes(1));
        Assert.True((await host.Get<FindInvitation>().ExecuteAsync(Nobody, code, Ct)).IsDone);
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(
            new Refusal.Missing("invitation"),
            (await host.Get<FindInvitation>().ExecuteAsync(Nobody, code, Ct)).Refusal
        );
        Assert.Equal(
            new Refusal.Missing("invitation"),
            (await AcceptAsync(host, Nobody, new InvitationAcceptance(code, "Nina", NewPassword))).Refusal
        );
    }

    [Fact]
    public async Task A_withdrawn_a_replaced_and_an_orphaned_link_are_dead()
    {
        await using var host = await AccountHost.StartAsync();
        var (olivia, first) = await InviteAsync(host);
        var second = (await InviteAsync(host, olivia)).Reveal();
        await AssertDeadAsync(host, first);

        var listed = await host.Get<ListInvitations>().ExecuteAsync(olivia, Ct);
        var row = Assert.Single(listed.Value!);
        Assert.Equal((Newcomer, TeamRole.Modifier, "olivia@demo.test"), (row.Email, row.Role, row.InvitedBy));
        Assert.True((await host.Get<WithdrawInvitation>().ExecuteAsync(olivia, row.Id, Ct)).IsDone);
        await AssertDeadAsync(host, second);
        Assert.Empty((await host.Get<ListInvitations>().ExecuteAsync(olivia, Ct)).Value!);
        Assert.Equal(
            new Refusal.Missing("invitation"),
            (await host.Get<WithdrawInvitation>().ExecuteAsync(olivia, row.Id, Ct)).Refusal
        );

        // An owner who is removed must not come back by a link of their own making.
        var oskar = await host.AddPersonAsync(olivia.TeamId, "oskar@demo.test", TeamRole.Owner);
        var his = (await InviteAsync(host, await host.BeginSessionAsync(oskar.Id))).Reveal();
        Assert.True((await host.Get<RemoveMember>().ExecuteAsync(olivia, new MemberRemoval(oskar.Id), Ct)).IsDone);
        await AssertDeadAsync(host, his);
    }

    [Fact]
    public async Task The_code_is_stored_as_a_hash_alone()
    {
        await using var host = await AccountHost.StartAsync();
        var (_, code) = await InviteAsync(host);
        var row = await host.ReadAsync(db => db.Invitations.SingleAsync(Ct));
        Assert.Equal(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(code)), row.TokenHash);
        var entries = await host.ReadAsync(db => db.AuditEntries.ToListAsync(Ct));
        Assert.Contains(entries, e => e.Action == "invitation.create");
        Assert.DoesNotContain(entries, e => e.Details.Contains(code, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(TeamRole.Member)]
    [InlineData(TeamRole.Modifier)]
    [InlineData(TeamRole.ResourceViewer)]
    [InlineData(TeamRole.Biller)]
    [InlineData(TeamRole.BillingViewer)]
    public async Task Only_owners_invite_see_and_withdraw(TeamRole role)
    {
        await using var host = await AccountHost.StartAsync();
        var (olivia, _) = await InviteAsync(host);
        var id = (await host.ReadAsync(db => db.Invitations.SingleAsync(Ct))).Id;
        var person = await host.AddPersonAsync(olivia.TeamId, "mateo@demo.test", role);
        var actor = await host.BeginSessionAsync(person.Id);
        var needs = new Refusal.Forbidden("team:update");
        Assert.Equal(
            needs,
            (
                await host.Get<InvitePerson>().ExecuteAsync(actor, new NewInvitation("x@demo.test", TeamRole.Owner), Ct)
            ).Refusal
        );
        Assert.Equal(needs, (await host.Get<ListInvitations>().ExecuteAsync(actor, Ct)).Refusal);
        Assert.Equal(needs, (await host.Get<WithdrawInvitation>().ExecuteAsync(actor, id, Ct)).Refusal);
        Assert.Null((await host.ReadAsync(db => db.Invitations.SingleAsync(Ct))).WithdrawnAt);
    }

    [Fact]
    public async Task An_invitation_of_another_team_is_missing()
    {
        await using var host = await AccountHost.StartAsync();
        var (olivia, _) = await InviteAsync(host);
        var id = (await host.ReadAsync(db => db.Invitations.SingleAsync(Ct))).Id;
        var blue = await host.AddPersonAsync(olivia.TeamId, "blue@demo.test", TeamRole.ResourceViewer);
        var team = await host.AddTeamAsync("Blue", blue.Id);
        var actor = await host.BeginSessionAsync(blue.Id) with { TeamId = team.Id };
        Assert.Empty((await host.Get<ListInvitations>().ExecuteAsync(actor, Ct)).Value!);
        var foreign = await host.Get<WithdrawInvitation>().ExecuteAsync(actor, id, Ct);
        var missing = await host.Get<WithdrawInvitation>().ExecuteAsync(actor, Guid.Empty, Ct);
        Assert.Equal(new Refusal.Missing("invitation"), foreign.Refusal);
        Assert.Equal(missing.Refusal, foreign.Refusal);
    }

    [Fact]
    public async Task A_person_with_an_account_joins_only_when_signed_in_to_it()
    {
        await using var host = await AccountHost.StartAsync();
        var (olivia, _) = await InviteAsync(host);
        var mateo = await host.AddPersonAsync(olivia.TeamId, "mateo@demo.test", TeamRole.Member);
        var team = await host.AddTeamAsync("Blue", mateo.Id);
        var owner = await host.BeginSessionAsync(mateo.Id) with { TeamId = team.Id };
        var code = (await InviteAsync(host, owner, "olivia@demo.test")).Reveal();

        var byLink = await AcceptAsync(host, Nobody, new InvitationAcceptance(code, "Olivia", NewPassword));
        Assert.IsType<Refusal.Conflict>(byLink.Refusal);
        var byOther = await AcceptAsync(host, owner, new InvitationAcceptance(code));
        Assert.IsType<Refusal.Conflict>(byOther.Refusal);
        var borrowed = await AcceptAsync(host, olivia with { SessionId = Guid.NewGuid() }, new(code));
        Assert.IsType<Refusal.Conflict>(borrowed.Refusal);

        // By the pages: the link leads to the sign-in and back.
        using var browser = host.Browser();
        await OpenAsync(browser, code);
        Assert.Contains(
            "/account/login?returnUrl=/account/invitation",
            (await browser.GetAsync("/account/invitation")).Body
        );
        var signedIn = await browser.SignInAsync("olivia@demo.test", query: "?returnUrl=/account/invitation");
        Assert.EndsWith("/account/invitation", signedIn.Location);
        var joined = await browser.SubmitAsync("/account/invitation", "invitation");
        Assert.Equal(HttpStatusCode.Found, joined.Status);
        var member = await host.ReadAsync(db =>
            db.Memberships.SingleAsync(m => m.UserId == olivia.UserId && m.TeamId == team.Id, Ct)
        );
        Assert.Equal(TeamRole.Modifier, member.Role);
        // Their password is what it was.
        using var again = host.Browser();
        Assert.Equal(HttpStatusCode.Found, (await again.SignInAsync("olivia@demo.test")).Status);
    }

    [Fact]
    public async Task Whoever_was_removed_can_be_invited_again_and_a_member_cannot()
    {
        await using var host = await AccountHost.StartAsync();
        var (olivia, _) = await InviteAsync(host);
        var mateo = await host.AddPersonAsync(olivia.TeamId, "mateo@demo.test", TeamRole.Owner);
        var member = await host.Get<InvitePerson>()
            .ExecuteAsync(olivia, new NewInvitation("MATEO@demo.test", TeamRole.Member), Ct);
        Assert.IsType<Refusal.Conflict>(member.Refusal);
        Assert.True((await host.Get<RemoveMember>().ExecuteAsync(olivia, new MemberRemoval(mateo.Id), Ct)).IsDone);

        var code = (await InviteAsync(host, olivia, "mateo@demo.test")).Reveal();
        var session = await host.BeginSessionAsync(mateo.Id);
        Assert.Equal(Guid.Empty, session.TeamId);
        var accepted = await AcceptAsync(host, session, new InvitationAcceptance(code));
        Assert.True(accepted.IsDone, accepted.Refusal?.ToString());
        var back = await host.ReadAsync(db => db.Memberships.SingleAsync(m => m.UserId == mateo.Id, Ct));
        Assert.Null(back.RemovedAt);
        Assert.Equal(TeamRole.Modifier, back.Role);
        var standing = await host.Get<GetMyStanding>().ExecuteAsync(session, Ct);
        Assert.Equal(olivia.TeamId, standing.Value!.Current!.TeamId);
    }

    private static async Task<(Actor Owner, string Code)> InviteAsync(AccountHost host)
    {
        var setUp = await host.SetUpAsync();
        var olivia = await host.BeginSessionAsync(setUp.UserId);
        return (olivia, (await InviteAsync(host, olivia)).Reveal());
    }

    private static async Task<Secret> InviteAsync(AccountHost host, Actor actor, string email = Newcomer)
    {
        var outcome = await host.Get<InvitePerson>()
            .ExecuteAsync(actor, new NewInvitation(email, TeamRole.Modifier), Ct);
        Assert.True(outcome.IsDone, outcome.Refusal?.ToString());
        return outcome.Value.Code;
    }

    private static Task<Outcome<InvitationAccepted>> AcceptAsync(
        AccountHost host,
        Actor actor,
        InvitationAcceptance input
    ) => host.Get<AcceptInvitation>().ExecuteAsync(actor, input, Ct);

    private static async Task AssertDeadAsync(AccountHost host, string code) =>
        Assert.Equal(
            new Refusal.Missing("invitation"),
            (await AcceptAsync(host, Nobody, new InvitationAcceptance(code, "Nina", NewPassword))).Refusal
        );

    private static Task<Answer> OpenAsync(TestBrowser browser, string code) =>
        browser.SubmitAsync("/account/invitation", "invitation", ("Input.Code", code));

    private static Task<Answer> AcceptByFormAsync(TestBrowser browser, string name, string password) =>
        browser.SubmitAsync(
            "/account/invitation",
            "invitation",
            ("Input.DisplayName", name),
            ("Input.Password", password)
        );
}
