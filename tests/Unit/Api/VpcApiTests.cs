namespace ControlPanel.Tests.Unit.Api;

[Collection(nameof(ApiWorld))]
public sealed class VpcApiTests(ApiWorld world)
{
    [Fact]
    public async Task A_network_lives_from_create_to_delete_in_the_contracts_shapes()
    {
        using var caller = await world.CallerAsync();
        var name = $"n-{Guid.NewGuid():N}"[..20];

        var made = await caller.PostAsync(
            "/v2/vpcs",
            $$"""{"name":"{{name}}","region":"ams3","ip_range":"10.77.0.0/24"}"""
        );
        Assert.Equal(201, made.Status);
        var vpc = made.Body.GetProperty("vpc");
        Assert.Equal("id,urn,name,description,region,ip_range,ip_ranges,created_at,default", ApiAnswer.Names(vpc));
        var id = vpc.GetProperty("id").GetString()!;
        Assert.Equal($"do:vpc:{id}", vpc.GetProperty("urn").GetString());

        // doctl's update is a PATCH with what its flags name.
        var described = await caller.PatchAsync($"/v2/vpcs/{id}", """{"description":"for tests"}""");
        Assert.Equal(200, described.Status);
        Assert.Equal(
            (name, "for tests", "10.77.0.0/24"),
            (
                described.Body.GetProperty("vpc").GetProperty("name").GetString(),
                described.Body.GetProperty("vpc").GetProperty("description").GetString(),
                described.Body.GetProperty("vpc").GetProperty("ip_range").GetString()
            )
        );
        Assert.Equal(described.Text, (await caller.GetAsync($"/v2/vpcs/{id}")).Text);

        var deleted = await caller.DeleteAsync($"/v2/vpcs/{id}");
        Assert.Equal((204, ""), (deleted.Status, deleted.Text));
        Assert.Equal(404, (await caller.GetAsync($"/v2/vpcs/{id}")).Status);
    }

    [Fact]
    public async Task The_default_network_is_kept()
    {
        using var caller = await world.CallerAsync();
        var made = await caller.PostAsync("/v2/vpcs", """{"name":"kept","region":"lon1","ip_range":"10.79.0.0/24"}""");
        var id = made.Body.GetProperty("vpc").GetProperty("id").GetString();
        var standard = await caller.PatchAsync($"/v2/vpcs/{id}", """{"default":true}""");
        Assert.True(standard.Body.GetProperty("vpc").GetProperty("default").GetBoolean());

        var answer = await caller.DeleteAsync($"/v2/vpcs/{id}");

        Assert.Equal((403, "forbidden"), (answer.Status, answer.Body.GetProperty("id").GetString()));
    }

    [Theory]
    [InlineData("""{"name":"under_score","region":"nyc1","ip_range":"10.78.0.0/24"}""")]
    [InlineData("""{"name":"","region":"nyc1","ip_range":"10.78.0.0/24"}""")]
    [InlineData("""{"name":"x","region":"mars1","ip_range":"10.78.0.0/24"}""")]
    [InlineData("""{"name":"x","region":"nyc1","ip_range":"10.78.0.0"}""")]
    [InlineData("""{"name":"x","region":"nyc1","ip_range":"300.1.1.0/24"}""")]
    public async Task A_network_that_cannot_be_is_refused(string body)
    {
        using var caller = await world.CallerAsync();

        var answer = await caller.PostAsync("/v2/vpcs", body);

        Assert.Equal((400, "bad_request"), (answer.Status, answer.Body.GetProperty("id").GetString()));
    }
}
