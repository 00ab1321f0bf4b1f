using System.Net;
using ControlPanel.Tests.Unit.Account;
using ControlPanel.Tests.Unit.Support;

namespace ControlPanel.Tests.Unit.Hosting;

public sealed class CookieTests(TestPanel panel) : IClassFixture<TestPanel>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_session_cookie_is_for_this_host_over_a_secure_connection_and_no_script()
    {
        using var browser = new TestBrowser(panel.Panel);
        Assert.Equal(HttpStatusCode.Found, (await browser.SignInAsync("olivia@demo.test", panel.Password)).Status);

        var session = Flags(
            Assert.Single(browser.SetCookies, c => c.StartsWith(TestBrowser.SessionCookie, StringComparison.Ordinal))
        );
        Assert.StartsWith("__Host-", TestBrowser.SessionCookie, StringComparison.Ordinal);
        Assert.Contains("secure", session);
        Assert.Contains("httponly", session);
        Assert.Contains("samesite=lax", session);
        Assert.Contains("path=/", session);
        Assert.DoesNotContain(session, f => f.StartsWith("domain", StringComparison.Ordinal));

        var antiforgery = Flags(
            Assert.Single(browser.SetCookies, c => c.StartsWith("ControlPanel.Antiforgery", StringComparison.Ordinal))
        );
        Assert.Contains("httponly", antiforgery);
        Assert.Contains("samesite=strict", antiforgery);
    }

    [Fact]
    public async Task The_api_takes_no_cookie_and_the_pages_take_no_token()
    {
        using var browser = new TestBrowser(panel.Panel);
        await browser.SignInAsync("olivia@demo.test", panel.Password);
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("/functions")).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await browser.GetAsync("/v2/account")).Status);

        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false })
        {
            BaseAddress = panel.Panel,
        };
        client.DefaultRequestHeaders.Authorization = new("Bearer", panel.Token);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/v2/account", Ct)).StatusCode);
        using var page = await client.GetAsync("/functions", Ct);
        Assert.Equal(HttpStatusCode.Found, page.StatusCode);
        Assert.StartsWith("/account/login", page.Headers.Location!.PathAndQuery, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/account/login", "sign-in")]
    [InlineData("/account/logout", null)]
    public async Task A_form_without_its_antiforgery_token_is_refused(string path, string? form)
    {
        using var browser = new TestBrowser(panel.Panel);
        await browser.SignInAsync("olivia@demo.test", panel.Password);
        (string, string)[] fields = form is null
            ? []
            : [("_handler", form), ("Input.Email", "olivia@demo.test"), ("Input.Password", panel.Password)];

        Assert.Equal(HttpStatusCode.BadRequest, (await browser.PostAsync(path, fields)).Status);
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("/functions")).Status);
    }

    private static List<string> Flags(string cookie) =>
        [.. cookie.Split(';').Skip(1).Select(p => p.Trim().ToLowerInvariant())];
}
