using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace ControlPanel.Hosting;

/// <summary>The listening sockets, in the order in which they are bound.</summary>
public enum DoorKind
{
    /// <summary>Pages, <c>/v2</c>, <c>/verify</c> and health.</summary>
    Panel = 0,

    /// <summary>The OpenWhisk API.</summary>
    Functions = 1,

    /// <summary>S3.</summary>
    Spaces = 2,

    /// <summary>The OpenAI-compatible API.</summary>
    Inference = 3,
}

/// <summary>
/// Each connection knows the socket it came in by, and requests are routed by that: a <c>Host</c> header or a port in it
/// is the client's word, the socket is not.
/// </summary>
internal static class Doors
{
    private static readonly object s_item = new();

    /// <summary>Binds the four doors to adjacent ports, or to any free ones for port 0.</summary>
    public static void ListenOnDoors(this KestrelServerOptions kestrel, IPAddress address, int basePort)
    {
        foreach (var door in Enum.GetValues<DoorKind>())
        {
            kestrel.Listen(
                address,
                basePort == 0 ? 0 : basePort + (int)door,
                listen =>
                {
                    listen.Protocols = HttpProtocols.Http1;
                    listen.Use(next =>
                        connection =>
                        {
                            connection.Items[s_item] = door;
                            return next(connection);
                        }
                    );
                }
            );
        }
    }

    /// <summary>The door that the request came in by.</summary>
    public static DoorKind Door(this HttpContext context) =>
        context.Features.Get<IConnectionItemsFeature>()?.Items.TryGetValue(s_item, out var door) == true
        && door is DoorKind kind
            ? kind
            : throw new InvalidOperationException("A connection that came through no door.");
}
