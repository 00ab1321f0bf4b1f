using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using ControlPanel.Tests.E2E.Support;

namespace ControlPanel.Tests.E2E.Api;

/// <summary>DigitalOcean's own npm client against the API, with nothing changed but its address.</summary>
public sealed class DotsClientTests(Stage stage)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static string Clients => Path.Combine(Repository.Root, "tests", "E2E", "clients");

    [Fact]
    public async Task It_manages_every_family_and_reads_every_refusal()
    {
        Assert.SkipUnless(
            Directory.Exists(Path.Combine(Clients, "node_modules", "@digitalocean", "dots")),
            "The npm clients are not installed; ./test installs them."
        );
        var (exit, output, error) = await Shell.RunAsync(
            $"node dots.mjs '{stage.Server.Panel}' '{stage.Server.Token}' '{await WeakTokenAsync()}'",
            Ct,
            Clients
        );
        Assert.True(exit == 0, output + error);
        var result = JsonElement.Parse(output);

        Assert.Equal(
            """{"email":"olivia@demo.test","status":"active","team":"Acme Photos","verified":false}""",
            result.GetProperty("account").GetRawText()
        );
        Assert.Contains("nyc1", result.GetProperty("regions").EnumerateArray().Select(r => r.GetString()));
        Assert.True(result.GetProperty("project").GetBoolean());

        var vpc = result.GetProperty("vpc");
        Assert.Equal(("10.77.0.0/24", "dots-net-2"), (Text(vpc, "range"), Text(vpc, "renamed")));
        Assert.Equal("dots-net-2", Text(vpc, "read"));
        Assert.True(vpc.GetProperty("made").GetBoolean());
        AssertRefused(vpc.GetProperty("after"), 404, "not_found", "The resource you requested could not be found.");

        var space = result.GetProperty("namespace");
        Assert.True(space.GetProperty("listed").GetBoolean());
        Assert.Equal(("dots-space", "string"), (Text(space, "read"), Text(space, "secret")));
        Assert.Equal(7, space.GetProperty("days").GetInt32());
        Assert.Equal(["from dots"], space.GetProperty("keys").EnumerateArray().Select(k => k.GetString()));
        Assert.False(space.GetProperty("repeated").GetBoolean());
        Assert.Equal((1, 0), (space.GetProperty("count").GetInt32(), space.GetProperty("left").GetInt32()));
        AssertRefused(space.GetProperty("after"), 404, "not_found", "namespace not found");

        var spaces = result.GetProperty("spaces");
        Assert.True(spaces.GetProperty("form").GetBoolean());
        Assert.Equal(("string", "readwrite"), (Text(spaces, "secret"), Text(spaces, "updated")));
        Assert.Equal(
            (2, 1, 0),
            (
                spaces.GetProperty("total").GetInt32(),
                spaces.GetProperty("onPage").GetInt32(),
                spaces.GetProperty("after").GetInt32()
            )
        );

        Assert.Equal(410, result.GetProperty("retired").GetProperty("status").GetInt32());
        AssertRefused(
            result.GetProperty("missing"),
            403,
            "forbidden",
            "You are not authorized to perform this operation. It requires the scope vpc:read."
        );
        AssertRefused(result.GetProperty("unknown"), 401, "unauthorized", "Unable to authenticate you.");
    }

    private async Task<string> WeakTokenAsync()
    {
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", stage.Server.Token);
        using var response = await http.PostAsync(
            $"{stage.Server.Panel}/v2/tokens",
            new StringContent("""{"name":"weak","scopes":["tag:read"]}""", Encoding.UTF8, "application/json"),
            Ct
        );
        response.EnsureSuccessStatusCode();
        return JsonElement
            .Parse(await response.Content.ReadAsStringAsync(Ct))
            .GetProperty("token")
            .GetProperty("value")
            .GetString()!;
    }

    private static void AssertRefused(JsonElement refusal, int status, string id, string message)
    {
        Assert.Equal(
            (status, id, message),
            (refusal.GetProperty("status").GetInt32(), Text(refusal, "id"), Text(refusal, "message"))
        );
        Assert.NotEmpty(Text(refusal, "request")!);
    }

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();
}
