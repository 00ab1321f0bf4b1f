using ControlPanel.Data.Operations.Sessions;
using Microsoft.Playwright;

namespace ControlPanel.Tests.E2E.Support;

/// <summary>A person's authenticator app, made from the key that the page shows beside the QR code.</summary>
public sealed class Authenticator
{
    private const string Base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    private readonly byte[] _secret;
    private long _used;

    private Authenticator(string manualKey)
    {
        var bits = string.Concat(
            manualKey
                .Where(char.IsLetterOrDigit)
                .Select(c => Convert.ToString(Base32.IndexOf(c, StringComparison.Ordinal), 2).PadLeft(5, '0'))
        );
        _secret = [.. bits.Chunk(8).Select(b => Convert.ToByte(new string(b), 2))];
    }

    /// <summary>Sets the app up on the page that shows the QR code, and returns it with the recovery codes.</summary>
    public static async Task<(Authenticator App, IReadOnlyList<string> RecoveryCodes)> EnrolAsync(IPage page)
    {
        var app = new Authenticator(await page.Locator(".manual-key").InnerTextAsync());
        await page.GetByRole(AriaRole.Textbox, new() { Name = "Authentication code" }).FillAsync(app.NextCode());
        await page.GetByRole(AriaRole.Button, new() { Name = "Verify" }).ClickAsync();
        var codes = page.GetByRole(AriaRole.List, new() { Name = "Recovery codes" }).GetByRole(AriaRole.Listitem);
        await Assertions.Expect(codes).ToHaveCountAsync(10);
        return (app, await codes.AllInnerTextsAsync());
    }

    /// <summary>
    /// A code that was not used yet. A code counts once, so a second one within half a minute is of the step to come, which
    /// the server's tolerance takes; there is no third.
    /// </summary>
    public string NextCode()
    {
        _used = Math.Max(_used + 1, Totp.StepAt(TimeProvider.System.GetUtcNow()));
        return Totp.Code(_secret, _used);
    }
}
