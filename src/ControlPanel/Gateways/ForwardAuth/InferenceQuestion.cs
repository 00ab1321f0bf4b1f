using ControlPanel.Configuration;
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
internal sealed class InferenceQuestion(Verifier verifier, QuestionJournal journal, IOptions<PanelOptions> options)
{
    /// <summary>Decides.</summary>
    /// <param name="team">Only keys of this team pass; <see langword="null"/>: of any.</param>
    public QuestionAnswer Decide(HttpContext context, ProxyKind kind, string tail, Guid? team)
    {
        if (
            !kind.TryRead(context, tail, out var method, out var target)
            || EndpointOf(InferenceTarget.Parse(method, target)) is not { } endpoint
        )
        {
            return QuestionAnswer.Unclear;
        }

        var client = kind.Client(context);
        var asked = AccessRequest.Inference(endpoint, model: null, client);
        Span<byte> buffer = stackalloc byte[PresentedCredential.BufferSize];
        var decision = verifier.Decide(InferenceCredential.Read(context.Request.Headers, buffer), asked);
        if (decision.IsAllowed && team is not null && decision.Key.TeamId != team)
        {
            // A key of another team is unknown to this one.
            decision = Decision.Deny(DenialReason.UnknownKey);
        }

        return decision.IsAllowed
            ? journal.Allow(context, decision.Key, asked)
            : journal.Refuse(
                context,
                KeyFamily.Inference,
                decision.Reason,
                decision.Key,
                $"{method} through {kind.Name}, which does not show the body",
                client,
                PublicAnswers.For(Protocol.OpenAi, decision.Reason).Status
            );
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
