using ControlPanel.Account;
using ControlPanel.Data;
using ControlPanel.Data.Model;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Sessions;
using ControlPanel.Data.Operations.Teams;
using ControlPanel.Data.Providers;
using ControlPanel.Shared;
using ControlPanel.Verification.Keys;
using ControlPanel.Verification.Secrets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace ControlPanel.Tests.Unit.Account;

/// <summary>
/// The account room over a real Kestrel and a real SQLite file, and nothing else of the panel: what is refused here is
/// refused by the room itself.
/// </summary>
public sealed class AccountHost : IAsyncDisposable
{
    public const string SetUpCode = "7f3a-19cd-55e0-b2a4";
    public const string Password = "seven olives under a piano";

    private readonly WebApplication _app;
    private readonly SqliteStore _store;
    private readonly DirectoryInfo _folder;

    private AccountHost(WebApplication app, SqliteStore store, DirectoryInfo folder)
    {
        _app = app;
        _store = store;
        _folder = folder;
    }

    public IServiceProvider Services => _app.Services;

    public IControlPanelStore Store => _store;

    public Uri Address =>
        new(Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    public static async Task<AccountHost> StartAsync(TimeProvider? clock = null)
    {
        var folder = Directory.CreateTempSubdirectory("account-test-");
        var store = new SqliteStore(Path.Combine(folder.FullName, "controlpanel.db"), new SystemSecretSource());
        await store.PrepareAsync(TestContext.Current.CancellationToken);
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var services = builder.Services;
        if (clock is not null)
        {
            services.AddSingleton(clock);
        }

        services.AddControlPanelData(
            store,
            new MasterKey([new(1, Enumerable.Repeat((byte)7, MasterKey.Size).ToArray())])
        );
        services.AddScoped<ControlPanelDb>(_ => store.OpenIdentity());
        services.AddDataProtection().UseEphemeralDataProtectionProvider();
        services.AddRazorComponents().AddInteractiveServerComponents();
        services.AddAccount();
        services.Replace(ServiceDescriptor.Singleton<ISetUpCode>(new KnownCode()));
        var app = builder.Build();
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseAntiforgery();
        app.MapGet("/", (HttpContext http) => SignedIn.From(http.User)?.UserId.ToString() ?? "nobody")
            .RequireAuthorization()
            // The panel has a page at the same address, which is none of this room's business.
            .WithOrder(-1);
        app.MapAccount();
        app.MapRazorComponents<AccountRoot>()
            .AddInteractiveServerRenderMode()
            .AddAdditionalAssemblies(typeof(AccountRoom).Assembly);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new AccountHost(app, store, folder);
    }

    public T Get<T>()
        where T : notnull => Services.GetRequiredService<T>();

    /// <summary>Does the first set-up by its operation.</summary>
    public async Task<SetUpDone> SetUpAsync(string email = "olivia@demo.test", string team = "Acme Photos")
    {
        var outcome = await Get<SetUpInstallation>()
            .ExecuteAsync(
                new Actor(Guid.Empty, Guid.Empty, Door.Panel),
                new NewInstallation(email, Password, team),
                TestContext.Current.CancellationToken
            );
        Assert.True(outcome.IsDone, outcome.Refusal?.ToString());
        return outcome.Value;
    }

    /// <summary>Adds a person with a role to a team; invitations are another room's business.</summary>
    public async Task<Person> AddPersonAsync(Guid teamId, string email, TeamRole role)
    {
        await using var transaction = await _store.BeginWriteAsync(TestContext.Current.CancellationToken);
        var version = await transaction.TickAsync(TestContext.Current.CancellationToken);
        var now = Get<TimeProvider>().GetUtcNow();
        var person = People.New(email, now, new SystemSecretSource());
        person.PasswordHash = Passwords.Hasher.HashPassword(person, Password);
        transaction.Db.Users.Add(person);
        await transaction.Db.SaveChangesAsync(TestContext.Current.CancellationToken);
        transaction.Db.Memberships.Add(
            new Membership
            {
                TeamId = teamId,
                UserId = person.Id,
                Role = role,
                JoinedAt = now,
                ChangeVersion = version,
            }
        );
        await transaction.CommitAsync(TestContext.Current.CancellationToken);
        return person;
    }

    /// <summary>Adds another team with an owner.</summary>
    public async Task<Team> AddTeamAsync(string name, Guid ownerId)
    {
        await using var transaction = await _store.BeginWriteAsync(TestContext.Current.CancellationToken);
        var version = await transaction.TickAsync(TestContext.Current.CancellationToken);
        var now = Get<TimeProvider>().GetUtcNow();
        var team = new Team
        {
            Id = Guid.CreateVersion7(now),
            Name = name,
            CreatedAt = now,
        };
        transaction.Db.Teams.Add(team);
        transaction.Db.Memberships.Add(
            new Membership
            {
                TeamId = team.Id,
                UserId = ownerId,
                Role = TeamRole.Owner,
                JoinedAt = now,
                ChangeVersion = version,
            }
        );
        await transaction.CommitAsync(TestContext.Current.CancellationToken);
        return team;
    }

    /// <summary>Begins a session by its operation and returns the actor of it.</summary>
    /// <param name="proof">By password, and code where the person has an authenticator app, unless given.</param>
    public async Task<Actor> BeginSessionAsync(
        Guid userId,
        string client = "Mozilla/5.0 (X11; Linux) Firefox/140.0",
        SignInProof? proof = null
    )
    {
        var byCode = await ReadAsync(db => db.Users.AnyAsync(u => u.Id == userId && u.TwoFactorEnabled));
        proof ??= byCode ? SignInProof.Password.AndCode() : SignInProof.Password;
        var actor = new Actor(userId, Guid.Empty, Door.Panel);
        var outcome = await Get<StartSession>()
            .ExecuteAsync(actor, client, proof, TestContext.Current.CancellationToken);
        Assert.True(outcome.IsDone, outcome.Refusal?.ToString());
        return actor with { SessionId = outcome.Value.Id, TeamId = outcome.Value.TeamId ?? Guid.Empty };
    }

    public async Task<T> ReadAsync<T>(Func<ControlPanelDb, Task<T>> read)
    {
        await using var db = _store.OpenRead();
        return await read(db);
    }

    public TestBrowser Browser(string source = "127.0.0.1") => new(Address, source);

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
        _store.Dispose();
        _folder.Delete(recursive: true);
    }

    private sealed class KnownCode : ISetUpCode
    {
        public bool Matches(string? code) => code == SetUpCode;
    }
}
