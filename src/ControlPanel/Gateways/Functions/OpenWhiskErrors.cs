using System.Text.Json;

namespace ControlPanel.Gateways.Functions;

/// <summary>Errors in OpenWhisk's form. Clients need both keys; <c>code</c> is the request id.</summary>
internal static class OpenWhiskErrors
{
    public static Task WriteAsync(HttpContext context, int status, string message)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return HttpMethods.IsHead(context.Request.Method)
            ? Task.CompletedTask
            : context.Response.WriteAsync(
                $$"""{"error":{{JsonSerializer.Serialize(message)}},"code":"{{context.TraceIdentifier}}"}"""
            );
    }
}
