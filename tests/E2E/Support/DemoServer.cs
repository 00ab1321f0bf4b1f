using System.Text;
using System.Text.Json;

namespace ControlPanel.Tests.E2E.Support;

/// <summary>
/// The product as a user starts it: its own process, <c>--demo</c>, an empty data folder. Everything a test needs to
/// know it reads from demo.json, like any script would.
/// </summary>
public sealed class DemoServer : IAsyncDisposable
{
    private readonly PanelProcess _process;

    private DemoServer(PanelProcess process, JsonElement demo)
    {
        _process = process;
        Panel = demo.GetProperty("panel").GetString()!;
        Functions = demo.GetProperty("functions").GetString()!;
        Spaces = demo.GetProperty("spaces").GetString()!;
        Inference = demo.GetProperty("inference").GetString()!;
        Password = demo.GetProperty("password").GetString()!;
        Token = demo.GetProperty("token").GetString()!;
        People = demo.GetProperty("people")
            .EnumerateArray()
            .ToDictionary(p => p.GetProperty("email").GetString()!, p => p.GetProperty("role").GetString()!);
        Namespaces = demo.GetProperty("namespaces")
            .EnumerateArray()
            .ToDictionary(n => n.GetProperty("label").GetString()!, n => n.GetProperty("id").GetString()!);
    }

    public string Data => _process.Data;

    /// <summary>The server's process, for what the operating system knows about it.</summary>
    public int ProcessId => _process.Id;

    public string Panel { get; }

    public string Functions { get; }

    public string Spaces { get; }

    public string Inference { get; }

    public string Password { get; }

    /// <summary>The demo owner's full-access API token.</summary>
    public string Token { get; }

    public IReadOnlyDictionary<string, string> People { get; }

    /// <summary>Ids by label.</summary>
    public IReadOnlyDictionary<string, string> Namespaces { get; }

    /// <summary>What the process wrote so far.</summary>
    public string Output => _process.Output;

    /// <summary>Issues a namespace key by the API.</summary>
    public async Task<(string Id, string Secret)> IssueKeyAsync(string label, string name, CancellationToken ct)
    {
        using var client = ApiClient();
        using var response = await client.PostAsync(
            $"/v2/functions/namespaces/{Namespaces[label]}/keys",
            new StringContent(JsonSerializer.Serialize(new { name }), Encoding.UTF8, "application/json"),
            ct
        );
        response.EnsureSuccessStatusCode();
        using var body = JsonDocument.Parse(await response.Content.ReadAsStringAsync(ct));
        var key = body.RootElement.GetProperty("access_key");
        return (key.GetProperty("id").GetString()!, key.GetProperty("secret").GetString()!);
    }

    /// <summary>Revokes a namespace key by the API; returns when it is refused everywhere.</summary>
    public async Task RevokeKeyAsync(string label, string keyId, CancellationToken ct)
    {
        using var client = ApiClient();
        using var response = await client.DeleteAsync($"/v2/functions/namespaces/{Namespaces[label]}/keys/{keyId}", ct);
        response.EnsureSuccessStatusCode();
    }

    /// <summary>A client of the API with the demo token.</summary>
    public HttpClient ApiClient()
    {
        var client = new HttpClient { BaseAddress = new Uri(Panel) };
        client.DefaultRequestHeaders.Authorization = new("Bearer", Token);
        return client;
    }

    /// <summary>Starts the built product and waits until it says it is ready.</summary>
    /// <param name="settings">Settings as environment variables.</param>
    public static async Task<DemoServer> StartAsync(
        CancellationToken ct,
        params IReadOnlyList<(string Name, string Value)> settings
    )
    {
        var process = await PanelProcess.StartAsync(["--demo"], settings, ct);
        var file = Path.Combine(process.Data, "demo.json");
        using var demo = JsonDocument.Parse(await File.ReadAllTextAsync(file, ct));
        return new DemoServer(process, demo.RootElement);
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
