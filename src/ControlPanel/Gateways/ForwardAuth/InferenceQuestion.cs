using ControlPanel.Configuration;
using ControlPanel.Data.Usage;
using ControlPanel.Gateways.Inference;
using ControlPanel.Verification.Decisions;
using ControlPanel.Verification.Formats;
using ControlPanel.Verification.Keys;
using Microsoft.Extensions.Options;

namespace ControlPanel.Gateways.ForwardAuth;

/// <summary>
/// <c>/verify/inference/[{team}/]{nginx|caddy|traefik|envoy}</c>: may this client call the proxy's model server? A proxy
/// asks without the body, so the model is not seen: keys that are limited to models are refused here whatever they ask,
/// and the list of models is not filtered. The gateway does both.
/// </summary>
internal sealed class InferenceQuestion(
    Verifier verifier,
    UsageRecorder usage,
    RefusalLog refusals,
    IOptions<PanelOptions> options
)
{
    /// <summary>Decides.</summary>
    /// <param name="team">Only keys of this team pass; <see langword="null"/>: of any.</param>
    /// <returns>The status, and the key when it is 200.</returns>
    public (int Status, KeyRecord? Key) Decide(HttpContext context, ProxyKind kind, string tail, Guid? team)
    {
        if (
            !kind.TryRead(context, tail, out var method, out var target)
            || EndpointOf(InferenceTarget.Parse(method, target)) is not { } endpoint
        )
        {
            return (StatusCodes.Status403Forbidden, null);
        }

        var client = kind.Client(context);
        Span<byte> buffer = stackalloc byte[PresentedCredential.BufferSize];
        var decision = verifier.Decide(
            InferenceCredential.Read(context.Request.Headers, buffer),
            AccessRequest.Inference(endpoint, model: null, client)
        );
        if (decision.IsAllowed && team is not null && decision.Key.TeamId != team)
        {
            // A key of another team is unknown to this one.
            decision = Decision.Deny(DenialReason.UnknownKey);
        }

        var agent = context.Request.Headers.UserAgent.ToString();
        if (decision.IsAllowed)
        {
            usage.RecordUse(decision.Key, client, agent);
            return (StatusCodes.Status200OK, decision.Key);
        }

        refusals.Record(
            new RefusedRequest(
                context.TraceIdentifier,
                KeyFamily.Inference,
                decision.Reason,
                decision.Key,
                $"{method} through {kind.Name}, which does not show the body",
                client,
                agent
            )
        );
        if (decision.Key is not null)
        {
            usage.RecordRefusal(decision.Key);
        }

        return (PublicAnswers.For(Protocol.OpenAi, decision.Reason).Status, null);
    }

    private InferenceEndpoint? EndpointOf(InferenceTarget target) =>
        target switch
        {
            InferenceTarget.Batch => InferenceEndpoint.Batch,
            InferenceTarget.Models or InferenceTarget.OneModel or InferenceTarget.Call or InferenceTarget.Kept =>
                InferenceEndpoint.Unscoped,
            InferenceTarget.Unknown when options.Value.Inference.AllowUnknownPaths => InferenceEndpoint.Unscoped,
            _ => null,
        };
}
