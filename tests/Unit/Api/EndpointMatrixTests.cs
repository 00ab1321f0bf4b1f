using System.Collections.Frozen;
using System.Text.RegularExpressions;
using ControlPanel.Api;
using ControlPanel.Data.Model;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Teams;
using ControlPanel.Data.Providers;
using ControlPanel.Data.Snapshots;
using ControlPanel.Verification.Decisions;
using ControlPanel.Verification.Keys;
using ControlPanel.Verification.Secrets;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace ControlPanel.Tests.Unit.Api;

/// <summary>
/// Every endpoint of the API, found where they are mapped, over real HTTP with a full-access token of each role, on things
/// of one's own, of one's team, of another team, and that never were. An endpoint without a row fails the build.
/// </summary>
public sealed partial class EndpointMatrixTests(ApiWorld world) : IClassFixture<ApiWorld>
{
    private const string Name = """{"name":"{new}"}""";

    private static readonly FrozenDictionary<string, Row> s_table = new Dictionary<string, Row>
    {
        ["GET /v1/oauth/token/info"] = new(Thing.None),
        ["GET /v2/account"] = new(Thing.None),
        ["GET /v2/regions"] = new(Thing.None),
        ["GET /v2/projects"] = new(Thing.None),
        ["GET /v2/projects/{id}"] = new(Thing.Project),
        ["GET /v2/tokens"] = new(Thing.None),
        ["POST /v2/tokens"] = new(Thing.None, """{"name":"{new}","scopes":["vpc:read"]}"""),
        ["GET /v2/tokens/{id}"] = new(Thing.Token),
        ["PUT /v2/tokens/{id}"] = new(Thing.Token, Name),
        ["DELETE /v2/tokens/{id}"] = new(Thing.Token),
        ["GET /v2/functions/namespaces"] = new(Thing.None),
        ["POST /v2/functions/namespaces"] = new(Thing.None, """{"label":"{new}","region":"nyc1"}"""),
        ["GET /v2/functions/namespaces/{id}"] = new(Thing.Namespace),
        ["DELETE /v2/functions/namespaces/{id}"] = new(Thing.Namespace) { Also = "function:delete" },
        ["GET /v2/functions/namespaces/{id}/keys"] = new(Thing.Namespace),
        ["POST /v2/functions/namespaces/{id}/keys"] = new(Thing.Namespace, Name),
        ["PUT /v2/functions/namespaces/{id}/keys/{keyId}"] = new(Thing.NamespaceKey, Name),
        ["DELETE /v2/functions/namespaces/{id}/keys/{keyId}"] = new(Thing.NamespaceKey) { Also = "function:delete" },
        ["GET /v2/functions/namespaces/{id}/triggers"] = new(Thing.Namespace),
        // There are no triggers.
        ["GET /v2/functions/namespaces/{id}/triggers/{name}"] = new(Thing.Trigger) { Status = 404 },
        ["DELETE /v2/functions/namespaces/{id}/triggers/{name}"] = new(Thing.Trigger) { Status = 404 },
        ["GET /v2/spaces/keys"] = new(Thing.None),
        ["POST /v2/spaces/keys"] = new(Thing.None, """{"name":"{new}","grants":[]}"""),
        ["GET /v2/spaces/keys/{accessKey}"] = new(Thing.SpacesKey),
        ["PUT /v2/spaces/keys/{accessKey}"] = new(Thing.SpacesKey, """{"name":"{new}","grants":[]}"""),
        ["PATCH /v2/spaces/keys/{accessKey}"] = new(Thing.SpacesKey, Name),
        ["DELETE /v2/spaces/keys/{accessKey}"] = new(Thing.SpacesKey),
        ["GET /v2/inference/model_access_keys"] = new(Thing.None),
        ["POST /v2/inference/model_access_keys"] = new(Thing.None, """{"name":"{new}","models":"all"}"""),
        ["GET /v2/inference/model_access_keys/{uuid}"] = new(Thing.ModelKey),
        ["PUT /v2/inference/model_access_keys/{uuid}"] = new(Thing.ModelKey, Name),
        ["POST /v2/inference/model_access_keys/{uuid}/regenerate"] = new(Thing.ModelKey),
        ["DELETE /v2/inference/model_access_keys/{uuid}"] = new(Thing.ModelKey),
        ["GET /v2/gen-ai/models"] = new(Thing.None),
        ["GET /v2/gen-ai/regions"] = new(Thing.None),
        ["GET /v2/gen-ai/models/api_keys"] = new(Thing.None),
        ["POST /v2/gen-ai/models/api_keys"] = new(Thing.None, Name) { Status = 410 },
        ["PUT /v2/gen-ai/models/api_keys/{uuid}"] = new(Thing.ModelKey, Name),
        ["DELETE /v2/gen-ai/models/api_keys/{uuid}"] = new(Thing.ModelKey),
        ["PUT /v2/gen-ai/models/api_keys/{uuid}/regenerate"] = new(Thing.ModelKey),
        ["GET /v2/vpcs"] = new(Thing.None),
        ["POST /v2/vpcs"] = new(Thing.None, """{"name":"{new}","region":"nyc1","ip_range":"10.61.0.0/24"}"""),
        ["GET /v2/vpcs/{id}"] = new(Thing.Vpc),
        ["PUT /v2/vpcs/{id}"] = new(Thing.Vpc, Name),
        ["PATCH /v2/vpcs/{id}"] = new(Thing.Vpc, Name),
        ["DELETE /v2/vpcs/{id}"] = new(Thing.Vpc),
        ["GET /v2/team/members"] = new(Thing.None),
        ["PUT /v2/team/members/{id}"] = new(Thing.Member, """{"role":"modifier"}"""),
        ["DELETE /v2/team/members/{id}"] = new(Thing.Member),
        ["GET /v2/team/invitations"] = new(Thing.None),
        ["POST /v2/team/invitations"] = new(Thing.None, """{"email":"{new}@demo.test","role":"member"}"""),
        ["DELETE /v2/team/invitations/{id}"] = new(Thing.Invitation),
        ["POST /v2/access/verify"] = new(Thing.None, """{"key_id":"DO00AAAAAAAAAAAAAAAA"}"""),
        ["GET /v2/access/decisions"] = new(Thing.None),
        ["GET /v2/access/decisions/{requestId}"] = new(Thing.Decision),
        ["GET /v2/audit"] = new(Thing.None),
        ["POST /v2/audit/verify"] = new(Thing.None),
    }.ToFrozenDictionary();

    private enum Thing
    {
        None,
        Namespace,
        NamespaceKey,
        Trigger,
        SpacesKey,
        ModelKey,
        Vpc,
        Token,
        Member,
        Invitation,
        Decision,
        Project,
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public void Every_endpoint_is_in_the_table() =>
        Assert.Equal(
            Endpoints().Select(e => e.Key).Order(StringComparer.Ordinal),
            s_table.Keys.Order(StringComparer.Ordinal)
        );

    [Theory]
    [InlineData(TeamRole.Owner)]
    [InlineData(TeamRole.Member)]
    [InlineData(TeamRole.Modifier)]
    [InlineData(TeamRole.ResourceViewer)]
    [InlineData(TeamRole.Biller)]
    [InlineData(TeamRole.BillingViewer)]
    public async Task A_role_gets_what_the_permission_table_says_and_nothing_of_another_team(TeamRole role)
    {
        // What is one's own was made while one could: the role is given afterwards.
        var person = await AddPersonAsync();
        using var me = await world.CallerAsync(person);
        using var colleague = await world.CallerAsync();
        using var stranger = await world.CallerAsync(world.Stranger);
        var calls = new List<(Endpoint Endpoint, Place Place, string Path)>();
        foreach (var endpoint in Endpoints())
        {
            var thing = s_table[endpoint.Key].Thing;
            calls.Add((endpoint, Place.Own, await FillAsync(endpoint.Pattern, thing, me, person)));
            if (thing != Thing.None)
            {
                calls.Add(
                    (endpoint, Place.Team, await FillAsync(endpoint.Pattern, thing, colleague, world.Panel.Owner))
                );
                calls.Add((endpoint, Place.Other, await FillAsync(endpoint.Pattern, thing, stranger, world.Stranger)));
                calls.Add((endpoint, Place.Nowhere, Nowhere(endpoint.Pattern, thing)));
            }
        }

        await SetRoleAsync(person, role);
        var wrong = new List<string>();
        foreach (var endpoint in calls.GroupBy(c => c.Endpoint))
        {
            var row = s_table[endpoint.Key.Key];
            var answers = new Dictionary<Place, ApiAnswer>();
            foreach (var (_, place, path) in endpoint)
            {
                var body = row.Body.Replace("{new}", $"n-{Guid.NewGuid():N}"[..24], StringComparison.Ordinal);
                var answer = await me.SendAsync(endpoint.Key.Method, path, body);
                answers[place] = answer;
                var expected = Expected(endpoint.Key, row, role, place);
                if (expected == Success ? answer.Status is < 200 or > 299 : answer.Status != expected)
                {
                    wrong.Add($"{endpoint.Key.Key} {place}: {answer.Status} instead of {expected}: {answer.Text}");
                }
            }

            if (answers.TryGetValue(Place.Other, out var other) && other.Anonymous != answers[Place.Nowhere].Anonymous)
            {
                wrong.Add($"{endpoint.Key.Key}: another team's is told from none: {other.Text}");
            }
        }

        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
    }

    private const int Success = 200;

    private static int Expected(Endpoint endpoint, Row row, TeamRole role, Place place)
    {
        var needed = row.Also is null ? endpoint.Scopes : [.. endpoint.Scopes, row.Also];
        if (!needed.All(scope => RolePermissions.Allows(role, scope)))
        {
            return 403;
        }

        // Tokens, model keys and decisions are their maker's, and the owners'.
        var isPersonal = row.Thing is Thing.Token or Thing.ModelKey or Thing.Decision;
        return place switch
        {
            Place.Other or Place.Nowhere => 404,
            Place.Team when isPersonal && role != TeamRole.Owner => 404,
            _ => row.Status,
        };
    }

    private List<Endpoint> Endpoints() =>
        [
            .. world
                .Panel.App.Services.GetRequiredService<EndpointDataSource>()
                .Endpoints.OfType<RouteEndpoint>()
                .Where(e =>
                    e.Metadata.GetMetadata<RequiredScopes>() is not null
                    || e.RoutePattern.RawText!.StartsWith("/v2/", StringComparison.Ordinal)
                )
                // What answers that there is no such endpoint.
                .Where(e => e.RoutePattern.RawText != "/v2/{**path}")
                .SelectMany(e =>
                    (e.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["ANY"]).Select(m => new Endpoint(
                        m,
                        e.RoutePattern.RawText!,
                        e.Metadata.GetMetadata<RequiredScopes>()?.Scopes ?? []
                    ))
                )
                .Distinct(),
        ];

    /// <summary>The path of an endpoint on a thing that somebody just made.</summary>
    private async Task<string> FillAsync(string pattern, Thing thing, ApiCaller maker, Actor person)
    {
        var unique = $"t-{Guid.NewGuid():N}"[..24];
        string[] values = thing switch
        {
            Thing.None => [],
            Thing.Namespace => [await NamespaceAsync(maker)],
            Thing.Trigger => [await NamespaceAsync(maker), "x"],
            Thing.NamespaceKey => await NamespaceKeyAsync(maker),
            Thing.SpacesKey =>
            [
                await MadeAsync(maker, "spaces/keys", $$"""{"name":"{{unique}}","grants":[]}""", "key", "access_key"),
            ],
            Thing.ModelKey =>
            [
                await MadeAsync(
                    maker,
                    "inference/model_access_keys",
                    $$"""{"name":"{{unique}}","models":"all"}""",
                    "model_access_key",
                    "uuid"
                ),
            ],
            Thing.Vpc =>
            [
                await MadeAsync(
                    maker,
                    "vpcs",
                    $$"""{"name":"{{unique}}","region":"nyc1","ip_range":"10.60.0.0/24"}""",
                    "vpc",
                    "id"
                ),
            ],
            Thing.Token =>
            [
                await MadeAsync(maker, "tokens", $$"""{"name":"{{unique}}","scopes":["vpc:read"]}""", "token", "id"),
            ],
            Thing.Member => [(await AddPersonAsync(person.TeamId, TeamRole.Member)).UserId.ToString()],
            Thing.Invitation =>
            [
                await MadeAsync(
                    maker,
                    "team/invitations",
                    $$"""{"email":"{{unique}}@demo.test","role":"member"}""",
                    "invitation",
                    "id"
                ),
            ],
            Thing.Decision => [await DecisionAsync(person)],
            Thing.Project => [person.TeamId.ToString()],
            _ => throw new ArgumentOutOfRangeException(nameof(thing)),
        };
        return With(pattern, values);
    }

    private static string Nowhere(string pattern, Thing thing)
    {
        const string uuid = "01890000-0000-7000-8000-00000000dead";
        return With(
            pattern,
            thing switch
            {
                Thing.Namespace => [$"fn-{uuid}"],
                Thing.Trigger => [$"fn-{uuid}", "x"],
                Thing.NamespaceKey => [$"fn-{uuid}", $"dof_v1_{new string('0', 32)}"],
                Thing.SpacesKey => ["DO00AAAAAAAAAAAAAAAA"],
                Thing.Decision => [new string('0', 32)],
                _ => [uuid],
            }
        );
    }

    private static string With(string pattern, string[] values)
    {
        var next = 0;
        return Parameter().Replace(pattern, _ => values[next++]);
    }

    private static Task<string> NamespaceAsync(ApiCaller maker) =>
        MadeAsync(
            maker,
            "functions/namespaces",
            $$"""{"label":"ns-{{Guid.NewGuid():N}}","region":"nyc1"}""",
            "namespace",
            "namespace"
        );

    private static async Task<string[]> NamespaceKeyAsync(ApiCaller maker)
    {
        var space = await NamespaceAsync(maker);
        return
        [
            space,
            await MadeAsync(maker, $"functions/namespaces/{space}/keys", """{"name":"one"}""", "access_key", "id"),
        ];
    }

    /// <summary>A refused call of somebody's own token.</summary>
    private async Task<string> DecisionAsync(Actor person)
    {
        using var weak = await world.CallerAsync(person, "tag:read");
        return (await weak.GetAsync("/v2/vpcs")).Headers["x-request-id"];
    }

    private static async Task<string> MadeAsync(ApiCaller maker, string path, string body, string envelope, string id)
    {
        var made = await maker.PostAsync($"/v2/{path}", body);
        Assert.True(made.Status is 200 or 201, $"{path}: {made.Text}");
        return made.Body.GetProperty(envelope).GetProperty(id).GetString()!;
    }

    private async Task<Actor> AddPersonAsync(Guid? team = null, TeamRole role = TeamRole.Owner)
    {
        var teamId = team ?? world.Panel.Owner.TeamId;
        var id = Guid.Empty;
        await WriteAsync(
            async (db, version) =>
            {
                var now = world.Panel.Get<TimeProvider>().GetUtcNow();
                var person = People.New($"p-{Guid.NewGuid():N}@demo.test", now, new SystemSecretSource());
                id = person.Id;
                db.Users.Add(person);
                await db.SaveChangesAsync(Ct);
                db.Memberships.Add(
                    new Membership
                    {
                        TeamId = teamId,
                        UserId = id,
                        Role = role,
                        JoinedAt = now,
                        ChangeVersion = version,
                    }
                );
            }
        );
        return new Actor(id, teamId, Door.System);
    }

    private async Task SetRoleAsync(Actor person, TeamRole role)
    {
        await WriteAsync(
            (db, version) =>
                db
                    .Memberships.Where(m => m.UserId == person.UserId && m.TeamId == person.TeamId)
                    .ExecuteUpdateAsync(
                        set => set.SetProperty(m => m.Role, role).SetProperty(m => m.ChangeVersion, version),
                        Ct
                    )
        );
        await world.Panel.Get<KeySnapshots>().RefreshAsync(Ct);
    }

    private async Task WriteAsync(Func<ControlPanel.Data.ControlPanelDb, long, Task> write)
    {
        await using var transaction = await world.Panel.Get<IControlPanelStore>().BeginWriteAsync(Ct);
        await write(transaction.Db, await transaction.TickAsync(Ct));
        await transaction.CommitAsync(Ct);
        await world.Panel.Get<KeySnapshots>().RefreshAsync(Ct);
    }

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Parameter();

    private enum Place
    {
        Own,
        Team,
        Other,
        Nowhere,
    }

    private sealed record Row(Thing Thing, string Body = "")
    {
        /// <summary>What whoever may is answered; 200 stands for every success.</summary>
        public int Status { get; init; } = Success;

        /// <summary>What the operation asks for beyond the scope of the route.</summary>
        public string? Also { get; init; }
    }

    private sealed record Endpoint(string Method, string Pattern, IReadOnlyList<string> Scopes)
    {
        public string Key => $"{Method} {Pattern}";

        public bool Equals(Endpoint? other) => other?.Key == Key;

        public override int GetHashCode() => Key.GetHashCode(StringComparison.Ordinal);
    }
}
