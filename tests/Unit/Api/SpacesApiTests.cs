namespace ControlPanel.Tests.Unit.Api;

[Collection(nameof(ApiWorld))]
public sealed class SpacesApiTests(ApiWorld world)
{
    private const string Keys = "/v2/spaces/keys";

    [Fact]
    public async Task A_key_lives_from_create_to_delete_in_the_contracts_shapes()
    {
        using var caller = await world.CallerAsync();

        var made = await caller.PostAsync(
            Keys,
            """{"name":"site uploads","grants":[{"bucket":"raw-photos","permission":"readwrite"},{"bucket":"final-photos","permission":"read"}]}"""
        );
        Assert.Equal(201, made.Status);
        var key = made.Body.GetProperty("key");
        Assert.Equal("name,access_key,secret_key,grants,created_at", ApiAnswer.Names(key));
        var id = key.GetProperty("access_key").GetString()!;
        var secret = key.GetProperty("secret_key").GetString()!;
        Assert.Matches("^DO00[A-Z0-9]{16}$", id);
        Assert.Matches("^[A-Za-z0-9+/]{43}$", secret);

        var got = await caller.GetAsync($"{Keys}/{id}");
        Assert.Equal(
            (200, "name,access_key,grants,created_at"),
            (got.Status, ApiAnswer.Names(got.Body.GetProperty("key")))
        );

        // doctl sends both flags always, by PUT.
        var updated = await caller.PutAsync(
            $"{Keys}/{id}",
            """{"name":"site","grants":[{"bucket":"raw-photos","permission":"read"}]}"""
        );
        Assert.Equal(200, updated.Status);
        Assert.Equal(
            """[{"bucket":"raw-photos","permission":"read"}]""",
            updated.Body.GetProperty("key").GetProperty("grants").GetRawText()
        );

        // Without grants they stay; an empty list suspends.
        var renamed = await caller.PatchAsync($"{Keys}/{id}", """{"name":"site 2"}""");
        Assert.Equal(1, renamed.Body.GetProperty("key").GetProperty("grants").GetArrayLength());
        var suspended = await caller.PutAsync($"{Keys}/{id}", """{"name":"site 2","grants":[]}""");
        Assert.Equal(0, suspended.Body.GetProperty("key").GetProperty("grants").GetArrayLength());

        var list = await caller.GetAsync($"{Keys}?per_page=200");
        Assert.Equal("keys,links,meta", ApiAnswer.Names(list.Body));
        foreach (var answer in new[] { got, updated, renamed, suspended, list })
        {
            Assert.DoesNotContain(secret, answer.Text, StringComparison.Ordinal);
            Assert.DoesNotContain("secret_key", answer.Text, StringComparison.Ordinal);
        }

        var deleted = await caller.DeleteAsync($"{Keys}/{id}");
        Assert.Equal((204, ""), (deleted.Status, deleted.Text));
        Assert.Equal(404, (await caller.GetAsync($"{Keys}/{id}")).Status);
        Assert.Equal(404, (await caller.DeleteAsync($"{Keys}/{id}")).Status);
    }

    [Theory]
    [InlineData("""[{"bucket":"","permission":"fullaccess"},{"bucket":"raw-photos","permission":"read"}]""")]
    [InlineData("""[{"bucket":"raw-photos","permission":""}]""")]
    [InlineData("""[{"bucket":"raw-photos"}]""")]
    [InlineData("""[{"bucket":"raw-photos","permission":"write"}]""")]
    [InlineData("""[{"bucket":"raw-photos","permission":"READ"}]""")]
    [InlineData("""[{"bucket":"raw-photos","permission":"fullaccess"}]""")]
    [InlineData("""[{"bucket":"","permission":"read"}]""")]
    [InlineData("""[{"bucket":"nobodys-bucket","permission":"read"}]""")]
    [InlineData("""[{"bucket":"raw-photos","permission":"read"},{"bucket":"raw-photos","permission":"readwrite"}]""")]
    [InlineData("""[null]""")]
    public async Task Grants_that_contradict_themselves_are_refused(string grants)
    {
        using var caller = await world.CallerAsync();

        var answer = await caller.PostAsync(Keys, $$"""{"name":"x","grants":{{grants}}}""");

        Assert.Equal((400, "bad_request"), (answer.Status, answer.Body.GetProperty("id").GetString()));
        answer.IsEnvelope();
    }

    [Fact]
    public async Task Full_access_mixed_with_grants_is_refused_in_the_contracts_words()
    {
        using var caller = await world.CallerAsync();

        var answer = await caller.PostAsync(
            Keys,
            """{"name":"x","grants":[{"bucket":"","permission":"fullaccess"},{"bucket":"raw-photos","permission":"read"}]}"""
        );

        Assert.Contains(
            "cannot mix fullaccess permission with scoped permissions.",
            answer.Body.GetProperty("message").GetString(),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_key_stays_of_its_class()
    {
        using var caller = await world.CallerAsync();
        const string Full = """{"name":"k","grants":[{"bucket":"","permission":"fullaccess"}]}""";
        const string Limited = """{"name":"k","grants":[{"bucket":"raw-photos","permission":"read"}]}""";
        var full = (await caller.PostAsync(Keys, Full)).Body.GetProperty("key").GetProperty("access_key").GetString();
        var limited = (await caller.PostAsync(Keys, Limited))
            .Body.GetProperty("key")
            .GetProperty("access_key")
            .GetString();

        Assert.Equal(400, (await caller.PutAsync($"{Keys}/{full}", Limited)).Status);
        Assert.Equal(400, (await caller.PutAsync($"{Keys}/{limited}", Full)).Status);
        Assert.Equal(200, (await caller.PutAsync($"{Keys}/{full}", Full)).Status);
    }

    [Theory]
    [InlineData("sort=created_at", "sort must come with sort_direction")]
    [InlineData("sort=size&sort_direction=asc", "sort must be created_at or name")]
    [InlineData("sort=name&sort_direction=up", "sort_direction must be asc or desc")]
    public async Task A_wrong_order_is_refused(string query, string message)
    {
        using var caller = await world.CallerAsync();

        (await caller.GetAsync($"{Keys}?{query}")).IsError(400, "bad_request", message);
    }

    [Fact]
    public async Task The_list_is_sorted_and_filtered()
    {
        using var caller = await world.CallerAsync();
        foreach (var (name, permission) in new[] { ("b", "read"), ("a", "readwrite"), ("c", "read") })
        {
            var body =
                $$"""{"name":"{{name}}","grants":[{"bucket":"marketing-materials","permission":"{{permission}}"}]}""";
            Assert.Equal(201, (await caller.PostAsync(Keys, body)).Status);
        }

        Assert.Equal("a,b,c", await NamesAsync("sort=name&sort_direction=asc"));
        Assert.Equal("c,b,a", await NamesAsync("sort=name&sort_direction=desc"));
        Assert.Equal("b,a,c", await NamesAsync("sort=created_at&sort_direction=asc"));
        Assert.Equal("c,a,b", await NamesAsync(""));
        Assert.Equal("a", await NamesAsync("permission=readwrite"));
        Assert.Equal("b", await NamesAsync("name=b"));

        async Task<string> NamesAsync(string query)
        {
            var list = await caller.GetAsync($"{Keys}?per_page=200&bucket=marketing-materials&{query}");
            Assert.Equal(200, list.Status);
            return string.Join(
                ",",
                list.Body.GetProperty("keys").EnumerateArray().Select(k => k.GetProperty("name").GetString())
            );
        }
    }
}
