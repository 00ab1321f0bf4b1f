using ControlPanel.Api.Contract;
using ControlPanel.Api.Reference;
using ControlPanel.Data.Operations.Spaces;

namespace ControlPanel.Api.Spaces;

/// <summary>Spaces access keys (contract 3.2).</summary>
internal static class SpacesEndpoints
{
    public static void MapSpaces(this RouteGroupBuilder api)
    {
        const string keys = "/v2/spaces/keys";
        api.MapGet(keys, ListAsync)
            .Needs("spaces_key:read")
            .Answers("List Spaces access keys", ApiJson.Default.SpacesKeysBody)
            .Paged(
                new QueryParameter("name", "The exact name."),
                new QueryParameter("bucket", "A bucket that the key reaches."),
                new QueryParameter("permission", "What the key may do.", "read", "readwrite", "fullaccess"),
                new QueryParameter("sort", "By what; needs sort_direction.", "created_at", "name"),
                new QueryParameter("sort_direction", "Which way.", "asc", "desc")
            );
        api.MapPost(keys, CreateAsync)
            .Needs("spaces_key:create_credentials")
            .Answers("Create a Spaces access key", ApiJson.Default.SpacesKeyBody, 201)
            .Takes(
                ApiJson.Default.SpacesKeyRequest,
                """{"name":"uploads","grants":[{"bucket":"raw-photos","permission":"readwrite"}]}""",
                "name"
            )
            .Remarks("The secret is in this answer and never again. A key without grants reaches nothing.");
        api.MapGet(keys + "/{accessKey}", GetAsync)
            .Needs("spaces_key:read")
            .Answers("Get a Spaces access key", ApiJson.Default.SpacesKeyBody);
        api.MapPut(keys + "/{accessKey}", UpdateAsync)
            .Needs("spaces_key:update")
            .Answers("Change a Spaces access key", ApiJson.Default.SpacesKeyBody)
            .Takes(
                ApiJson.Default.SpacesKeyRequest,
                """{"name":"uploads","grants":[{"bucket":"raw-photos","permission":"readwrite"}]}"""
            )
            .Remarks("What is not sent stays as it is.");
        api.MapPatch(keys + "/{accessKey}", UpdateAsync)
            .Needs("spaces_key:update")
            .Answers("Change a Spaces access key", ApiJson.Default.SpacesKeyBody)
            .Takes(
                ApiJson.Default.SpacesKeyRequest,
                """{"name":"uploads","grants":[{"bucket":"raw-photos","permission":"readwrite"}]}"""
            )
            .Remarks("What is not sent stays as it is.");
        api.MapDelete(keys + "/{accessKey}", DeleteAsync)
            .Needs("spaces_key:delete")
            .AnswersNothing("Delete a Spaces access key")
            .Remarks("Answers when every node refuses it.");
    }

    private static async Task<IResult> ListAsync(HttpContext http, ListSpacesKeys operation, CancellationToken ct)
    {
        if (!ApiPaging.TryRead(http.Request, out var paging, out var error))
        {
            return ApiResults.Error(error!);
        }

        var query = http.Request.Query;
        string? sort = query["sort"];
        string? direction = query["sort_direction"];
        if (sort is not null && sort is not ("created_at" or "name"))
        {
            return ApiResults.Error(ApiError.BadRequest("sort must be created_at or name"));
        }

        if (direction is not null && direction is not ("asc" or "desc"))
        {
            return ApiResults.Error(ApiError.BadRequest("sort_direction must be asc or desc"));
        }

        if (sort is not null && direction is null)
        {
            return ApiResults.Error(ApiError.BadRequest("sort must come with sort_direction"));
        }

        var outcome = await operation.ExecuteAsync(
            ApiGate.ActorOf(http),
            paging.ToRequest(sort == "name" ? "name" : "created", direction != "asc"),
            new SpacesKeyFilter(query["name"], query["bucket"], query["permission"]),
            ct
        );
        return ApiResults.From(
            outcome,
            page => new SpacesKeysBody(
                [.. page.Items.Select(k => ToInfo(k, secret: null))],
                paging.Links(page.Total),
                new Meta(page.Total)
            ),
            ApiJson.Default.SpacesKeysBody
        );
    }

    private static async Task<IResult> CreateAsync(HttpContext http, CreateSpacesKey operation, CancellationToken ct)
    {
        var (body, error) = await ApiBody.ReadAsync(http, ApiJson.Default.SpacesKeyRequest, ct);
        if (error is not null)
        {
            return ApiResults.Error(error);
        }

        var outcome = await operation.ExecuteAsync(ApiGate.ActorOf(http), body!.Name, ToGrants(body.Grants ?? []), ct);
        return ApiResults.From(
            outcome,
            made =>
            {
                using var secret = made.Secret;
                return new SpacesKeyBody(ToInfo(made.Key, secret.Reveal()));
            },
            ApiJson.Default.SpacesKeyBody,
            201
        );
    }

    private static async Task<IResult> GetAsync(
        HttpContext http,
        string accessKey,
        GetSpacesKey operation,
        CancellationToken ct
    ) =>
        ApiResults.From(
            await operation.ExecuteAsync(ApiGate.ActorOf(http), accessKey, ct),
            key => new SpacesKeyBody(ToInfo(key, secret: null)),
            ApiJson.Default.SpacesKeyBody
        );

    private static async Task<IResult> UpdateAsync(
        HttpContext http,
        string accessKey,
        UpdateSpacesKey operation,
        CancellationToken ct
    )
    {
        var (body, error) = await ApiBody.ReadAsync(http, ApiJson.Default.SpacesKeyRequest, ct);
        if (error is not null)
        {
            return ApiResults.Error(error);
        }

        var outcome = await operation.ExecuteAsync(
            ApiGate.ActorOf(http),
            accessKey,
            body!.Name,
            body.Grants is null ? null : ToGrants(body.Grants),
            ct
        );
        return ApiResults.From(
            outcome,
            key => new SpacesKeyBody(ToInfo(key, secret: null)),
            ApiJson.Default.SpacesKeyBody
        );
    }

    private static async Task<IResult> DeleteAsync(
        HttpContext http,
        string accessKey,
        DeleteSpacesKey operation,
        CancellationToken ct
    )
    {
        var outcome = await operation.ExecuteAsync(ApiGate.ActorOf(http), accessKey, ct);
        return outcome.IsDone ? ApiResults.NoContent : ApiResults.Error(ApiError.For(outcome.Refusal));
    }

    private static List<SpacesGrant> ToGrants(IEnumerable<GrantInfo?> grants) =>
        [.. grants.Select(g => new SpacesGrant(g?.Bucket ?? "", g?.Permission ?? ""))];

    private static SpacesKeyInfo ToInfo(SpacesKeyRow key, string? secret) =>
        new(
            key.Name,
            key.AccessKeyId,
            secret,
            [.. key.Grants.Select(g => new GrantInfo(g.Bucket, g.Permission))],
            key.CreatedAt
        );
}
