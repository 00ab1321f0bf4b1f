using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using ControlPanel.Configuration;
using ControlPanel.Data.Model;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Functions;
using ControlPanel.Data.Providers;
using ControlPanel.Data.Usage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ControlPanel.Tests.Unit.Support;

/// <summary>
/// The whole product in this process: real Kestrel on free ports, real SQLite in a folder of its own, the demo's people
/// and upstream. Speaks in intents; what it does, it does by the operations.
/// </summary>
public sealed class TestPanel : IAsyncLifetime
{
    private readonly Action<WebApplicationBuilder>? _configure;
    private ControlPanelApp? _app;

    public TestPanel() { }

    /// <summary>A panel with other settings or services.</summary>
    internal TestPanel(Action<WebApplicationBuilder> configure) => _configure = configure;

    public ControlPanelApp App => _app ?? throw new InvalidOperationException("The panel has not started.");

    public string Data { get; } = Directory.CreateTempSubdirectory("controlpanel-unit-").FullName;

    public Uri Panel => new(App.Addresses.Panel);

    public Uri Functions => new(App.Addresses.Functions);

    public Uri Inference => new(App.Addresses.Inference);

    public Actor Owner { get; private set; } = null!;

    /// <summary>The demo namespace <c>image-tools</c>.</summary>
    public string NamespaceId { get; private set; } = "";

    /// <summary>The demo owner's full-access token.</summary>
    public string Token { get; private set; } = "";

    /// <summary>What all demo people sign in with.</summary>
    public string Password { get; private set; } = "";

    public T Get<T>()
        where T : notnull => App.Services.GetRequiredService<T>();

    public async ValueTask InitializeAsync()
    {
        _app = await ControlPanelApp.BuildAsync(
            new StartOptions
            {
                Demo = true,
                DataFolder = Data,
                BasePort = 0,
            },
            _configure
        );
        await _app.StartAsync();
        await using var db = Get<IControlPanelStore>().OpenRead();
        Owner = await ActorAsync("olivia@demo.test");
        NamespaceId = await db.Namespaces.Where(n => n.Label == "image-tools").Select(n => n.Id).SingleAsync();
        using var demo = System.Text.Json.JsonDocument.Parse(
            await File.ReadAllTextAsync(Path.Combine(Data, "demo.json"))
        );
        Token = demo.RootElement.GetProperty("token").GetString()!;
        Password = demo.RootElement.GetProperty("password").GetString()!;
    }

    public async ValueTask DisposeAsync()
    {
        await App.DisposeAsync();
        Directory.Delete(Data, recursive: true);
    }

    /// <summary>A demo person as an actor.</summary>
    public async Task<Actor> ActorAsync(string email)
    {
        await using var db = Get<IControlPanelStore>().OpenRead();
        var person = await db.Users.SingleAsync(u => u.Email == email);
        var team = await db.Memberships.Where(m => m.UserId == person.Id).Select(m => m.TeamId).FirstAsync();
        return new Actor(person.Id, team, Door.System);
    }

    /// <summary>Issues a namespace key.</summary>
    public async Task<(string Id, string Secret)> IssueKeyAsync(string? namespaceId = null, string? expiresIn = null)
    {
        var outcome = await Get<CreateNamespaceKey>()
            .ExecuteAsync(
                Owner,
                new NewKeyRequest(namespaceId ?? NamespaceId, $"key-{Guid.NewGuid():N}", expiresIn),
                CancellationToken.None
            );
        Assert.True(outcome.IsDone, outcome.Refusal?.ToString());
        using var secret = outcome.Value.Secret;
        return (outcome.Value.Key.KeyId, secret.Reveal());
    }

    /// <summary>Makes a namespace in front of an upstream.</summary>
    public async Task<string> AddNamespaceAsync(Uri? upstream)
    {
        var outcome = await Get<CreateNamespace>()
            .ExecuteAsync(
                Owner,
                new NewNamespace(
                    $"ns-{Guid.NewGuid():N}",
                    "nyc1",
                    upstream?.GetLeftPart(UriPartial.Authority),
                    upstream is null ? null : "up:stream"
                ),
                CancellationToken.None
            );
        Assert.True(outcome.IsDone, outcome.Refusal?.ToString());
        await Get<ControlPanel.Data.Snapshots.KeySnapshots>().RefreshAsync(CancellationToken.None);
        return outcome.Value.Id;
    }

    /// <summary>Revokes and waits for the receipt.</summary>
    public async Task RevokeAsync(string keyId, string? namespaceId = null)
    {
        var outcome = await Get<RevokeNamespaceKey>()
            .ExecuteAsync(Owner, namespaceId ?? NamespaceId, keyId, CancellationToken.None);
        Assert.True(outcome.IsDone, outcome.Refusal?.ToString());
    }

    /// <summary>Suspends and waits for the receipt.</summary>
    public async Task SuspendAsync(string keyId)
    {
        var outcome = await Get<SuspendNamespaceKey>()
            .ExecuteAsync(Owner, NamespaceId, keyId, suspended: true, CancellationToken.None);
        Assert.True(outcome.IsDone, outcome.Refusal?.ToString());
    }

    /// <summary>A client of the Functions door with a key.</summary>
    public HttpClient FunctionsClient((string Id, string Secret) key) => FunctionsClient($"{key.Id}:{key.Secret}");

    /// <summary>A client of the Functions door with any Basic credential.</summary>
    public HttpClient FunctionsClient(string credential)
    {
        var client = new HttpClient { BaseAddress = Functions };
        client.DefaultRequestHeaders.Authorization = Basic(credential);
        return client;
    }

    /// <summary>A client of the API with a token.</summary>
    public HttpClient ApiClient(string? token = null)
    {
        var client = new HttpClient { BaseAddress = Panel };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token ?? Token);
        return client;
    }

    /// <summary>The refusal that was logged under a request id, after a flush.</summary>
    public async Task<RefusedUse?> RefusalAsync(string requestId)
    {
        await Get<RefusalLog>().FlushAsync(CancellationToken.None);
        await using var db = Get<IControlPanelStore>().OpenRead();
        return await db.RefusedUses.SingleOrDefaultAsync(r => r.RequestId == requestId);
    }

    public static AuthenticationHeaderValue Basic(string credential) =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(credential)));

    /// <summary>Sends bytes as they are and reads until the server closes or two seconds pass.</summary>
    public static async Task<string> SendRawAsync(Uri door, string request)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, door.Port);
        await using var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        var answer = new StringBuilder();
        var buffer = new byte[16 * 1024];
        try
        {
            int read;
            while ((read = await stream.ReadAsync(buffer, limit.Token)) > 0)
            {
                answer.Append(Encoding.Latin1.GetString(buffer, 0, read));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // Kept open or reset: what came until then counts.
        }

        return answer.ToString();
    }
}

/// <summary>An upstream that remembers what reached it, exactly as it was sent.</summary>
public sealed class TestUpstream : IAsyncDisposable
{
    private readonly WebApplication _app;

    private TestUpstream(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.First());

    /// <summary>Method, raw target and headers of each request.</summary>
    public System.Collections.Concurrent.ConcurrentQueue<(
        string Method,
        string Target,
        Dictionary<string, string> Headers
    )> Seen { get; } = new();

    public static async Task<TestUpstream> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel(k => k.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        var upstream = new TestUpstream(app);
        app.Run(async context =>
        {
            upstream.Seen.Enqueue(
                (
                    context.Request.Method,
                    context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget,
                    context.Request.Headers.ToDictionary(
                        h => h.Key,
                        h => h.Value.ToString(),
                        StringComparer.OrdinalIgnoreCase
                    )
                )
            );
            if (context.Request.Query["redirect"] == "1")
            {
                context.Response.Redirect("http://169.254.169.254/latest/meta-data");
                return;
            }

            await context.Request.Body.CopyToAsync(Stream.Null);
            await context.Response.WriteAsync("{\"upstream\":true}");
        });
        await app.StartAsync();
        return upstream;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
