using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ControlPanel.Bench.Gateways;

/// <summary>What any reverse proxy of this runtime costs: YARP's forwarder, which checks nothing.</summary>
internal sealed class PlainForwarder : IAsyncDisposable
{
    private readonly WebApplication _app;

    private PlainForwarder(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.First());

    public static async Task<PlainForwarder> StartAsync(Uri upstream)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddHttpForwarder();
        builder.WebHost.UseKestrel(k =>
        {
            k.Listen(IPAddress.Loopback, 0);
            k.Limits.MaxRequestBodySize = null;
        });
        var app = builder.Build();
        app.MapForwarder("/{**path}", upstream.GetLeftPart(UriPartial.Authority));
        await app.StartAsync();
        return new PlainForwarder(app);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
