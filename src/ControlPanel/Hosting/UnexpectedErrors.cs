using ControlPanel.Api;
using Microsoft.AspNetCore.Diagnostics;

namespace ControlPanel.Hosting;

/// <summary>
/// What a caller of the panel's door gets when a request fails for no reason of its own: the API's envelope or a plain
/// page, with the request's id and never the exception, which stands in the log.
/// </summary>
internal static class UnexpectedErrors
{
    public static void UseUnexpectedErrors(this IApplicationBuilder app) =>
        app.UseExceptionHandler(
            new ExceptionHandlerOptions
            {
                ExceptionHandler = WriteAsync,
                // A stranger's malformed requests are no news, and would fill the log with stack traces.
                SuppressDiagnosticsCallback = static failed => failed.Exception is BadHttpRequestException,
            }
        );

    private static Task WriteAsync(HttpContext context)
    {
        // The framework has cleared what was set before.
        RequestIds.Set(context);
        SecurityHeaders.Set(context);
        // The client's own fault: a body that is not framed as HTTP wants it.
        var status = context.Features.Get<IExceptionHandlerFeature>()?.Error is BadHttpRequestException bad
            ? bad.StatusCode
            : StatusCodes.Status500InternalServerError;
        if (IsApi(context.Request.Path))
        {
            return status < 500
                ? (ApiError.BadRequest("error parsing request body") with { Status = status }).WriteAsync(context)
                : ApiError.Unexpected.WriteAsync(context);
        }

        context.Response.StatusCode = status;
        context.Response.ContentType = "text/html; charset=utf-8";
        return context.Response.WriteAsync(
            $"""
            <!DOCTYPE html>
            <html lang="en">
            <head><meta charset="utf-8"><title>Something went wrong · ControlPanel</title></head>
            <body>
            <h1>Something went wrong</h1>
            <p>The server could not answer this request ({context.TraceIdentifier}). <a href="/">Back to the start</a></p>
            </body>
            </html>

            """
        );
    }

    private static bool IsApi(PathString path) =>
        path.StartsWithSegments("/v2", StringComparison.OrdinalIgnoreCase)
        || path.StartsWithSegments("/v1", StringComparison.OrdinalIgnoreCase);
}
