using System.Text.Json;
using Microsoft.Playwright;

namespace ControlPanel.Tests.E2E.Support;

/// <summary>A device that keeps passkeys and asks its person, inside the browser.</summary>
public sealed class VirtualDevice(ICDPSession session, string id)
{
    public static async Task<VirtualDevice> AddAsync(IPage page)
    {
        var session = await page.Context.NewCDPSessionAsync(page);
        await session.SendAsync("WebAuthn.enable");
        var added = await session.SendAsync(
            "WebAuthn.addVirtualAuthenticator",
            new Dictionary<string, object>
            {
                ["options"] = new Dictionary<string, object>
                {
                    ["protocol"] = "ctap2",
                    ["transport"] = "internal",
                    ["hasResidentKey"] = true,
                    ["hasUserVerification"] = true,
                    ["isUserVerified"] = true,
                    ["automaticPresenceSimulation"] = true,
                },
            }
        );
        return new VirtualDevice(session, added!.Value.GetProperty("authenticatorId").GetString()!);
    }

    /// <summary>The person's finger is not the right one.</summary>
    public Task<JsonElement?> RefuseAsync() => SetAsync(verified: false);

    public Task<JsonElement?> AllowAsync() => SetAsync(verified: true);

    private Task<JsonElement?> SetAsync(bool verified) =>
        session.SendAsync(
            "WebAuthn.setUserVerified",
            new Dictionary<string, object> { ["authenticatorId"] = id, ["isUserVerified"] = verified }
        );
}
