using System.Security.Cryptography;

namespace ControlPanel.Hosting;

/// <summary>The headers that tell a browser what our pages may do. Each deviation from "nothing" has its reason.</summary>
internal static class SecurityHeaders
{
    /// <summary>Where a page finds its nonce.</summary>
    public const string NonceItem = "csp-nonce";

    public static void UseSecurityHeaders(this IApplicationBuilder app) =>
        app.Use(
            (context, next) =>
            {
                Set(context);
                return next(context);
            }
        );

    /// <summary>Sets the headers on an answer, also on one whose headers were cleared.</summary>
    public static void Set(HttpContext context)
    {
        var nonce = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));
        context.Items[NonceItem] = nonce;
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy =
            "default-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'; object-src 'none'; "
            // The nonce is for the import map, the only inline script there is.
            + $"script-src 'self' 'nonce-{nonce}'; style-src 'self'; "
            // Blazor and the component library set style attributes; there are no inline style elements.
            + "style-src-attr 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
            + "manifest-src 'self'";
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers.XFrameOptions = "DENY";
        if (context.Request.IsHttps)
        {
            headers.StrictTransportSecurity = "max-age=31536000; includeSubDomains";
        }
    }
}
