using System.Text.Json;
using ControlPanel.Api.Contract;
using ControlPanel.Api.Reference;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Functions;
using ControlPanel.Hosting;

namespace ControlPanel.Api.Functions;

/// <summary>Namespaces, their access keys and triggers (contract 2.2).</summary>
internal static class FunctionsEndpoints
{
    private const string Admin = "function:admin";

    public static void MapFunctions(this RouteGroupBuilder api)
    {
        const string namespaces = "/v2/functions/namespaces";
        api.MapGet(namespaces, ListAsync).Needs(Admin).Answers("List namespaces", ApiJson.Default.NamespacesBody);
        api.MapPost(namespaces, CreateAsync)
            .Needs(Admin)
            .Answers("Create a namespace", ApiJson.Default.NamespaceBody)
            .Takes(ApiJson.Default.NamespaceRequest, """{"label":"thumbnails","region":"nyc1"}""", "label");
        api.MapGet(namespaces + "/{id}", GetAsync)
            .Needs(Admin)
            .Answers("Get a namespace", ApiJson.Default.NamespaceBody);
        api.MapDelete(namespaces + "/{id}", DeleteAsync)
            .Needs(Admin)
            .AnswersNothing("Delete a namespace")
            .Remarks("Its keys are revoked with it.");
        api.MapGet(namespaces + "/{id}/keys", ListKeysAsync)
            .Needs(Admin)
            .Answers("List access keys of a namespace", ApiJson.Default.NamespaceKeysBody);
        api.MapPost(namespaces + "/{id}/keys", CreateKeyAsync)
            .Needs(Admin)
            .Answers("Create an access key of a namespace", ApiJson.Default.NamespaceKeyBody, 201)
            .Takes(ApiJson.Default.NamespaceKeyRequest, """{"name":"deploy","expires_in":"30d"}""", "name")
            .Remarks("The secret is in this answer and never again.");
        api.MapPut(namespaces + "/{id}/keys/{keyId}", RenameKeyAsync)
            .Needs(Admin)
            .Answers("Rename an access key of a namespace", ApiJson.Default.NamespaceKeyBody)
            .Takes(ApiJson.Default.NameRequest, """{"name":"another name"}""", "name");
        api.MapDelete(namespaces + "/{id}/keys/{keyId}", DeleteKeyAsync)
            .Needs(Admin)
            .Answers("Revoke an access key of a namespace", ApiJson.Default.EmptyBody)
            .Remarks("Answers when every node refuses it.");
        api.MapGet(namespaces + "/{id}/triggers", ListTriggersAsync)
            .Needs(Admin)
            .Answers("List triggers of a namespace", ApiJson.Default.TriggersBody)
            .Remarks("There are none here: the list is empty.");
        api.MapGet(namespaces + "/{id}/triggers/{name}", GetTriggerAsync)
            .Needs(Admin)
            .AnswersError("Get a trigger", 404)
            .Remarks("There are none here.");
        api.MapDelete(namespaces + "/{id}/triggers/{name}", GetTriggerAsync)
            .Needs(Admin)
            .AnswersError("Delete a trigger", 404)
            .Remarks("There are none here.");
    }

    private static async Task<IResult> ListAsync(
        HttpContext http,
        ListNamespaces operation,
        ReadLegacyCredentials legacy,
        ListenAddresses addresses,
        CancellationToken ct
    )
    {
        var actor = ApiGate.ActorOf(http);
        var shared = await legacy.ExecuteAsync(actor, namespaceId: null, ct);
        if (!shared.IsDone)
        {
            return ApiResults.Error(ApiError.For(shared.Refusal));
        }

        // The list is not paginated (contract 1.4); the operation's pages are read to the end.
        var all = new List<NamespaceRow>();
        while (true)
        {
            var outcome = await operation.ExecuteAsync(actor, new PageRequest(all.Count, 200), ct);
            if (!outcome.IsDone)
            {
                return ApiResults.Error(ApiError.For(outcome.Refusal));
            }

            all.AddRange(outcome.Value.Items);
            if (all.Count >= outcome.Value.Total || outcome.Value.Items.Count == 0)
            {
                break;
            }
        }

        return ApiResults.Json(
            new NamespacesBody([.. all.Select(n => ToInfo(n, shared.Value, addresses))]),
            ApiJson.Default.NamespacesBody
        );
    }

    private static async Task<IResult> CreateAsync(
        HttpContext http,
        CreateNamespace operation,
        ListenAddresses addresses,
        CancellationToken ct
    )
    {
        var (body, error) = await ApiBody.ReadElementAsync(http, ct);
        if (error is not null)
        {
            return ApiResults.Error(error);
        }

        // doctl wraps and capitalises, the documentation does neither: both are read, in any case.
        var inner = Member(body, "namespace") is { ValueKind: JsonValueKind.Object } wrapped ? wrapped : body;
        if (Text(inner, "label") is not { } label)
        {
            // The real service answers a bad payload with 404 and this id (contract 2.2).
            return ApiResults.Error(new ApiError(404, "bad_request", "Invalid request payload: missing label field"));
        }

        var outcome = await operation.ExecuteAsync(
            ApiGate.ActorOf(http),
            new NewNamespace(label, Text(inner, "region") ?? "nyc1"),
            ct
        );
        return ApiResults.From(
            outcome,
            n => new NamespaceBody(ToInfo(n, [], addresses)),
            ApiJson.Default.NamespaceBody
        );
    }

    private static async Task<IResult> GetAsync(
        HttpContext http,
        string id,
        GetNamespace operation,
        ReadLegacyCredentials legacy,
        ListenAddresses addresses,
        CancellationToken ct
    )
    {
        var actor = ApiGate.ActorOf(http);
        var outcome = await operation.ExecuteAsync(actor, id, ct);
        if (!outcome.IsDone)
        {
            return ApiResults.Error(ApiError.For(outcome.Refusal));
        }

        var shared = await legacy.ExecuteAsync(actor, id, ct);
        var view = outcome.Value;
        return ApiResults.From(
            shared,
            s => new NamespaceBody(
                ToInfo(
                    new NamespaceRow(
                        view.Id,
                        view.Label,
                        view.Region,
                        view.LiveKeys,
                        view.Legacy.State,
                        view.CreatedAt,
                        view.UpdatedAt
                    ),
                    s,
                    addresses
                )
            ),
            ApiJson.Default.NamespaceBody
        );
    }

    private static async Task<IResult> DeleteAsync(
        HttpContext http,
        string id,
        DeleteNamespace operation,
        CancellationToken ct
    )
    {
        var outcome = await operation.ExecuteAsync(ApiGate.ActorOf(http), id, ct);
        return outcome.IsDone ? ApiResults.NoContent : ApiResults.Error(ApiError.For(outcome.Refusal));
    }

    private static async Task<IResult> ListKeysAsync(
        HttpContext http,
        string id,
        ListNamespaceKeys operation,
        CancellationToken ct
    )
    {
        var actor = ApiGate.ActorOf(http);
        var all = new List<NamespaceKeyRow>();
        while (true)
        {
            var outcome = await operation.ExecuteAsync(actor, id, new PageRequest(all.Count, 200), status: null, ct);
            if (!outcome.IsDone)
            {
                return ApiResults.Error(ApiError.For(outcome.Refusal));
            }

            all.AddRange(outcome.Value.Items);
            if (all.Count >= outcome.Value.Total || outcome.Value.Items.Count == 0)
            {
                break;
            }
        }

        return ApiResults.Json(
            new NamespaceKeysBody([.. all.Select(k => ToInfo(k, secret: null))], all.Count),
            ApiJson.Default.NamespaceKeysBody
        );
    }

    private static async Task<IResult> CreateKeyAsync(
        HttpContext http,
        string id,
        CreateNamespaceKey operation,
        CancellationToken ct
    )
    {
        var (body, error) = await ApiBody.ReadAsync(http, ApiJson.Default.NamespaceKeyRequest, ct);
        if (error is not null)
        {
            return ApiResults.Error(error);
        }

        if (body!.Name is null)
        {
            return ApiResults.Error(ApiError.BadRequest("Invalid request payload: missing name field"));
        }

        var outcome = await operation.ExecuteAsync(
            ApiGate.ActorOf(http),
            new NewKeyRequest(id, body.Name, body.ExpiresIn),
            ct
        );
        return ApiResults.From(
            outcome,
            made =>
            {
                using var secret = made.Secret;
                return new NamespaceKeyBody(ToInfo(made.Key, secret.Reveal()));
            },
            ApiJson.Default.NamespaceKeyBody,
            201
        );
    }

    private static async Task<IResult> RenameKeyAsync(
        HttpContext http,
        string id,
        string keyId,
        RenameNamespaceKey rename,
        ListNamespaceKeys list,
        CancellationToken ct
    )
    {
        var (body, error) = await ApiBody.ReadAsync(http, ApiJson.Default.NameRequest, ct);
        if (error is not null)
        {
            return ApiResults.Error(error);
        }

        var actor = ApiGate.ActorOf(http);
        var renamed = await rename.ExecuteAsync(actor, id, keyId, body!.Name, ct);
        if (!renamed.IsDone)
        {
            return ApiResults.Error(ApiError.For(renamed.Refusal));
        }

        var found = await list.ExecuteAsync(actor, id, new PageRequest { Search = keyId }, status: null, ct);
        // Names are searched too, and a key may be named like another's id.
        return found.IsDone && found.Value.Items.FirstOrDefault(k => k.KeyId == keyId) is { } key
            ? ApiResults.Json(new NamespaceKeyBody(ToInfo(key, secret: null)), ApiJson.Default.NamespaceKeyBody)
            : ApiResults.Error(ApiError.For(new Refusal.Missing("access key")));
    }

    private static async Task<IResult> DeleteKeyAsync(
        HttpContext http,
        string id,
        string keyId,
        RevokeNamespaceKey operation,
        CancellationToken ct
    )
    {
        var outcome = await operation.ExecuteAsync(ApiGate.ActorOf(http), id, keyId, ct);
        return ApiResults.From(outcome, _ => new EmptyBody(), ApiJson.Default.EmptyBody);
    }

    private static async Task<IResult> ListTriggersAsync(
        HttpContext http,
        string id,
        GetNamespace operation,
        CancellationToken ct
    )
    {
        var outcome = await operation.ExecuteAsync(ApiGate.ActorOf(http), id, ct);
        return ApiResults.From(outcome, _ => new TriggersBody([]), ApiJson.Default.TriggersBody);
    }

    private static async Task<IResult> GetTriggerAsync(
        HttpContext http,
        string id,
        string name,
        GetNamespace operation,
        CancellationToken ct
    )
    {
        _ = name;
        var outcome = await operation.ExecuteAsync(ApiGate.ActorOf(http), id, ct);
        return ApiResults.Error(
            outcome.IsDone ? new ApiError(404, "not_found", "trigger not found") : ApiError.For(outcome.Refusal)
        );
    }

    private static NamespaceInfo ToInfo(
        NamespaceRow row,
        IReadOnlyList<LegacyCredential> shared,
        ListenAddresses addresses
    )
    {
        var credential = shared.FirstOrDefault(s => s.NamespaceId == row.Id);
        return new NamespaceInfo(
            // Ends in .io: doctl's legacy connect turns whatever stands after the last dot into "co", and both work here.
            $"{addresses.Functions}/fn.io",
            row.Id,
            row.CreatedAt,
            row.UpdatedAt,
            row.Label,
            row.Region,
            credential?.Uuid ?? "",
            credential?.Key.Reveal() ?? ""
        );
    }

    private static NamespaceKeyInfo ToInfo(NamespaceKeyRow key, string? secret) =>
        new(key.KeyId, key.Name, secret, key.ExpiresAt, key.CreatedAt, key.UpdatedAt, key.LastUsedAt);

    private static JsonElement? Member(JsonElement body, string name)
    {
        foreach (var member in body.EnumerateObject())
        {
            if (string.Equals(member.Name, name, StringComparison.OrdinalIgnoreCase))
            {
                return member.Value;
            }
        }

        return null;
    }

    private static string? Text(JsonElement body, string name) =>
        Member(body, name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;
}
