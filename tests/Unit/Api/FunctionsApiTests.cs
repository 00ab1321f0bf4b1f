namespace ControlPanel.Tests.Unit.Api;

[Collection(nameof(ApiWorld))]
public sealed class FunctionsApiTests(ApiWorld world)
{
    private string Keys => $"/v2/functions/namespaces/{world.Panel.NamespaceId}/keys";

    [Theory]
    [InlineData("""{"label":"LABEL","region":"fra1"}""")]
    [InlineData("""{"namespace":{"label":"LABEL","Region":"fra1"}}""")]
    [InlineData("""{"Namespace":{"Label":"LABEL","REGION":"fra1"}}""")]
    [InlineData("""{"namespace":{"label":"LABEL","Region":"fra1","more":1},"other":null}""")]
    public async Task A_namespace_is_made_from_the_documented_and_from_doctls_body(string body)
    {
        using var caller = await world.CallerAsync();
        var label = $"l-{Guid.NewGuid():N}"[..20];

        var made = await caller.PostAsync(
            "/v2/functions/namespaces",
            body.Replace("LABEL", label, StringComparison.Ordinal)
        );

        Assert.Equal((200, "application/json"), (made.Status, made.Headers["Content-Type"]));
        var space = made.Body.GetProperty("namespace");
        Assert.Equal("api_host,namespace,created_at,updated_at,label,region,uuid,key", ApiAnswer.Names(space));
        Assert.Equal(
            (label, "fra1"),
            (space.GetProperty("label").GetString(), space.GetProperty("region").GetString())
        );
        Assert.Matches("^fn-[0-9a-f-]{36}$", space.GetProperty("namespace").GetString());
        // doctl replaces what follows the last dot by "co"; the credential would go to a foreign host otherwise.
        Assert.Equal($"{world.Panel.App.Addresses.Functions}/fn.io", space.GetProperty("api_host").GetString());
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", space.GetProperty("created_at").GetString());

        var gone = await caller.DeleteAsync($"/v2/functions/namespaces/{space.GetProperty("namespace").GetString()}");
        Assert.Equal((204, ""), (gone.Status, gone.Text));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("""{"namespace":{"Region":"nyc1"}}""")]
    [InlineData("""{"label":7}""")]
    public async Task A_namespace_without_a_label_is_answered_as_the_real_service_does(string body)
    {
        using var caller = await world.CallerAsync();

        (await caller.PostAsync("/v2/functions/namespaces", body)).IsError(
            404,
            "bad_request",
            "Invalid request payload: missing label field"
        );
    }

    [Fact]
    public async Task The_list_of_namespaces_is_whole_and_has_no_pages()
    {
        using var caller = await world.CallerAsync();

        var list = await caller.GetAsync("/v2/functions/namespaces?page=2&per_page=1");

        Assert.Equal("namespaces", ApiAnswer.Names(list.Body));
        var ids = list
            .Body.GetProperty("namespaces")
            .EnumerateArray()
            .Select(n => n.GetProperty("namespace").GetString())
            .ToList();
        Assert.Contains(world.Panel.NamespaceId, ids);
        Assert.True(ids.Count >= 2);
    }

    [Fact]
    public async Task A_key_lives_from_create_to_delete_in_the_contracts_shapes()
    {
        using var caller = await world.CallerAsync();
        var name = $"key {Guid.NewGuid():N}";

        var made = await caller.PostAsync(Keys, $$"""{"name":"{{name}}","expires_in":"30d"}""");
        Assert.Equal(201, made.Status);
        var key = made.Body.GetProperty("access_key");
        Assert.Equal("id,name,secret,expires_at,created_at,updated_at,last_used_at", ApiAnswer.Names(key));
        var id = key.GetProperty("id").GetString()!;
        Assert.Matches("^dof_v1_[0-9a-f]{32}$", id);
        var secret = key.GetProperty("secret").GetString()!;
        Assert.DoesNotContain(':', secret);

        var list = await caller.GetAsync(Keys);
        Assert.Equal("access_keys,count", ApiAnswer.Names(list.Body));
        Assert.Equal(list.Body.GetProperty("access_keys").GetArrayLength(), list.Body.GetProperty("count").GetInt32());
        Assert.DoesNotContain(secret, list.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("\"secret\"", list.Text, StringComparison.Ordinal);

        var renamed = await caller.PutAsync($"{Keys}/{id}", $$"""{"name":"{{name}} 2"}""");
        Assert.Equal(
            (200, $"{name} 2"),
            (renamed.Status, renamed.Body.GetProperty("access_key").GetProperty("name").GetString())
        );
        Assert.DoesNotContain("secret", renamed.Text, StringComparison.Ordinal);

        using var http = world.Panel.FunctionsClient((id, secret));
        Assert.True(
            (await http.GetAsync("/api/v1/namespaces", TestContext.Current.CancellationToken)).IsSuccessStatusCode
        );

        var deleted = await caller.DeleteAsync($"{Keys}/{id}");
        Assert.Equal((200, "{}", "application/json"), (deleted.Status, deleted.Text, deleted.Headers["Content-Type"]));
        Assert.Equal(
            401,
            (int)(await http.GetAsync("/api/v1/namespaces", TestContext.Current.CancellationToken)).StatusCode
        );
        (await caller.DeleteAsync($"{Keys}/{id}")).IsError(404, "not_found", "access key not found");
    }

    [Fact]
    public async Task A_renamed_key_is_answered_itself_though_another_bears_its_id_as_a_name()
    {
        using var caller = await world.CallerAsync();
        var (id, _) = await world.Panel.IssueKeyAsync();
        Assert.Equal(201, (await caller.PostAsync(Keys, $$"""{"name":"{{id}}"}""")).Status);

        var renamed = await caller.PutAsync($"{Keys}/{id}", $$"""{"name":"mine {{id}}"}""");

        Assert.Equal(id, renamed.Body.GetProperty("access_key").GetProperty("id").GetString());
    }

    [Fact]
    public async Task A_name_is_taken_once_in_a_namespace()
    {
        using var caller = await world.CallerAsync();
        var body = $$"""{"name":"{{Guid.NewGuid():N}}"}""";
        Assert.Equal(201, (await caller.PostAsync(Keys, body)).Status);

        var again = await caller.PostAsync(Keys, body);
        Assert.Equal((409, "conflict"), (again.Status, again.Body.GetProperty("id").GetString()));
        var (other, _) = await world.Panel.IssueKeyAsync();
        Assert.Equal(409, (await caller.PutAsync($"{Keys}/{other}", body)).Status);
    }

    [Theory]
    [InlineData("1h")]
    [InlineData("7d")]
    [InlineData("365d")]
    [InlineData(" 7d ")]
    public async Task A_lifetime_of_hours_or_days_is_taken(string expiresIn)
    {
        using var caller = await world.CallerAsync();

        var made = await caller.PostAsync(Keys, $$"""{"name":"{{Guid.NewGuid():N}}","expires_in":"{{expiresIn}}"}""");

        Assert.Equal(201, made.Status);
        var key = made.Body.GetProperty("access_key");
        Assert.True(
            key.GetProperty("expires_at").GetDateTimeOffset() > key.GetProperty("created_at").GetDateTimeOffset()
        );
    }

    [Theory]
    [InlineData("30m")]
    [InlineData("60s")]
    [InlineData("1y")]
    [InlineData("24H")]
    [InlineData("1.5h")]
    [InlineData("7 d")]
    [InlineData("0h")]
    [InlineData("-1h")]
    [InlineData("+1h")]
    [InlineData("")]
    [InlineData("never")]
    [InlineData("9999999999999d")]
    [InlineData("3651d")]
    public async Task Any_other_lifetime_is_refused_naming_the_field(string expiresIn)
    {
        using var caller = await world.CallerAsync();

        var answer = await caller.PostAsync(Keys, $$"""{"name":"{{Guid.NewGuid():N}}","expires_in":"{{expiresIn}}"}""");

        Assert.Equal((400, "bad_request"), (answer.Status, answer.Body.GetProperty("id").GetString()));
        Assert.StartsWith("expires_in: ", answer.Body.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("""{"expires_in":"1h"}""")]
    [InlineData("""{"name":null}""")]
    public async Task A_key_needs_a_name(string body)
    {
        using var caller = await world.CallerAsync();

        (await caller.PostAsync(Keys, body)).IsError(400, "bad_request", "Invalid request payload: missing name field");
    }

    [Fact]
    public async Task A_key_without_a_lifetime_never_expires_and_says_null()
    {
        using var caller = await world.CallerAsync();

        var made = await caller.PostAsync(Keys, $$"""{"name":"{{Guid.NewGuid():N}}"}""");

        Assert.Equal(
            System.Text.Json.JsonValueKind.Null,
            made.Body.GetProperty("access_key").GetProperty("expires_at").ValueKind
        );
    }

    [Fact]
    public async Task Lists_without_entries_are_empty_lists()
    {
        using var caller = await world.CallerAsync();
        var empty = await world.Panel.AddNamespaceAsync(upstream: null);

        Assert.Equal(
            """{"access_keys":[],"count":0}""",
            (await caller.GetAsync($"/v2/functions/namespaces/{empty}/keys")).Text
        );
        Assert.Equal("""{"triggers":[]}""", (await caller.GetAsync($"/v2/functions/namespaces/{empty}/triggers")).Text);
        (await caller.GetAsync($"/v2/functions/namespaces/{empty}/triggers/x")).IsError(
            404,
            "not_found",
            "trigger not found"
        );
    }

    [Fact]
    public async Task The_shared_credential_is_given_only_where_one_lives()
    {
        using var caller = await world.CallerAsync();

        var list = await caller.GetAsync("/v2/functions/namespaces");

        var spaces = list.Body.GetProperty("namespaces").EnumerateArray().ToList();
        var hooks = spaces.Single(n => n.GetProperty("label").GetString() == "webhooks");
        Assert.Matches("^[0-9a-f-]{36}$", hooks.GetProperty("uuid").GetString());
        Assert.Matches("^[A-Za-z0-9]{64}$", hooks.GetProperty("key").GetString());
        var images = spaces.Single(n => n.GetProperty("label").GetString() == "image-tools");
        Assert.Equal(("", ""), (images.GetProperty("uuid").GetString(), images.GetProperty("key").GetString()));
    }
}
