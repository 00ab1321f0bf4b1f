using ControlPanel.Data.Snapshots;
using ControlPanel.Shared;
using ControlPanel.Verification.Decisions;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;

namespace ControlPanel.Gateways.Inference;

/// <summary>
/// Sends a judged request to its upstream with the upstream's own credential and streams the answer back as it comes.
/// </summary>
internal sealed class ModelForwarder(IHttpForwarder forwarder, UpstreamClient client)
{
    // A model may think for minutes before its first token; clients' own limit is ten (OpenAI's SDKs).
    private static readonly ForwarderRequestConfig s_config = new() { ActivityTimeout = TimeSpan.FromMinutes(11) };

    public async Task ForwardAsync(HttpContext context, InferenceUpstream upstream, Protocol protocol)
    {
        RequestGuards.StripClientHeaders(context.Request.Headers);
        UpstreamCredential.Strip(context.Request.Headers);
        // Already answered here: the server would be waited for in vain.
        context.Request.Headers.Remove("Expect");
        var error = await forwarder.SendAsync(
            context,
            upstream.Address.GetLeftPart(UriPartial.Authority),
            client.Invoker,
            s_config,
            new Transform(upstream, context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget, protocol)
        );
        if (
            error != ForwarderError.None
            && !context.Response.HasStarted
            && !context.RequestAborted.IsCancellationRequested
        )
        {
            context.Response.Clear();
            context.Response.Headers["x-request-id"] = context.TraceIdentifier;
            var late = error is ForwarderError.RequestTimedOut or ForwarderError.UpgradeActivityTimeout;
            await InferenceErrors.WriteAsync(
                context,
                protocol,
                late ? StatusCodes.Status504GatewayTimeout : StatusCodes.Status502BadGateway,
                "upstream_error",
                "The model server did not answer."
            );
        }
    }

    private sealed class Transform(InferenceUpstream upstream, string target, Protocol protocol) : HttpTransformer
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
                upstream.Address.GetLeftPart(UriPartial.Path).TrimEnd('/') + target,
                // Byte for byte: the default would resolve dots and re-encode escapes.
                new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }
            );
            proxyRequest.Headers.Host = null;
            UpstreamCredential.Add(proxyRequest, upstream);
        }

        public override async ValueTask<bool> TransformResponseAsync(
            HttpContext httpContext,
            HttpResponseMessage? proxyResponse,
            CancellationToken cancellationToken
        )
        {
            var copied = await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
            var headers = httpContext.Response.Headers;
            // Whose account answers, and its cookies, are between us and the upstream.
            headers.Remove("openai-organization");
            headers.Remove("openai-project");
            headers.Remove("anthropic-organization-id");
            headers.Remove("Set-Cookie");
            // The id that finds this call in Activity is ours, whatever the upstream calls it.
            headers["x-request-id"] = httpContext.TraceIdentifier;
            if (protocol == Protocol.Anthropic)
            {
                headers["request-id"] = httpContext.TraceIdentifier;
            }

            return copied;
        }
    }
}
