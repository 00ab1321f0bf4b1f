using ControlPanel.Configuration;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;

namespace ControlPanel.Hosting;

/// <summary>
/// The base addresses to hand to people and programs: the configured public ones, or where the server really listens
/// (until it does, where it is told to).
/// </summary>
public sealed class ListenAddresses(IServer server, IOptions<PanelOptions> options, StartOptions start)
{
    public string Panel => Of(options.Value.Public.Panel, DoorKind.Panel);

    public string Functions => Of(options.Value.Public.Functions, DoorKind.Functions);

    public string Spaces => Of(options.Value.Public.Spaces, DoorKind.Spaces);

    public string Inference => Of(options.Value.Public.Inference, DoorKind.Inference);

    // Kestrel reports its addresses in the order in which they were bound, which is the order of the doors.
    private string Of(string configured, DoorKind door) =>
        configured.Length > 0
            ? configured.TrimEnd('/')
            : server.Features.Get<IServerAddressesFeature>()?.Addresses.ElementAtOrDefault((int)door)
                ?? $"http://{(start.Demo ? "127.0.0.1" : options.Value.Listen)}:{start.BasePort + (int)door}";
}
