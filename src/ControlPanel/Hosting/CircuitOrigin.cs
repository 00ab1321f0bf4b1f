using Microsoft.AspNetCore.Http.Features;

namespace ControlPanel.Hosting;

/// <summary>
/// Refuses circuits that another site tries to open with our user's cookies (cross-site WebSocket hijacking): CORS does
/// not cover WebSockets, and SameSite does not cover sibling hosts and other ports. Browsers always state the origin.
/// </summary>
internal static class CircuitOrigin
{
    public static void UseCircuitOrigin(this IApplicationBuilder app) =>
        app.Use(
            (context, next) =>
            {
                if (
                    context.Request.Path.StartsWithSegments("/_blazor", StringComparison.OrdinalIgnoreCase)
                    && !IsOwn(context.Request)
                )
                {
                    context.Response.StatusCode = StatusCodes.Status403Forbidden;
                    return Task.CompletedTask;
                }

                return next(context);
            }
        );

    private static bool IsOwn(HttpRequest request)
    {
        var origins = request.Headers.Origin;
        if (origins.Count == 0)
        {
            // A plain GET of the same origin (the initializers' list) carries none; nothing that opens a circuit is one.
            return HttpMethods.IsGet(request.Method)
                // Not WebSockets.IsWebSocketRequest: that is false for all requests until the framework's own
                // middleware has run, which is deep inside the circuit's endpoint.
                && request.HttpContext.Features.Get<IHttpUpgradeFeature>() is not { IsUpgradableRequest: true };
        }

        return origins.Count == 1
            && string.Equals(origins[0], $"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase);
    }
}
