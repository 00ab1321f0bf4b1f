using ControlPanel.Gateways.Functions;
using ControlPanel.Shared;
using ControlPanel.Verification.Decisions;
using ControlPanel.Verification.Formats;
using ControlPanel.Verification.Keys;

namespace ControlPanel.Gateways.ForwardAuth;

/// <summary>
/// <c>/verify/functions/[{namespace}/]{nginx|caddy|traefik|envoy}</c>: may this client call the proxy's OpenWhisk? With a
/// namespace in the route only that namespace's keys pass, which is what a proxy in front of one namespace's upstream
/// needs: <c>_</c> alone means the key's own.
/// </summary>
internal sealed class FunctionsQuestion(Verifier verifier, QuestionJournal journal)
{
    /// <summary>Decides.</summary>
    /// <param name="pinned">The namespace of the route; <see langword="null"/>: any.</param>
    public QuestionAnswer Decide(HttpContext context, ProxyKind kind, string tail, string? pinned)
    {
        if (
            !kind.TryRead(context, tail, out var method, out var target)
            || FunctionsTarget.Parse(target) is not { } aim
            || aim is FunctionsTarget.Ambiguous or FunctionsTarget.Unknown
        )
        {
            return QuestionAnswer.Unclear;
        }

        if (aim is FunctionsTarget.Root or FunctionsTarget.WebAction)
        {
            return new QuestionAnswer(StatusCodes.Status200OK);
        }

        var space = (aim as FunctionsTarget.InNamespace)?.NamespaceId ?? pinned;
        if (pinned is not null && space != pinned)
        {
            return QuestionAnswer.Unclear;
        }

        var client = kind.Client(context);
        var asked = AccessRequest.Functions(space, client);
        Span<byte> buffer = stackalloc byte[PresentedCredential.BufferSize];
        var decision = verifier.Decide(AuthorizationHeader.Read(context.Request.Headers, buffer), asked);
        return decision.IsAllowed
            ? journal.Allow(context, decision.Key, asked)
            : journal.Refuse(
                context,
                KeyFamily.Functions,
                decision.Reason,
                decision.Key,
                $"{method} in {space ?? "_"} through {kind.Name}",
                client,
                PublicAnswers.For(Protocol.OpenWhisk, decision.Reason).Status
            );
    }
}
