using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPanel.Data.Providers;
using ControlPanel.Tests.Unit.Data;
using ControlPanel.Tests.Unit.Support;
using static ControlPanel.Tests.Unit.Data.StoreFixture;

namespace ControlPanel.Tests.Unit.Api;

/// <summary>
/// Whatever is sent to an endpoint of the document, the server says what is wrong with it: never a failure of its own,
/// always the envelope, and an answer that fits its schema when it did what was asked. On both stores: what one of them
/// takes in a parameter, the other may not.
/// </summary>
public sealed class FuzzTests : IAsyncDisposable
{
    // Under the limit of a minute.
    private const int CallsOfOneToken = 200;

    private readonly List<string> _faults = [];
    private ApiWorld? _started;
    private JsonElement _document;
    private ApiCaller? _caller;
    private int _calls;

    private static readonly string[] s_texts =
    [
        "",
        " ",
        "\u0000",
        "a\u0000b",
        "\r\nX-Evil: 1",
        "\u202e\u200b\ufeff",
        "💥🧨",
        "e\u0301\u0301\u0301",
        "'; DROP TABLE access_keys; --",
        "%%%s%n{0}{{}}",
        "<script>alert(1)</script>",
        "../../../etc/passwd",
        "00000000-0000-4000-8000-000000000000",
        "99999999999999999999999d",
        "-1h",
        "9999-12-31T23:59:59Z",
        "api:write",
        "0.0.0.0/0",
        "::/0",
        "10.0.0.1/33",
        new string('x', 70_000),
    ];

    private static readonly string[] s_values =
    [
        "null",
        "true",
        "0",
        "-1",
        "1.5",
        "1e400",
        "123456789012345678901234567890",
        "[]",
        "[null]",
        "[[]]",
        "[1,\"a\",{},null]",
        "{}",
        "{\"a\":{\"b\":null}}",
        "\"\\ud800\"",
        "\"\\u0000\"",
        Deep(31),
        Deep(5_000),
        $"[{string.Join(",", Enumerable.Repeat("\"x\"", 3_000))}]",
    ];

    private static readonly string[] s_bodies =
    [
        "",
        " ",
        "null",
        "true",
        "0",
        "\"text\"",
        "[]",
        "{",
        "{}{}",
        "{\"name\"}",
        "{\"name\":\"a\",\"name\":\"b\",}",
        "{\"name\":\"a\",\"name\":1}",
        "{\"\":\"\",\"\\ud800\":1}",
        "{\"__proto__\":{},\"constructor\":1}",
        "\ufeff{}",
        "// a remark\n{}",
        "<xml/>",
        "name=value",
        Deep(20_000),
        "{\"name\":\"" + new string('y', 1024 * 1024) + "\"}",
    ];

    private static readonly string[] s_segments =
    [
        "x",
        "0",
        "-1",
        "null",
        "%20",
        "%0d%0aX-Evil:%201",
        "%2e%2e%2f",
        "..%5c",
        "%ff%fe",
        "%f0%9f%92%a5",
        "%e2%80%ae",
        "'%20or%20'1'='1",
        "%7B%7D",
        "%25%30%30",
        "00000000-0000-0000-0000-000000000000",
        "00000000000000000000000000000000",
        "{00000000-0000-4000-8000-000000000000}",
        "fn-00000000-0000-4000-8000-000000000000",
        "DO00AAAAAAAAAAAAAAAA",
        "default",
        new string('z', 4_000),
    ];

    private ApiWorld World => _started!;

    public async ValueTask DisposeAsync()
    {
        _caller?.Dispose();
        if (_started is not null)
        {
            await _started.DisposeAsync();
        }
    }

    [Theory]
    [BothStores]
    public async Task Bodies_with_a_wrong_member_or_none(StoreKind kind)
    {
        await StartAsync(kind);
        foreach (var (method, path, operation) in Operations().Where(o => HasBody(o.Operation)))
        {
            var example = Example(operation);
            foreach (var field in Fields(example).Append(["unknown"]))
            {
                await SendAsync(method, path, operation, With(example, field, value: null));
                foreach (var value in s_values)
                {
                    await SendAsync(method, path, operation, With(example, field, value));
                }

                foreach (var text in s_texts)
                {
                    await SendAsync(method, path, operation, With(example, field, JsonSerializer.Serialize(text)));
                }
            }
        }

        Verify(atLeast: 1_000);
    }

    // None of these gets as far as a store.
    [Fact]
    public async Task Bodies_that_are_none()
    {
        await StartAsync(StoreKind.Sqlite);
        foreach (var (method, path, operation) in Operations().Where(o => o.Method != "get"))
        {
            foreach (var body in s_bodies)
            {
                await SendAsync(method, path, operation, body);
            }

            await SendBytesAsync(
                method,
                path,
                [0x7b, 0x22, 0x6e, 0xff, 0xfe, 0x22, 0x3a, 0x22, 0xc0, 0x80, 0x22, 0x7d]
            );
            await SendBytesAsync(method, path, [.. "{\"name\":\""u8, 0xed, 0xa0, 0x80, 0xc3, .. "\"}"u8]);
            await SendBytesAsync(method, path, Encoding.Unicode.GetBytes("{\"name\":\"utf-16\"}"));
        }

        Verify(atLeast: 500);
    }

    [Theory]
    [BothStores]
    public async Task Paths_and_queries_that_mean_nothing(StoreKind kind)
    {
        await StartAsync(kind);
        foreach (var (method, path, operation) in Operations())
        {
            foreach (var parameter in Parameters(operation, "path"))
            {
                foreach (var segment in s_segments)
                {
                    await SendAsync(
                        method,
                        path.Replace($"{{{parameter}}}", segment, StringComparison.Ordinal),
                        operation,
                        "{}"
                    );
                }
            }

            foreach (var parameter in Parameters(operation, "query"))
            {
                foreach (
                    var text in s_texts.Where(t => t.Length < 5_000).Concat(["1", "200", "201", "2147483648", "NaN"])
                )
                {
                    await SendAsync(method, $"{path}?{parameter}={Uri.EscapeDataString(text)}", operation, "");
                }

                await SendAsync(method, $"{path}?{parameter}=%ff%fe&{parameter}=1&{parameter}", operation, "");
                await SendAsync(method, $"{path}?{parameter}[]=1&{parameter}.x=%zz&=&&?", operation, "");
            }
        }

        Verify(atLeast: 1_000);
    }

    private async Task StartAsync(StoreKind kind)
    {
        var ct = TestContext.Current.CancellationToken;
        var database =
            kind == StoreKind.Postgres
                ? await (await TestContext.Current.GetFixture<PostgresCluster>())!.CreateDatabaseAsync(ct)
                : "";
        _started = new ApiWorld(
            new TestPanel(builder => builder.Configuration["ControlPanel:Store:Postgres"] = database)
        );
        await World.InitializeAsync();
        Assert.Equal(kind == StoreKind.Postgres, World.Panel.Get<IControlPanelStore>() is PostgresStore);
        using var http = new HttpClient { BaseAddress = World.Panel.Panel };
        _document = JsonElement.Parse(await http.GetStringAsync("/openapi/v1.json", ct));
    }

    private void Verify(int atLeast)
    {
        Assert.True(_calls >= atLeast, $"Only {_calls} calls were made.");
        Assert.True(_faults.Count == 0, $"{_faults.Count} of {_calls}:\n{string.Join("\n", _faults.Take(20))}");
    }

    private async Task SendAsync(string method, string path, JsonElement operation, string body)
    {
        var answer = await (await CallerAsync()).SendAsync(method.ToUpperInvariant(), Addressed(path), body);
        Judge($"{method} {path} {Shown(body)}", operation, answer);
    }

    private async Task SendBytesAsync(string method, string path, byte[] body)
    {
        var answer = await (await CallerAsync()).SendAsync(
            method.ToUpperInvariant(),
            Addressed(path),
            change: r =>
            {
                r.Content = new ByteArrayContent(body);
                r.Content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
            }
        );
        Judge($"{method} {path} {Convert.ToHexString(body)}", operation: null, answer);
    }

    private void Judge(string what, JsonElement? operation, ApiAnswer answer)
    {
        try
        {
            if (answer.Status >= 400)
            {
                Assert.True(answer.Status is 400 or 403 or 404 or 409 or 410 or 413 or 422, $"status {answer.Status}");
                answer.IsEnvelope();
            }
            else if (operation is { } described)
            {
                var schema = described
                    .GetProperty("responses")
                    .GetProperty(answer.Status.ToString(System.Globalization.CultureInfo.InvariantCulture));
                if (schema.TryGetProperty("content", out var content))
                {
                    JsonShape.AssertFits(
                        _document,
                        content.GetProperty("application/json").GetProperty("schema"),
                        answer.Body,
                        "answer"
                    );
                }
                else
                {
                    Assert.Empty(answer.Text);
                }
            }

            Assert.False(answer.Headers.ContainsKey("X-Evil"));
        }
        catch (Exception e) when (e is Xunit.Sdk.XunitException or JsonException or KeyNotFoundException)
        {
            _faults.Add($"{Shown(what)} → {answer.Status} {Shown(answer.Text)}: {Shown(e.Message)}");
        }
    }

    private async Task<ApiCaller> CallerAsync()
    {
        if (_calls++ % CallsOfOneToken == 0)
        {
            _caller?.Dispose();
            _caller = await World.CallerAsync();
        }

        return _caller!;
    }

    private IEnumerable<(string Method, string Path, JsonElement Operation)> Operations() =>
        _document
            .GetProperty("paths")
            .EnumerateObject()
            .SelectMany(p => p.Value.EnumerateObject().Select(o => (o.Name, p.Name, o.Value)));

    private static bool HasBody(JsonElement operation) => operation.TryGetProperty("requestBody", out _);

    private static JsonElement Example(JsonElement operation) =>
        operation
            .GetProperty("requestBody")
            .GetProperty("content")
            .GetProperty("application/json")
            .GetProperty("example");

    private static IEnumerable<string> Parameters(JsonElement operation, string place) =>
        operation.TryGetProperty("parameters", out var parameters)
            ? parameters
                .EnumerateArray()
                .Where(p => p.GetProperty("in").GetString() == place)
                .Select(p => p.GetProperty("name").GetString()!)
            : [];

    // The way to each member of the example, through lists by their first item.
    private static IEnumerable<string[]> Fields(JsonElement example) =>
        example.ValueKind switch
        {
            JsonValueKind.Object => example
                .EnumerateObject()
                .SelectMany(m => Fields(m.Value).Select(f => (string[])[m.Name, .. f]).Prepend([m.Name])),
            JsonValueKind.Array when example.GetArrayLength() > 0 => Fields(example[0])
                .Select(f => (string[])["0", .. f])
                .Prepend(["0"]),
            _ => [],
        };

    /// <summary>The example with one member replaced by JSON text, or without it.</summary>
    private static string With(JsonElement example, string[] field, string? value)
    {
        // The text may be more than a parser takes: it goes in behind a mark.
        const string mark = "\"@mark@\"";
        var root = JsonNode.Parse(example.GetRawText())!;
        var parent = root;
        foreach (var step in field[..^1])
        {
            parent = parent is JsonArray list
                ? list[int.Parse(step, System.Globalization.CultureInfo.InvariantCulture)]!
                : parent[step]!;
        }

        if (parent is JsonArray array)
        {
            array[0] = value is null ? null : "@mark@";
        }
        else if (value is null)
        {
            parent.AsObject().Remove(field[^1]);
        }
        else
        {
            parent[field[^1]] = "@mark@";
        }

        return value is null ? root.ToJsonString() : root.ToJsonString().Replace(mark, value, StringComparison.Ordinal);
    }

    // What stays a parameter names nothing.
    private static string Addressed(string path) =>
        path.Replace("{id}", "00000000-0000-4000-8000-000000000000", StringComparison.Ordinal)
            .Replace("{uuid}", "00000000-0000-4000-8000-000000000000", StringComparison.Ordinal);

    private static string Deep(int levels) => new string('[', levels) + new string(']', levels);

    private static string Shown(string text) => text.Length > 160 ? text[..160] + "…" : text;
}
