using System.Net;
using ControlPanel.Data.Usage;
using ControlPanel.Verification.Decisions;
using ControlPanel.Verification.Keys;

namespace ControlPanel.Tests.Unit.Support;

/// <summary>Calls of which only the caller matters.</summary>
internal static class Uses
{
    public static void RecordUse(this UsageRecorder usage, KeyRecord key, IPAddress? address, string? client) =>
        usage.RecordUse(key, AccessRequest.Functions(namespaceId: null, address), client);
}
