using System.Diagnostics.CodeAnalysis;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Usage;
using ControlPanel.Shared;
using ControlPanel.Verification.Decisions;
using ControlPanel.Verification.Formats;
using ControlPanel.Verification.Keys;

namespace ControlPanel.Api;

/// <summary>The scopes that an endpoint needs; each endpoint of the API declares them, none included.</summary>
/// <param name="Scopes">All of them are needed. Empty: any valid token.</param>
internal sealed record RequiredScopes(IReadOnlyList<string> Scopes);

/// <summary>
/// The door of the API: verifies the token by the engine, counts it against its limits and hands the endpoint an
/// <see cref="Actor"/>. Rights are decided again, from fresh state, by the operation.
/// </summary>
internal sealed class ApiGate(Verifier verifier, ApiRateLimits limits, UsageRecorder usage, RefusalLog refusals)
    : IEndpointFilter
{
    private static readonly object s_actor = new();
    private static readonly object s_key = new();

    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        // New secrets are in some answers and names in all of them.
        http.Response.Headers.CacheControl = "no-store";
        var needed = http.GetEndpoint()!.Metadata.GetRequiredMetadata<RequiredScopes>().Scopes;
        var asked = AccessRequest.Api(needed, http.Connection.RemoteIpAddress);
        var decision = Decide(http, asked);
        if (
            decision.Key is { } presented
            && (decision.IsAllowed || PublicAnswers.CallerHoldsTheKey(decision.Reason))
            && !limits.TryTake(presented.Id, http.Response.Headers)
        )
        {
            return ApiResults.Error(ApiError.RateLimited);
        }

        var client = http.Request.Headers.UserAgent.ToString();
        if (!decision.IsAllowed)
        {
            refusals.Record(
                new RefusedRequest(
                    http.TraceIdentifier,
                    KeyFamily.Api,
                    decision.Reason,
                    decision.Key,
                    $"{http.Request.Method} {http.Request.Path}",
                    http.Connection.RemoteIpAddress,
                    client
                )
            );
            if (decision.Key is not null)
            {
                usage.RecordRefusal(decision.Key);
            }

            return ApiResults.Error(Answer(decision, needed));
        }

        usage.RecordUse(decision.Key, asked, client);
        http.Items[s_key] = decision.Key;
        http.Items[s_actor] = new Actor(decision.Key.Owner!.UserId, decision.Key.TeamId, Door.Api)
        {
            Address = http.Connection.RemoteIpAddress,
            RequestId = http.TraceIdentifier,
            Token = (KeyScope.Api)decision.Key.Scope,
        };
        return await next(context);
    }

    /// <summary>Who calls.</summary>
    public static Actor ActorOf(HttpContext context) => (Actor)context.Items[s_actor]!;

    /// <summary>The token it is called with.</summary>
    public static KeyRecord KeyOf(HttpContext context) => (KeyRecord)context.Items[s_key]!;

    [SuppressMessage("Reliability", "CA2014", Justification = "One buffer for each request.")]
    private Decision Decide(HttpContext http, in AccessRequest asked)
    {
        Span<byte> buffer = stackalloc byte[PresentedCredential.BufferSize];
        var credential = AuthorizationHeader.Read(http.Request.Headers, buffer);
        return verifier.Decide(credential, asked);
    }

    // The token's holder may know what it lacks (contract 8.6); everybody else gets the table's answer.
    private static ApiError Answer(Decision decision, IReadOnlyList<string> needed) =>
        decision.Reason switch
        {
            DenialReason.ScopeMissing => ApiError.Forbidden(
                $"You are not authorized to perform this operation. It requires the scope {Lacking(decision, needed)}."
            ),
            DenialReason.RoleInsufficient => ApiError.Forbidden(
                "You are not authorized to perform this operation. Your role in the team does not carry "
                    + $"{string.Join(", ", needed.Where(s => !RolePermissions.Allows(decision.Key!.Owner!.Role, s)))}."
            ),
            DenialReason.CannotVerify => ApiError.Unverifiable,
            _ => ApiError.Unauthorized,
        };

    private static string Lacking(Decision decision, IReadOnlyList<string> needed) =>
        string.Join(", ", needed.Where(s => decision.Key!.Scope is not KeyScope.Api scope || !scope.Holds(s)));
}
