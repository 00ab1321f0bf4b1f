using System.Net;
using System.Text;

namespace ControlPanel.Shared;

/// <summary>
/// The one client to upstreams: no redirects, no cookies, no environment proxy, no decompression. An upstream's answer is
/// passed on, never acted upon.
/// </summary>
public sealed class UpstreamClient : IDisposable
{
    private readonly HttpMessageInvoker _invoker = new(
        new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            EnableMultipleHttp2Connections = true,
            // An upstream learns nothing of this process; a header of its own would also be one that nobody signed.
            ActivityHeadersPropagator = null,
            // Clients send UTF-8 in header values; without this the forwarder answers 502 for them.
            RequestHeaderEncodingSelector = static (_, _) => Encoding.UTF8,
            ResponseHeaderEncodingSelector = static (_, _) => Encoding.UTF8,
        }
    );

    /// <summary>For requests as they are; whoever sends sets the limits of time and size.</summary>
    public HttpMessageInvoker Invoker => _invoker;

    public void Dispose() => _invoker.Dispose();
}
