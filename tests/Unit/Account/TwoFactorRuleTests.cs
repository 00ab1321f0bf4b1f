using System.Net;
using System.Text;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Sessions;
using ControlPanel.Data.Operations.Teams;
using ControlPanel.Verification.Keys;
using ControlPanel.Verification.Secrets;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Tests.Unit.Account;

/// <summary>
/// What counts as two factors where a team requires them: not what an account has, but what was shown in the session.
/// </summary>
public sealed class TwoFactorRuleTests
{
    private const string Mateo = "mateo@demo.test";
    private static readonly byte[] s_secret = Encoding.ASCII.GetBytes("12345678901234567890");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Requiring_it_keeps_the_session_of_a_passkey_and_ends_that_of_a_password()
    {
        await using var host = await AccountHost.StartAsync();
        var setUp = await host.SetUpAsync();
        var mateo = await host.AddPersonAsync(setUp.TeamId, Mateo, TeamRole.Member);
        await host.AddPersonAsync(setUp.TeamId, "priya@demo.test", TeamRole.Member);
        var owner = await host.BeginSessionAsync(setUp.UserId, proof: SignInProof.Passkey);
        await AddPasskeyAsync(host, owner, 1);
        var byPassword = await host.BeginSessionAsync(mateo.Id);
        await AddPasskeyAsync(host, byPassword, 2);
        var byPasskey = await host.BeginSessionAsync(mateo.Id, proof: SignInProof.Passkey);

        var members = (await host.Get<ListMembers>().ExecuteAsync(owner, new PageRequest(), Ct)).Value!.Items;
        Assert.Equal(
            [(Mateo, true), ("olivia@demo.test", true), ("priya@demo.test", false)],
            members.Select(m => (m.Email, m.HasTwoFactor))
        );
        var rule = (await host.Get<GetTwoFactorRequirement>().ExecuteAsync(owner, Ct)).Value!;
        Assert.True(rule.HaveOne);
        Assert.Equal(["priya@demo.test"], rule.Named);
        Assert.False((await host.Get<GetTwoFactorRequirement>().ExecuteAsync(byPassword, Ct)).Value!.HaveOne);

        Assert.Equal(1, (await host.Get<RequireTwoFactor>().ExecuteAsync(owner, true, Ct)).Value);
        Assert.False((await host.Get<ListSessions>().ExecuteAsync(byPassword, Ct)).IsDone);
        Assert.True((await host.Get<ListMembers>().ExecuteAsync(byPasskey, new PageRequest(), Ct)).IsDone);
    }

    [Fact]
    public async Task An_owner_with_a_passkey_requires_it_only_from_a_session_of_two_factors()
    {
        await using var host = await AccountHost.StartAsync();
        var setUp = await host.SetUpAsync();
        var owner = await host.BeginSessionAsync(setUp.UserId);
        await AddPasskeyAsync(host, owner, 1);
        var require = host.Get<RequireTwoFactor>();
        Assert.IsType<Refusal.Conflict>((await require.ExecuteAsync(owner, true, Ct)).Refusal);
        // Confirming by it is the second factor of this session.
        Assert.True((await host.Get<UsePasskey>().ExecuteAsync(owner, Passkey(1), Ct)).IsDone);
        Assert.True((await require.ExecuteAsync(owner, true, Ct)).IsDone);
        Assert.True((await host.Get<ListMembers>().ExecuteAsync(owner, new PageRequest(), Ct)).IsDone);
    }

    [Fact]
    public async Task A_password_of_somebody_with_a_passkey_alone_opens_nothing_and_adds_no_factor()
    {
        var clock = new TestClock();
        await using var host = await AccountHost.StartAsync(clock);
        var (mateo, _) = await RequireAsync(host);
        using var browser = new TestBrowser(new UriBuilder(host.Address) { Host = "localhost" }.Uri);
        var led = await browser.SignInAsync(Mateo);
        Assert.Equal(HttpStatusCode.Found, led.Status);
        Assert.Contains("/account/login/2fa", led.Location);
        Assert.DoesNotContain(TestBrowser.SessionCookie, browser.Cookies.Keys);
        var page = await browser.GetAsync("/account/login/2fa");
        Assert.Contains("Your second factor is your passkey", page.Body);
        var enrol = await browser.GetAsync("/account/login/enrol");
        Assert.Equal(HttpStatusCode.Found, enrol.Status);
        Assert.DoesNotContain("QR code", enrol.Body);
        foreach (var form in (string[])["second-step", "passkey"])
        {
            await browser.PostAsync(
                "/account/login/2fa",
                [
                    .. TestBrowser.Hidden(page.Body, form).Where(f => f.Name != "Passkey.Credential"),
                    ("Input.Code", "123456"),
                    ("Passkey.Credential", "{}"),
                ]
            );
        }

        Assert.DoesNotContain(TestBrowser.SessionCookie, browser.Cookies.Keys);

        // The operations hold by themselves.
        var between = new Actor(mateo, Guid.Empty, Door.Panel);
        var code = Totp.Code(s_secret, Totp.StepAt(clock.GetUtcNow()));
        var added = await host.Get<EnableTwoFactor>().ExecuteAsync(between, new Secret(s_secret.AsSpan()), code, Ct);
        Assert.Equal(new Refusal.StepUpNeeded(), added.Refusal);
        var passkey = await host.Get<AddPasskey>().ExecuteAsync(between, Passkey(8), "mine", Ct);
        Assert.Equal(new Refusal.StepUpNeeded(), passkey.Refusal);
        foreach (var proof in (SignInProof[])[SignInProof.Password, SignInProof.Invitation])
        {
            var begun = await host.Get<StartSession>().ExecuteAsync(between, "Firefox", proof, Ct);
            Assert.Equal(new Refusal.StepUpNeeded(), begun.Refusal);
        }

        Assert.True((await host.Get<StartSession>().ExecuteAsync(between, null, SignInProof.Passkey, Ct)).IsDone);
    }

    [Fact]
    public async Task An_account_with_an_authenticator_app_begins_no_session_by_password_alone()
    {
        var clock = new TestClock();
        await using var host = await AccountHost.StartAsync(clock);
        var setUp = await host.SetUpAsync();
        await EnableAsync(host, clock, await host.BeginSessionAsync(setUp.UserId));
        var olivia = new Actor(setUp.UserId, Guid.Empty, Door.Panel);
        var start = host.Get<StartSession>();
        Assert.Equal(
            new Refusal.StepUpNeeded(),
            (await start.ExecuteAsync(olivia, null, SignInProof.Password, Ct)).Refusal
        );
        Assert.True((await start.ExecuteAsync(olivia, null, SignInProof.Password.AndRecoveryCode(), Ct)).IsDone);
    }

    [Fact]
    public async Task A_session_of_one_factor_does_nothing_in_a_team_that_requires_two()
    {
        await using var host = await AccountHost.StartAsync();
        var (mateo, owner) = await RequireAsync(host);
        var his = await host.BeginSessionAsync(mateo, proof: SignInProof.Passkey);
        Assert.True((await host.Get<ListMembers>().ExecuteAsync(his, new PageRequest(), Ct)).IsDone);
        await using (var transaction = await host.Store.BeginWriteAsync(Ct))
        {
            await transaction
                .Db.Sessions.Where(s => s.Id == his.SessionId)
                .ExecuteUpdateAsync(set => set.SetProperty(s => s.ProvedTwoFactors, false), Ct);
            await transaction.CommitAsync(Ct);
        }

        var read = await host.Get<ListMembers>().ExecuteAsync(his, new PageRequest(), Ct);
        Assert.Equal(new Refusal.NotAMember(), read.Refusal);
        Assert.True((await host.Get<ListMembers>().ExecuteAsync(owner, new PageRequest(), Ct)).IsDone);
    }

    [Fact]
    public async Task The_only_second_factor_stays_while_a_team_requires_one()
    {
        var clock = new TestClock();
        await using var host = await AccountHost.StartAsync(clock);
        var (mateo, _) = await RequireAsync(host);
        var his = await host.BeginSessionAsync(mateo, proof: SignInProof.Passkey);
        var row = Assert.Single((await host.Get<ListPasskeys>().ExecuteAsync(his, Ct)).Value!);
        var remove = host.Get<RemovePasskey>();
        Assert.IsType<Refusal.Conflict>((await remove.ExecuteAsync(his, row.Id, Ct)).Refusal);
        await EnableAsync(host, clock, his);
        Assert.True((await remove.ExecuteAsync(his, row.Id, Ct)).IsDone);
        var disable = host.Get<DisableTwoFactor>();
        Assert.IsType<Refusal.Conflict>((await disable.ExecuteAsync(his, AccountHost.Password, Ct)).Refusal);
        await AddPasskeyAsync(host, his, 3);
        Assert.True((await disable.ExecuteAsync(his, AccountHost.Password, Ct)).IsDone);
        Assert.True((await host.Get<ListMembers>().ExecuteAsync(his, new PageRequest(), Ct)).IsDone);
    }

    [Fact]
    public async Task Whoever_gave_the_last_factor_up_has_a_session_of_one()
    {
        await using var host = await AccountHost.StartAsync();
        var setUp = await host.SetUpAsync();
        var owner = await host.BeginSessionAsync(setUp.UserId, proof: SignInProof.Passkey);
        await AddPasskeyAsync(host, owner, 1);
        var row = Assert.Single((await host.Get<ListPasskeys>().ExecuteAsync(owner, Ct)).Value!);
        Assert.True((await host.Get<RemovePasskey>().ExecuteAsync(owner, row.Id, Ct)).IsDone);
        Assert.IsType<Refusal.Conflict>((await host.Get<RequireTwoFactor>().ExecuteAsync(owner, true, Ct)).Refusal);
    }

    [Fact]
    public async Task A_team_that_requires_it_is_joined_from_a_session_of_two_factors_alone()
    {
        await using var host = await AccountHost.StartAsync();
        var (_, owner) = await RequireAsync(host);
        var blue = await host.AddPersonAsync(owner.TeamId, "blue@demo.test", TeamRole.Member);
        var team = await host.AddTeamAsync("Blue", blue.Id);
        Assert.True((await host.Get<RemoveMember>().ExecuteAsync(owner, new MemberRemoval(blue.Id), Ct)).IsDone);
        var byPassword = await host.BeginSessionAsync(blue.Id);
        Assert.Equal(team.Id, byPassword.TeamId);
        await AddPasskeyAsync(host, byPassword, 5);
        var invited = await host.Get<InvitePerson>()
            .ExecuteAsync(owner, new NewInvitation("blue@demo.test", TeamRole.Member), Ct);
        var code = invited.Value!.Code.Reveal();
        var accept = host.Get<AcceptInvitation>();
        Assert.IsType<Refusal.Conflict>((await accept.ExecuteAsync(byPassword, new(code), Ct)).Refusal);
        var byPasskey = await host.BeginSessionAsync(blue.Id, proof: SignInProof.Passkey);
        Assert.True((await accept.ExecuteAsync(byPasskey, new(code), Ct)).IsDone);
    }

    [Fact]
    public async Task A_passkey_that_did_not_ask_its_holder_is_neither_added_nor_used()
    {
        await using var host = await AccountHost.StartAsync();
        var owner = await host.BeginSessionAsync((await host.SetUpAsync()).UserId);
        var add = host.Get<AddPasskey>();
        Assert.IsType<Refusal.Invalid>((await add.ExecuteAsync(owner, Passkey(1, verified: false), "x", Ct)).Refusal);
        await AddPasskeyAsync(host, owner, 1);
        var used = await host.Get<UsePasskey>().ExecuteAsync(owner, Passkey(1, verified: false), Ct);
        Assert.Equal(new Refusal.Missing("passkey"), used.Refusal);
    }

    /// <summary>A team that requires it, of an owner in a session by passkey and a member who has a passkey alone.</summary>
    private static async Task<(Guid Mateo, Actor Owner)> RequireAsync(AccountHost host)
    {
        var setUp = await host.SetUpAsync();
        var mateo = await host.AddPersonAsync(setUp.TeamId, Mateo, TeamRole.Member);
        await AddPasskeyAsync(host, await host.BeginSessionAsync(mateo.Id), 2);
        var owner = await host.BeginSessionAsync(setUp.UserId, proof: SignInProof.Passkey);
        await AddPasskeyAsync(host, owner, 1);
        Assert.True((await host.Get<RequireTwoFactor>().ExecuteAsync(owner, true, Ct)).IsDone);
        return (mateo.Id, owner);
    }

    private static async Task EnableAsync(AccountHost host, TestClock clock, Actor actor)
    {
        var code = Totp.Code(s_secret, Totp.StepAt(clock.GetUtcNow()));
        var outcome = await host.Get<EnableTwoFactor>().ExecuteAsync(actor, new Secret(s_secret.AsSpan()), code, Ct);
        Assert.True(outcome.IsDone, outcome.Refusal?.ToString());
    }

    private static async Task AddPasskeyAsync(AccountHost host, Actor actor, int number)
    {
        var outcome = await host.Get<AddPasskey>().ExecuteAsync(actor, Passkey(number), "phone", Ct);
        Assert.True(outcome.IsDone, outcome.Refusal?.ToString());
    }

    private static UserPasskeyInfo Passkey(int number, bool verified = true) =>
        new(
            credentialId: [5, (byte)number],
            publicKey: [1],
            createdAt: default,
            signCount: 0,
            transports: ["internal"],
            isUserVerified: verified,
            isBackupEligible: false,
            isBackedUp: false,
            attestationObject: [2],
            clientDataJson: [3]
        );
}
