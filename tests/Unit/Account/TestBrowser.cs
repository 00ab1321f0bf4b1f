using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace ControlPanel.Tests.Unit.Account;

/// <summary>
/// What a browser is to these pages: it keeps cookies (also secure ones, the loopback counts as secure), reads a form's
/// hidden fields and posts them back, follows nothing by itself, and comes from an address of its own.
/// </summary>
public sealed partial class TestBrowser : IDisposable
{
    private readonly HttpClient _http;

    public TestBrowser(Uri address, string source = "127.0.0.1")
    {
        _http = new HttpClient(
            new SocketsHttpHandler
            {
                UseCookies = false,
                AllowAutoRedirect = false,
                ConnectCallback = async (context, ct) =>
                {
                    var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                    socket.NoDelay = true;
                    socket.Bind(new IPEndPoint(IPAddress.Parse(source), 0));
                    await socket.ConnectAsync(context.DnsEndPoint.Host, context.DnsEndPoint.Port, ct);
                    return new NetworkStream(socket, ownsSocket: true);
                },
            }
        )
        {
            BaseAddress = address,
        };
        _http.DefaultRequestHeaders.UserAgent.ParseAdd("Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0");
    }

    public const string SessionCookie = "__Host-ControlPanel.Session";

    public Dictionary<string, string> Cookies { get; } = [];

    /// <summary>The Set-Cookie lines of all answers so far.</summary>
    public List<string> SetCookies { get; } = [];

    public async Task<Answer> GetAsync(string path) => await SendAsync(new HttpRequestMessage(HttpMethod.Get, path));

    /// <summary>Opens a page and posts one of its forms with these fields.</summary>
    public async Task<Answer> SubmitAsync(string path, string form, params (string Name, string Value)[] fields)
    {
        var page = await GetAsync(path);
        return await PostAsync(path, [.. Hidden(page.Body, form), .. fields]);
    }

    public async Task<Answer> PostAsync(string path, params (string Name, string Value)[] fields) =>
        await SendAsync(
            new HttpRequestMessage(HttpMethod.Post, path)
            {
                Content = new FormUrlEncodedContent(fields.Select(f => KeyValuePair.Create(f.Name, f.Value))),
            }
        );

    /// <summary>Signs in by the form.</summary>
    public Task<Answer> SignInAsync(string email, string password = AccountHost.Password, string query = "") =>
        SubmitAsync("/account/login" + query, "sign-in", ("Input.Email", email), ("Input.Password", password));

    /// <summary>The hidden fields of a form: its name and its antiforgery token.</summary>
    public static IEnumerable<(string Name, string Value)> Hidden(string html, string form)
    {
        var found = Forms()
            .Matches(html)
            .Select(m => m.Value)
            .FirstOrDefault(f => f.Contains($"value=\"{form}\"", StringComparison.Ordinal));
        Assert.True(found is not null, $"The page has no form {form}: {html}");
        foreach (Match input in Inputs().Matches(found))
        {
            yield return (input.Groups["name"].Value, WebUtility.HtmlDecode(input.Groups["value"].Value));
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<Answer> SendAsync(HttpRequestMessage request)
    {
        using var message = request;
        if (Cookies.Count > 0)
        {
            message.Headers.Add("Cookie", string.Join("; ", Cookies.Select(c => $"{c.Key}={c.Value}")));
        }

        using var response = await _http.SendAsync(message, TestContext.Current.CancellationToken);
        if (response.Headers.TryGetValues("Set-Cookie", out var lines))
        {
            foreach (var line in lines)
            {
                SetCookies.Add(line);
                var pair = line.Split(';')[0].Split('=', 2);
                if (line.Contains("expires=Thu, 01 Jan 1970", StringComparison.OrdinalIgnoreCase))
                {
                    Cookies.Remove(pair[0]);
                }
                else
                {
                    Cookies[pair[0]] = pair[1];
                }
            }
        }

        return new Answer(
            response.StatusCode,
            response.Headers.Location?.OriginalString,
            await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)
        );
    }

    [GeneratedRegex("<form.*?</form>", RegexOptions.Singleline)]
    private static partial Regex Forms();

    [GeneratedRegex("<input type=\"hidden\" name=\"(?<name>[^\"]+)\"[^>]* value=\"(?<value>[^\"]*)\"")]
    private static partial Regex Inputs();
}

/// <summary>An answer as far as these tests look at it.</summary>
public sealed record Answer(HttpStatusCode Status, string? Location, string Body);
