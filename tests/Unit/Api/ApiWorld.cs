using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using ControlPanel.Data.Model;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Teams;
using ControlPanel.Data.Operations.Tokens;
using ControlPanel.Data.Providers;
using ControlPanel.Tests.Unit.Support;
using ControlPanel.Verification.Keys;
using ControlPanel.Verification.Secrets;

namespace ControlPanel.Tests.Unit.Api;

/// <summary>
/// A running panel with two teams: the demo's, and a stranger's. Callers have tokens of their own, because limits are
/// counted for each token.
/// </summary>
public sealed class ApiWorld : IAsyncLifetime
{
    public ApiWorld()
        : this(new TestPanel()) { }

    /// <summary>The same on a panel with other settings.</summary>
    internal ApiWorld(TestPanel panel) => Panel = panel;

    public TestPanel Panel { get; }

    /// <summary>The owner of the other team.</summary>
    public Actor Stranger { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        await Panel.InitializeAsync();
        Stranger = await AddTeamAsync("Other Corp", "stranger@other.test");
    }

    public ValueTask DisposeAsync() => Panel.DisposeAsync();

    /// <summary>A caller with a new token; full access unless scopes are named.</summary>
    public async Task<ApiCaller> CallerAsync(Actor? actor = null, params string[] scopes)
    {
        var outcome = await Panel
            .Get<CreateToken>()
            .ExecuteAsync(
                actor ?? Panel.Owner,
                new NewTokenRequest($"t-{Guid.NewGuid():N}", null, scopes is [] ? [KeyScope.Api.WriteAlias] : scopes),
                TestContext.Current.CancellationToken
            );
        Assert.True(outcome.IsDone, outcome.Refusal?.ToString());
        using var value = outcome.Value.Value;
        return new ApiCaller(Panel.Panel, value.Reveal()) { Id = outcome.Value.Token.Id };
    }

    /// <summary>A caller with a demo person's token.</summary>
    public async Task<ApiCaller> CallerAsync(string email, params string[] scopes) =>
        await CallerAsync(await Panel.ActorAsync(email), scopes);

    private async Task<Actor> AddTeamAsync(string name, string email)
    {
        await using var transaction = await Panel.Get<IControlPanelStore>().BeginWriteAsync(CancellationToken.None);
        var version = await transaction.TickAsync(CancellationToken.None);
        var now = Panel.Get<TimeProvider>().GetUtcNow();
        var person = People.New(email, now, new SystemSecretSource());
        var team = new Team
        {
            Id = Guid.CreateVersion7(now),
            Name = name,
            CreatedAt = now,
        };
        transaction.Db.Users.Add(person);
        transaction.Db.Teams.Add(team);
        await transaction.Db.SaveChangesAsync(CancellationToken.None);
        transaction.Db.Memberships.Add(
            new Membership
            {
                TeamId = team.Id,
                UserId = person.Id,
                Role = TeamRole.Owner,
                JoinedAt = now,
                ChangeVersion = version,
            }
        );
        await transaction.CommitAsync(CancellationToken.None);
        await Panel.Get<ControlPanel.Data.Snapshots.KeySnapshots>().RefreshAsync(CancellationToken.None);
        return new Actor(person.Id, team.Id, Door.System);
    }
}

[CollectionDefinition(nameof(ApiWorld))]
public sealed class ApiWorldCollection : ICollectionFixture<ApiWorld>;

/// <summary>A client of the API over real HTTP.</summary>
public sealed class ApiCaller(Uri panel, string token) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
    {
        BaseAddress = panel,
    };

    public string Token => token;

    /// <summary>The token's id.</summary>
    public Guid Id { get; init; }

    public Task<ApiAnswer> GetAsync(string path) => SendAsync("GET", path);

    public Task<ApiAnswer> DeleteAsync(string path) => SendAsync("DELETE", path);

    public Task<ApiAnswer> PostAsync(string path, string body) => SendAsync("POST", path, body);

    public Task<ApiAnswer> PutAsync(string path, string body) => SendAsync("PUT", path, body);

    public Task<ApiAnswer> PatchAsync(string path, string body) => SendAsync("PATCH", path, body);

    /// <summary>Sends as doctl does: a JSON content type whenever the method may have a body, also with none.</summary>
    public async Task<ApiAnswer> SendAsync(
        string method,
        string path,
        string? body = null,
        Action<HttpRequestMessage>? change = null
    )
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (method != "GET")
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body ?? ""));
            request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        }

        change?.Invoke(request);
        using var response = await _http.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return new ApiAnswer(
            (int)response.StatusCode,
            text,
            response
                .Headers.Concat(response.Content.Headers)
                .ToDictionary(h => h.Key, h => string.Join("|", h.Value), StringComparer.OrdinalIgnoreCase)
        );
    }

    public void Dispose() => _http.Dispose();
}

/// <summary>An answer of the API.</summary>
public sealed record ApiAnswer(int Status, string Text, IReadOnlyDictionary<string, string> Headers)
{
    /// <summary>The body, which must be JSON.</summary>
    public JsonElement Body => JsonElement.Parse(Text);

    /// <summary>The body without the request's id, which no two answers share.</summary>
    public string Anonymous => Text.Replace(Headers["x-request-id"], "ID", StringComparison.Ordinal);

    /// <summary>The names of an object's members, in order.</summary>
    public static string Names(JsonElement body) => string.Join(",", body.EnumerateObject().Select(m => m.Name));

    /// <summary>Asserts the error envelope.</summary>
    public void IsError(int status, string id, string message)
    {
        Assert.Equal((status, id, message), (Status, Text_("id"), Text_("message")));
        IsEnvelope();
    }

    /// <summary>Asserts that this is the envelope and nothing else, with the id that the header carries.</summary>
    public void IsEnvelope()
    {
        Assert.Equal("application/json", Headers["Content-Type"]);
        Assert.Equal("id,message,request_id", Names(Body));
        Assert.Equal(Headers["x-request-id"], Text_("request_id"));
    }

    private string? Text_(string name) => Body.GetProperty(name).GetString();
}
