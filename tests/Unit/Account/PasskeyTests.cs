using System.Net;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Sessions;
using ControlPanel.Verification.Keys;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Tests.Unit.Account;

/// <summary>What holds for passkeys apart from the ceremonies, which the browser tests do with a real browser.</summary>
public sealed class PasskeyTests
{
    private const string Olivia = "olivia@demo.test";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Another_persons_passkey_is_neither_listed_nor_used_nor_removed()
    {
        await using var host = await AccountHost.StartAsync();
        var setUp = await host.SetUpAsync();
        var mateo = await host.AddPersonAsync(setUp.TeamId, "mateo@demo.test", TeamRole.Member);
        var hers = await host.BeginSessionAsync(setUp.UserId);
        var his = await host.BeginSessionAsync(mateo.Id);
        var passkey = Passkey(1, count: 1);
        Assert.True((await host.Get<AddPasskey>().ExecuteAsync(hers, passkey, "phone", Ct)).IsDone);
        var row = Assert.Single((await host.Get<ListPasskeys>().ExecuteAsync(hers, Ct)).Value!);

        Assert.Empty((await host.Get<ListPasskeys>().ExecuteAsync(his, Ct)).Value!);
        var missing = new Refusal.Missing("passkey");
        Assert.Equal(missing, (await host.Get<RemovePasskey>().ExecuteAsync(his, row.Id, Ct)).Refusal);
        Assert.Equal(missing, (await host.Get<UsePasskey>().ExecuteAsync(his, Passkey(1, 2), Ct)).Refusal);
        foreach (var id in (string?[])[null, "", "not base64url!", "AAAA", new string('A', 5000)])
        {
            Assert.Equal(missing, (await host.Get<RemovePasskey>().ExecuteAsync(hers, id, Ct)).Refusal);
        }

        var taken = await host.Get<AddPasskey>().ExecuteAsync(his, passkey, "mine now", Ct);
        Assert.IsType<Refusal.Conflict>(taken.Refusal);
        Assert.True((await host.Get<RemovePasskey>().ExecuteAsync(hers, row.Id, Ct)).IsDone);
        Assert.Equal(missing, (await host.Get<UsePasskey>().ExecuteAsync(hers, Passkey(1, 2), Ct)).Refusal);
        Assert.Equal(
            ["passkey.add", "passkey.remove"],
            await host.ReadAsync(db =>
                db.AuditEntries.Where(e => e.TargetKind == "passkey").Select(e => e.Action).ToListAsync(Ct)
            )
        );
    }

    [Fact]
    public async Task A_counter_that_does_not_grow_is_a_copy_and_opens_nothing()
    {
        await using var host = await AccountHost.StartAsync();
        var actor = await host.BeginSessionAsync((await host.SetUpAsync()).UserId);
        Assert.True((await host.Get<AddPasskey>().ExecuteAsync(actor, Passkey(1, 4), "stick", Ct)).IsDone);
        Assert.True((await host.Get<AddPasskey>().ExecuteAsync(actor, Passkey(2, 0), "synced", Ct)).IsDone);
        var use = host.Get<UsePasskey>();
        Assert.True((await use.ExecuteAsync(actor, Passkey(1, 5), Ct)).IsDone);
        foreach (var count in (uint[])[5, 4, 0])
        {
            Assert.False((await use.ExecuteAsync(actor, Passkey(1, count), Ct)).IsDone);
        }

        var together = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(_ => Task.Run(() => use.ExecuteAsync(actor, Passkey(1, 6), Ct), Ct))
        );
        Assert.Single(together, o => o.IsDone);

        // Synced passkeys do not count at all.
        Assert.True((await use.ExecuteAsync(actor, Passkey(2, 0), Ct)).IsDone);
        Assert.True((await use.ExecuteAsync(actor, Passkey(2, 0), Ct)).IsDone);
    }

    [Fact]
    public async Task An_old_session_adds_and_removes_none_until_a_passkey_or_the_password_confirms()
    {
        var clock = new TestClock();
        await using var host = await AccountHost.StartAsync(clock);
        var actor = await host.BeginSessionAsync((await host.SetUpAsync()).UserId);
        Assert.True((await host.Get<AddPasskey>().ExecuteAsync(actor, Passkey(1, 0), "phone", Ct)).IsDone);
        var row = Assert.Single((await host.Get<ListPasskeys>().ExecuteAsync(actor, Ct)).Value!);
        clock.Advance(TimeSpan.FromMinutes(16));
        var late = new Refusal.StepUpNeeded();
        Assert.Equal(late, (await host.Get<AddPasskey>().ExecuteAsync(actor, Passkey(2, 0), "two", Ct)).Refusal);
        Assert.Equal(late, (await host.Get<RemovePasskey>().ExecuteAsync(actor, row.Id, Ct)).Refusal);
        Assert.True((await host.Get<UsePasskey>().ExecuteAsync(actor, Passkey(1, 0), Ct)).IsDone);
        Assert.True((await host.Get<AddPasskey>().ExecuteAsync(actor, Passkey(2, 0), "two", Ct)).IsDone);

        var nobody = actor with { SessionId = null };
        Assert.Equal(late, (await host.Get<AddPasskey>().ExecuteAsync(nobody, Passkey(3, 0), "3", Ct)).Refusal);
        Assert.IsType<Refusal.Invalid>(
            (await host.Get<AddPasskey>().ExecuteAsync(actor, Passkey(3, 0), "  ", Ct)).Refusal
        );
        for (var i = 3; i <= AddPasskey.MaxForPerson; i++)
        {
            Assert.True((await host.Get<AddPasskey>().ExecuteAsync(actor, Passkey(i, 0), "more", Ct)).IsDone);
        }

        Assert.IsType<Refusal.LimitReached>(
            (await host.Get<AddPasskey>().ExecuteAsync(actor, Passkey(99, 0), "one too many", Ct)).Refusal
        );
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("not json")]
    [InlineData("""{"id":"AAAA","rawId":"AAAA","type":"public-key","response":{}}""")]
    public async Task An_answer_that_nobody_asked_for_or_that_is_none_signs_nobody_in(string answer)
    {
        await using var host = await AccountHost.StartAsync();
        await host.SetUpAsync();
        // By name: under an IP address the page offers no passkeys.
        using var browser = new TestBrowser(new UriBuilder(host.Address) { Host = "localhost" }.Uri);
        var page = await browser.GetAsync("/account/login");
        var form = TestBrowser.Hidden(page.Body, "sign-in").ToList();
        (string, string)[] fields =
        [
            .. form.Where(f => f.Name != "_handler"),
            ("_handler", "passkey"),
            ("Passkey.Credential", answer),
        ];
        var unasked = await browser.PostAsync("/account/login", fields);
        var asked = await browser.PostAsync("/account/passkeys/use", [.. form]);
        Assert.Equal(HttpStatusCode.OK, asked.Status);
        Assert.Contains("\"challenge\"", asked.Body);
        Assert.Contains("\"userVerification\":\"required\"", asked.Body);
        var wrong = await browser.PostAsync("/account/login", fields);
        foreach (var refused in (Answer[])[unasked, wrong])
        {
            Assert.Equal(HttpStatusCode.OK, refused.Status);
            Assert.Contains("does not open an account here", refused.Body);
        }

        Assert.DoesNotContain(TestBrowser.SessionCookie, browser.Cookies.Keys);
    }

    [Fact]
    public async Task No_other_site_and_nobody_signed_out_gets_a_question_of_the_account()
    {
        await using var host = await AccountHost.StartAsync();
        await host.SetUpAsync();
        using var browser = host.Browser();
        var page = await browser.GetAsync("/account/login");
        var form = TestBrowser.Hidden(page.Body, "sign-in").ToArray();
        foreach (var path in (string[])["/account/passkeys/make", "/account/passkeys/confirm"])
        {
            var anonymous = await browser.PostAsync(path, form);
            Assert.Equal(HttpStatusCode.Found, anonymous.Status);
            Assert.Contains("/account/login", anonymous.Location);
        }

        await browser.SignInAsync(Olivia);
        foreach (var path in (string[])["make", "use", "confirm"])
        {
            Assert.Equal(HttpStatusCode.BadRequest, (await browser.PostAsync($"/account/passkeys/{path}")).Status);
        }
    }

    private static UserPasskeyInfo Passkey(int number, uint count) =>
        new(
            credentialId: [7, (byte)number],
            publicKey: [1],
            createdAt: default,
            signCount: count,
            transports: ["internal"],
            isUserVerified: true,
            isBackupEligible: false,
            isBackedUp: false,
            attestationObject: [2],
            clientDataJson: [3]
        );
}
