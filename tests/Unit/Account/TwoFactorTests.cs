using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Sessions;
using ControlPanel.Data.Operations.Teams;
using ControlPanel.Verification.Keys;
using ControlPanel.Verification.Secrets;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Tests.Unit.Account;

/// <summary>The second factor: setting it up, signing in with it, losing it, and teams that require it.</summary>
public sealed partial class TwoFactorTests
{
    private const string Olivia = "olivia@demo.test";
    private static readonly byte[] s_secret = Encoding.ASCII.GetBytes("12345678901234567890");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Set_up_by_the_page_then_the_sign_in_asks_for_a_code()
    {
        var clock = new TestClock();
        await using var host = await AccountHost.StartAsync(clock);
        await host.SetUpAsync();
        using var browser = host.Browser();
        await browser.SignInAsync(Olivia);
        var offered = await browser.SubmitAsync("/account/security", "enrol");
        Assert.Contains("aria-label=\"QR code for your authenticator app\"", offered.Body);
        var secret = ManualKey(offered.Body);

        var wrong = await browser.PostAsync(
            "/account/security",
            [.. TestBrowser.Hidden(offered.Body, "enrol"), ("Enrol.Code", WrongCode(secret, clock))]
        );
        Assert.Contains("not the code that the app shows", wrong.Body);
        Assert.Equal(secret, ManualKey(wrong.Body));
        var done = await browser.PostAsync(
            "/account/security",
            [.. TestBrowser.Hidden(wrong.Body, "enrol"), ("Enrol.Code", Code(secret, clock))]
        );
        var codes = RecoveryCodesIn(done.Body);
        Assert.Equal(10, codes.Distinct(StringComparer.Ordinal).Count());
        Assert.Contains("10 recovery codes are left.", done.Body);
        Assert.Contains("(this browser)", done.Body);
        // Shown once; the session that did it goes on under the new stamp.
        var again = await browser.GetAsync("/account/security");
        Assert.Equal(HttpStatusCode.OK, again.Status);
        Assert.Contains("10 recovery codes are left.", again.Body);
        Assert.Empty(RecoveryCodesIn(again.Body));

        using var other = host.Browser();
        var asked = await other.SignInAsync(Olivia, query: "?returnUrl=/functions");
        Assert.Equal("/account/login/2fa?returnUrl=%2Ffunctions", Path(asked));
        Assert.DoesNotContain(TestBrowser.SessionCookie, other.Cookies.Keys);
        Assert.Equal(HttpStatusCode.Found, (await other.GetAsync("/")).Status);
        clock.Advance(TimeSpan.FromSeconds(30));
        var entered = await SubmitCodeAsync(other, Code(secret, clock));
        Assert.Equal("/functions", Path(entered));
        Assert.Equal(HttpStatusCode.OK, (await other.GetAsync("/")).Status);
    }

    [Fact]
    public async Task A_code_works_once_also_in_another_browser()
    {
        var clock = new TestClock();
        await using var host = await AccountHost.StartAsync(clock);
        await EnrolAsync(host, clock);
        clock.Advance(TimeSpan.FromSeconds(60));
        var code = Totp.Code(s_secret, Totp.StepAt(clock.GetUtcNow()));
        var earlier = Totp.Code(s_secret, Totp.StepAt(clock.GetUtcNow()) - 1);
        using var first = host.Browser();
        await first.SignInAsync(Olivia);
        Assert.Equal(HttpStatusCode.Found, (await SubmitCodeAsync(first, code)).Status);

        using var second = host.Browser("127.0.0.2");
        await second.SignInAsync(Olivia);
        foreach (var replayed in (string[])[code, earlier])
        {
            var answer = await SubmitCodeAsync(second, replayed);
            Assert.Equal(HttpStatusCode.OK, answer.Status);
            Assert.Contains("wrong or was used already", answer.Body);
        }

        Assert.Equal(HttpStatusCode.Found, (await second.GetAsync("/")).Status);
    }

    [Fact]
    public async Task Of_sixteen_uses_of_one_code_at_once_exactly_one_counts()
    {
        var clock = new TestClock();
        await using var host = await AccountHost.StartAsync(clock);
        var (actor, recovery) = await EnrolAsync(host, clock);
        clock.Advance(TimeSpan.FromSeconds(60));
        var code = Totp.Code(s_secret, Totp.StepAt(clock.GetUtcNow()));
        var person = actor with { SessionId = null };
        var uses = await Task.WhenAll(
            Enumerable
                .Range(0, 16)
                .Select(_ => Task.Run(() => host.Get<UseTwoFactorCode>().ExecuteAsync(person, code, Ct), Ct))
        );
        Assert.Single(uses, u => u.IsDone);
        var spare = recovery[0].Reveal();
        var recoveries = await Task.WhenAll(
            Enumerable
                .Range(0, 16)
                .Select(_ => Task.Run(() => host.Get<UseRecoveryCode>().ExecuteAsync(person, spare, Ct), Ct))
        );
        Assert.Equal(9, Assert.Single(recoveries, u => u.IsDone).Value);
    }

    [Fact]
    public async Task A_recovery_code_opens_once_and_is_stored_as_a_hash()
    {
        var clock = new TestClock();
        await using var host = await AccountHost.StartAsync(clock);
        var (_, recovery) = await EnrolAsync(host, clock);
        var code = recovery[3].Reveal();
        using var browser = host.Browser();
        await browser.SignInAsync(Olivia);
        const string page = "/account/login/2fa?with=recovery";
        var entered = await browser.SubmitAsync(page, "second-step", ("Input.Code", code.ToUpperInvariant()));
        Assert.Equal(HttpStatusCode.Found, entered.Status);
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("/")).Status);

        using var second = host.Browser("127.0.0.2");
        await second.SignInAsync(Olivia);
        var again = await second.SubmitAsync(page, "second-step", ("Input.Code", code));
        Assert.Contains("wrong or was used already", again.Body);
        var rows = await host.ReadAsync(db => db.RecoveryCodes.ToListAsync(Ct));
        Assert.Equal(10, rows.Count);
        Assert.Single(rows, r => r.UsedAt is not null);
        Assert.All(rows, r => Assert.Equal(32, r.CodeHash.Length));
        Assert.DoesNotContain(
            await host.ReadAsync(db => db.AuditEntries.ToListAsync(Ct)),
            e => recovery.Any(r => e.Details.Contains(r.Reveal(), StringComparison.Ordinal))
        );
    }

    [Fact]
    public async Task The_shared_secret_is_sealed_in_the_store()
    {
        var clock = new TestClock();
        await using var host = await AccountHost.StartAsync(clock);
        await EnrolAsync(host, clock);
        var person = await host.ReadAsync(db => db.Users.SingleAsync(Ct));
        Assert.True(person.SealedTotpSecret!.AsSpan().IndexOf(s_secret) < 0);
        Assert.True(SealedSecret.TryRead(person.SealedTotpSecret, out _));
    }

    [Fact]
    public async Task Guessing_codes_is_slowed_down_without_shutting_out_other_sources()
    {
        var clock = new TestClock();
        await using var host = await AccountHost.StartAsync(clock);
        await EnrolAsync(host, clock);
        using var thief = host.Browser("127.0.0.9");
        await thief.SignInAsync(Olivia);
        for (var i = 0; i < SignInThrottle.Free; i++)
        {
            Assert.Contains("wrong", (await SubmitCodeAsync(thief, "000000")).Body);
        }

        Assert.Contains("Too many attempts", (await SubmitCodeAsync(thief, "000000")).Body);
        // Signing in again with the known password does not start the count anew.
        await thief.SignInAsync(Olivia);
        Assert.Contains("Too many attempts", (await SubmitCodeAsync(thief, "000000")).Body);
        clock.Advance(TimeSpan.FromSeconds(60));
        using var owner = host.Browser("127.0.0.1");
        await owner.SignInAsync(Olivia);
        var entered = await SubmitCodeAsync(owner, Totp.Code(s_secret, Totp.StepAt(clock.GetUtcNow())));
        Assert.Equal(HttpStatusCode.Found, entered.Status);
    }

    [Fact]
    public async Task The_note_between_the_steps_dies_with_time_and_with_the_password()
    {
        var clock = new TestClock();
        await using var host = await AccountHost.StartAsync(clock);
        var (actor, _) = await EnrolAsync(host, clock);
        using var browser = host.Browser();
        await browser.SignInAsync(Olivia);
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("/account/login/2fa")).Status);
        var change = new PasswordChange(AccountHost.Password, "eleven crows over a mill");
        Assert.True((await host.Get<ChangePassword>().ExecuteAsync(actor, change, Ct)).IsDone);
        Assert.Equal("/account/login", Path(await browser.GetAsync("/account/login/2fa")));
        using var nobody = host.Browser();
        Assert.Equal("/account/login", Path(await nobody.GetAsync("/account/login/2fa")));
        Assert.Equal("/account/login", Path(await nobody.GetAsync("/account/login/enrol")));
    }

    [Fact]
    public async Task Turning_it_off_and_new_codes_need_the_password_and_end_what_was()
    {
        var clock = new TestClock();
        await using var host = await AccountHost.StartAsync(clock);
        var (actor, recovery) = await EnrolAsync(host, clock);
        Assert.IsType<Refusal.Invalid>((await host.Get<RenewRecoveryCodes>().ExecuteAsync(actor, "no", Ct)).Refusal);
        var renewed = await host.Get<RenewRecoveryCodes>().ExecuteAsync(actor, AccountHost.Password, Ct);
        var person = actor with { SessionId = null };
        var old = recovery[0].Reveal();
        Assert.IsType<Refusal.Invalid>((await host.Get<UseRecoveryCode>().ExecuteAsync(person, old, Ct)).Refusal);
        var fresh = renewed.Value![0].Reveal();
        Assert.True((await host.Get<UseRecoveryCode>().ExecuteAsync(person, fresh, Ct)).IsDone);

        var elsewhere = await host.BeginSessionAsync(actor.UserId);
        Assert.IsType<Refusal.Invalid>((await host.Get<DisableTwoFactor>().ExecuteAsync(actor, "no", Ct)).Refusal);
        Assert.True((await host.ReadAsync(db => db.Users.SingleAsync(Ct))).TwoFactorEnabled);
        Assert.True((await host.Get<DisableTwoFactor>().ExecuteAsync(actor, AccountHost.Password, Ct)).IsDone);
        var after = await host.ReadAsync(db => db.Users.SingleAsync(Ct));
        Assert.False(after.TwoFactorEnabled);
        Assert.Null(after.SealedTotpSecret);
        Assert.Equal(0, await host.ReadAsync(db => db.RecoveryCodes.CountAsync(Ct)));
        Assert.NotNull(
            (await host.ReadAsync(db => db.Sessions.SingleAsync(s => s.Id == elsewhere.SessionId, Ct))).EndedAt
        );
        using var browser = host.Browser();
        Assert.Equal("/", Path(await browser.SignInAsync(Olivia)));
    }

    [Fact]
    public async Task Setting_it_up_in_an_old_session_needs_the_password()
    {
        var clock = new TestClock();
        await using var host = await AccountHost.StartAsync(clock);
        await host.SetUpAsync();
        using var browser = host.Browser();
        await browser.SignInAsync(Olivia);
        clock.Advance(TimeSpan.FromMinutes(16));
        var refused = await browser.SubmitAsync("/account/security", "enrol", ("Enrol.Password", "no"));
        Assert.Contains("This is not your password.", refused.Body);
        Assert.DoesNotContain("QR code", refused.Body);
        var offered = await browser.SubmitAsync("/account/security", "enrol", ("Enrol.Password", AccountHost.Password));
        Assert.Contains("QR code", offered.Body);

        // The operation holds by itself.
        clock.Advance(TimeSpan.FromMinutes(16));
        var session = await host.ReadAsync(db => db.Sessions.SingleAsync(Ct));
        var actor = new Actor(session.UserId, Guid.Empty, Door.Panel) { SessionId = session.Id };
        var code = Totp.Code(s_secret, Totp.StepAt(clock.GetUtcNow()));
        var outcome = await host.Get<EnableTwoFactor>().ExecuteAsync(actor, new Secret(s_secret.AsSpan()), code, Ct);
        Assert.Equal(new Refusal.StepUpNeeded(), outcome.Refusal);
    }

    [Fact]
    public async Task A_team_that_requires_it_lets_nobody_in_without()
    {
        var clock = new TestClock();
        await using var host = await AccountHost.StartAsync(clock);
        var setUp = await host.SetUpAsync();
        var mateo = await host.AddPersonAsync(setUp.TeamId, "mateo@demo.test", TeamRole.Member);
        var his = await host.BeginSessionAsync(mateo.Id);
        var early = await host.BeginSessionAsync(setUp.UserId);
        Assert.IsType<Refusal.Conflict>((await host.Get<RequireTwoFactor>().ExecuteAsync(early, true, Ct)).Refusal);
        Assert.Equal(
            new Refusal.Forbidden("team:update"),
            (await host.Get<RequireTwoFactor>().ExecuteAsync(his, true, Ct)).Refusal
        );
        var owner = (await EnableAsync(host, clock, early)).Actor;
        Assert.Equal(1, (await host.Get<RequireTwoFactor>().ExecuteAsync(owner, true, Ct)).Value);
        Assert.NotNull((await host.ReadAsync(db => db.Sessions.SingleAsync(s => s.Id == his.SessionId, Ct))).EndedAt);

        using var browser = host.Browser();
        var led = await browser.SignInAsync("mateo@demo.test", query: "?returnUrl=/spaces");
        Assert.Equal("/account/login/enrol?returnUrl=%2Fspaces", Path(led));
        Assert.DoesNotContain(TestBrowser.SessionCookie, browser.Cookies.Keys);
        var page = await browser.GetAsync(led.Location!);
        Assert.Contains("Acme Photos requires", page.Body);
        var done = await browser.PostAsync(
            led.Location!,
            [.. TestBrowser.Hidden(page.Body, "enrol"), ("Enrol.Code", Code(ManualKey(page.Body), clock))]
        );
        Assert.Equal(10, RecoveryCodesIn(done.Body).Count);
        Assert.Contains("href=\"/spaces\"", done.Body);
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("/")).Status);

        var session = await host.ReadAsync(db =>
            db.Sessions.SingleAsync(s => s.UserId == mateo.Id && s.EndedAt == null, Ct)
        );
        var actor = new Actor(mateo.Id, setUp.TeamId, Door.Panel) { SessionId = session.Id };
        var off = await host.Get<DisableTwoFactor>().ExecuteAsync(actor, AccountHost.Password, Ct);
        Assert.IsType<Refusal.Conflict>(off.Refusal);
    }

    private static async Task<(Actor Actor, IReadOnlyList<Secret> Recovery)> EnrolAsync(
        AccountHost host,
        TestClock clock
    ) => await EnableAsync(host, clock, await host.BeginSessionAsync((await host.SetUpAsync()).UserId));

    private static async Task<(Actor Actor, IReadOnlyList<Secret> Recovery)> EnableAsync(
        AccountHost host,
        TestClock clock,
        Actor actor
    )
    {
        var code = Totp.Code(s_secret, Totp.StepAt(clock.GetUtcNow()));
        var outcome = await host.Get<EnableTwoFactor>().ExecuteAsync(actor, new Secret(s_secret.AsSpan()), code, Ct);
        Assert.True(outcome.IsDone, outcome.Refusal?.ToString());
        return (actor, outcome.Value);
    }

    private static Task<Answer> SubmitCodeAsync(TestBrowser browser, string code)
    {
        const string page = "/account/login/2fa?returnUrl=%2Ffunctions";
        return browser.SubmitAsync(page, "second-step", ("Input.Code", code));
    }

    private static string? Path(Answer answer) =>
        answer.Location is { } location
        && Uri.TryCreate(location, UriKind.Absolute, out var uri)
        && uri.IsAbsoluteUri
        && uri.Scheme.StartsWith("http", StringComparison.Ordinal)
            ? uri.PathAndQuery
            : answer.Location;

    private static string Code(byte[] secret, TestClock clock) => Totp.Code(secret, Totp.StepAt(clock.GetUtcNow()));

    private static string WrongCode(byte[] secret, TestClock clock) =>
        Totp.Code(secret, Totp.StepAt(clock.GetUtcNow()) + 100);

    private static byte[] ManualKey(string html)
    {
        var text = ManualKeys().Match(html).Groups[1].Value.Replace(" ", "", StringComparison.Ordinal);
        Assert.Equal(32, text.Length);
        var bits = string.Concat(
            text.Select(c =>
                Convert
                    .ToString("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".IndexOf(c, StringComparison.Ordinal), 2)
                    .PadLeft(5, '0')
            )
        );
        return [.. bits.Chunk(8).Select(b => Convert.ToByte(new string(b), 2))];
    }

    private static List<string> RecoveryCodesIn(string html) =>
        [.. RecoveryCodeItems().Matches(html).Select(m => m.Groups[1].Value)];

    [GeneratedRegex("manual-key\"[^>]*>([A-Z2-7 ]+)<")]
    private static partial Regex ManualKeys();

    [GeneratedRegex("<li><code>([a-z2-7-]{27})</code>")]
    private static partial Regex RecoveryCodeItems();
}
