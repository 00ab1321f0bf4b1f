using System.Net;
using ControlPanel.Api.Contract;
using ControlPanel.Api.Reference;
using ControlPanel.Data.Operations.Access;
using ControlPanel.Data.Operations.Audit;
using ControlPanel.Verification.Decisions;

namespace ControlPanel.Api.Access;

/// <summary>
/// What the engine would say to a call, and why it refused one: extensions of ours beside the real service's endpoints.
/// </summary>
internal static class AccessEndpoints
{
    // A call that needs more scopes than there are is no call.
    private const int MaxScopes = 200;

    public static void MapAccess(this RouteGroupBuilder api)
    {
        api.MapPost("/v2/access/verify", VerifyAsync)
            .Needs("access:verify")
            .Answers("Ask whether a key may do something", ApiJson.Default.DecisionBody)
            .Takes(
                ApiJson.Default.VerifyRequest,
                """{"key_id":"DO00EXAMPLEACCESSKEY","operation":{"bucket":"raw-photos","permission":"read"}}"""
            )
            .Remarks(
                "Send either key_id or credential. Nothing is done, and nothing of the credential is kept or logged."
            );
        api.MapGet("/v2/access/decisions", ListAsync)
            .Needs("activity:read")
            .Answers("List refused calls", ApiJson.Default.RefusedUsesBody)
            .Paged(
                new QueryParameter("family", "Which door.", "functions", "spaces", "inference", "api"),
                new QueryParameter("search", "Part of a key's name, an address or an operation, or a request id.")
            );
        api.MapGet("/v2/access/decisions/{requestId}", ExplainAsync)
            .Needs("activity:read")
            .Answers("Ask why a call was refused", ApiJson.Default.RefusedDecisionBody)
            .Remarks("The id is the one that the refused caller was told.");
    }

    private static async Task<IResult> VerifyAsync(HttpContext http, TryKey operation, CancellationToken ct)
    {
        var (body, error) = await ApiBody.ReadAsync(http, ApiJson.Default.VerifyRequest, ct);
        if (error is not null)
        {
            return ApiResults.Error(error);
        }

        if (!TryRead(body!, out var input, out error))
        {
            return ApiResults.Error(error!);
        }

        return ApiResults.From(
            await operation.ExecuteAsync(ApiGate.ActorOf(http), input!, ct),
            tried => new DecisionBody(
                new DecisionInfo(
                    Words.Of(tried.Family),
                    tried.IsAllowed,
                    tried.IsAllowed ? null : Words.Of(tried.Reason),
                    tried.KeyId is { } id ? new DecidedKey(id.ToString(), tried.KeyName) : null,
                    ToChecks(tried.Steps)
                )
            ),
            ApiJson.Default.DecisionBody
        );
    }

    private static async Task<IResult> ListAsync(HttpContext http, ListRefusedUses operation, CancellationToken ct)
    {
        if (!ApiPaging.TryRead(http.Request, out var paging, out var error))
        {
            return ApiResults.Error(error!);
        }

        string? asked = http.Request.Query["family"];
        var family = string.IsNullOrEmpty(asked) ? null : Words.FamilyOf(asked);
        if (family is null && !string.IsNullOrEmpty(asked))
        {
            return ApiResults.Error(ApiError.BadRequest("family must be functions, spaces, inference or api"));
        }

        return ApiResults.From(
            await operation.ExecuteAsync(
                ApiGate.ActorOf(http),
                paging.ToRequest() with
                {
                    Search = http.Request.Query["search"],
                },
                family,
                ct
            ),
            page => new RefusedUsesBody(
                [
                    .. page.Items.Select(r => new RefusedUseInfo(
                        r.RequestId,
                        r.At,
                        Words.Of(r.Family),
                        Words.Of(r.Reason),
                        r.Operation,
                        r.Address,
                        r.Client,
                        r.Count,
                        r.KeyId is { } id ? new DecidedKey(id.ToString(), r.KeyName) : null
                    )),
                ],
                paging.Links(page.Total),
                new Meta(page.Total)
            ),
            ApiJson.Default.RefusedUsesBody
        );
    }

    private static async Task<IResult> ExplainAsync(
        HttpContext http,
        string requestId,
        ExplainRequest operation,
        CancellationToken ct
    ) =>
        ApiResults.From(
            await operation.ExecuteAsync(ApiGate.ActorOf(http), requestId, ct),
            found => new RefusedDecisionBody(
                new RefusedDecisionInfo(
                    found.RequestId,
                    found.At,
                    Words.Of(found.Family),
                    Allowed: false,
                    Words.Of(found.Reason),
                    found.Operation,
                    found.Address,
                    found.Client,
                    found.Count,
                    found.Key is { } key ? new DecidedKey(key.Id.ToString(), key.Name) : null,
                    ToChecks(found.Steps)
                )
            ),
            ApiJson.Default.RefusedDecisionBody
        );

    private static bool TryRead(VerifyRequest body, out TryInput? input, out ApiError? error)
    {
        input = null;
        error = null;
        if (string.IsNullOrWhiteSpace(body.KeyId) == string.IsNullOrWhiteSpace(body.Credential))
        {
            error = ApiError.BadRequest("send either key_id or credential");
            return false;
        }

        // An id must be an id alone: a pair in its place would be judged as a secret that nobody meant to send.
        if (body.KeyId?.Contains(':', StringComparison.Ordinal) == true)
        {
            error = ApiError.BadRequest("key_id must be an id; send a pair as credential");
            return false;
        }

        IPAddress? source = null;
        if (body.SourceIp is not null && !IPAddress.TryParse(body.SourceIp, out source))
        {
            error = ApiError.BadRequest("source_ip must be an IP address");
            return false;
        }

        var operation = body.Operation ?? new OperationRequest(null, null, null, null, null, null);
        if (Words.BucketRightOf(operation.Permission ?? "read") is not { } right)
        {
            error = ApiError.BadRequest("operation.permission must be read, readwrite or fullaccess");
            return false;
        }

        if (Words.EndpointOf(operation.Endpoint ?? "model") is not { } endpoint)
        {
            error = ApiError.BadRequest("operation.endpoint must be model, batch, catalogue or unscoped");
            return false;
        }

        if (operation.Scopes is { } scopes && (scopes.Count > MaxScopes || scopes.Any(s => s is null)))
        {
            error = ApiError.BadRequest($"operation.scopes must be a list of at most {MaxScopes} scopes");
            return false;
        }

        input = new TryInput(
            Guid.TryParse(body.KeyId, out var id) ? id : null,
            // The ids of Functions and Spaces keys are public parts of their credentials, and found as such.
            body.Credential
                ?? body.KeyId
        )
        {
            Namespace = operation.Namespace,
            Bucket = operation.Bucket,
            Right = right,
            Endpoint = endpoint,
            Model = operation.Model,
            Scopes = [.. (operation.Scopes ?? []).Select(s => s!)],
            Source = source,
            At = body.At,
        };
        return true;
    }

    private static IReadOnlyList<CheckInfo> ToChecks(IReadOnlyList<TraceStep> steps) =>
        [.. steps.Select(s => new CheckInfo(Words.Of(s.Check), s.Passed, s.Detail))];
}
