using System.Text.Json;

namespace ControlPanel.Tests.Unit.Api;

[Collection(nameof(ApiWorld))]
public sealed class InferenceApiTests(ApiWorld world)
{
    private const string Own = "/v2/inference/model_access_keys";
    private const string GenAi = "/v2/gen-ai/models/api_keys";

    [Fact]
    public async Task The_retired_way_to_make_a_key_is_gone_for_those_who_may_and_closed_to_others()
    {
        using var caller = await world.CallerAsync();
        (await caller.PostAsync(GenAi, """{"name":"x"}""")).IsError(
            410,
            "gone",
            "resource retired: Creating model API keys through this endpoint is retired. "
                + "Go to manage page in the control panel to create a model access key."
        );

        var stranger = await caller.SendAsync("POST", GenAi, "{}", r => r.Headers.Authorization = null);
        Assert.Equal(401, stranger.Status);
    }

    [Fact]
    public async Task A_key_lives_from_create_to_delete_in_both_shapes()
    {
        using var caller = await world.CallerAsync();

        var made = await caller.PostAsync(Own, """{"name":"chat","models":"all","batch":true}""");
        Assert.Equal(201, made.Status);
        var key = made.Body.GetProperty("model_access_key");
        Assert.Equal(
            "uuid,name,secret_key,models,batch,vpc_uuid,legacy,created_by,created_at,last_used_at",
            ApiAnswer.Names(key)
        );
        var id = key.GetProperty("uuid").GetString()!;
        var secret = key.GetProperty("secret_key").GetString()!;
        Assert.StartsWith("sk-do-", secret, StringComparison.Ordinal);
        Assert.Equal("all", key.GetProperty("models").GetString());

        var got = await caller.GetAsync($"{Own}/{id}");
        Assert.DoesNotContain("secret_key", got.Text, StringComparison.Ordinal);

        // The wire name of the id in the body is that of the path; the path decides.
        var renamed = await caller.PutAsync($"{GenAi}/{id}", $$"""{"api_key_uuid":"{{Guid.Empty}}","name":"chat 2"}""");
        var info = renamed.Body.GetProperty("api_key_info");
        Assert.Equal((200, "uuid,name,created_at,created_by,deleted_at"), (renamed.Status, ApiAnswer.Names(info)));
        Assert.Equal((id, "chat 2"), (info.GetProperty("uuid").GetString(), info.GetProperty("name").GetString()));
        // A uint64 as a JSON string.
        Assert.True(ulong.TryParse(info.GetProperty("created_by").GetString(), out _));

        // doctl: PUT, JSON content type, no body.
        var again = await caller.SendAsync("PUT", $"{GenAi}/{id}/regenerate");
        Assert.Equal(200, again.Status);
        var next = again.Body.GetProperty("api_key_info").GetProperty("secret_key").GetString()!;
        Assert.NotEqual(secret, next);

        var list = await caller.GetAsync($"{GenAi}?per_page=200");
        Assert.Equal("api_key_infos,links,meta", ApiAnswer.Names(list.Body));
        Assert.Equal("page,pages,total", ApiAnswer.Names(list.Body.GetProperty("meta")));
        Assert.DoesNotContain("sk-do-", list.Text, StringComparison.Ordinal);

        var deleted = await caller.DeleteAsync($"{GenAi}/{id}");
        Assert.Equal(200, deleted.Status);
        Assert.Equal(
            JsonValueKind.String,
            deleted.Body.GetProperty("api_key_info").GetProperty("deleted_at").ValueKind
        );
        Assert.Equal(404, (await caller.DeleteAsync($"{GenAi}/{id}")).Status);
        Assert.Equal(404, (await caller.GetAsync($"{Own}/{id}")).Status);
    }

    [Fact]
    public async Task A_key_for_chosen_models_names_them()
    {
        using var caller = await world.CallerAsync();
        var models = await caller.GetAsync("/v2/gen-ai/models?per_page=200");
        Assert.Equal("models,links,meta", ApiAnswer.Names(models.Body));
        var model = models.Body.GetProperty("models")[0].GetProperty("inference_name").GetString();

        var made = await caller.PostAsync(Own, $$"""{"name":"one","models":["{{model}}"]}""");

        Assert.Equal(201, made.Status);
        Assert.Equal($"[\"{model}\"]", made.Body.GetProperty("model_access_key").GetProperty("models").GetRawText());
        Assert.Equal(
            204,
            (
                await caller.DeleteAsync(
                    $"{Own}/{made.Body.GetProperty("model_access_key").GetProperty("uuid").GetString()}"
                )
            ).Status
        );
    }

    [Theory]
    [InlineData("""{"name":"x"}""")]
    [InlineData("""{"name":"x","models":"some"}""")]
    [InlineData("""{"name":"x","models":[]}""")]
    [InlineData("""{"name":"x","models":[1]}""")]
    [InlineData("""{"name":"x","models":{}}""")]
    [InlineData("""{"name":"x","models":["no-such-model"]}""")]
    [InlineData("""{"name":"x","models":["no-such-model"],"batch":true}""")]
    [InlineData("""{"name":"","models":"all"}""")]
    [InlineData("""{"name":"x","models":"all","vpc_uuid":"00000000-0000-4000-8000-000000000000"}""")]
    public async Task A_key_without_a_clear_reach_is_not_made(string body)
    {
        using var caller = await world.CallerAsync();

        var answer = await caller.PostAsync(Own, body);

        Assert.Equal((400, "bad_request"), (answer.Status, answer.Body.GetProperty("id").GetString()));
    }

    [Fact]
    public async Task Regions_name_the_gateway()
    {
        using var caller = await world.CallerAsync();

        var regions = (await caller.GetAsync("/v2/gen-ai/regions")).Body.GetProperty("regions");

        Assert.All(
            regions.EnumerateArray(),
            r => Assert.Equal(world.Panel.App.Addresses.Inference, r.GetProperty("inference_url").GetString())
        );
    }
}
