using ControlPanel.Hosting;

namespace ControlPanel.Shared;

/// <summary>The console's pages as lines for a terminal, right for where this server really listens.</summary>
public sealed class CommandLines(ListenAddresses addresses)
{
    /// <summary>Namespaces.</summary>
    public IReadOnlyList<Snippet> Namespaces =>
        [
            Doctl("List with doctl", "serverless namespaces list"),
            Doctl("Create with doctl", "serverless namespaces create --label image-tools --region nyc1 --no-connect"),
            Get("List with curl", "/v2/functions/namespaces"),
        ];

    /// <summary>The access keys of a namespace.</summary>
    public IReadOnlyList<Snippet> NamespaceKeys(string id) =>
        [
            Doctl("List with doctl", $"serverless key list --namespace {id}"),
            Doctl("Create with doctl", $"serverless key create --namespace {id} --name ci-cd-key --expiration 30d"),
            Doctl("Revoke with doctl", $"serverless key delete $KEY_ID --namespace {id} --force"),
            Post(
                "Create with curl",
                $"/v2/functions/namespaces/{id}/keys",
                """{"name":"ci-cd-key","expires_in":"30d"}"""
            ),
        ];

    /// <summary>Spaces access keys.</summary>
    public IReadOnlyList<Snippet> SpacesKeys =>
        [
            Doctl("List with doctl", "spaces keys list"),
            Doctl(
                "Create with doctl",
                "spaces keys create photo-sync --grants \"bucket=raw-photos;permission=readwrite\""
            ),
            Doctl("Delete with doctl", "spaces keys delete $ACCESS_KEY"),
            Get("List with curl", "/v2/spaces/keys"),
        ];

    /// <summary>Model access keys.</summary>
    public IReadOnlyList<Snippet> ModelKeys =>
        [
            Get("List with curl", "/v2/inference/model_access_keys"),
            Post(
                "Create with curl",
                "/v2/inference/model_access_keys",
                """{"name":"support-bot","models":["openai-gpt-4o-mini"],"batch":false}"""
            ),
        ];

    /// <summary>The model catalogue.</summary>
    public IReadOnlyList<Snippet> Models => [Get("List with curl", "/v2/gen-ai/models")];

    /// <summary>VPC networks.</summary>
    public IReadOnlyList<Snippet> VpcNetworks =>
        [
            Doctl("List with doctl", "vpcs list"),
            Doctl("Create with doctl", "vpcs create --name office --region nyc1 --ip-range 10.10.0.0/20"),
            Get("List with curl", "/v2/vpcs"),
        ];

    /// <summary>Personal access tokens.</summary>
    public IReadOnlyList<Snippet> Tokens =>
        [
            new(
                "Sign in with doctl",
                $"doctl auth init --api-url {addresses.Panel} --token-validation-server {addresses.Panel}"
            ),
            Get("List with curl", "/v2/tokens"),
            Post(
                "Create with curl",
                "/v2/tokens",
                """{"name":"reports","expires_in":"30d","scopes":["function:read"]}"""
            ),
        ];

    /// <summary>The people of the team.</summary>
    public IReadOnlyList<Snippet> Members =>
        [
            Get("List with curl", "/v2/team/members"),
            Post("Invite with curl", "/v2/team/invitations", """{"email":"new@example.com","role":"member"}"""),
        ];

    /// <summary>What was done and what was refused.</summary>
    public IReadOnlyList<Snippet> Activity =>
        [
            Get("Changes with curl", "/v2/audit?per_page=50"),
            Get("Refused calls with curl", "/v2/access/decisions"),
            Get("One refused call with curl", "/v2/access/decisions/$REQUEST_ID"),
        ];

    private Snippet Doctl(string title, string line) => new(title, $"doctl {line} --api-url {addresses.Panel}");

    private Snippet Get(string title, string path) =>
        new(title, $"curl -H \"Authorization: Bearer $TOKEN\" \"{addresses.Panel}{path}\"");

    private Snippet Post(string title, string path, string body) =>
        new(
            title,
            $"curl -H \"Authorization: Bearer $TOKEN\" -H \"Content-Type: application/json\" -d '{body}' \"{addresses.Panel}{path}\""
        );
}
