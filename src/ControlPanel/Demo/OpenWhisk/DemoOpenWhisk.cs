using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPanel.Verification.Secrets;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace ControlPanel.Demo.OpenWhisk;

/// <summary>
/// A small service of OpenWhisk's shape for <c>--demo</c>: real actions <c>demo/hello</c>, <c>demo/echo</c> and
/// <c>demo/slow</c>, on a loopback socket of its own, with its own credentials. Not an OpenWhisk: nothing can be deployed.
/// </summary>
public sealed class DemoOpenWhisk : IAsyncDisposable
{
    private const int MaxActivations = 200;

    private static readonly string[] s_actions = ["echo", "hello", "slow"];

    private readonly ConcurrentDictionary<string, string> _namespaces = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<JsonObject> _activations = new();
    private readonly ISecretSource _random;
    private readonly TimeProvider _clock;
    private readonly WebApplication _app;

    public DemoOpenWhisk(ISecretSource random, TimeProvider clock)
    {
        _random = random;
        _clock = clock;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
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

    /// <summary>The service's own credential for a namespace, new at every start.</summary>
    public string CredentialFor(string namespaceId)
    {
        Span<byte> bytes = stackalloc byte[32];
        _random.Fill(bytes);
        var credential = $"{new Guid(bytes[..16])}:{Convert.ToHexStringLower(bytes[16..])}";
        _namespaces[Hash(credential)] = namespaceId;
        return credential;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        if (!IsKnown(context.Request.Headers.Authorization.ToString(), out var owner))
        {
            context.Response.Headers.WWWAuthenticate = "Basic realm=\"demo\"";
            await WriteAsync(context, 401, Error("The supplied authentication is invalid."));
            return;
        }

        var segments = (context.Request.Path.Value ?? "").Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (segments is not ["api", "v1", "namespaces", _, .. var rest])
        {
            await WriteAsync(context, 404, Error("The requested resource does not exist."));
            return;
        }

        var get = HttpMethods.IsGet(context.Request.Method);
        switch (rest)
        {
            case ["actions"] when get:
                await WriteAsync(context, 200, Page(context, s_actions.Select(a => Action(owner, a))));
                break;
            case ["actions", "demo"] when get:
                await WriteAsync(context, 200, new JsonArray([.. s_actions.Select(a => Action(owner, a))]));
                break;
            case ["actions", "demo", var name] when get && s_actions.Contains(name, StringComparer.Ordinal):
                await WriteAsync(context, 200, Action(owner, name));
                break;
            case ["actions", "demo", var name]
                when HttpMethods.IsPost(context.Request.Method) && s_actions.Contains(name, StringComparer.Ordinal):
                await InvokeAsync(context, owner, name);
                break;
            case ["packages"] when get:
                await WriteAsync(
                    context,
                    200,
                    new JsonArray(
                        new JsonObject
                        {
                            ["name"] = "demo",
                            ["namespace"] = owner,
                            ["version"] = "0.0.1",
                            ["publish"] = false,
                        }
                    )
                );
                break;
            case ["triggers"] when get:
            case ["rules"] when get:
                await WriteAsync(context, 200, new JsonArray());
                break;
            case ["activations"] when get:
                await ListActivationsAsync(context, owner);
                break;
            case ["activations", var id, .. var part] when get:
                await GetActivationAsync(context, owner, id, part);
                break;
            default:
                await WriteAsync(
                    context,
                    get ? 404 : 403,
                    Error(get ? "The requested resource does not exist." : "The demo upstream cannot be changed.")
                );
                break;
        }
    }

    private async Task InvokeAsync(HttpContext context, string owner, string action)
    {
        JsonObject parameters;
        try
        {
            using var reader = new StreamReader(context.Request.Body);
            var text = await reader.ReadToEndAsync(context.RequestAborted);
            parameters = text.Length == 0 ? [] : JsonNode.Parse(text) as JsonObject ?? throw new JsonException();
        }
        catch (JsonException)
        {
            await WriteAsync(context, 400, Error("The request content was malformed: a JSON object is needed."));
            return;
        }

        var start = _clock.GetUtcNow();
        JsonObject result;
        switch (action)
        {
            case "hello":
                var name =
                    parameters["name"] is JsonValue value && value.TryGetValue<string>(out var who) ? who : "stranger";
                result = new JsonObject { ["greeting"] = $"Hello, {name}!", ["namespace"] = owner };
                break;
            case "slow":
                var seconds =
                    parameters["seconds"] is JsonValue number && number.TryGetValue<double>(out var asked)
                        ? Math.Clamp(asked, 0, 60)
                        : 2;
                await StreamSlowlyAsync(context, seconds);
                return;
            default:
                result = parameters.DeepClone().AsObject();
                break;
        }

        Span<byte> idBytes = stackalloc byte[16];
        _random.Fill(idBytes);
        var id = Convert.ToHexStringLower(idBytes);
        var activation = new JsonObject
        {
            ["activationId"] = id,
            ["name"] = action,
            ["namespace"] = owner,
            ["start"] = start.ToUnixTimeMilliseconds(),
            ["end"] = _clock.GetUtcNow().ToUnixTimeMilliseconds(),
            ["duration"] = 1,
            ["response"] = new JsonObject
            {
                ["status"] = "success",
                ["statusCode"] = 0,
                ["success"] = true,
                ["result"] = result,
            },
            ["logs"] = new JsonArray(),
            ["version"] = "0.0.1",
            ["publish"] = false,
        };
        _activations.Enqueue(activation);
        while (_activations.Count > MaxActivations)
        {
            _activations.TryDequeue(out _);
        }

        var blocking = context.Request.Query["blocking"] == "true";
        var resultOnly = context.Request.Query["result"] == "true";
        await (
            !blocking ? WriteAsync(context, 202, new JsonObject { ["activationId"] = id })
            : resultOnly ? WriteAsync(context, 200, result.DeepClone())
            : WriteAsync(context, 200, activation.DeepClone())
        );
    }

    // A line every quarter of a second: a response that is still running when its key is revoked.
    private async Task StreamSlowlyAsync(HttpContext context, double seconds)
    {
        context.Response.ContentType = "application/json";
        var until = _clock.GetUtcNow() + TimeSpan.FromSeconds(seconds);
        await context.Response.WriteAsync("{\"waited\":[", context.RequestAborted);
        var first = true;
        while (_clock.GetUtcNow() < until)
        {
            await context.Response.WriteAsync(first ? "0.25" : ",\n0.25", context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            first = false;
            await Task.Delay(TimeSpan.FromMilliseconds(250), _clock, context.RequestAborted);
        }

        await context.Response.WriteAsync("]}", context.RequestAborted);
    }

    private Task ListActivationsAsync(HttpContext context, string owner)
    {
        var own = _activations.Where(a => (string?)a["namespace"] == owner).Reverse().ToList();
        return context.Request.Query["count"] == "true"
            ? WriteAsync(context, 200, new JsonObject { ["activations"] = own.Count })
            : WriteAsync(context, 200, Page(context, own.Select(a => (JsonNode)a.DeepClone())));
    }

    private Task GetActivationAsync(HttpContext context, string owner, string id, string[] part)
    {
        var found = _activations.FirstOrDefault(a =>
            (string?)a["activationId"] == id && (string?)a["namespace"] == owner
        );
        return (found, part) switch
        {
            (null, _) => WriteAsync(context, 404, Error("The requested resource does not exist.")),
            (_, []) => WriteAsync(context, 200, found.DeepClone()),
            (_, ["result"]) => WriteAsync(context, 200, found["response"]!.DeepClone()),
            (_, ["logs"]) => WriteAsync(context, 200, new JsonObject { ["logs"] = new JsonArray() }),
            _ => WriteAsync(context, 404, Error("The requested resource does not exist.")),
        };
    }

    private bool IsKnown(string authorization, out string owner)
    {
        owner = "";
        if (!authorization.StartsWith("Basic ", StringComparison.Ordinal))
        {
            return false;
        }

        var bytes = new byte[authorization.Length];
        return Convert.TryFromBase64String(authorization["Basic ".Length..], bytes, out var length)
            && _namespaces.TryGetValue(Hash(Encoding.UTF8.GetString(bytes, 0, length)), out owner!);
    }

    private static string Hash(string credential) =>
        Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(credential)));

    private static JsonArray Page(HttpContext context, IEnumerable<JsonNode> items)
    {
        var skip = int.TryParse(context.Request.Query["skip"], out var s) ? Math.Max(0, s) : 0;
        var limit = int.TryParse(context.Request.Query["limit"], out var l) ? Math.Clamp(l, 1, 200) : 30;
        return [.. items.Skip(skip).Take(limit)];
    }

    private static JsonObject Action(string owner, string name) =>
        new()
        {
            ["namespace"] = $"{owner}/demo",
            ["name"] = name,
            ["version"] = "0.0.1",
            ["publish"] = false,
            ["updated"] = 1_767_225_600_000,
            ["exec"] = new JsonObject { ["kind"] = "nodejs:18", ["binary"] = false },
            ["limits"] = new JsonObject
            {
                ["timeout"] = 60000,
                ["memory"] = 256,
                ["logs"] = 10,
                ["concurrency"] = 1,
            },
            ["annotations"] = new JsonArray(
                new JsonObject { ["key"] = "description", ["value"] = "An action of the demo upstream" },
                new JsonObject { ["key"] = "web-export", ["value"] = false }
            ),
            ["parameters"] = new JsonArray(),
        };

    private static JsonObject Error(string message) => new() { ["error"] = message, ["code"] = "demo" };

    private static Task WriteAsync(HttpContext context, int status, JsonNode body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.Headers["X-Demo-Upstream"] = "ControlPanel";
        return context.Response.WriteAsync(body.ToJsonString(), context.RequestAborted);
    }
}
