using Microsoft.AspNetCore.DataProtection;

namespace ControlPanel.Account;

/// <summary>
/// The invitation that this browser has opened, for as long as it takes to sign in, with the second factor if there is one.
/// </summary>
public sealed class PendingInvitation(IDataProtectionProvider protection)
{
    private readonly SealedCookie _cookie = new(protection, "__Host-ControlPanel.Invitation", TimeSpan.FromMinutes(30));

    /// <summary>The code; <see langword="null"/> when none is pending.</summary>
    public string? Read(HttpContext http) => _cookie.Read(http);

    /// <summary>Remembers the code.</summary>
    public void Write(HttpContext http, string code) => _cookie.Write(http, code);

    /// <summary>Forgets it.</summary>
    public void Clear(HttpContext http) => _cookie.Clear(http);
}
