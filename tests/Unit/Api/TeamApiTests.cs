using ControlPanel.Tests.Unit.Support;

namespace ControlPanel.Tests.Unit.Api;

/// <summary>Members and invitations by API. A panel of its own: people come and go here.</summary>
public sealed class TeamApiTests : IAsyncLifetime
{
    private readonly ApiWorld _world = new();
    private ApiCaller _owner = null!;

    public async ValueTask InitializeAsync()
    {
        await _world.InitializeAsync();
        _owner = await _world.CallerAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _owner.Dispose();
        await _world.DisposeAsync();
    }

    [Fact]
    public async Task Members_are_listed_with_roles_and_without_anything_secret()
    {
        using var caller = await _world.CallerAsync("vera@demo.test", "team:read");

        var answer = await caller.GetAsync("/v2/team/members?per_page=2");

        Assert.Equal("members,links,meta", ApiAnswer.Names(answer.Body));
        var first = answer.Body.GetProperty("members")[0];
        Assert.Equal("id,email,name,role,two_factor,keys_held,joined_at,last_active_at", ApiAnswer.Names(first));
        Assert.Equal(2, answer.Body.GetProperty("members").GetArrayLength());
        Assert.True(answer.Body.GetProperty("meta").GetProperty("total").GetInt32() > 2);
        var all = (await caller.GetAsync("/v2/team/members")).Body.GetProperty("members").EnumerateArray();
        Assert.Contains(
            ("vera@demo.test", "resource_viewer"),
            all.Select(m => (m.GetProperty("email").GetString(), m.GetProperty("role").GetString()))
        );
    }

    [Fact]
    public async Task A_new_role_counts_at_the_next_call_of_the_members_token()
    {
        var mateo = await _world.Panel.ActorAsync("mateo@demo.test");
        using var theirs = await _world.CallerAsync(mateo);
        Assert.Equal(200, (await theirs.GetAsync("/v2/functions/namespaces")).Status);

        var changed = await _owner.PutAsync($"/v2/team/members/{mateo.UserId}", """{"role":"billing_viewer"}""");

        Assert.Equal(200, changed.Status);
        Assert.Equal("billing_viewer", changed.Body.GetProperty("role").GetString());
        Assert.Equal(1, changed.Body.GetProperty("receipt").GetProperty("nodes").GetArrayLength());
        Assert.Equal(403, (await theirs.GetAsync("/v2/functions/namespaces")).Status);
    }

    [Theory]
    [InlineData("""{"role":"Owner"}""")]
    [InlineData("""{"role":"king"}""")]
    [InlineData("""{"role":"1"}""")]
    [InlineData("""{"role":null}""")]
    [InlineData("{}")]
    public async Task A_role_that_is_none_is_named(string body)
    {
        var mateo = await _world.Panel.ActorAsync("mateo@demo.test");

        (await _owner.PutAsync($"/v2/team/members/{mateo.UserId}", body)).IsError(
            400,
            "bad_request",
            "role must be one of owner, member, modifier, resource_viewer, biller, billing_viewer"
        );
    }

    [Fact]
    public async Task The_last_owner_stays()
    {
        var id = _world.Panel.Owner.UserId;

        (await _owner.PutAsync($"/v2/team/members/{id}", """{"role":"member"}""")).IsError(
            409,
            "conflict",
            "The last owner of a team cannot be given another role."
        );
        (await _owner.DeleteAsync($"/v2/team/members/{id}")).IsError(
            409,
            "conflict",
            "The last owner of a team cannot be removed."
        );
    }

    [Fact]
    public async Task A_removed_members_tokens_are_refused_at_once_and_the_answer_says_what_ended()
    {
        var mateo = await _world.Panel.ActorAsync("mateo@demo.test");
        using var theirs = await _world.CallerAsync(mateo);

        var removed = await _owner.DeleteAsync($"/v2/team/members/{mateo.UserId}");

        Assert.Equal(200, removed.Status);
        Assert.Equal("revoked,receipt", ApiAnswer.Names(removed.Body));
        Assert.True(removed.Body.GetProperty("revoked").GetProperty("tokens").GetInt32() >= 1);
        Assert.Equal(401, (await theirs.GetAsync("/v2/account")).Status);
        Assert.Equal(404, (await _owner.DeleteAsync($"/v2/team/members/{mateo.UserId}")).Status);
    }

    [Fact]
    public async Task A_key_to_be_revoked_as_well_must_be_the_members()
    {
        var mateo = await _world.Panel.ActorAsync("mateo@demo.test");

        (
            await _owner.SendAsync(
                "DELETE",
                $"/v2/team/members/{mateo.UserId}",
                $$"""{"also_revoke":["{{Guid.CreateVersion7()}}"]}"""
            )
        ).IsError(404, "not_found", "access key not found");
        Assert.Contains("mateo@demo.test", (await _owner.GetAsync("/v2/team/members")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_invitation_shows_its_link_once_and_is_withdrawn_once()
    {
        var made = await _owner.PostAsync("/v2/team/invitations", """{"email":"new@demo.test","role":"modifier"}""");

        Assert.Equal(201, made.Status);
        var invitation = made.Body.GetProperty("invitation");
        Assert.Equal("id,email,role,link,invited_by,created_at,expires_at", ApiAnswer.Names(invitation));
        var link = invitation.GetProperty("link").GetString()!;
        Assert.StartsWith($"{_world.Panel.Panel}account/invitation#", link, StringComparison.Ordinal);
        var list = await _owner.GetAsync("/v2/team/invitations");
        Assert.Contains("new@demo.test", list.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(link.Split('#')[1], list.Text, StringComparison.Ordinal);

        var id = invitation.GetProperty("id").GetString();
        Assert.Equal(204, (await _owner.DeleteAsync($"/v2/team/invitations/{id}")).Status);
        Assert.Equal(404, (await _owner.DeleteAsync($"/v2/team/invitations/{id}")).Status);
    }

    [Theory]
    [InlineData("""{"email":"nobody","role":"member"}""", 400)]
    [InlineData("""{"email":"x@demo.test","role":"nobody"}""", 400)]
    [InlineData("""{"role":"member"}""", 400)]
    [InlineData("""{"email":"vera@demo.test","role":"member"}""", 409)]
    public async Task An_invitation_that_cannot_be_is_refused(string body, int status)
    {
        var answer = await _owner.PostAsync("/v2/team/invitations", body);

        Assert.Equal(status, answer.Status);
        answer.IsEnvelope();
    }

    [Fact]
    public async Task Who_is_about_to_come_is_the_owners_business()
    {
        using var member = await _world.CallerAsync("mateo@demo.test");

        foreach (
            var answer in new[]
            {
                await member.GetAsync("/v2/team/invitations"),
                await member.PostAsync("/v2/team/invitations", """{"email":"new@demo.test","role":"member"}"""),
                await member.PutAsync($"/v2/team/members/{_world.Panel.Owner.UserId}", """{"role":"member"}"""),
                await member.DeleteAsync($"/v2/team/members/{_world.Panel.Owner.UserId}"),
            }
        )
        {
            Assert.Equal(403, answer.Status);
            Assert.Contains("Your role in the team does not carry", answer.Text, StringComparison.Ordinal);
        }
    }
}
