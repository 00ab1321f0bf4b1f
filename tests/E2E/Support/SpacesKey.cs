using System.Net;
using System.Text;
using System.Text.Json;

namespace ControlPanel.Tests.E2E.Support;

/// <summary>A Spaces access key, made, changed and deleted by the API as a script would.</summary>
public sealed class SpacesKey
{
    private readonly DemoServer _server;

    private SpacesKey(DemoServer server, string id, string secret)
    {
        _server = server;
        Id = id;
        Secret = secret;
    }

    public string Id { get; }

    public string Secret { get; }

    public string Endpoint => _server.Spaces;

    /// <summary>What every client below reads: the credential, and nothing of this machine's own configuration.</summary>
    public string Environment =>
        $"export AWS_ACCESS_KEY_ID={Id} AWS_SECRET_ACCESS_KEY={Secret} AWS_DEFAULT_REGION=nyc3 NODE_NO_WARNINGS=1 "
        + "AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_EC2_METADATA_DISABLED=true AWS_MAX_ATTEMPTS=1 "
        + "RCLONE_CONFIG=/dev/null RCLONE_CONFIG_S_TYPE=s3 RCLONE_CONFIG_S_PROVIDER=Other RCLONE_CONFIG_S_ENV_AUTH=true "
        + $"RCLONE_CONFIG_S_ENDPOINT={_server.Spaces} RCLONE_LOW_LEVEL_RETRIES=1 RCLONE_RETRIES=1; unset AWS_CA_BUNDLE; ";

    /// <summary>Makes a key with grants <c>bucket:permission</c>.</summary>
    public static async Task<SpacesKey> CreateAsync(DemoServer server, CancellationToken ct, params string[] grants)
    {
        using var client = server.ApiClient();
        return await CreateAsync(server, client, ct, grants);
    }

    /// <summary>Makes a key as whoever the client's token belongs to.</summary>
    public static async Task<SpacesKey> CreateAsync(
        DemoServer server,
        HttpClient client,
        CancellationToken ct,
        params string[] grants
    )
    {
        using var response = await client.PostAsync("/v2/spaces/keys", Body("tests", grants), ct);
        response.EnsureSuccessStatusCode();
        using var body = JsonDocument.Parse(await response.Content.ReadAsStringAsync(ct));
        var key = body.RootElement.GetProperty("key");
        return new SpacesKey(
            server,
            key.GetProperty("access_key").GetString()!,
            key.GetProperty("secret_key").GetString()!
        );
    }

    /// <summary>Gives it other grants; returns when every node acts accordingly.</summary>
    public async Task GrantAsync(CancellationToken ct, params string[] grants)
    {
        using var client = _server.ApiClient();
        using var response = await client.PutAsync($"/v2/spaces/keys/{Id}", Body("tests", grants), ct);
        response.EnsureSuccessStatusCode();
    }

    /// <summary>Deletes it; returns when it is refused everywhere.</summary>
    public async Task DeleteAsync(CancellationToken ct)
    {
        using var client = _server.ApiClient();
        using var response = await client.DeleteAsync($"/v2/spaces/keys/{Id}", ct);
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
    }

    /// <summary>Runs a line with the key: <c>$AWS</c> is the client with the gateway's address, or another endpoint's.</summary>
    public Task<(int ExitCode, string Output, string Error)> RunAsync(
        string line,
        CancellationToken ct,
        string? directory = null,
        string? endpoint = null
    )
    {
        var address = new Uri(endpoint ?? _server.Spaces).Authority;
        return Shell.RunAsync(
            Environment
                + $"AWS='/usr/bin/aws --no-cli-pager --endpoint-url http://{address}'; "
                + $"S3CMD='s3cmd --config=/dev/null --access_key={Id} --secret_key={Secret} --no-ssl "
                + $"--host={address} --host-bucket={address}'; "
                + line,
            ct,
            directory
        );
    }

    private static StringContent Body(string name, string[] grants) =>
        new(
            JsonSerializer.Serialize(
                new
                {
                    name,
                    grants = grants.Select(g => new { bucket = g.Split(':')[0], permission = g.Split(':')[1] }),
                }
            ),
            Encoding.UTF8,
            "application/json"
        );
}
