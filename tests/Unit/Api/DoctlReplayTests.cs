using System.Globalization;
using System.Text;
using System.Text.Json;
using ControlPanel.Tests.Unit.Support;

namespace ControlPanel.Tests.Unit.Api;

/// <summary>
/// What doctl's commands put on the wire, byte for byte as far as it can matter (contract 1.1), and what it reads from the
/// answers: a member of another type, a null list or an offset in a time is an error message there.
/// </summary>
[Collection(nameof(ApiWorld))]
public sealed class DoctlReplayTests(ApiWorld world)
{
    [Fact]
    public async Task Auth_init_account_get_and_ratelimit()
    {
        using var caller = await world.CallerAsync();

        var info = await DoctlAsync(caller, "GET", "/v1/oauth/token/info");
        Assert.Equal(200, info.Status);
        Assert.True(info.Body.GetProperty("resource_owner_id").TryGetInt64(out _));
        Assert.True(info.Body.GetProperty("created_at").TryGetInt64(out _));
        Assert.Equal(JsonValueKind.Array, info.Body.GetProperty("scopes").ValueKind);

        var account = await DoctlAsync(caller, "GET", "/v2/account");
        Assert.Equal("active", account.Body.GetProperty("account").GetProperty("status").GetString());
        Assert.Equal("5000", account.Headers["ratelimit-limit"]);
        Assert.True(int.Parse(account.Headers["ratelimit-remaining"], CultureInfo.InvariantCulture) < 5_000);
        Assert.True(long.Parse(account.Headers["ratelimit-reset"], CultureInfo.InvariantCulture) > 1_700_000_000);
        Assert.Equal("application/json", account.Headers["Content-Type"]);
    }

    [Fact]
    public async Task Serverless_namespaces_and_keys_with_every_expiration()
    {
        using var caller = await world.CallerAsync();
        var label = $"doctl-{Guid.NewGuid():N}"[..20];

        // namespaces create --label L --region nyc1, which asks for the list first
        var before = await DoctlAsync(caller, "GET", "/v2/functions/namespaces");
        Assert.Equal(JsonValueKind.Array, before.Body.GetProperty("namespaces").ValueKind);
        var created = await DoctlAsync(
            caller,
            "POST",
            "/v2/functions/namespaces",
            $$$"""{"namespace":{"label":"{{{label}}}","Region":"nyc1"}}"""
        );
        Assert.Equal(200, created.Status);
        var id = created.Body.GetProperty("namespace").GetProperty("namespace").GetString()!;
        Assert.StartsWith("fn-", id, StringComparison.Ordinal);

        // key create --name N --expiration 1h|7d|never --namespace L: the label is looked up in the list; never sends nothing
        foreach (var (expiration, hours) in new (string?, int?)[] { ("1h", 1), ("7d", 168), (null, null) })
        {
            var body = expiration is null
                ? $$"""{"name":"key {{hours}}"}"""
                : $$"""{"name":"key {{hours}}","expires_in":"{{expiration}}"}""";
            var made = await DoctlAsync(caller, "POST", $"/v2/functions/namespaces/{id}/keys", body);
            Assert.Equal(201, made.Status);
            var key = made.Body.GetProperty("access_key");
            Assert.Matches("^dof_v1_[0-9a-f]{32}$", key.GetProperty("id").GetString());
            Assert.DoesNotContain(':', key.GetProperty("secret").GetString()!);
            Assert.Equal(
                hours,
                key.GetProperty("expires_at").ValueKind == JsonValueKind.Null
                    ? null
                    : (int)Math.Round((TimeOf(key, "expires_at") - TimeOf(key, "created_at")).TotalHours)
            );
        }

        var list = await DoctlAsync(caller, "GET", $"/v2/functions/namespaces/{id}/keys");
        Assert.Equal(3, list.Body.GetProperty("count").GetInt32());
        Assert.DoesNotContain("secret", list.Text, StringComparison.Ordinal);

        // key delete ID, with --force or without: the question is asked on the terminal alone
        foreach (var key in list.Body.GetProperty("access_keys").EnumerateArray())
        {
            var deleted = await DoctlAsync(
                caller,
                "DELETE",
                $"/v2/functions/namespaces/{id}/keys/{key.GetProperty("id").GetString()}"
            );
            Assert.Equal((200, "{}"), (deleted.Status, deleted.Text));
        }

        var none = await DoctlAsync(caller, "GET", $"/v2/functions/namespaces/{id}/keys");
        Assert.Equal("""{"access_keys":[],"count":0}""", none.Text);
        var gone = await DoctlAsync(caller, "DELETE", $"/v2/functions/namespaces/{id}");
        Assert.Equal((204, ""), (gone.Status, gone.Text));
    }

    [Fact]
    public async Task Serverless_connect_and_status_with_a_key_and_the_message_after_its_deletion()
    {
        using var caller = await world.CallerAsync();
        var key = await DoctlAsync(
            caller,
            "POST",
            $"/v2/functions/namespaces/{world.Panel.NamespaceId}/keys",
            $$"""{"name":"connect {{Guid.NewGuid():N}}","expires_in":"1h"}"""
        );
        var id = key.Body.GetProperty("access_key").GetProperty("id").GetString()!;
        var secret = key.Body.GetProperty("access_key").GetProperty("secret").GetString();
        var space = (await DoctlAsync(caller, "GET", "/v2/functions/namespaces"))
            .Body.GetProperty("namespaces")
            .EnumerateArray()
            .Single(n => n.GetProperty("namespace").GetString() == world.Panel.NamespaceId);
        var host = new Uri(space.GetProperty("api_host").GetString()!);
        using var client = new HttpClient();
        client.DefaultRequestHeaders.Authorization = TestPanel.Basic($"{id}:{secret}");
        client.DefaultRequestHeaders.TryAddWithoutValidation("User-Agent", "OpenWhisk-Go-Client linux amd64");
        var question = new Uri($"{host}/api/v1/namespaces");

        var names = await client.GetStringAsync(question, TestContext.Current.CancellationToken);
        Assert.Equal($"""["{world.Panel.NamespaceId}"]""", names);

        await DoctlAsync(caller, "DELETE", $"/v2/functions/namespaces/{world.Panel.NamespaceId}/keys/{id}");
        using var refused = await client.GetAsync(question, TestContext.Current.CancellationToken);
        var error = JsonElement.Parse(await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(401, (int)refused.StatusCode);
        Assert.Equal("The supplied authentication is invalid.", error.GetProperty("error").GetString());
        Assert.True(error.TryGetProperty("code", out _));
    }

    [Fact]
    public async Task Spaces_keys_create_list_get_update_delete()
    {
        using var caller = await world.CallerAsync();
        var made = await DoctlAsync(
            caller,
            "POST",
            "/v2/spaces/keys",
            """{"name":"doctl key","grants":[{"bucket":"raw-photos","permission":"read"}]}"""
        );
        Assert.Equal(201, made.Status);
        var access = made.Body.GetProperty("key").GetProperty("access_key").GetString();

        var list = await DoctlAsync(caller, "GET", "/v2/spaces/keys?page=1&per_page=200");
        Assert.Contains(
            access,
            list.Body.GetProperty("keys").EnumerateArray().Select(k => k.GetProperty("access_key").GetString())
        );
        Assert.Equal(JsonValueKind.Object, list.Body.GetProperty("links").ValueKind);
        var got = await DoctlAsync(caller, "GET", $"/v2/spaces/keys/{access}");
        Assert.False(got.Body.GetProperty("key").TryGetProperty("secret_key", out _));
        var updated = await DoctlAsync(
            caller,
            "PUT",
            $"/v2/spaces/keys/{access}",
            """{"name":"doctl key 2","grants":[{"bucket":"raw-photos","permission":"readwrite"}]}"""
        );
        Assert.Equal(
            ("doctl key 2", "readwrite"),
            (
                updated.Body.GetProperty("key").GetProperty("name").GetString(),
                updated.Body.GetProperty("key").GetProperty("grants")[0].GetProperty("permission").GetString()
            )
        );
        Assert.Equal(204, (await DoctlAsync(caller, "DELETE", $"/v2/spaces/keys/{access}")).Status);
        (await DoctlAsync(caller, "GET", $"/v2/spaces/keys/{access}")).IsEnvelope();
    }

    [Fact]
    public async Task Vpcs_projects_and_regions()
    {
        using var caller = await world.CallerAsync();
        var made = await DoctlAsync(
            caller,
            "POST",
            "/v2/vpcs",
            """{"name":"doctl-net","region":"nyc1","ip_range":"10.91.0.0/24"}"""
        );
        var id = made.Body.GetProperty("vpc").GetProperty("id").GetString();
        foreach (var list in new[] { "/v2/vpcs", "/v2/projects", "/v2/regions" })
        {
            var answer = await DoctlAsync(caller, "GET", $"{list}?page=1&per_page=200");
            Assert.Equal((200, "{}"), (answer.Status, answer.Body.GetProperty("links").GetRawText()));
        }

        // vpcs update sends what its flags name, as PATCH
        var patched = await DoctlAsync(caller, "PATCH", $"/v2/vpcs/{id}", """{"description":"by doctl"}""");
        Assert.Equal(
            ("doctl-net", "by doctl"),
            (
                patched.Body.GetProperty("vpc").GetProperty("name").GetString(),
                patched.Body.GetProperty("vpc").GetProperty("description").GetString()
            )
        );
        Assert.Equal(204, (await DoctlAsync(caller, "DELETE", $"/v2/vpcs/{id}")).Status);
    }

    [Fact]
    public async Task Later_pages_are_fetched_by_four_at_once_and_none_is_lost()
    {
        using var caller = await world.CallerAsync();
        var name = $"paged{Guid.NewGuid():N}"[..20];
        for (var i = 0; i < 9; i++)
        {
            Assert.Equal(
                201,
                (await DoctlAsync(caller, "POST", "/v2/spaces/keys", $$"""{"name":"{{name}}","grants":[]}""")).Status
            );
        }

        var first = await DoctlAsync(caller, "GET", $"/v2/spaces/keys?name={name}&page=1&per_page=1");
        var last = new Uri(first.Body.GetProperty("links").GetProperty("pages").GetProperty("last").GetString()!);
        Assert.Contains("page=9", last.Query, StringComparison.Ordinal);
        var pages = new List<ApiAnswer> { first };
        foreach (var four in Enumerable.Range(2, 8).Chunk(4))
        {
            pages.AddRange(
                await Task.WhenAll(
                    four.Select(p => DoctlAsync(caller, "GET", $"/v2/spaces/keys?name={name}&page={p}&per_page=1"))
                )
            );
        }

        Assert.All(pages, p => Assert.Equal(200, p.Status));
        Assert.Distinct(pages.Select(p => p.Body.GetProperty("keys")[0].GetProperty("access_key").GetString()));
    }

    [Fact]
    public async Task Every_time_is_in_UTC_and_every_list_is_a_list()
    {
        using var caller = await world.CallerAsync();
        foreach (var (method, path, _) in ApiEndpoints.Of(world.Panel).Where(e => e.Method == "GET"))
        {
            var answer = await DoctlAsync(
                caller,
                method,
                path.Replace(
                    "/namespaces/00000000-0000-4000-8000-000000000000",
                    $"/namespaces/{world.Panel.NamespaceId}",
                    StringComparison.Ordinal
                )
            );
            foreach (var (name, value) in Members(answer.Body))
            {
                if (name.EndsWith("_at", StringComparison.Ordinal) && value.ValueKind == JsonValueKind.String)
                {
                    Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", value.GetString());
                }

                if (name is "keys" or "access_keys" or "namespaces" or "vpcs" or "tokens" or "grants" or "regions")
                {
                    Assert.Equal(JsonValueKind.Array, value.ValueKind);
                }
            }
        }
    }

    private static IEnumerable<(string Name, JsonElement Value)> Members(JsonElement element) =>
        element.ValueKind switch
        {
            JsonValueKind.Object => element
                .EnumerateObject()
                .SelectMany(m => Members(m.Value).Prepend((m.Name, m.Value))),
            JsonValueKind.Array => element.EnumerateArray().SelectMany(Members),
            _ => [],
        };

    private static DateTimeOffset TimeOf(JsonElement element, string name) =>
        element.GetProperty(name).GetDateTimeOffset();

    // Headers, and a line feed behind each body. A DELETE has the content type and no length at all.
    private static Task<ApiAnswer> DoctlAsync(ApiCaller caller, string method, string path, string? body = null) =>
        caller.SendAsync(
            method,
            path,
            change: request =>
            {
                request.Headers.TryAddWithoutValidation("User-Agent", "doctl/1.166.0-dev (linux amd64) godo/1.202.0");
                request.Headers.TryAddWithoutValidation("Accept", "application/json");
                request.Headers.TryAddWithoutValidation("Accept-Encoding", "gzip");
                request.Content =
                    method == "GET" ? null
                    : body is null ? new NoBody()
                    : new ByteArrayContent(Encoding.UTF8.GetBytes(body + "\n"));
                request.Content?.Headers.TryAddWithoutValidation("Content-Type", "application/json");
            }
        );

    /// <summary>A content type without content.</summary>
    private sealed class NoBody : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context) =>
            Task.CompletedTask;

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return true;
        }
    }
}
