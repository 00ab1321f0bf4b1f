using ControlPanel.Configuration;
using ControlPanel.Data.Snapshots;
using ControlPanel.Data.Usage;
using ControlPanel.Verification.Decisions;
using ControlPanel.Verification.Formats;
using ControlPanel.Verification.Inference;
using ControlPanel.Verification.Keys;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace ControlPanel.Gateways.Inference;

/// <summary>
/// An OpenAI-compatible API (and <c>/v1/messages</c>) in front of each team's model servers: verify, read which model is
/// wanted, judge, forward with the upstream's credential, stream back. What is judged is what is forwarded: the raw
/// target and the very bytes of the body.
/// </summary>
/// <remarks>
/// The model is the one that the request itself names. Models that a server calls on its own (a tool's, a stored prompt's)
/// are not seen; a key for chosen models therefore needs the model in the request.
/// </remarks>
internal sealed class InferenceGateway(
    Verifier verifier,
    IInferenceDirectory directory,
    ModelForwarder forwarder,
    ModelListing listing,
    RunningRequests running,
    UsageRecorder usage,
    RefusalLog refusals,
    IOptions<PanelOptions> options
)
{
    private readonly PanelOptions.InferenceOptions _options = options.Value.Inference;

    /// <summary>Answers one request.</summary>
    public Task HandleAsync(HttpContext context)
    {
        var raw = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var protocol = InferenceTarget.ProtocolOf(raw);
        if (protocol == Protocol.Anthropic)
        {
            // Where Anthropic's libraries look for it.
            context.Response.Headers["request-id"] = context.TraceIdentifier;
        }

        if (RequestGuards.HasDoubtfulFraming(context.Request))
        {
            context.Response.Headers.Connection = "close";
            return BadRequestAsync(context, protocol, "The request has both a length and a transfer coding.");
        }

        return InferenceTarget.Parse(context.Request.Method, raw) switch
        {
            InferenceTarget.Models => ModelsAsync(context, protocol),
            InferenceTarget.OneModel one => JudgedAsync(context, protocol, InferenceEndpoint.Model, one.Id),
            InferenceTarget.Call call => CallAsync(context, protocol, call),
            InferenceTarget.Batch => JudgedAsync(context, protocol, InferenceEndpoint.Batch, model: null),
            InferenceTarget.Kept => JudgedAsync(context, protocol, InferenceEndpoint.Unscoped, model: null),
            InferenceTarget.Unknown when _options.AllowUnknownPaths => JudgedAsync(
                context,
                protocol,
                InferenceEndpoint.Unscoped,
                model: null
            ),
            InferenceTarget.Ambiguous => BadRequestAsync(context, protocol, "The request path is ambiguous."),
            _ => MissingAsync(context, protocol),
        };
    }

    private async Task ModelsAsync(HttpContext context, Protocol protocol)
    {
        var request = Ask(context, InferenceEndpoint.Catalogue);
        var decision = Decide(context, request);
        if (!decision.IsAllowed)
        {
            await RefuseAsync(context, protocol, decision, model: null);
            return;
        }

        Record(context, decision.Key, request);
        if (await RoutesAsync(context, protocol, decision.Key) is not { } routes)
        {
            return;
        }

        var list = await listing.ReadAsync(
            routes,
            (decision.Key.Scope as KeyScope.Models)?.Ids,
            context.RequestAborted
        );
        if (list is null)
        {
            await InferenceErrors.WriteAsync(
                context,
                protocol,
                StatusCodes.Status502BadGateway,
                "upstream_error",
                "The model server did not answer."
            );
            return;
        }

        context.Response.ContentType = "application/json";
        context.Response.ContentLength = list.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await context.Response.Body.WriteAsync(list, context.RequestAborted);
        }
    }

    private async Task JudgedAsync(HttpContext context, Protocol protocol, InferenceEndpoint endpoint, string? model)
    {
        var request = Ask(context, endpoint, model);
        var decision = Decide(context, request);
        await (
            decision.IsAllowed
                ? ForwardAsync(context, protocol, decision.Key, request)
                : RefuseAsync(context, protocol, decision, model)
        );
    }

    private async Task CallAsync(HttpContext context, Protocol protocol, InferenceTarget.Call call)
    {
        // Who asks is known before a byte of the body is read: strangers fill no buffers.
        var holder = Decide(context, Ask(context, InferenceEndpoint.Catalogue));
        if (!holder.IsAllowed)
        {
            await RefuseAsync(context, protocol, holder, model: null);
            return;
        }

        if (context.Request.Headers.ContentEncoding.Count > 0)
        {
            await InferenceErrors.WriteAsync(
                context,
                protocol,
                StatusCodes.Status415UnsupportedMediaType,
                "unsupported_content_encoding",
                "Send the body as it is: request bodies with a Content-Encoding are not accepted."
            );
            return;
        }

        if (context.Request.Query.Keys.Any(k => k.Trim().Equals(call.Field, StringComparison.OrdinalIgnoreCase)))
        {
            await BadRequestAsync(context, protocol, "Name the model in the body, not in the query.");
            return;
        }

        var body = await BufferedBody.ReadAsync(context.Request, _options.MaxBodyBytes, context.RequestAborted);
        if (body is null)
        {
            context.Response.Headers.Connection = "close";
            await InferenceErrors.WriteAsync(
                context,
                protocol,
                StatusCodes.Status413PayloadTooLarge,
                "request_too_large",
                $"The body is longer than the {_options.MaxBodyBytes} bytes that this gateway reads."
            );
            return;
        }

        var wish = body.FindModel(context.Request.Headers.ContentType, call.Field);
        if (wish.Fault != BodyFault.None)
        {
            var (status, code, message) = BodyFaults.Answer(wish.Fault, call.Field);
            await InferenceErrors.WriteAsync(context, protocol, status, code, message);
            return;
        }

        var request = Ask(context, InferenceEndpoint.Model, wish.Model);
        var decision = JudgeAgain(holder.Key, request, wish);
        if (!decision.IsAllowed)
        {
            await RefuseAsync(context, protocol, decision, wish.Model);
            return;
        }

        body.PutBack(context.Request);
        await ForwardAsync(context, protocol, decision.Key, request, wish.NamesOthers);
    }

    // The body may have taken its time: the key is judged as it is now.
    private Decision JudgeAgain(KeyRecord holder, in AccessRequest request, in ModelWish wish)
    {
        if (verifier.Current(holder) is not { } key || key.SecretVersion != holder.SecretVersion)
        {
            return Decision.Deny(DenialReason.Revoked, holder);
        }

        var decision = verifier.Judge(key, request);
        return decision.IsAllowed && wish.NamesOthers && key.Scope is KeyScope.Models { Ids: not null }
            ? Decision.Deny(DenialReason.ModelNotAllowed, key)
            : decision;
    }

    private async Task MissingAsync(HttpContext context, Protocol protocol)
    {
        var decision = Decide(context, Ask(context, InferenceEndpoint.Catalogue));
        await (
            decision.IsAllowed
                ? InferenceErrors.WriteAsync(
                    context,
                    protocol,
                    StatusCodes.Status404NotFound,
                    "unknown_url",
                    "There is nothing at this address."
                )
                : RefuseAsync(context, protocol, decision, model: null)
        );
    }

    private async Task ForwardAsync(
        HttpContext context,
        Protocol protocol,
        KeyRecord key,
        AccessRequest request,
        bool namesOthers = false
    )
    {
        // A body that names further models is refused to every key for chosen ones: it needs a key for all.
        Record(context, key, namesOthers ? Ask(context, InferenceEndpoint.Unscoped) : request);
        if (await RoutesAsync(context, protocol, key) is not { } routes)
        {
            return;
        }

        if (routes.For(request.Model) is not { } upstream)
        {
            await InferenceErrors.WriteAsync(
                context,
                protocol,
                StatusCodes.Status404NotFound,
                "model_not_found",
                "No model server of this team serves that."
            );
            return;
        }

        using (running.Watch(context, key, request))
        {
            await forwarder.ForwardAsync(context, upstream, protocol);
        }
    }

    private async Task<InferenceRoutes?> RoutesAsync(HttpContext context, Protocol protocol, KeyRecord key)
    {
        if (directory.RoutesOf(key.TeamId) is { } routes)
        {
            return routes;
        }

        await InferenceErrors.WriteAsync(
            context,
            protocol,
            StatusCodes.Status502BadGateway,
            "no_upstream",
            "No model server is set up for this team. An owner can set one on the Models tab."
        );
        return null;
    }

    private static AccessRequest Ask(HttpContext context, InferenceEndpoint endpoint, string? model = null) =>
        AccessRequest.Inference(endpoint, model, context.Connection.RemoteIpAddress);

    private Decision Decide(HttpContext context, in AccessRequest request)
    {
        Span<byte> buffer = stackalloc byte[PresentedCredential.BufferSize];
        return verifier.Decide(InferenceCredential.Read(context.Request.Headers, buffer), request);
    }

    private void Record(HttpContext context, KeyRecord key, in AccessRequest request) =>
        usage.RecordUse(key, request, context.Request.Headers.UserAgent);

    private Task RefuseAsync(HttpContext context, Protocol protocol, Decision decision, string? model)
    {
        refusals.Record(
            new RefusedRequest(
                context.TraceIdentifier,
                KeyFamily.Inference,
                decision.Reason,
                decision.Key,
                $"{context.Request.Method} {context.Request.Path}{(model is null ? "" : " with ")}{model}",
                context.Connection.RemoteIpAddress,
                context.Request.Headers.UserAgent
            )
        );
        if (decision.Key is not null)
        {
            usage.RecordRefusal(decision.Key);
        }

        var answer = PublicAnswers.For(protocol, decision.Reason);
        if (answer.Status == StatusCodes.Status401Unauthorized)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer realm=\"inference\"";
        }

        if (decision.Reason == DenialReason.CannotVerify)
        {
            context.Response.Headers.RetryAfter = "1";
        }

        // The caller holds the key and may know its limits.
        return InferenceErrors.WriteAsync(
            context,
            protocol,
            answer.Status,
            answer.Code,
            decision.Reason == DenialReason.NotCovered
                ? "This key is limited to certain models, and the request names none."
                : answer.Message
        );
    }

    private static Task BadRequestAsync(HttpContext context, Protocol protocol, string message) =>
        InferenceErrors.WriteAsync(context, protocol, StatusCodes.Status400BadRequest, "invalid_request", message);
}
