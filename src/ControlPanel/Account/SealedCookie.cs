using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;

namespace ControlPanel.Account;

/// <summary>
/// A text that a browser keeps for a short while without being able to read or change it: encrypted, and worth nothing
/// after its time.
/// </summary>
internal sealed class SealedCookie(IDataProtectionProvider protection, string name, TimeSpan lasts)
{
    private readonly ITimeLimitedDataProtector _protector = protection
        .CreateProtector("ControlPanel.Account", name)
        .ToTimeLimitedDataProtector();

    /// <summary>The text; <see langword="null"/> when there is none, or its time is over.</summary>
    public string? Read(HttpContext http)
    {
        if (http.Request.Cookies[name] is not { } cookie)
        {
            return null;
        }

        try
        {
            return _protector.Unprotect(cookie);
        }
        catch (CryptographicException)
        {
            // Expired, altered, or of an earlier installation.
            return null;
        }
    }

    public void Write(HttpContext http, string text) =>
        http.Response.Cookies.Append(name, _protector.Protect(text, lasts), Options(lasts));

    public void Clear(HttpContext http) => http.Response.Cookies.Delete(name, Options(null));

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
