using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

namespace ControlPanel.Demo.Models;

/// <summary>The shapes of the demo model server's answers.</summary>
internal static class DemoAnswers
{
    public static bool IsTrue(JsonNode? node) => node is JsonValue value && value.TryGetValue<bool>(out var b) && b;

    public static Task WriteAsync(HttpContext context, int status, JsonNode body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(body.ToJsonString(), context.RequestAborted);
    }

    public static Task ListAsync(HttpContext context, IEnumerable<JsonObject> items) =>
        WriteAsync(
            context,
            200,
            new JsonObject
            {
                ["object"] = "list",
                ["data"] = new JsonArray([.. items]),
                ["has_more"] = false,
            }
        );

    public static Task ErrorAsync(HttpContext context, int status, string code, string message) =>
        WriteAsync(
            context,
            status,
            new JsonObject
            {
                ["error"] = new JsonObject
                {
                    ["message"] = message,
                    ["type"] = "invalid_request_error",
                    ["param"] = null,
                    ["code"] = code,
                },
            }
        );

    public static void BeginStream(HttpContext context)
    {
        if (!context.Response.HasStarted)
        {
            context.Response.ContentType = "text/event-stream";
            context.Response.Headers.CacheControl = "no-cache";
        }
    }

    public static JsonObject Usage(string prompt, string answer) =>
        new()
        {
            ["prompt_tokens"] = DemoScript.Count(prompt),
            ["completion_tokens"] = DemoScript.Count(answer),
            ["total_tokens"] = DemoScript.Count(prompt) + DemoScript.Count(answer),
        };

    public static JsonObject Chat(string id, string model, long now, string prompt, string text) =>
        new()
        {
            ["id"] = id,
            ["object"] = "chat.completion",
            ["created"] = now,
            ["model"] = model,
            ["choices"] = new JsonArray(
                new JsonObject
                {
                    ["index"] = 0,
                    ["message"] = new JsonObject
                    {
                        ["role"] = "assistant",
                        ["content"] = text,
                        ["refusal"] = null,
                    },
                    ["logprobs"] = null,
                    ["finish_reason"] = "stop",
                }
            ),
            ["usage"] = Usage(prompt, text),
        };

    public static JsonObject ChatChunk(string id, string model, long now, JsonObject? delta, string? finish) =>
        new()
        {
            ["id"] = id,
            ["object"] = "chat.completion.chunk",
            ["created"] = now,
            ["model"] = model,
            ["choices"] = delta is null
                ? new JsonArray()
                : new JsonArray(
                    new JsonObject
                    {
                        ["index"] = 0,
                        ["delta"] = delta,
                        ["logprobs"] = null,
                        ["finish_reason"] = finish,
                    }
                ),
        };

    /// <param name="text"><see langword="null"/>: it has only begun.</param>
    public static JsonObject Response(string id, string message, string model, long now, string prompt, string? text)
    {
        var response = new JsonObject
        {
            ["id"] = id,
            ["object"] = "response",
            ["created_at"] = now,
            ["status"] = text is null ? "in_progress" : "completed",
            ["model"] = model,
            ["error"] = null,
            ["incomplete_details"] = null,
            ["instructions"] = null,
            ["metadata"] = new JsonObject(),
            ["parallel_tool_calls"] = true,
            ["tool_choice"] = "auto",
            ["tools"] = new JsonArray(),
            ["temperature"] = 1,
            ["top_p"] = 1,
            ["output"] = new JsonArray(),
        };
        if (text is null)
        {
            return response;
        }

        response["output"] = new JsonArray(
            new JsonObject
            {
                ["type"] = "message",
                ["id"] = message,
                ["status"] = "completed",
                ["role"] = "assistant",
                ["content"] = new JsonArray(
                    new JsonObject
                    {
                        ["type"] = "output_text",
                        ["text"] = text,
                        ["annotations"] = new JsonArray(),
                    }
                ),
            }
        );
        response["usage"] = new JsonObject
        {
            ["input_tokens"] = DemoScript.Count(prompt),
            ["output_tokens"] = DemoScript.Count(text),
            ["total_tokens"] = DemoScript.Count(prompt) + DemoScript.Count(text),
        };
        return response;
    }

    /// <param name="text"><see langword="null"/>: it has only begun.</param>
    public static JsonObject Message(string id, string model, string prompt, string? text) =>
        new()
        {
            ["id"] = id,
            ["type"] = "message",
            ["role"] = "assistant",
            ["model"] = model,
            ["content"] = text is null
                ? new JsonArray()
                : new JsonArray(new JsonObject { ["type"] = "text", ["text"] = text }),
            ["stop_reason"] = text is null ? null : "end_turn",
            ["stop_sequence"] = null,
            ["usage"] = new JsonObject
            {
                ["input_tokens"] = DemoScript.Count(prompt),
                ["output_tokens"] = text is null ? 0 : DemoScript.Count(text),
            },
        };

    /// <summary>A vector as numbers, or as OpenAI's clients ask for it: base64 of little-endian floats.</summary>
    public static JsonNode Vector(float[] vector, bool base64) =>
        base64
            ? JsonValue.Create(Convert.ToBase64String(MemoryMarshal.AsBytes<float>(vector)))
            : new JsonArray([.. vector.Select(v => (JsonNode)JsonValue.Create(v))]);
}
