using System.Diagnostics;
using System.Net;
using ControlPanel.Account;
using ControlPanel.Data.Operations.Sessions;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Tests.Unit.Account;

/// <summary>Set-up, sign-in and sign-out as a browser meets them.</summary>
public sealed partial class SignInFlowTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_first_start_leads_from_login_to_set_up_and_then_in()
    {
        await using var host = await AccountHost.StartAsync();
        using var browser = host.Browser();
        Assert.EndsWith("/account/setup", (await browser.GetAsync("/account/login")).Location);

        var wrong = await SetUpAsync(browser, "not the code");
        Assert.Equal(HttpStatusCode.OK, wrong.Status);
        Assert.Contains("This is not the set-up code.", wrong.Body);
        Assert.DoesNotContain(AccountHost.Password, wrong.Body);

        var done = await SetUpAsync(browser, AccountHost.SetUpCode);
        Assert.Equal(HttpStatusCode.Found, done.Status);
        var home = await browser.GetAsync("/");
        Assert.Equal(HttpStatusCode.OK, home.Status);
        Assert.NotEqual("nobody", home.Body);

        using var other = host.Browser();
        Assert.Equal(HttpStatusCode.NotFound, (await other.GetAsync("/account/setup")).Status);
        Assert.Equal(["installation.set_up", "session.start"], await ActionsAsync(host));
    }

    [Fact]
    public async Task Of_sixteen_set_ups_at_once_exactly_one_happens()
    {
        await using var host = await AccountHost.StartAsync();
        var browsers = Enumerable.Range(0, 16).Select(i => host.Browser($"127.0.1.{i + 1}")).ToList();
        var forms = new List<(string Name, string Value)[]>();
        foreach (var browser in browsers)
        {
            forms.Add([.. TestBrowser.Hidden((await browser.GetAsync("/account/setup")).Body, "set-up")]);
        }

        var answers = await Task.WhenAll(
            browsers.Select(
                (browser, i) =>
                    browser.PostAsync(
                        "/account/setup",
                        [
                            .. forms[i],
                            ("Input.Code", AccountHost.SetUpCode),
                            ("Input.Email", $"owner{i}@demo.test"),
                            ("Input.Password", AccountHost.Password),
                            ("Input.TeamName", $"Team {i}"),
                        ]
                    )
            )
        );

        Assert.Equal(1, answers.Count(a => a.Status == HttpStatusCode.Found));
        Assert.All(
            answers.Where(a => a.Status != HttpStatusCode.Found),
            a => Assert.True(a.Status == HttpStatusCode.NotFound, $"{a.Status} {a.Body}")
        );
        Assert.Equal(1, await host.ReadAsync(db => db.Users.CountAsync(Ct)));
        Assert.Equal(1, await host.ReadAsync(db => db.Teams.CountAsync(Ct)));
        Assert.Equal(1, await host.ReadAsync(db => db.Memberships.CountAsync(Ct)));
        browsers.ForEach(b => b.Dispose());
    }

    [Theory]
    [InlineData("", "long enough for anybody", "Acme", "The e-mail address must not be empty.")]
    [InlineData("no address", "long enough for anybody", "Acme", "This is not an e-mail address.")]
    [InlineData("a@b.test", "short", "Acme", "The password must have at least 12 characters.")]
    [InlineData("a@b.test", "password1234", "Acme", "This password is among those that are tried first.")]
    [InlineData("a@b.test", "long enough for anybody", " ", "The team name must not be empty.")]
    public async Task Set_up_says_which_rule_is_broken(string email, string password, string team, string rule)
    {
        await using var host = await AccountHost.StartAsync();
        using var browser = host.Browser();
        var answer = await SetUpAsync(browser, AccountHost.SetUpCode, email, password, team);
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Contains(rule, WebUtility.HtmlDecode(answer.Body));
        Assert.False(await host.ReadAsync(db => db.Users.AnyAsync(Ct)));
    }

    [Fact]
    public async Task Signing_in_gives_a_new_strict_cookie_and_a_session_each_time()
    {
        await using var host = await AccountHost.StartAsync();
        await host.SetUpAsync();
        using var browser = host.Browser();

        // Fixation: a cookie planted before is worth nothing after.
        browser.Cookies[TestBrowser.SessionCookie] = "planted";
        Assert.Equal(HttpStatusCode.Found, (await browser.GetAsync("/")).Status);
        Assert.Equal(HttpStatusCode.Found, (await browser.SignInAsync("olivia@demo.test")).Status);
        var first = browser.Cookies[TestBrowser.SessionCookie];
        Assert.NotEqual("planted", first);
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("/")).Status);

        var line = browser.SetCookies.Last(c => c.StartsWith(TestBrowser.SessionCookie, StringComparison.Ordinal));
        Assert.Contains("; secure", line, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("; httponly", line, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("; samesite=lax", line, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("; path=/", line, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("domain=", line, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("expires=", line, StringComparison.OrdinalIgnoreCase);

        // Signing in again in the same browser ends the session of before.
        using var again = host.Browser();
        again.Cookies[TestBrowser.SessionCookie] = first;
        var form = TestBrowser.Hidden((await host.Browser().GetAsync("/account/login")).Body, "sign-in");
        Assert.NotEmpty(form);
        Assert.Equal(HttpStatusCode.Found, (await again.GetAsync("/account/login")).Status);
        Assert.Single(await host.ReadAsync(db => db.Sessions.Where(s => s.EndedAt == null).ToListAsync(Ct)));
    }

    [Fact]
    public async Task Signing_in_anew_over_a_living_session_ends_that_one()
    {
        await using var host = await AccountHost.StartAsync();
        await host.SetUpAsync();
        using var browser = host.Browser();
        var form = TestBrowser.Hidden((await browser.GetAsync("/account/login")).Body, "sign-in").ToList();
        (string, string)[] fields =
        [
            .. form,
            ("Input.Email", "olivia@demo.test"),
            ("Input.Password", AccountHost.Password),
        ];
        Assert.Equal(HttpStatusCode.Found, (await browser.PostAsync("/account/login", fields)).Status);
        var before = browser.Cookies[TestBrowser.SessionCookie];
        var page = await browser.GetAsync("/account/security");
        var token = TestBrowser
            .Hidden(page.Body, "end-all-sessions")
            .Single(f => f.Name.Contains("RequestVerification"));
        Assert.Equal(
            HttpStatusCode.Found,
            (
                await browser.PostAsync(
                    "/account/login",
                    ("_handler", "sign-in"),
                    token,
                    ("Input.Email", "olivia@demo.test"),
                    ("Input.Password", AccountHost.Password)
                )
            ).Status
        );
        Assert.NotEqual(before, browser.Cookies[TestBrowser.SessionCookie]);
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("/")).Status);
        browser.Cookies[TestBrowser.SessionCookie] = before;
        Assert.Equal(HttpStatusCode.Found, (await browser.GetAsync("/")).Status);
    }

    [Fact]
    public async Task A_wrong_password_and_an_unknown_person_read_the_same_and_set_no_session()
    {
        await using var host = await AccountHost.StartAsync();
        await host.SetUpAsync();
        using var known = host.Browser();
        using var unknown = host.Browser("127.0.0.2");
        var wrong = await known.SignInAsync("olivia@demo.test", "not the password at all");
        var missing = await unknown.SignInAsync("nobody@demo.test", "not the password at all");
        Assert.Equal(Neutral(wrong.Body, "olivia@demo.test"), Neutral(missing.Body, "nobody@demo.test"));
        Assert.Contains("Email or password is wrong.", wrong.Body);
        Assert.Equal(wrong.Status, missing.Status);
        Assert.False(known.Cookies.ContainsKey(TestBrowser.SessionCookie));
        Assert.DoesNotContain("not the password at all", wrong.Body);

        // Only what is sealed for the browser and the address that was typed may differ.
        static string Neutral(string body, string email) =>
            Sealed().Replace(body, "").Replace(email, "", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Known_and_unknown_people_take_equally_long()
    {
        await using var host = await AccountHost.StartAsync();
        await host.SetUpAsync();
        var known = new List<double>();
        var unknown = new List<double>();
        for (var i = 0; i < 21; i++)
        {
            // Each try from a source of its own, so that no throttling shows in the times.
            known.Add(await TimeAsync("olivia@demo.test", $"127.0.2.{i + 1}"));
            unknown.Add(await TimeAsync($"nobody{i}@demo.test", $"127.0.3.{i + 1}"));
        }

        var ratio = Median(known) / Median(unknown);
        TestContext.Current.SendDiagnosticMessage(
            "sign-in medians: known {0:F1} ms, unknown {1:F1} ms, ratio {2:F2}",
            Median(known),
            Median(unknown),
            ratio
        );
        Assert.InRange(ratio, 0.6, 1.67);

        async Task<double> TimeAsync(string email, string source)
        {
            using var browser = host.Browser(source);
            var form = TestBrowser.Hidden((await browser.GetAsync("/account/login")).Body, "sign-in");
            (string, string)[] fields = [.. form, ("Input.Email", email), ("Input.Password", "wrong wrong wrong")];
            var start = Stopwatch.GetTimestamp();
            var answer = await browser.PostAsync("/account/login", fields);
            var elapsed = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            Assert.Contains("Email or password is wrong.", answer.Body);
            return elapsed;
        }

        static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
    }

    [Fact]
    public async Task A_hundred_wrong_passwords_stop_their_source_and_never_the_owner_elsewhere()
    {
        await using var host = await AccountHost.StartAsync();
        await host.SetUpAsync();
        using var attacker = host.Browser("127.0.0.66");
        var form = TestBrowser.Hidden((await attacker.GetAsync("/account/login")).Body, "sign-in").ToList();
        var evaluated = 0;
        for (var i = 0; i < 100; i++)
        {
            (string, string)[] fields =
            [
                .. form,
                ("Input.Email", "olivia@demo.test"),
                ("Input.Password", $"guess number {i}"),
            ];
            var answer = await attacker.PostAsync("/account/login", fields);
            evaluated += answer.Body.Contains("Email or password is wrong.", StringComparison.Ordinal) ? 1 : 0;
        }

        Assert.InRange(evaluated, 1, 15);

        // Even the right password waits there now, and says so.
        var blocked = await attacker.SignInAsync("olivia@demo.test");
        Assert.Contains("Too many attempts.", blocked.Body);

        using var owner = host.Browser("127.0.0.77");
        Assert.Equal(HttpStatusCode.Found, (await owner.SignInAsync("olivia@demo.test")).Status);
        Assert.Equal(HttpStatusCode.OK, (await owner.GetAsync("/")).Status);
    }

    [Fact]
    public async Task No_return_address_leads_to_another_site()
    {
        await using var host = await AccountHost.StartAsync();
        await host.SetUpAsync();
        using var browser = host.Browser();
        await browser.SignInAsync("olivia@demo.test");
        var corpus = RedirectCorpus.All().Take(500).ToList();
        Assert.Equal(500, corpus.Count);
        foreach (var target in corpus)
        {
            // Signed in already: the page leads on at once, by the same rule as after the form.
            var answer = await browser.GetAsync($"/account/login?returnUrl={Uri.EscapeDataString(target)}");
            Assert.Equal(HttpStatusCode.Found, answer.Status);
            Assert.True(RedirectCorpus.StaysOn(host.Address, answer.Location!), $"{target} leads to {answer.Location}");
        }

        var home = await browser.GetAsync("/account/login?returnUrl=%2Ffunctions%3Fsort%3Dname");
        Assert.Equal("/functions?sort=name", new Uri(host.Address, home.Location).PathAndQuery);
    }

    [Fact]
    public async Task Signing_out_needs_the_forms_token_and_kills_every_copy_of_the_cookie()
    {
        await using var host = await AccountHost.StartAsync();
        await host.SetUpAsync();
        using var browser = host.Browser();
        await browser.SignInAsync("olivia@demo.test");
        var cookie = browser.Cookies[TestBrowser.SessionCookie];

        Assert.Equal(HttpStatusCode.BadRequest, (await browser.PostAsync("/account/logout")).Status);
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("/")).Status);

        var page = await browser.GetAsync("/account/security");
        var token = TestBrowser
            .Hidden(page.Body, "end-all-sessions")
            .Single(f => f.Name.Contains("RequestVerification", StringComparison.Ordinal));
        var left = await browser.PostAsync("/account/logout", token);
        Assert.Equal(HttpStatusCode.Found, left.Status);
        Assert.False(browser.Cookies.ContainsKey(TestBrowser.SessionCookie));

        using var thief = host.Browser("127.0.0.9");
        thief.Cookies[TestBrowser.SessionCookie] = cookie;
        Assert.Equal(HttpStatusCode.Found, (await thief.GetAsync("/")).Status);
        Assert.Contains("session.end", await ActionsAsync(host));
    }

    [Fact]
    public async Task Forms_without_their_token_are_refused()
    {
        await using var host = await AccountHost.StartAsync();
        await host.SetUpAsync();
        using var browser = host.Browser();
        foreach (var (path, form) in new[] { ("/account/login", "sign-in"), ("/account/setup", "set-up") })
        {
            var answer = await browser.PostAsync(path, ("_handler", form), ("Input.Email", "olivia@demo.test"));
            Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        }
    }

    [Fact]
    public async Task A_session_ended_elsewhere_is_dead_at_the_next_request()
    {
        await using var host = await AccountHost.StartAsync();
        await host.SetUpAsync();
        using var laptop = host.Browser();
        using var phone = host.Browser("127.0.0.5");
        await laptop.SignInAsync("olivia@demo.test");
        await phone.SignInAsync("olivia@demo.test");
        var page = await laptop.GetAsync("/account/security");
        Assert.Contains("Firefox on Linux (this browser)", page.Body);
        Assert.Contains("127.0.0.5", page.Body);

        var other = (await host.ReadAsync(db => db.Sessions.SingleAsync(s => s.Address == "127.0.0.5", Ct))).Id;
        var ended = await laptop.PostAsync(
            "/account/security",
            [.. TestBrowser.Hidden(page.Body, "end-session"), ("Session.Id", other.ToString())]
        );
        Assert.Contains("Signed out there.", ended.Body);
        Assert.Equal(HttpStatusCode.Found, (await phone.GetAsync("/")).Status);
        Assert.Equal(HttpStatusCode.OK, (await laptop.GetAsync("/")).Status);

        await laptop.SubmitAsync("/account/security", "end-all-sessions");
        Assert.Equal(HttpStatusCode.Found, (await laptop.GetAsync("/")).Status);
    }

    [Fact]
    public async Task A_new_password_ends_the_other_sessions_and_keeps_this_one()
    {
        await using var host = await AccountHost.StartAsync();
        await host.SetUpAsync();
        using var laptop = host.Browser();
        using var phone = host.Browser("127.0.0.5");
        await laptop.SignInAsync("olivia@demo.test");
        await phone.SignInAsync("olivia@demo.test");

        var wrong = await Change("not it", "nine bicycles in the fog");
        Assert.Contains("This is not your current password.", wrong.Body);
        var weak = await Change(AccountHost.Password, "qwertyuiop12");
        Assert.Contains("This password is among those that are tried first.", weak.Body);
        var done = await Change(AccountHost.Password, "nine bicycles in the fog");
        Assert.Contains("Password changed.", done.Body);

        Assert.Equal(HttpStatusCode.OK, (await laptop.GetAsync("/")).Status);
        Assert.Equal(HttpStatusCode.Found, (await phone.GetAsync("/")).Status);
        Assert.Contains("wrong", (await phone.SignInAsync("olivia@demo.test")).Body);
        Assert.Equal(
            HttpStatusCode.Found,
            (await phone.SignInAsync("olivia@demo.test", "nine bicycles in the fog")).Status
        );

        Task<Answer> Change(string current, string next) =>
            laptop.SubmitAsync(
                "/account/security",
                "change-password",
                ("Passwords.Current", current),
                ("Passwords.New", next)
            );
    }

    private static Task<List<string>> ActionsAsync(AccountHost host) =>
        host.ReadAsync(db => db.AuditEntries.OrderBy(a => a.Sequence).Select(a => a.Action).ToListAsync(Ct));

    private static Task<Answer> SetUpAsync(
        TestBrowser browser,
        string code,
        string email = "olivia@demo.test",
        string password = AccountHost.Password,
        string team = "Acme Photos"
    ) =>
        browser.SubmitAsync(
            "/account/setup",
            "set-up",
            ("Input.Code", code),
            ("Input.Email", email),
            ("Input.Password", password),
            ("Input.TeamName", team)
        );

    [System.Text.RegularExpressions.GeneratedRegex("CfDJ8[-_A-Za-z0-9+/=]+")]
    private static partial System.Text.RegularExpressions.Regex Sealed();
}
