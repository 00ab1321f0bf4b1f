using System.Text.Encodings.Web;
using System.Text.Json;
using ControlPanel.Verification.Decisions;

namespace ControlPanel.Gateways.Inference;

/// <summary>
/// Errors in the form that the client's library reads: OpenAI's, or Anthropic's on <c>/v1/messages</c>. Both carry the
/// request id, which finds the decision in Activity.
/// </summary>
internal static class InferenceErrors
{
    private static readonly JsonWriterOptions s_options = new()
    {
        // The default would write apostrophes as escapes; this is no HTML.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static async Task WriteAsync(HttpContext context, Protocol protocol, int status, string code, string message)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        if (context.Request.Headers.Expect.Count > 0)
        {
            // Whoever waits for 100 Continue and gets an answer instead may still send the body: not on a connection
            // that is used again.
            context.Response.Headers.Connection = "close";
        }

        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        using var body = new MemoryStream();
        await using (var json = new Utf8JsonWriter(body, s_options))
        {
            json.WriteStartObject();
            if (protocol == Protocol.Anthropic)
            {
                json.WriteString("type", "error");
                json.WriteStartObject("error");
                json.WriteString("type", AnthropicType(status));
                json.WriteString("message", message);
            }
            else
            {
                json.WriteStartObject("error");
                json.WriteString("message", message);
                json.WriteString("type", OpenAiType(status));
                json.WriteNull("param");
                json.WriteString("code", code);
            }

            json.WriteEndObject();
            json.WriteString("request_id", context.TraceIdentifier);
            json.WriteEndObject();
        }

        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body.GetBuffer().AsMemory(0, (int)body.Length), context.RequestAborted);
    }

    private static string OpenAiType(int status) =>
        status switch
        {
            401 => "authentication_error",
            403 => "permission_error",
            >= 500 => "server_error",
            _ => "invalid_request_error",
        };

    private static string AnthropicType(int status) =>
        status switch
        {
            401 => "authentication_error",
            403 => "permission_error",
            404 => "not_found_error",
            413 => "request_too_large",
            >= 500 => "api_error",
            _ => "invalid_request_error",
        };
}
