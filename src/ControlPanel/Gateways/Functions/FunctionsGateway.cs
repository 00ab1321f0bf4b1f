using ControlPanel.Data.Snapshots;
using ControlPanel.Data.Usage;
using ControlPanel.Shared;
using ControlPanel.Verification.Decisions;
using ControlPanel.Verification.Formats;
using ControlPanel.Verification.Keys;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;

namespace ControlPanel.Gateways.Functions;

/// <summary>
/// The OpenWhisk REST API in front of each namespace's own upstream: verify, strip the client's credential, forward with
/// the upstream's, stream both ways. What is decided is what is forwarded: both come from the raw target.
/// </summary>
internal sealed class FunctionsGateway(
    Verifier verifier,
    INamespaceDirectory namespaces,
    IHttpForwarder forwarder,
    UpstreamClient client,
    RunningRequests running,
    UsageRecorder usage,
    RefusalLog refusals
)
{
    // Blocking invocations may take as long as the longest action OpenWhisk allows.
    private static readonly ForwarderRequestConfig s_config = new() { ActivityTimeout = TimeSpan.FromMinutes(11) };

    /// <summary>Answers one request.</summary>
    public Task HandleAsync(HttpContext context)
    {
        if (RequestGuards.HasDoubtfulFraming(context.Request))
        {
            context.Response.Headers.Connection = "close";
            return OpenWhiskErrors.WriteAsync(context, 400, "The request has both a length and a transfer coding.");
        }

        var raw = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        return FunctionsTarget.Parse(raw) switch
        {
            FunctionsTarget.Root => RootAsync(context),
            FunctionsTarget.Namespaces => NamespacesAsync(context),
            FunctionsTarget.InNamespace target => InNamespaceAsync(context, target),
            FunctionsTarget.WebAction target => WebActionAsync(context, target),
            FunctionsTarget.Ambiguous => OpenWhiskErrors.WriteAsync(context, 400, "The request path is ambiguous."),
            _ => OpenWhiskErrors.WriteAsync(context, 404, "The requested resource does not exist."),
        };
    }

    private static Task RootAsync(HttpContext context)
    {
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            return OpenWhiskErrors.WriteAsync(context, 405, "HTTP method not allowed.");
        }

        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(
            """{"description":"ControlPanel Functions gateway","api_paths":["/api/v1"],"runtimes":{"nodejs":[{"kind":"nodejs:18","default":true,"deprecated":false}],"python":[{"kind":"python:3.11","default":true,"deprecated":false}],"go":[{"kind":"go:1.20","default":true,"deprecated":false}],"php":[{"kind":"php:8.2","default":true,"deprecated":false}]}}"""
        );
    }

    private Task NamespacesAsync(HttpContext context)
    {
        var request = AccessRequest.Functions(namespaceId: null, context.Connection.RemoteIpAddress);
        var decision = Decide(context, request);
        if (!decision.IsAllowed)
        {
            return RefuseAsync(context, decision, "namespaces");
        }

        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            return OpenWhiskErrors.WriteAsync(context, 405, "HTTP method not allowed.");
        }

        Record(context, decision.Key, request);
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync($"[\"{((KeyScope.Namespace)decision.Key.Scope).NamespaceId}\"]");
    }

    private async Task InNamespaceAsync(HttpContext context, FunctionsTarget.InNamespace target)
    {
        var request = AccessRequest.Functions(target.NamespaceId, context.Connection.RemoteIpAddress);
        var decision = Decide(context, request);
        if (!decision.IsAllowed)
        {
            await RefuseAsync(context, decision, target.NamespaceId ?? "_");
            return;
        }

        Record(context, decision.Key, request);
        var own = ((KeyScope.Namespace)decision.Key.Scope).NamespaceId;
        if (namespaces.Find(own) is not { Upstream: { } upstream } record)
        {
            await OpenWhiskErrors.WriteAsync(
                context,
                502,
                "No upstream is set up for this namespace. An owner can set one on its Settings page."
            );
            return;
        }

        using (running.Watch(context, decision.Key, request))
        {
            await ForwardAsync(context, upstream, target.Upstream, record);
        }
    }

    private async Task WebActionAsync(HttpContext context, FunctionsTarget.WebAction target)
    {
        if (namespaces.Find(target.NamespaceId) is not { Upstream: { } upstream })
        {
            await OpenWhiskErrors.WriteAsync(context, 404, "The requested resource does not exist.");
            return;
        }

        await ForwardAsync(context, upstream, target.Upstream, credential: null);
    }

    private async Task ForwardAsync(HttpContext context, Uri upstream, string target, NamespaceRecord? credential)
    {
        RequestGuards.StripClientHeaders(context.Request.Headers);
        var error = await forwarder.SendAsync(
            context,
            upstream.GetLeftPart(UriPartial.Authority),
            client.Invoker,
            s_config,
            new OpenWhiskTransform(upstream, target, credential)
        );
        if (
            error != ForwarderError.None
            && !context.Response.HasStarted
            && !context.RequestAborted.IsCancellationRequested
        )
        {
            context.Response.Clear();
            context.Response.Headers["x-request-id"] = context.TraceIdentifier;
            await OpenWhiskErrors.WriteAsync(
                context,
                error is ForwarderError.RequestTimedOut or ForwarderError.UpgradeActivityTimeout ? 504 : 502,
                "The namespace's upstream did not answer."
            );
        }
    }

    private Decision Decide(HttpContext context, in AccessRequest request)
    {
        Span<byte> buffer = stackalloc byte[PresentedCredential.BufferSize];
        return verifier.Decide(AuthorizationHeader.Read(context.Request.Headers, buffer), request);
    }

    private void Record(HttpContext context, KeyRecord key, in AccessRequest request) =>
        usage.RecordUse(key, request, context.Request.Headers.UserAgent);

    private Task RefuseAsync(HttpContext context, Decision decision, string asked)
    {
        refusals.Record(
            new RefusedRequest(
                context.TraceIdentifier,
                KeyFamily.Functions,
                decision.Reason,
                decision.Key,
                $"{context.Request.Method} {context.Request.Path} in {asked}",
                context.Connection.RemoteIpAddress,
                context.Request.Headers.UserAgent
            )
        );
        if (decision.Key is not null)
        {
            usage.RecordRefusal(decision.Key);
        }

        var answer = PublicAnswers.For(Protocol.OpenWhisk, decision.Reason);
        if (answer.Status == StatusCodes.Status401Unauthorized)
        {
            context.Response.Headers.WWWAuthenticate = "Basic realm=\"OpenWhisk secure realm\"";
        }

        if (decision.Reason == DenialReason.CannotVerify)
        {
            context.Response.Headers.RetryAfter = "1";
        }

        // The caller wrote the name; whether such a namespace exists is not said.
        return OpenWhiskErrors.WriteAsync(
            context,
            answer.Status,
            decision.Reason == DenialReason.OtherNamespace
                ? $"The supplied authentication is not authorized to access '{asked}'."
                : answer.Message
        );
    }

    private sealed class OpenWhiskTransform(Uri upstream, string target, NamespaceRecord? credential) : HttpTransformer
    {
        public override async ValueTask TransformRequestAsync(
            HttpContext httpContext,
            HttpRequestMessage proxyRequest,
            string destinationPrefix,
            CancellationToken cancellationToken
        )
        {
            await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
            proxyRequest.RequestUri = new Uri(
                upstream.GetLeftPart(UriPartial.Path).TrimEnd('/') + target,
                // Byte for byte: the default would resolve dots and re-encode escapes.
                new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }
            );
            proxyRequest.Headers.Host = null;
            if (credential?.UpstreamAuthorization is { } authorization)
            {
                proxyRequest.Headers.TryAddWithoutValidation("Authorization", authorization.Reveal());
            }
        }

        public override async ValueTask<bool> TransformResponseAsync(
            HttpContext httpContext,
            HttpResponseMessage? proxyResponse,
            CancellationToken cancellationToken
        )
        {
            var copied = await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
            // The id that finds this call in Activity is ours, whatever the upstream calls it.
            httpContext.Response.Headers["x-request-id"] = httpContext.TraceIdentifier;
            return copied;
        }
    }
}
