using System.Net;
using System.Net.Sockets;

namespace ControlPanel.Tests.Unit.Gateways.Inference;

/// <summary>Clients at other loopback addresses, as <c>curl --interface</c> makes them.</summary>
internal static class Sources
{
    public static SocketsHttpHandler From(string address) =>
        new()
        {
            ConnectCallback = async (context, ct) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                socket.Bind(new IPEndPoint(IPAddress.Parse(address), 0));
                await socket.ConnectAsync(IPAddress.Loopback, context.DnsEndPoint.Port, ct);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
}
