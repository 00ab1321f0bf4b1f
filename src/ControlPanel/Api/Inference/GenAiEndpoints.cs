using System.Globalization;
using ControlPanel.Api.Account;
using ControlPanel.Api.Contract;
using ControlPanel.Api.Reference;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Inference;
using ControlPanel.Hosting;

namespace ControlPanel.Api.Inference;

/// <summary>Model keys, models and regions as the real service spells them (contract 4.1).</summary>
internal static class GenAiEndpoints
{
    public static void MapGenAi(this RouteGroupBuilder api)
    {
        const string keys = "/v2/gen-ai/models/api_keys";
        api.MapGet(keys, ListAsync)
            .Needs("genai:read")
            .Answers("List model access keys", ApiJson.Default.ApiKeyInfosBody)
            .Paged();
        api.MapPost(keys, Retired)
            .Needs("genai:create")
            .AnswersError("Create a model access key (retired)", 410)
            .Remarks("Use POST /v2/inference/model_access_keys.");
        api.MapPut(keys + "/{uuid}", RenameAsync)
            .Needs("genai:update")
            .Answers("Rename a model access key", ApiJson.Default.ApiKeyInfoBody)
            .Takes(ApiJson.Default.NameRequest, """{"name":"another name"}""", "name");
        api.MapDelete(keys + "/{uuid}", DeleteAsync)
            .Needs("genai:delete")
            .Answers("Delete a model access key", ApiJson.Default.ApiKeyInfoBody)
            .Remarks("Answers when every node refuses it.");
        api.MapPut(keys + "/{uuid}/regenerate", RegenerateAsync)
            .Needs("genai:update")
            .Answers("Give a model access key another secret", ApiJson.Default.ApiKeyInfoBody)
            .Remarks("The new secret is in this answer and never again; the old one is refused from then on.");
        api.MapGet("/v2/gen-ai/models", ListModelsAsync)
            .Needs("genai:read")
            .Answers("List models", ApiJson.Default.GenAiModelsBody)
            .Paged();
        api.MapGet("/v2/gen-ai/regions", ListRegions)
            .Needs("genai:read")
            .Answers("List regions that serve models", ApiJson.Default.GenAiRegionsBody);
    }

    private static async Task<IResult> ListAsync(HttpContext http, ListModelKeys operation, CancellationToken ct)
    {
        if (!ApiPaging.TryRead(http.Request, out var paging, out var error))
        {
            return ApiResults.Error(error!);
        }

        var outcome = await operation.ExecuteAsync(ApiGate.ActorOf(http), ModelKeyTab.Mine, paging.ToRequest(), ct);
        return ApiResults.From(
            outcome,
            page => new ApiKeyInfosBody(
                [.. page.Items.Select(k => ToInfo(k))],
                paging.Links(page.Total, protoStyle: true),
                paging.PagedMeta(page.Total)
            ),
            ApiJson.Default.ApiKeyInfosBody
        );
    }

    private static IResult Retired() =>
        ApiResults.Error(
            new ApiError(
                410,
                "gone",
                "resource retired: Creating model API keys through this endpoint is retired. "
                    + "Go to manage page in the control panel to create a model access key."
            )
        );

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
            key => new ApiKeyInfoBody(ToInfo(key)),
            ApiJson.Default.ApiKeyInfoBody
        );
    }

    private static async Task<IResult> DeleteAsync(
        HttpContext http,
        string uuid,
        GetModelKey get,
        DeleteModelKey delete,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        if (!Guid.TryParse(uuid, out var id))
        {
            return ApiResults.Error(ApiError.NotFound);
        }

        var actor = ApiGate.ActorOf(http);
        var key = await get.ExecuteAsync(actor, id, ct);
        if (!key.IsDone)
        {
            return ApiResults.Error(ApiError.For(key.Refusal));
        }

        var outcome = await delete.ExecuteAsync(actor, id, confirmation: null, ct);
        return ApiResults.From(
            outcome,
            _ => new ApiKeyInfoBody(ToInfo(key.Value, deletedAt: clock.GetUtcNow())),
            ApiJson.Default.ApiKeyInfoBody
        );
    }

    private static async Task<IResult> RegenerateAsync(
        HttpContext http,
        string uuid,
        RegenerateModelKey operation,
        CancellationToken ct
    )
    {
        if (!Guid.TryParse(uuid, out var id))
        {
            return ApiResults.Error(ApiError.NotFound);
        }

        return ApiResults.From(
            await operation.ExecuteAsync(ApiGate.ActorOf(http), id, confirmation: null, ct),
            made =>
            {
                using var secret = made.Secret;
                return new ApiKeyInfoBody(ToInfo(made.Key, secret: secret.Reveal()));
            },
            ApiJson.Default.ApiKeyInfoBody
        );
    }

    private static async Task<IResult> ListModelsAsync(HttpContext http, ListModels operation, CancellationToken ct)
    {
        if (!ApiPaging.TryRead(http.Request, out var paging, out var error))
        {
            return ApiResults.Error(error!);
        }

        return ApiResults.From(
            await operation.ExecuteAsync(ApiGate.ActorOf(http), paging.ToRequest(), ct),
            page => new GenAiModelsBody(
                [
                    .. page.Items.Select(m => new GenAiModelInfo(
                        m.Id.ToString(),
                        m.DisplayName,
                        m.ModelId,
                        IsFoundational: true,
                        m.Provider,
                        [m.Modality],
                        m.CreatedAt
                    )),
                ],
                paging.Links(page.Total, protoStyle: true),
                paging.PagedMeta(page.Total)
            ),
            ApiJson.Default.GenAiModelsBody
        );
    }

    private static IResult ListRegions(ListenAddresses addresses) =>
        ApiResults.Json(
            new GenAiRegionsBody([
                .. Regions.All.Select(r => new GenAiRegionInfo(
                    r.Slug,
                    addresses.Inference,
                    ServesBatch: true,
                    ServesInference: true,
                    addresses.Inference
                )),
            ]),
            ApiJson.Default.GenAiRegionsBody
        );

    private static ApiKeyInfo ToInfo(ModelKeyRow key, string? secret = null, DateTimeOffset? deletedAt = null) =>
        new(
            key.Id.ToString(),
            key.Name,
            key.CreatedAt,
            AccountEndpoints.NumberOf(key.CreatedById ?? Guid.Empty).ToString(CultureInfo.InvariantCulture),
            deletedAt,
            secret
        );
}
