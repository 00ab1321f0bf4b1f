using System.Net;
using System.Net.Sockets;
using ControlPanel.Data.Webhooks;

namespace ControlPanel.Webhooks;

/// <summary>Asks what addresses a name has.</summary>
internal delegate Task<IPAddress[]> ResolveName(string name, CancellationToken ct);

/// <summary>
/// Connects to receivers, and only to addresses that the rules allow. The addresses that are judged are those that are
/// connected to, at every connection: a name that was harmless when it was typed, or a moment ago, helps nobody.
/// </summary>
internal sealed class ReceiverConnection(WebhookRules rules, ResolveName resolve)
{
    /// <summary>A connection to whatever of the name's addresses is allowed and answers first in their order.</summary>
    /// <exception cref="ReceiverRefusedException">None of its addresses is allowed.</exception>
    /// <exception cref="SocketException">The name has no address, or nobody listens.</exception>
    public async ValueTask<Stream> OpenAsync(SocketsHttpConnectionContext context, CancellationToken ct)
    {
        var (name, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        var addresses = IPAddress.TryParse(name, out var itself) ? [itself] : await resolve(name, ct);
        if (addresses.Length == 0)
        {
            throw new SocketException((int)SocketError.HostNotFound);
        }

        var allowed = Array.FindAll(addresses, rules.Allows);
        if (allowed.Length == 0)
        {
            throw new ReceiverRefusedException();
        }

        for (var i = 0; ; i++)
        {
            var socket = new Socket(allowed[i].AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(new IPEndPoint(allowed[i], port), ct);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException) when (i < allowed.Length - 1)
            {
                // Its next address may answer.
                socket.Dispose();
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
    }
}

/// <summary>A name leads only to addresses that this server does not connect to. Says nothing of which.</summary>
internal sealed class ReceiverRefusedException() : IOException("The receiver's address is not allowed.");
