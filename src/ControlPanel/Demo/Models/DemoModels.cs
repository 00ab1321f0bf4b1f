using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPanel.Verification.Secrets;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace ControlPanel.Demo.Models;

/// <summary>
/// A small model server of OpenAI's shape for <c>--demo</c>, on a loopback socket of its own, with a credential of its
/// own: chat, completions, responses, messages, embeddings, files and batches. Every answer is scripted and says so.
/// </summary>
public sealed class DemoModels : IAsyncDisposable
{
    private const int MaxBody = 4 * 1024 * 1024;

    private readonly ISecretSource _random;
    private readonly TimeProvider _clock;
    private readonly DemoBatches _batches;
    private readonly WebApplication _app;
    private byte[] _credential = [];

    public DemoModels(ISecretSource random, TimeProvider clock)
    {
        _random = random;
        _clock = clock;
        _batches = new DemoBatches(NewId, clock);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxBody;
            kestrel.Listen(IPAddress.Loopback, 0);
        });
        _app = builder.Build();
        _app.Run(AnswerAsync);
    }

    /// <summary>Where it listens; known once started.</summary>
    public Uri Address =>
        new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <summary>Starts listening.</summary>
    public Task StartAsync(CancellationToken ct) => _app.StartAsync(ct);

    /// <summary>The only credential it takes; asking for another ends the one before.</summary>
    public string NewCredential()
    {
        var credential = "demo-upstream-" + NewId();
        _credential = Hash(credential);
        return credential;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        context.Response.Headers["X-Demo-Upstream"] = "ControlPanel";
        var path = (context.Request.Path.Value ?? "").Split('/', StringSplitOptions.RemoveEmptyEntries);
        // The address of an upload is its own proof, as with the real service's presigned addresses.
        if (path is ["uploads", var ticket] && HttpMethods.IsPut(context.Request.Method))
        {
            await DemoAnswers.WriteAsync(
                context,
                _batches.TryFill(ticket, await ReadTextAsync(context)) ? 200 : 403,
                new JsonObject()
            );
            return;
        }

        if (!IsMine(context.Request.Headers.Authorization.ToString()))
        {
            await DemoAnswers.ErrorAsync(context, 401, "invalid_api_key", "This is not the demo server's own key.");
            return;
        }

        try
        {
            await RouteAsync(context, path);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            if (context.Response.HasStarted)
            {
                throw;
            }

            await DemoAnswers.ErrorAsync(context, 400, "invalid_request", "The demo server cannot read this request.");
        }
    }

    private Task RouteAsync(HttpContext context, string[] path) =>
        (context.Request.Method, path) switch
        {
            ("GET", ["v1", "models"]) => DemoAnswers.ListAsync(context, DemoCatalog.Models.Select(ModelInfo)),
            ("GET", ["v1", "models", var id]) when DemoCatalog.Find(id) is { } model => DemoAnswers.WriteAsync(
                context,
                200,
                ModelInfo(model)
            ),
            ("POST", ["v1", "chat", "completions"]) => ChatAsync(context),
            ("POST", ["v1", "completions"]) => CompletionAsync(context),
            ("POST", ["v1", "responses"]) => ResponseAsync(context),
            ("POST", ["v1", "messages"]) => MessageAsync(context),
            ("POST", ["v1", "embeddings"]) => EmbeddingAsync(context),
            ("POST", ["v1", "async-invoke"]) => InvokeAsync(context),
            (_, ["v1", "files" or "batches", ..]) => _batches.AnswerAsync(context, path[1..], Address),
            _ => DemoAnswers.ErrorAsync(context, 404, "unknown_url", "The demo server does not have this."),
        };

    private async Task ChatAsync(HttpContext context)
    {
        if (await ReadAsync(context, DemoCatalog.Text, "model") is not var (body, model))
        {
            return;
        }

        var prompt = DemoScript.LastPrompt(body["messages"]);
        var (pieces, pause) = DemoScript.Answer(model, prompt);
        var id = "chatcmpl-" + NewId();
        if (!DemoAnswers.IsTrue(body["stream"]))
        {
            await DemoAnswers.WriteAsync(
                context,
                200,
                DemoAnswers.Chat(id, model.Id, Now, prompt, string.Concat(pieces))
            );
            return;
        }

        await StreamAsync(
            context,
            pieces,
            pause,
            (piece, first) =>
                (
                    null,
                    DemoAnswers.ChatChunk(
                        id,
                        model.Id,
                        Now,
                        first
                            ? new JsonObject { ["role"] = "assistant", ["content"] = piece }
                            : new JsonObject { ["content"] = piece },
                        finish: null
                    )
                ),
            async () =>
            {
                await EventAsync(context, null, DemoAnswers.ChatChunk(id, model.Id, Now, [], "stop"));
                if (DemoAnswers.IsTrue((body["stream_options"] as JsonObject)?["include_usage"]))
                {
                    var usage = DemoAnswers.ChatChunk(id, model.Id, Now, delta: null, finish: null);
                    usage["usage"] = DemoAnswers.Usage(prompt, string.Concat(pieces));
                    await EventAsync(context, null, usage);
                }

                await context.Response.WriteAsync("data: [DONE]\n\n", context.RequestAborted);
            }
        );
    }

    private async Task CompletionAsync(HttpContext context)
    {
        if (await ReadAsync(context, DemoCatalog.Text, "model") is not var (body, model))
        {
            return;
        }

        var prompt = DemoScript.TextOf(body["prompt"]);
        var (pieces, pause) = DemoScript.Answer(model, prompt);
        var id = "cmpl-" + NewId();
        JsonObject Text(string text, string? finish) =>
            new()
            {
                ["id"] = id,
                ["object"] = "text_completion",
                ["created"] = Now,
                ["model"] = model.Id,
                ["choices"] = new JsonArray(
                    new JsonObject
                    {
                        ["index"] = 0,
                        ["text"] = text,
                        ["logprobs"] = null,
                        ["finish_reason"] = finish,
                    }
                ),
            };
        if (!DemoAnswers.IsTrue(body["stream"]))
        {
            var answer = Text(string.Concat(pieces), "stop");
            answer["usage"] = DemoAnswers.Usage(prompt, string.Concat(pieces));
            await DemoAnswers.WriteAsync(context, 200, answer);
            return;
        }

        await StreamAsync(
            context,
            pieces,
            pause,
            (piece, _) => (null, Text(piece, null)),
            async () =>
            {
                await EventAsync(context, null, Text("", "stop"));
                await context.Response.WriteAsync("data: [DONE]\n\n", context.RequestAborted);
            }
        );
    }

    private async Task ResponseAsync(HttpContext context)
    {
        if (await ReadAsync(context, DemoCatalog.Text, "model") is not var (body, model))
        {
            return;
        }

        var prompt = DemoScript.LastPrompt(body["input"]);
        var (pieces, pause) = DemoScript.Answer(model, prompt);
        var id = "resp_" + NewId();
        var message = "msg_" + NewId();
        var whole = DemoAnswers.Response(id, message, model.Id, Now, prompt, string.Concat(pieces));
        if (!DemoAnswers.IsTrue(body["stream"]))
        {
            await DemoAnswers.WriteAsync(context, 200, whole);
            return;
        }

        var number = 0;
        JsonObject Event(string type, JsonObject content)
        {
            content["type"] = type;
            content["sequence_number"] = number++;
            return content;
        }

        var begun = DemoAnswers.Response(id, message, model.Id, Now, prompt, text: null);
        DemoAnswers.BeginStream(context);
        await EventAsync(
            context,
            "response.created",
            Event("response.created", new JsonObject { ["response"] = begun })
        );
        await StreamAsync(
            context,
            pieces,
            pause,
            (piece, _) =>
                (
                    "response.output_text.delta",
                    Event(
                        "response.output_text.delta",
                        new JsonObject
                        {
                            ["item_id"] = message,
                            ["output_index"] = 0,
                            ["content_index"] = 0,
                            ["delta"] = piece,
                        }
                    )
                ),
            () =>
                EventAsync(
                    context,
                    "response.completed",
                    Event("response.completed", new JsonObject { ["response"] = whole })
                )
        );
    }

    private async Task MessageAsync(HttpContext context)
    {
        if (await ReadAsync(context, DemoCatalog.Text, "model") is not var (body, model))
        {
            return;
        }

        var prompt = DemoScript.LastPrompt(body["messages"]);
        var (pieces, pause) = DemoScript.Answer(model, prompt);
        var id = "msg_" + NewId();
        if (!DemoAnswers.IsTrue(body["stream"]))
        {
            await DemoAnswers.WriteAsync(
                context,
                200,
                DemoAnswers.Message(id, model.Id, prompt, string.Concat(pieces))
            );
            return;
        }

        DemoAnswers.BeginStream(context);
        await EventAsync(
            context,
            "message_start",
            new JsonObject
            {
                ["type"] = "message_start",
                ["message"] = DemoAnswers.Message(id, model.Id, prompt, text: null),
            }
        );
        await EventAsync(
            context,
            "content_block_start",
            new JsonObject
            {
                ["type"] = "content_block_start",
                ["index"] = 0,
                ["content_block"] = new JsonObject { ["type"] = "text", ["text"] = "" },
            }
        );
        await StreamAsync(
            context,
            pieces,
            pause,
            (piece, _) =>
                (
                    "content_block_delta",
                    new JsonObject
                    {
                        ["type"] = "content_block_delta",
                        ["index"] = 0,
                        ["delta"] = new JsonObject { ["type"] = "text_delta", ["text"] = piece },
                    }
                ),
            async () =>
            {
                await EventAsync(
                    context,
                    "content_block_stop",
                    new JsonObject { ["type"] = "content_block_stop", ["index"] = 0 }
                );
                await EventAsync(
                    context,
                    "message_delta",
                    new JsonObject
                    {
                        ["type"] = "message_delta",
                        ["delta"] = new JsonObject { ["stop_reason"] = "end_turn", ["stop_sequence"] = null },
                        ["usage"] = new JsonObject { ["output_tokens"] = DemoScript.Count(string.Concat(pieces)) },
                    }
                );
                await EventAsync(context, "message_stop", new JsonObject { ["type"] = "message_stop" });
            }
        );
    }

    private static async Task EmbeddingAsync(HttpContext context)
    {
        if (await ReadAsync(context, DemoCatalog.Embedding, "model") is not var (body, model))
        {
            return;
        }

        var inputs = body["input"] is JsonArray several
            ? [.. several.Select(DemoScript.TextOf)]
            : new List<string> { DemoScript.TextOf(body["input"]) };
        var base64 = (string?)body["encoding_format"] == "base64";
        var answer = new JsonObject
        {
            ["object"] = "list",
            ["model"] = model.Id,
            ["data"] = new JsonArray([
                .. inputs.Select(
                    (text, index) =>
                        new JsonObject
                        {
                            ["object"] = "embedding",
                            ["index"] = index,
                            ["embedding"] = DemoAnswers.Vector(DemoScript.Embed(text), base64),
                        }
                ),
            ]),
            ["usage"] = new JsonObject
            {
                ["prompt_tokens"] = inputs.Sum(DemoScript.Count),
                ["total_tokens"] = inputs.Sum(DemoScript.Count),
            },
        };
        await DemoAnswers.WriteAsync(context, 200, answer);
    }

    // Nothing waits here: the job is done when it is named.
    private async Task InvokeAsync(HttpContext context)
    {
        if (await ReadAsync(context, DemoCatalog.Text, "model_id") is not var (body, model))
        {
            return;
        }

        var prompt = DemoScript.TextOf((body["input"] as JsonObject)?["prompt"] ?? body["input"]);
        await DemoAnswers.WriteAsync(
            context,
            200,
            new JsonObject
            {
                ["request_id"] = NewId(),
                ["model_id"] = model.Id,
                ["status"] = "COMPLETE",
                ["output"] = string.Concat(DemoScript.Answer(model, prompt).Pieces),
            }
        );
    }

    private async Task StreamAsync(
        HttpContext context,
        IReadOnlyList<string> pieces,
        TimeSpan pause,
        Func<string, bool, (string? Event, JsonObject Data)> make,
        Func<Task> end
    )
    {
        DemoAnswers.BeginStream(context);
        for (var i = 0; i < pieces.Count; i++)
        {
            if (i > 0)
            {
                await Task.Delay(pause, _clock, context.RequestAborted);
            }

            var (name, data) = make(pieces[i], i == 0);
            await EventAsync(context, name, data);
        }

        await end();
    }

    private static async Task EventAsync(HttpContext context, string? name, JsonObject data)
    {
        await context.Response.WriteAsync(
            (name is null ? "" : $"event: {name}\n") + $"data: {data.ToJsonString()}\n\n",
            context.RequestAborted
        );
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }

    private static async Task<(JsonObject Body, DemoModel Model)?> ReadAsync(
        HttpContext context,
        string modality,
        string field
    )
    {
        var body = JsonNode.Parse(await ReadTextAsync(context)) as JsonObject ?? throw new JsonException();
        if (DemoCatalog.Find((string?)body[field]) is { } model && model.Modality == modality)
        {
            return (body, model);
        }

        await DemoAnswers.ErrorAsync(context, 404, "model_not_found", "The demo server has no such model for this.");
        return null;
    }

    private static async Task<string> ReadTextAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        return await reader.ReadToEndAsync(context.RequestAborted);
    }

    private static JsonObject ModelInfo(DemoModel model) =>
        new()
        {
            ["id"] = model.Id,
            ["object"] = "model",
            ["created"] = 1_767_225_600,
            ["owned_by"] = model.Provider.ToLowerInvariant(),
        };

    private long Now => _clock.GetUtcNow().ToUnixTimeSeconds();

    private string NewId()
    {
        Span<byte> bytes = stackalloc byte[16];
        _random.Fill(bytes);
        return Convert.ToHexStringLower(bytes);
    }

    private bool IsMine(string authorization) =>
        _credential.Length > 0
        && authorization.StartsWith("Bearer ", StringComparison.Ordinal)
        && CryptographicOperations.FixedTimeEquals(Hash(authorization["Bearer ".Length..]), _credential);

    private static byte[] Hash(string credential) => SHA256.HashData(Encoding.UTF8.GetBytes(credential));
}
