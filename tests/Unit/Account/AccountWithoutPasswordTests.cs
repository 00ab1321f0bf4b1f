using System.Net;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Sessions;
using ControlPanel.Data.Operations.Teams;
using ControlPanel.Verification.Keys;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Tests.Unit.Account;

/// <summary>Accounts that a passkey alone opens: how an invitation makes them, and what they can do without a password.</summary>
public sealed class AccountWithoutPasswordTests
{
    private const string Nina = "nina@demo.test";
    private const string NewPassword = "a harbour of brass lanterns";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static Actor Nobody => new(Guid.Empty, Guid.Empty, Door.Panel);

    [Fact]
    public async Task Account_passkey_membership_and_the_invitations_end_are_one()
    {
        await using var host = await AccountHost.StartAsync();
        var code = await InviteAsync(host);
        var first = First(1);
        var joined = await AcceptAsync(host, code, first);
        Assert.True(joined.IsDone, joined.Refusal?.ToString());
        Assert.Equal(first.PersonId, joined.Value.UserId);
        var person = await host.ReadAsync(db => db.Users.SingleAsync(u => u.Email == Nina, Ct));
        Assert.Equal((first.PersonId, "Nina", null), (person.Id, person.DisplayName, person.PasswordHash));
        var passkey = await host.ReadAsync(db => db.UserPasskeys.SingleAsync(Ct));
        Assert.Equal((person.Id, "Firefox on Linux"), (passkey.UserId, passkey.Data.Name));
        Assert.True(await host.ReadAsync(db => db.Memberships.AnyAsync(m => m.UserId == person.Id, Ct)));
        var entry = await host.ReadAsync(db => db.AuditEntries.SingleAsync(e => e.Action == "invitation.accept", Ct));
        Assert.Contains("\"signsInBy\":\"passkey\"", entry.Details);
        Assert.Equal(new Refusal.Missing("invitation"), (await AcceptAsync(host, code, First(2))).Refusal);
    }

    [Fact]
    public async Task What_fails_leaves_nothing_and_the_invitation_open()
    {
        await using var host = await AccountHost.StartAsync();
        var code = await InviteAsync(host);
        var olivia = await host.ReadAsync(db => db.Users.SingleAsync(Ct));
        var hers = await host.BeginSessionAsync(olivia.Id);
        Assert.True((await host.Get<AddPasskey>().ExecuteAsync(hers, First(7).Info, "hers", Ct)).IsDone);

        FirstPasskey[] wrong =
        [
            First(7),
            First(1) with
            {
                PersonId = olivia.Id,
            },
            First(1) with
            {
                Email = "olivia@demo.test",
            },
            First(1, verified: false),
        ];
        foreach (var passkey in wrong)
        {
            var refused = await AcceptAsync(host, code, passkey);
            Assert.Equal("Passkey", Assert.IsType<Refusal.Conflict>(refused.Refusal).Field);
        }

        Assert.IsType<Refusal.Invalid>((await AcceptAsync(host, code, First(1), name: " ")).Refusal);
        Assert.IsType<Refusal.Invalid>((await AcceptAsync(host, code, passkey: null)).Refusal);
        Assert.Equal(1, await host.ReadAsync(db => db.Users.CountAsync(Ct)));
        Assert.Equal(1, await host.ReadAsync(db => db.UserPasskeys.CountAsync(Ct)));
        Assert.Equal(1, await host.ReadAsync(db => db.Memberships.CountAsync(Ct)));
        Assert.True((await AcceptAsync(host, code, First(1))).IsDone);
    }

    [Fact]
    public async Task Of_many_acceptances_at_once_by_passkey_and_password_exactly_one_joins()
    {
        await using var host = await AccountHost.StartAsync();
        var code = await InviteAsync(host);
        var outcomes = await Task.WhenAll(
            Enumerable
                .Range(0, 16)
                .Select(i =>
                    Task.Run(
                        () =>
                            i % 4 == 0
                                ? AcceptAsync(host, code, passkey: null, password: NewPassword)
                                : AcceptAsync(host, code, First(i)),
                        Ct
                    )
                )
        );
        var joined = Assert.Single(outcomes, o => o.IsDone);
        Assert.All(outcomes.Where(o => !o.IsDone), o => Assert.Equal(new Refusal.Missing("invitation"), o.Refusal));
        Assert.Equal(2, await host.ReadAsync(db => db.Users.CountAsync(Ct)));
        Assert.Equal(2, await host.ReadAsync(db => db.Memberships.CountAsync(Ct)));
        Assert.True(await host.ReadAsync(db => db.UserPasskeys.AllAsync(p => p.UserId == joined.Value!.UserId, Ct)));
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("""{"id":"AAAA","rawId":"AAAA","type":"public-key","response":{}}""")]
    public async Task An_answer_that_does_not_hold_makes_no_account(string answer)
    {
        await using var host = await AccountHost.StartAsync();
        var code = await InviteAsync(host);
        using var browser = ByName(host);
        await browser.SubmitAsync("/account/invitation", "invitation", ("Input.Code", code));
        var page = await browser.GetAsync("/account/invitation");
        var form = TestBrowser.Hidden(page.Body, "invitation").Where(f => f.Name != "Input.Credential").ToArray();
        var asked = await browser.PostAsync("/account/passkeys/join", [.. form, ("name", "Nina")]);
        Assert.Equal(HttpStatusCode.OK, asked.Status);
        Assert.Contains(Nina, asked.Body);
        Assert.Contains("\"userVerification\":\"required\"", asked.Body);
        Assert.Contains("\"residentKey\":\"required\"", asked.Body);
        var refused = await browser.PostAsync(
            "/account/invitation",
            [.. form, ("Input.DisplayName", "Nina"), ("Input.Password", NewPassword), ("Input.Credential", answer)]
        );
        Assert.Equal(HttpStatusCode.OK, refused.Status);
        Assert.Contains("could not be verified", refused.Body);
        Assert.DoesNotContain(TestBrowser.SessionCookie, browser.Cookies.Keys);
        Assert.Equal(1, await host.ReadAsync(db => db.Users.CountAsync(Ct)));
        Assert.True((await host.Get<FindInvitation>().ExecuteAsync(Nobody, code, Ct)).IsDone);
    }

    [Fact]
    public async Task Only_the_holder_of_an_open_invitation_without_an_account_is_asked_for_a_passkey()
    {
        await using var host = await AccountHost.StartAsync();
        var code = await InviteAsync(host);
        using var stranger = ByName(host);
        var login = await stranger.GetAsync("/account/login");
        var form = TestBrowser.Hidden(login.Body, "sign-in").ToArray();
        Assert.Equal(HttpStatusCode.BadRequest, (await stranger.PostAsync("/account/passkeys/join", form)).Status);

        using var holder = ByName(host);
        await holder.SubmitAsync("/account/invitation", "invitation", ("Input.Code", code));
        var page = await holder.GetAsync("/account/invitation");
        form = [.. TestBrowser.Hidden(page.Body, "invitation")];
        Assert.Equal(HttpStatusCode.BadRequest, (await holder.PostAsync("/account/passkeys/join")).Status);
        Assert.Equal(HttpStatusCode.OK, (await holder.PostAsync("/account/passkeys/join", form)).Status);
        Assert.True((await AcceptAsync(host, code, First(1))).IsDone);
        Assert.Equal(HttpStatusCode.BadRequest, (await holder.PostAsync("/account/passkeys/join", form)).Status);
    }

    [Fact]
    public async Task No_password_opens_it_and_trying_says_the_same_as_for_everybody()
    {
        await using var host = await AccountHost.StartAsync();
        await JoinAsync(host);
        foreach (var password in (string[])["", "nobody's password", NewPassword])
        {
            using var browser = host.Browser();
            var refused = await browser.SignInAsync(Nina, password);
            Assert.Equal(HttpStatusCode.OK, refused.Status);
            Assert.DoesNotContain(TestBrowser.SessionCookie, browser.Cookies.Keys);
        }
    }

    [Fact]
    public async Task The_last_passkey_stays_until_there_is_a_password()
    {
        var clock = new TestClock();
        await using var host = await AccountHost.StartAsync(clock);
        var nina = await JoinAsync(host);
        var remove = host.Get<RemovePasskey>();
        Assert.True((await host.Get<AddPasskey>().ExecuteAsync(nina, First(2).Info, "second", Ct)).IsDone);
        var rows = (await host.Get<ListPasskeys>().ExecuteAsync(nina, Ct)).Value!;
        Assert.Equal(2, rows.Count);

        // Both at once: one of them is the last.
        var both = await Task.WhenAll(rows.Select(r => Task.Run(() => remove.ExecuteAsync(nina, r.Id, Ct), Ct)));
        Assert.Single(both, o => o.IsDone);
        Assert.Single(both, o => o.Refusal is Refusal.Conflict);
        var last = Assert.Single((await host.Get<ListPasskeys>().ExecuteAsync(nina, Ct)).Value!);

        var elsewhere = await host.BeginSessionAsync(nina.UserId);
        clock.Advance(TimeSpan.FromMinutes(16));
        var change = host.Get<ChangePassword>();
        var late = await change.ExecuteAsync(nina, new PasswordChange(null, NewPassword), Ct);
        Assert.Equal(new Refusal.StepUpNeeded(), late.Refusal);
        var used = First(last.Name == "second" ? 2 : 1).Info;
        Assert.True((await host.Get<UsePasskey>().ExecuteAsync(nina, used, Ct)).IsDone);
        var weak = await change.ExecuteAsync(nina, new PasswordChange(null, "short"), Ct);
        Assert.IsType<Refusal.Invalid>(weak.Refusal);
        Assert.True((await change.ExecuteAsync(nina, new PasswordChange(null, NewPassword), Ct)).IsDone);
        Assert.False((await host.Get<ListSessions>().ExecuteAsync(elsewhere, Ct)).IsDone);
        Assert.Contains(
            "password.set",
            await host.ReadAsync(db => db.AuditEntries.Select(e => e.Action).ToListAsync(Ct))
        );

        // From now on it is a password like any other.
        var again = await change.ExecuteAsync(nina, new PasswordChange(null, "another lantern of brass"), Ct);
        Assert.IsType<Refusal.Invalid>(again.Refusal);
        Assert.True((await remove.ExecuteAsync(nina, last.Id, Ct)).IsDone);
        using var browser = host.Browser();
        Assert.Equal(HttpStatusCode.Found, (await browser.SignInAsync(Nina, NewPassword)).Status);
    }

    [Fact]
    public async Task A_first_password_needs_a_session_and_two_at_once_set_one()
    {
        await using var host = await AccountHost.StartAsync();
        var nina = await JoinAsync(host);
        var change = host.Get<ChangePassword>();
        var nobody = await change.ExecuteAsync(
            nina with
            {
                SessionId = null,
            },
            new PasswordChange(null, NewPassword),
            Ct
        );
        Assert.IsType<Refusal.Invalid>(nobody.Refusal);
        var stolen = await change.ExecuteAsync(
            nina with
            {
                SessionId = Guid.NewGuid(),
            },
            new PasswordChange(null, NewPassword),
            Ct
        );
        Assert.IsType<Refusal.NotAMember>(stolen.Refusal);
        var two = await Task.WhenAll(
            Enumerable
                .Range(0, 2)
                .Select(i =>
                    Task.Run(() => change.ExecuteAsync(nina, new PasswordChange(null, $"{NewPassword} {i}"), Ct), Ct)
                )
        );
        Assert.Single(two, o => o.IsDone);
    }

    [Fact]
    public async Task An_old_session_says_that_a_passkey_confirms_and_offers_no_password_field()
    {
        var clock = new TestClock();
        await using var host = await AccountHost.StartAsync(clock);
        var nina = await JoinAsync(host);
        var state = (await host.Get<GetTwoFactor>().ExecuteAsync(nina, Ct)).Value!;
        Assert.False(state.HasPassword);
        Assert.False(state.MustConfirm);
        clock.Advance(TimeSpan.FromMinutes(16));
        Assert.True((await host.Get<GetTwoFactor>().ExecuteAsync(nina, Ct)).Value!.MustConfirm);
        foreach (var password in (string?[])[null, "", NewPassword])
        {
            var guess = await host.Get<ConfirmIdentity>().ExecuteAsync(nina, new IdentityProof(password), Ct);
            Assert.IsType<Refusal.Invalid>(guess.Refusal);
            Assert.Equal(
                new Refusal.StepUpNeeded(),
                (await host.Get<RenewRecoveryCodes>().ExecuteAsync(nina, password, Ct)).Refusal
            );
            Assert.Equal(
                new Refusal.StepUpNeeded(),
                (await host.Get<DisableTwoFactor>().ExecuteAsync(nina, password, Ct)).Refusal
            );
        }
    }

    private static TestBrowser ByName(AccountHost host) =>
        // Under an IP address the page offers no passkeys.
        new(new UriBuilder(host.Address) { Host = "localhost" }.Uri);

    private static async Task<string> InviteAsync(AccountHost host)
    {
        var olivia = await host.BeginSessionAsync((await host.SetUpAsync()).UserId);
        var invited = await host.Get<InvitePerson>().ExecuteAsync(olivia, new NewInvitation(Nina, TeamRole.Member), Ct);
        Assert.True(invited.IsDone, invited.Refusal?.ToString());
        return invited.Value.Code.Reveal();
    }

    private static async Task<Actor> JoinAsync(AccountHost host)
    {
        var joined = await AcceptAsync(host, await InviteAsync(host), First(1));
        Assert.True(joined.IsDone, joined.Refusal?.ToString());
        return await host.BeginSessionAsync(joined.Value.UserId);
    }

    private static Task<Outcome<InvitationAccepted>> AcceptAsync(
        AccountHost host,
        string code,
        FirstPasskey? passkey,
        string name = "Nina",
        string? password = null
    ) => host.Get<AcceptInvitation>().ExecuteAsync(Nobody, new InvitationAcceptance(code, name, password, passkey), Ct);

    private static FirstPasskey First(int number, bool verified = true) =>
        new(
            Guid.CreateVersion7(),
            Nina.ToUpperInvariant(),
            new UserPasskeyInfo(
                credentialId: [9, (byte)number],
                publicKey: [1],
                createdAt: default,
                signCount: 0,
                transports: ["internal"],
                isUserVerified: verified,
                isBackupEligible: false,
                isBackedUp: false,
                attestationObject: [2],
                clientDataJson: [3]
            ),
            "Firefox on Linux"
        );
}
