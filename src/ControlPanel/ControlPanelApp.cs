using System.Net;
using System.Net.Sockets;
using ControlPanel.Account;
using ControlPanel.Api;
using ControlPanel.Configuration;
using ControlPanel.Data;
using ControlPanel.Data.Operations.Functions;
using ControlPanel.Data.Operations.Sessions;
using ControlPanel.Data.Providers;
using ControlPanel.Data.Snapshots;
using ControlPanel.Data.Usage;
using ControlPanel.Demo;
using ControlPanel.Features;
using ControlPanel.Gateways;
using ControlPanel.Hosting;
using ControlPanel.Mail;
using ControlPanel.Shared;
using ControlPanel.Verification.Secrets;
using ControlPanel.Webhooks;
using Microsoft.AspNetCore.Connections;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace ControlPanel;

/// <summary>
/// The product as an object: built from options, started on its doors, stopped by disposing it. Tests start it in their
/// own process, on free ports and with services of their own.
/// </summary>
public sealed class ControlPanelApp : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly DataFolder _data;
    private readonly StartOptions _start;
    private readonly DemoWorld? _demo;
    private readonly string _listen;

    private ControlPanelApp(WebApplication app, DataFolder data, StartOptions start, DemoWorld? demo)
    {
        _app = app;
        _data = data;
        _start = start;
        _demo = demo;
        _listen = app.Services.GetRequiredService<IOptions<PanelOptions>>().Value.Listen;
    }

    /// <summary>The running product's services.</summary>
    public IServiceProvider Services => _app.Services;

    /// <summary>Where it listens; known once started.</summary>
    public ListenAddresses Addresses => Services.GetRequiredService<ListenAddresses>();

    /// <summary>Builds the product and prepares its store. Nothing listens yet.</summary>
    /// <param name="configure">Changes configuration or services before they are fixed.</param>
    /// <exception cref="StartRefusedException">It must not start as things are; one line says why.</exception>
    public static async Task<ControlPanelApp> BuildAsync(
        StartOptions start,
        Action<WebApplicationBuilder>? configure = null
    )
    {
        var random = new SystemSecretSource();
        DataFolder? data = null;
        IControlPanelStore? store = null;
        try
        {
            var builder = WebApplication.CreateBuilder(
                new WebApplicationOptions
                {
                    ApplicationName = typeof(ControlPanelApp).Assembly.GetName().Name,
                    ContentRootPath = AppContext.BaseDirectory,
                }
            );
            configure?.Invoke(builder);
            var options = ReadOptions(builder.Configuration);
            data = DataFolder.Open(start.DataFolder, random);
            store = OpenStore(data, options, random);

            await store.PrepareAsync(CancellationToken.None);
            await data.CheckMasterKeyAsync(store, TimeProvider.System, CancellationToken.None);

            AddServices(builder, start, options, data, store);
            var app = builder.Build();
            UsePipeline(app);
            return new ControlPanelApp(app, data, start, app.Services.GetService<DemoWorld>());
        }
        catch (StoreRefusedException e)
        {
            (store as IDisposable)?.Dispose();
            data?.Dispose();
            throw new StartRefusedException(e.Message, e);
        }
        catch
        {
            (store as IDisposable)?.Dispose();
            data?.Dispose();
            throw;
        }
    }

    /// <summary>Starts listening; in demo mode the example data is there when this returns.</summary>
    /// <exception cref="StartRefusedException">A port is taken.</exception>
    public async Task StartAsync(CancellationToken ct = default)
    {
        try
        {
            if (_demo is not null)
            {
                await _demo.PrepareAsync(_data, Addresses, ct);
            }

            await _app.StartAsync(ct);
        }
        catch (IOException e) when (e.InnerException is AddressInUseException or SocketException)
        {
            throw new StartRefusedException(
                $"Port {_start.BasePort} or one of the three after it is taken; choose others with --base-port.",
                e
            );
        }
        catch (SocketException e)
        {
            throw new StartRefusedException(
                $"The server cannot listen on {_listen} from port {_start.BasePort} on: {e.Message}.",
                e
            );
        }

        if (_demo is not null)
        {
            _demo.WriteFile(_data, Addresses);
        }
    }

    /// <summary>Starts, says where it is, and runs until told to stop.</summary>
    public async Task RunAsync()
    {
        await StartAsync();
        StartupConsole.Write(await WelcomeAsync());
        await _app.WaitForShutdownAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        var store = Services.GetRequiredService<IControlPanelStore>();
        await _app.DisposeAsync();
        (store as IDisposable)?.Dispose();
        _data.Dispose();
    }

    /// <summary>The store that the options choose. Not prepared yet.</summary>
    internal static IControlPanelStore OpenStore(DataFolder data, PanelOptions options, ISecretSource random)
    {
        if (options.Store.Postgres.Length > 0)
        {
            return new PostgresStore(options.Store.Postgres, random);
        }

        data.PrepareDatabaseFile();
        return new SqliteStore(data.Database, random);
    }

    /// <exception cref="StartRefusedException">An option cannot be what it is.</exception>
    internal static PanelOptions ReadOptions(IConfiguration configuration)
    {
        var options = PanelOptions.Read(configuration, out var errors);
        return errors.Count == 0 ? options : throw new StartRefusedException(string.Join(' ', errors));
    }

    private static void AddServices(
        WebApplicationBuilder builder,
        StartOptions start,
        PanelOptions options,
        DataFolder data,
        IControlPanelStore store
    )
    {
        builder.WebHost.UseStaticWebAssets();
        builder.WebHost.UseKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            // What clients store beside their objects comes back as they wrote it, and they write UTF-8.
            kestrel.ResponseHeaderEncodingSelector = static _ => System.Text.Encoding.UTF8;
            kestrel.ListenOnDoors(start.Demo ? IPAddress.Loopback : IPAddress.Parse(options.Listen), start.BasePort);
        });
        // A bare line feed as the end of a header line is how requests are smuggled past a stricter proxy in front.
        AppContext.SetSwitch("Microsoft.AspNetCore.Server.Kestrel.DisableHttp1LineFeedTerminators", isEnabled: true);
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.EntityFrameworkCore", LogLevel.Warning);
        builder.Logging.AddFilter("Yarp", LogLevel.Error);
        builder.Logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Warning);
        // It logs a failed start with its stack trace; the operator gets one line that says what to do instead.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);

        var services = builder.Services;
        services.AddSingleton(start);
        services.AddSingleton(Options.Create(options));
        services.AddSingleton(
            Options.Create(
                new SnapshotOptions { Lease = TimeSpan.FromSeconds(options.LeaseSeconds), NodeName = options.NodeName }
            )
        );
        services.AddSingleton(new SessionRules { StepUp = TimeSpan.FromMinutes(options.StepUpMinutes) });
        services.AddSingleton(new LegacyRules { CutOff = options.LegacyCutOffAt });
        services.AddSingleton(
            new RetentionRules
            {
                Usage = TimeSpan.FromDays(options.Retention.UsageDays),
                RefusedUses = options.Retention.RefusedUses,
            }
        );
        services.AddSingleton<ListenAddresses>();
        services.AddSingleton<SetUpCode>();
        services.AddSingleton<ISetUpCode>(s => s.GetRequiredService<SetUpCode>());
        services.AddMail(options.Mail);
        services.AddWebhooks(options.Webhooks, start.Demo);
        services.AddControlPanelData(store, data.MasterKey);
        services.AddScoped<ControlPanelDb>(_ => store.OpenIdentity());
        services.AddEncryptedKeyRing(data.KeyRing);
        services
            .AddRazorComponents()
            .AddInteractiveServerComponents(circuits =>
            {
                circuits.DisconnectedCircuitRetentionPeriod = TimeSpan.FromMinutes(1);
                circuits.DisconnectedCircuitMaxRetained = 50;
                circuits.JSInteropDefaultCallTimeout = TimeSpan.FromSeconds(20);
            });
        services.AddConsole();
        services.AddAccount();
        services.AddApi();
        services.AddSingleton<UpstreamClient>();
        services.AddSingleton<ModelServers>();
        services.AddSingleton<ModelSync>();
        services.AddSingleton<BucketStores>();
        services.AddSingleton<BucketSync>();
        services.AddGateways();
        if (start.Demo)
        {
            services.AddDemo();
        }
    }

    private static void UsePipeline(WebApplication app)
    {
        app.UseRequestIds();
        // Forward-auth asks who the peer itself is, so it stands before the peer's word about its clients is taken.
        app.UseWhen(static c => c.Door() == DoorKind.Panel, static door => door.UseForwardAuth());
        app.UseTrustedProxies(app.Services.GetRequiredService<IOptions<PanelOptions>>().Value);
        app.MapWhen(static c => c.Door() == DoorKind.Functions, static door => door.UseFunctionsGateway());
        app.MapWhen(static c => c.Door() == DoorKind.Spaces, static door => door.UseSpacesGateway());
        app.MapWhen(static c => c.Door() == DoorKind.Inference, static door => door.UseInferenceGateway());
        app.UseSecurityHeaders();
        app.UseCircuitOrigin();
        app.UseUnexpectedErrors();
        app.UseRouting();
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseAntiforgery();
        app.MapHealth();
        app.MapStaticAssets();
        app.MapAccount();
        app.MapApi();
        app.MapConsole();
        app.MapPages();
    }

    private async Task<string> WelcomeAsync()
    {
        var text = new System.Text.StringBuilder();
        text.AppendLine();
        text.AppendLine($"  ControlPanel is ready:  {Addresses.Panel}");
        text.AppendLine($"    Functions gateway     {Addresses.Functions}");
        text.AppendLine($"    Spaces gateway        {Addresses.Spaces}");
        text.AppendLine($"    Inference gateway     {Addresses.Inference}");
        text.AppendLine($"    Data folder           {_data.Path}");
        if (_demo is not null)
        {
            _demo.Describe(text);
        }
        else
        {
            await using var db = Services.GetRequiredService<IControlPanelStore>().OpenRead();
            if (!await db.Users.AnyAsync())
            {
                text.AppendLine();
                text.AppendLine($"  Nobody is set up yet. Open {Addresses.Panel}/account/setup with this code:");
                text.AppendLine($"    {Services.GetRequiredService<SetUpCode>().Text}");
            }
        }

        return text.ToString();
    }
}
