using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;

namespace ControlPanel.Account;

/// <summary>
/// The invitation that this browser has opened, in an encrypted cookie for as long as it takes to sign in, with the second
/// factor if there is one.
/// </summary>
public sealed class PendingInvitation(IDataProtectionProvider protection)
{
    private const string CookieName = "__Host-ControlPanel.Invitation";
    private static readonly TimeSpan s_lasts = TimeSpan.FromMinutes(30);

    private readonly ITimeLimitedDataProtector _protector = protection
        .CreateProtector("ControlPanel.Account.PendingInvitation")
        .ToTimeLimitedDataProtector();

    /// <summary>The code; <see langword="null"/> when none is pending.</summary>
    public string? Read(HttpContext http)
    {
        if (http.Request.Cookies[CookieName] is not { } cookie)
        {
            return null;
        }

        try
        {
            return _protector.Unprotect(cookie);
        }
        catch (CryptographicException)
        {
            // Expired, or of an earlier installation.
            return null;
        }
    }

    /// <summary>Remembers the code.</summary>
    public void Write(HttpContext http, string code) =>
        http.Response.Cookies.Append(CookieName, _protector.Protect(code, s_lasts), Options(s_lasts));

    /// <summary>Forgets it.</summary>
    public void Clear(HttpContext http) => http.Response.Cookies.Delete(CookieName, Options(null));

    private static CookieOptions Options(TimeSpan? maxAge) =>
        new()
        {
            HttpOnly = true,
            Secure = true,
            SameSite = SameSiteMode.Lax,
            Path = "/",
            IsEssential = true,
            MaxAge = maxAge,
        };
}
