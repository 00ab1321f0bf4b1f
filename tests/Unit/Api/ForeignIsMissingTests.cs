using System.Text.RegularExpressions;

namespace ControlPanel.Tests.Unit.Api;

/// <summary>What belongs to another team answers, to the byte, as what does not exist; and nothing happens to it.</summary>
[Collection(nameof(ApiWorld))]
public sealed partial class ForeignIsMissingTests(ApiWorld world)
{
    [Fact]
    public async Task On_every_endpoint_that_takes_an_id()
    {
        using var stranger = await world.CallerAsync(world.Stranger);
        using var caller = await world.CallerAsync();
        var space = await MadeAsync(
            stranger,
            "/v2/functions/namespaces",
            """{"label":"theirs","region":"nyc1"}""",
            "namespace",
            "namespace"
        );
        var key = await MadeAsync(
            stranger,
            $"/v2/functions/namespaces/{space}/keys",
            """{"name":"theirs"}""",
            "access_key",
            "id"
        );
        var spaces = await MadeAsync(
            stranger,
            "/v2/spaces/keys",
            """{"name":"theirs","grants":[]}""",
            "key",
            "access_key"
        );
        var model = await MadeAsync(
            stranger,
            "/v2/inference/model_access_keys",
            """{"name":"theirs","models":"all"}""",
            "model_access_key",
            "uuid"
        );
        var vpc = await MadeAsync(
            stranger,
            "/v2/vpcs",
            """{"name":"theirs","region":"nyc1","ip_range":"10.80.0.0/24"}""",
            "vpc",
            "id"
        );
        var token = await MadeAsync(
            stranger,
            "/v2/tokens",
            """{"name":"theirs","scopes":["vpc:read"]}""",
            "token",
            "id"
        );
        var invitation = await MadeAsync(
            stranger,
            "/v2/team/invitations",
            """{"email":"guest@other.test","role":"member"}""",
            "invitation",
            "id"
        );
        using var weak = await world.CallerAsync(world.Stranger, "tag:read");
        var refused = (await weak.GetAsync("/v2/vpcs")).Headers["x-request-id"];
        var before = await EverythingAsync(stranger, space);

        var uuid = "01890000-0000-7000-8000-00000000dead";
        var none = $"fn-{uuid}";
        var own = world.Panel.NamespaceId;
        (string Foreign, string Missing)[] resources =
        [
            ($"/v2/functions/namespaces/{space}", $"/v2/functions/namespaces/{none}"),
            ($"/v2/functions/namespaces/{space}/keys", $"/v2/functions/namespaces/{none}/keys"),
            ($"/v2/functions/namespaces/{space}/keys/{key}", $"/v2/functions/namespaces/{none}/keys/{key}"),
            // The key is real, the namespace is ours, and the two do not belong together.
            (
                $"/v2/functions/namespaces/{own}/keys/{key}",
                $"/v2/functions/namespaces/{own}/keys/dof_v1_{new string('0', 32)}"
            ),
            ($"/v2/functions/namespaces/{space}/triggers", $"/v2/functions/namespaces/{none}/triggers"),
            ($"/v2/functions/namespaces/{space}/triggers/x", $"/v2/functions/namespaces/{none}/triggers/x"),
            ($"/v2/spaces/keys/{spaces}", "/v2/spaces/keys/DO00AAAAAAAAAAAAAAAA"),
            ($"/v2/inference/model_access_keys/{model}", $"/v2/inference/model_access_keys/{uuid}"),
            (
                $"/v2/inference/model_access_keys/{model}/regenerate",
                $"/v2/inference/model_access_keys/{uuid}/regenerate"
            ),
            ($"/v2/gen-ai/models/api_keys/{model}", $"/v2/gen-ai/models/api_keys/{uuid}"),
            ($"/v2/gen-ai/models/api_keys/{model}/regenerate", $"/v2/gen-ai/models/api_keys/{uuid}/regenerate"),
            ($"/v2/vpcs/{vpc}", $"/v2/vpcs/{uuid}"),
            ($"/v2/tokens/{token}", $"/v2/tokens/{uuid}"),
            ($"/v2/team/members/{world.Stranger.UserId}", $"/v2/team/members/{uuid}"),
            ($"/v2/team/invitations/{invitation}", $"/v2/team/invitations/{uuid}"),
            ($"/v2/access/decisions/{refused}", $"/v2/access/decisions/{new string('0', 32)}"),
            ($"/v2/projects/{world.Stranger.TeamId}", $"/v2/projects/{uuid}"),
        ];
        (string Method, string Body)[] calls =
        [
            ("GET", ""),
            ("PUT", """{"name":"mine","grants":[],"role":"member"}"""),
            ("PATCH", """{"name":"mine"}"""),
            ("POST", """{"name":"mine"}"""),
            ("DELETE", ""),
        ];

        foreach (var (foreign, missing) in resources)
        {
            foreach (var (method, body) in calls)
            {
                var theirs = await caller.SendAsync(method, foreign, body);
                var nothing = await caller.SendAsync(method, missing, body);
                Assert.Equal(
                    (method, foreign, 404, nothing.Anonymous),
                    (method, foreign, theirs.Status, theirs.Anonymous)
                );
                Assert.Equal(Comparable(nothing), Comparable(theirs));
            }
        }

        Assert.Equal(before, await EverythingAsync(stranger, space));
    }

    [Fact]
    public async Task Lists_hold_nothing_of_another_team()
    {
        using var stranger = await world.CallerAsync(world.Stranger);
        using var caller = await world.CallerAsync();
        var mark = $"theirs{Guid.NewGuid():N}"[..24];
        await MadeAsync(
            stranger,
            "/v2/functions/namespaces",
            $$"""{"label":"{{mark}}","region":"nyc1"}""",
            "namespace",
            "namespace"
        );
        await MadeAsync(stranger, "/v2/spaces/keys", $$"""{"name":"{{mark}}","grants":[]}""", "key", "access_key");
        await MadeAsync(
            stranger,
            "/v2/inference/model_access_keys",
            $$"""{"name":"{{mark}}","models":"all"}""",
            "model_access_key",
            "uuid"
        );
        await MadeAsync(stranger, "/v2/tokens", $$"""{"name":"{{mark}}","scopes":["vpc:read"]}""", "token", "id");

        foreach (
            var list in new[]
            {
                "/v2/functions/namespaces",
                "/v2/spaces/keys?per_page=200",
                "/v2/inference/model_access_keys?per_page=200&view=team",
                "/v2/gen-ai/models/api_keys?per_page=200",
                "/v2/tokens?per_page=200",
                "/v2/tokens?per_page=200&view=team",
                "/v2/audit?per_page=200",
            }
        )
        {
            Assert.DoesNotContain(mark, (await caller.GetAsync(list)).Text, StringComparison.Ordinal);
            Assert.Contains(mark, (await stranger.GetAsync(list)).Text, StringComparison.Ordinal);
        }
    }

    private static readonly HashSet<string> s_differ = new(StringComparer.OrdinalIgnoreCase)
    {
        "Date",
        "x-request-id",
        // Holds a nonce.
        "Content-Security-Policy",
    };

    // Without the headers that differ between any two answers.
    private static string Comparable(ApiAnswer answer) =>
        string.Join(
            "\n",
            answer
                .Headers.Where(h =>
                    !s_differ.Contains(h.Key) && !h.Key.StartsWith("ratelimit-", StringComparison.Ordinal)
                )
                .Select(h => $"{h.Key}: {h.Value}")
                .Order(StringComparer.Ordinal)
        );

    private static async Task<string> MadeAsync(ApiCaller caller, string path, string body, string envelope, string id)
    {
        var made = await caller.PostAsync(path, body);
        Assert.True(made.Status is 200 or 201, made.Text);
        return made.Body.GetProperty(envelope).GetProperty(id).GetString()!;
    }

    private static async Task<string> EverythingAsync(ApiCaller stranger, string space)
    {
        var text = "";
        foreach (
            var path in new[]
            {
                "/v2/functions/namespaces",
                $"/v2/functions/namespaces/{space}/keys",
                "/v2/spaces/keys?per_page=200",
                "/v2/inference/model_access_keys?per_page=200",
                "/v2/vpcs?per_page=200",
                "/v2/gen-ai/models?per_page=200",
                "/v2/team/members",
                "/v2/team/invitations",
                "/v2/tokens?per_page=200",
            }
        )
        {
            var answer = await stranger.GetAsync(path);
            Assert.Equal(200, answer.Status);
            text += answer.Text;
        }

        // The stranger's own calls are written down a moment later.
        return LastUse().Replace(text, "");
    }

    [GeneratedRegex("\"last_(?:used|active)_at\":(?:null|\"[^\"]*\")", RegexOptions.NonBacktracking)]
    private static partial Regex LastUse();
}
