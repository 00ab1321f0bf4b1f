using System.Text;
using System.Text.Json;

namespace ControlPanel.Tests.E2E.Support;

/// <summary>A model access key, made, renewed and deleted by the API as a script would.</summary>
public sealed class ModelKey
{
    private readonly DemoServer _server;

    private ModelKey(DemoServer server, string id, string secret)
    {
        _server = server;
        Id = id;
        Secret = secret;
    }

    public string Id { get; }

    public string Secret { get; private set; }

    /// <summary>Where the key is deleted.</summary>
    public string Address => $"{_server.Panel}/v2/inference/model_access_keys/{Id}";

    /// <summary>Makes a key.</summary>
    /// <param name="models">None means all.</param>
    /// <param name="vpc">The name of one of the team's networks.</param>
    public static async Task<ModelKey> CreateAsync(
        DemoServer server,
        CancellationToken ct,
        string[]? models = null,
        bool batch = false,
        string? vpc = null
    )
    {
        using var client = server.ApiClient();
        using var body = await SendAsync(
            client,
            "/v2/inference/model_access_keys",
            new
            {
                name = "tests",
                models = models ?? (object)"all",
                batch,
                vpc_uuid = vpc is null ? null : await FindVpcAsync(client, vpc, ct),
            },
            ct
        );
        var key = body.RootElement.GetProperty("model_access_key");
        return new ModelKey(server, key.GetProperty("uuid").GetString()!, key.GetProperty("secret_key").GetString()!);
    }

    /// <summary>Gives it another secret; returns when the old one is refused everywhere.</summary>
    public async Task RegenerateAsync(CancellationToken ct)
    {
        using var client = _server.ApiClient();
        using var body = await SendAsync(client, $"/v2/inference/model_access_keys/{Id}/regenerate", new { }, ct);
        Secret = body.RootElement.GetProperty("model_access_key").GetProperty("secret_key").GetString()!;
    }

    /// <summary>Deletes it; returns when it is refused everywhere.</summary>
    public async Task DeleteAsync(CancellationToken ct)
    {
        using var client = _server.ApiClient();
        using var response = await client.DeleteAsync(Address, ct);
        response.EnsureSuccessStatusCode();
    }

    private static async Task<string> FindVpcAsync(HttpClient client, string name, CancellationToken ct)
    {
        using var body = JsonDocument.Parse(await client.GetStringAsync("/v2/vpcs", ct));
        return body
            .RootElement.GetProperty("vpcs")
            .EnumerateArray()
            .Single(v => v.GetProperty("name").GetString() == name)
            .GetProperty("id")
            .GetString()!;
    }

    private static async Task<JsonDocument> SendAsync(HttpClient client, string path, object body, CancellationToken ct)
    {
        using var response = await client.PostAsync(
            path,
            new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json"),
            ct
        );
        var text = await response.Content.ReadAsStringAsync(ct);
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonDocument.Parse(text);
    }
}
