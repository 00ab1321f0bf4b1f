using System.Text.Json;
using ControlPanel.Api.Contract;
using ControlPanel.Api.Reference;
using ControlPanel.Data.Operations.Inference;

namespace ControlPanel.Api.Inference;

/// <summary>Model access keys with scope, batch and network: an extension of ours (contract 8.14).</summary>
internal static class ModelAccessKeyEndpoints
{
    public static void MapModelAccessKeys(this RouteGroupBuilder api)
    {
        const string keys = "/v2/inference/model_access_keys";
        api.MapGet(keys, ListAsync)
            .Needs("genai:read")
            .Answers("List model access keys with what they reach", ApiJson.Default.ModelAccessKeysBody)
            .Paged(
                new QueryParameter(
                    "view",
                    "Which: mine unless said; legacy are those from before scoping; team is the owners'.",
                    "mine",
                    "legacy",
                    "team"
                )
            );
        api.MapPost(keys, CreateAsync)
            .Needs("genai:create")
            .Answers("Create a model access key", ApiJson.Default.ModelAccessKeyBody, 201)
            .Takes(
                ApiJson.Default.ModelAccessKeyRequest,
                """{"name":"support bot","models":["openai-gpt-4o-mini"],"batch":false}""",
                "name",
                "models"
            )
            .Remarks("The secret is in this answer and never again.");
        api.MapGet(keys + "/{uuid}", GetAsync)
            .Needs("genai:read")
            .Answers("Get a model access key", ApiJson.Default.ModelAccessKeyBody);
        api.MapPut(keys + "/{uuid}", RenameAsync)
            .Needs("genai:update")
            .Answers("Rename a model access key", ApiJson.Default.ModelAccessKeyBody)
            .Takes(ApiJson.Default.NameRequest, """{"name":"another name"}""", "name");
        api.MapPost(keys + "/{uuid}/regenerate", RegenerateAsync)
            .Needs("genai:update")
            .Answers("Give a model access key another secret", ApiJson.Default.ModelAccessKeyBody)
            .Remarks("The new secret is in this answer and never again; the old one is refused from then on.");
        api.MapDelete(keys + "/{uuid}", DeleteAsync)
            .Needs("genai:delete")
            .AnswersNothing("Delete a model access key")
            .Remarks("Answers when every node refuses it.");
    }

    private static async Task<IResult> ListAsync(HttpContext http, ListModelKeys operation, CancellationToken ct)
    {
        if (!ApiPaging.TryRead(http.Request, out var paging, out var error))
        {
            return ApiResults.Error(error!);
        }

        ModelKeyTab? tab = (string?)http.Request.Query["view"] switch
        {
            null or "" or "mine" => ModelKeyTab.Mine,
            "legacy" => ModelKeyTab.Legacy,
            "team" => ModelKeyTab.Team,
            _ => null,
        };
        if (tab is null)
        {
            return ApiResults.Error(ApiError.BadRequest("view must be mine, legacy or team"));
        }

        return ApiResults.From(
            await operation.ExecuteAsync(ApiGate.ActorOf(http), tab.Value, paging.ToRequest(), ct),
            page => new ModelAccessKeysBody(
                [.. page.Items.Select(k => ToInfo(k))],
                paging.Links(page.Total),
                new Meta(page.Total)
            ),
            ApiJson.Default.ModelAccessKeysBody
        );
    }

    private static async Task<IResult> CreateAsync(HttpContext http, CreateModelKey operation, CancellationToken ct)
    {
        var (body, error) = await ApiBody.ReadAsync(http, ApiJson.Default.ModelAccessKeyRequest, ct);
        if (error is not null)
        {
            return ApiResults.Error(error);
        }

        if (!TryReadModels(body!.Models, out var models))
        {
            return ApiResults.Error(ApiError.BadRequest("models must be \"all\" or a list of model ids"));
        }

        return ApiResults.From(
            await operation.ExecuteAsync(
                ApiGate.ActorOf(http),
                new NewModelKeyRequest(body.Name, models, body.Batch ?? false, body.VpcUuid),
                ct
            ),
            Reveal,
            ApiJson.Default.ModelAccessKeyBody,
            201
        );
    }

    private static async Task<IResult> GetAsync(
        HttpContext http,
        string uuid,
        GetModelKey operation,
        CancellationToken ct
    ) =>
        Guid.TryParse(uuid, out var id)
            ? ApiResults.From(
                await operation.ExecuteAsync(ApiGate.ActorOf(http), id, ct),
                key => new ModelAccessKeyBody(ToInfo(key)),
                ApiJson.Default.ModelAccessKeyBody
            )
            : ApiResults.Error(ApiError.NotFound);

    private static async Task<IResult> RenameAsync(
        HttpContext http,
        string uuid,
        RenameModelKey operation,
        CancellationToken ct
    )
    {
        if (!Guid.TryParse(uuid, out var id))
        {
            return ApiResults.Error(ApiError.NotFound);
        }

        var (body, error) = await ApiBody.ReadAsync(http, ApiJson.Default.NameRequest, ct);
        if (error is not null)
        {
            return ApiResults.Error(error);
        }

        return ApiResults.From(
            await operation.ExecuteAsync(ApiGate.ActorOf(http), id, body!.Name, ct),
            key => new ModelAccessKeyBody(ToInfo(key)),
            ApiJson.Default.ModelAccessKeyBody
        );
    }

    private static async Task<IResult> RegenerateAsync(
        HttpContext http,
        string uuid,
        RegenerateModelKey operation,
        CancellationToken ct
    ) =>
        Guid.TryParse(uuid, out var id)
            ? ApiResults.From(
                await operation.ExecuteAsync(ApiGate.ActorOf(http), id, confirmation: null, ct),
                Reveal,
                ApiJson.Default.ModelAccessKeyBody
            )
            : ApiResults.Error(ApiError.NotFound);

    private static async Task<IResult> DeleteAsync(
        HttpContext http,
        string uuid,
        DeleteModelKey operation,
        CancellationToken ct
    )
    {
        if (!Guid.TryParse(uuid, out var id))
        {
            return ApiResults.Error(ApiError.NotFound);
        }

        var outcome = await operation.ExecuteAsync(ApiGate.ActorOf(http), id, confirmation: null, ct);
        return outcome.IsDone ? ApiResults.NoContent : ApiResults.Error(ApiError.For(outcome.Refusal));
    }

    private static ModelAccessKeyBody Reveal(NewModelKey made)
    {
        using var secret = made.Secret;
        return new ModelAccessKeyBody(ToInfo(made.Key, secret.Reveal()));
    }

    private static bool TryReadModels(JsonElement? value, out IReadOnlyList<string>? models)
    {
        models = null;
        if (value is { ValueKind: JsonValueKind.String } text)
        {
            return text.GetString() == "all";
        }

        if (
            value is not { ValueKind: JsonValueKind.Array } list
            || list.GetArrayLength() > 1000
            || list.EnumerateArray().Any(m => m.ValueKind != JsonValueKind.String)
        )
        {
            return false;
        }

        models = [.. list.EnumerateArray().Select(m => m.GetString()!)];
        return true;
    }

    private static ModelAccessKeyInfo ToInfo(ModelKeyRow key, string? secret = null) =>
        new(
            key.Id.ToString(),
            key.Name,
            secret,
            key.Models is null
                ? JsonSerializer.SerializeToElement("all", ApiJson.Default.String)
                : JsonSerializer.SerializeToElement(key.Models, ApiJson.Default.IReadOnlyListString),
            key.Batch,
            key.VpcId?.ToString(),
            key.IsLegacy,
            key.CreatedBy,
            key.CreatedAt,
            key.LastUsedAt
        );
}
