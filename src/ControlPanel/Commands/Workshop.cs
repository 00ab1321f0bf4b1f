using ControlPanel.Data;
using ControlPanel.Data.Operations.Functions;
using ControlPanel.Data.Providers;
using ControlPanel.Data.Snapshots;
using ControlPanel.Hosting;
using ControlPanel.Verification.Secrets;

namespace ControlPanel.Commands;

/// <summary>
/// A data folder and its store, opened for a command of the operator: everything that operations need, nothing that
/// listens or runs in the background. The folder's lock keeps a panel from running meanwhile.
/// </summary>
internal sealed class Workshop : IAsyncDisposable
{
    private readonly IHost _host;
    private readonly DataFolder _data;
    private readonly IControlPanelStore _store;

    private Workshop(IHost host, DataFolder data, IControlPanelStore store)
    {
        _host = host;
        _data = data;
        _store = store;
    }

    /// <summary>Operations and what they need.</summary>
    public IServiceProvider Services => _host.Services;

    /// <summary>Opens a folder that holds an installation.</summary>
    /// <exception cref="StartRefusedException">It cannot be used as it is; one line says why.</exception>
    public static async Task<Workshop> OpenAsync(string folder, CancellationToken ct)
    {
        // Otherwise a mistyped folder would be made, with a new master key in it.
        if (!DataFolder.Exists(folder))
        {
            throw new StartRefusedException($"{folder} holds no data of ControlPanel; name the folder with --data.");
        }

        var random = new SystemSecretSource();
        var builder = Host.CreateApplicationBuilder(
            new HostApplicationBuilderSettings { ContentRootPath = AppContext.BaseDirectory }
        );
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        var options = ControlPanelApp.ReadOptions(builder.Configuration);
        var data = DataFolder.Open(folder, random);
        IControlPanelStore? store = null;
        try
        {
            store = ControlPanelApp.OpenStore(data, options, random);
            await store.PrepareAsync(ct);
            await data.CheckMasterKeyAsync(store, TimeProvider.System, ct);
            builder.Services.AddSingleton(new LegacyRules { CutOff = options.LegacyCutOffAt });
            builder.Services.AddControlPanelData(store, data.MasterKey);
            var host = builder.Build();
            await host.Services.GetRequiredService<KeySnapshots>().RefreshAsync(ct);
            return new Workshop(host, data, store);
        }
        catch (Exception e)
        {
            (store as IDisposable)?.Dispose();
            data.Dispose();
            if (e is StoreRefusedException)
            {
                throw new StartRefusedException(e.Message, e);
            }

            throw;
        }
    }

    public ValueTask DisposeAsync()
    {
        _host.Dispose();
        (_store as IDisposable)?.Dispose();
        _data.Dispose();
        return ValueTask.CompletedTask;
    }
}
