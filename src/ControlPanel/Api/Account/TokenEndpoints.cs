using ControlPanel.Api.Contract;
using ControlPanel.Api.Reference;
using ControlPanel.Data.Operations.Tokens;

namespace ControlPanel.Api.Account;

/// <summary>
/// Personal access tokens by API: an extension of ours (contract 8.14). Only a token that holds <c>api:write</c> gets
/// past the operations' own checks.
/// </summary>
internal static class TokenEndpoints
{
    public static void MapTokens(this RouteGroupBuilder api)
    {
        api.MapGet("/v2/tokens", ListAsync)
            .Needs("api:write")
            .Answers("List personal access tokens", ApiJson.Default.TokensBody)
            .Paged(new QueryParameter("view", "Whose: mine unless said; team is the owners'.", "mine", "team"));
        api.MapPost("/v2/tokens", CreateAsync)
            .Needs("api:write")
            .Answers("Create a personal access token", ApiJson.Default.TokenBody, 201)
            .Takes(
                ApiJson.Default.TokenRequest,
                """{"name":"reporting","scopes":["vpc:read"],"expires_in":"90d"}""",
                "name",
                "scopes"
            )
            .Remarks("The value is in this answer and never again. A token makes none that may do more than itself.");
        api.MapGet("/v2/tokens/{id}", GetAsync)
            .Needs("api:write")
            .Answers("Get a personal access token", ApiJson.Default.TokenBody);
        api.MapPut("/v2/tokens/{id}", RenameAsync)
            .Needs("api:write")
            .Answers("Rename a personal access token", ApiJson.Default.TokenBody)
            .Takes(ApiJson.Default.NameRequest, """{"name":"another name"}""", "name");
        api.MapDelete("/v2/tokens/{id}", RevokeAsync)
            .Needs("api:write")
            .AnswersNothing("Revoke a personal access token")
            .Remarks("Answers when every node refuses it.");
    }

    private static async Task<IResult> ListAsync(HttpContext http, ListTokens operation, CancellationToken ct)
    {
        if (!ApiPaging.TryRead(http.Request, out var paging, out var error))
        {
            return ApiResults.Error(error!);
        }

        string? view = http.Request.Query["view"];
        if (view is not (null or "" or "mine" or "team"))
        {
            return ApiResults.Error(ApiError.BadRequest("view must be mine or team"));
        }

        var outcome = await operation.ExecuteAsync(ApiGate.ActorOf(http), paging.ToRequest(), view == "team", ct);
        return ApiResults.From(
            outcome,
            page => new TokensBody(
                [.. page.Items.Select(t => ToItem(t, value: null))],
                paging.Links(page.Total),
                new Meta(page.Total)
            ),
            ApiJson.Default.TokensBody
        );
    }

    private static async Task<IResult> CreateAsync(HttpContext http, CreateToken operation, CancellationToken ct)
    {
        var (body, error) = await ApiBody.ReadAsync(http, ApiJson.Default.TokenRequest, ct);
        if (error is not null)
        {
            return ApiResults.Error(error);
        }

        var outcome = await operation.ExecuteAsync(
            ApiGate.ActorOf(http),
            new NewTokenRequest(body!.Name, body.ExpiresIn, [.. (body.Scopes ?? []).Select(s => s ?? "")]),
            ct
        );
        return ApiResults.From(
            outcome,
            made =>
            {
                using var value = made.Value;
                return new TokenBody(ToItem(made.Token, value.Reveal()));
            },
            ApiJson.Default.TokenBody,
            201
        );
    }

    private static async Task<IResult> GetAsync(
        HttpContext http,
        string id,
        GetToken operation,
        CancellationToken ct
    ) =>
        Guid.TryParse(id, out var token)
            ? ApiResults.From(
                await operation.ExecuteAsync(ApiGate.ActorOf(http), token, ct),
                found => new TokenBody(ToItem(found, value: null)),
                ApiJson.Default.TokenBody
            )
            : ApiResults.Error(ApiError.NotFound);

    private static async Task<IResult> RenameAsync(
        HttpContext http,
        string id,
        RenameToken operation,
        CancellationToken ct
    )
    {
        if (!Guid.TryParse(id, out var token))
        {
            return ApiResults.Error(ApiError.NotFound);
        }

        var (body, error) = await ApiBody.ReadAsync(http, ApiJson.Default.NameRequest, ct);
        if (error is not null)
        {
            return ApiResults.Error(error);
        }

        return ApiResults.From(
            await operation.ExecuteAsync(ApiGate.ActorOf(http), token, body!.Name, ct),
            renamed => new TokenBody(ToItem(renamed, value: null)),
            ApiJson.Default.TokenBody
        );
    }

    private static async Task<IResult> RevokeAsync(
        HttpContext http,
        string id,
        RevokeToken operation,
        CancellationToken ct
    )
    {
        if (!Guid.TryParse(id, out var token))
        {
            return ApiResults.Error(ApiError.NotFound);
        }

        var outcome = await operation.ExecuteAsync(ApiGate.ActorOf(http), token, ct);
        return outcome.IsDone ? ApiResults.NoContent : ApiResults.Error(ApiError.For(outcome.Refusal));
    }

    private static TokenItem ToItem(TokenRow token, string? value) =>
        new(
            token.Id.ToString(),
            token.Name,
            value,
            token.Scopes,
            token.Owner,
            token.CreatedAt,
            token.ExpiresAt,
            token.LastUsedAt
        );
}
