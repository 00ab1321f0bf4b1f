using System.Diagnostics.CodeAnalysis;
using ControlPanel.Shared;
using ControlPanel.Verification.Decisions;
using ControlPanel.Verification.Formats;
using ControlPanel.Verification.Keys;

namespace ControlPanel.Gateways.ForwardAuth;

/// <summary>
/// <c>/verify/api/[{team}/]{scopes}/{nginx|caddy|traefik|envoy}</c>: may this client call an API of yours with its token?
/// The scopes stand in the route, which only the proxy's own configuration can choose: a header of that meaning would
/// reach us from clients too, through every proxy that passes headers on.
/// </summary>
internal sealed class ApiQuestion(Verifier verifier, QuestionJournal journal)
{
    /// <summary>Reads the scopes of a route: <c>vpc:read</c>, several with commas, or <c>any</c> for any valid token.</summary>
    public static bool TryReadScopes(ReadOnlySpan<char> segment, [NotNullWhen(true)] out string[]? scopes)
    {
        scopes = null;
        if (segment is "any")
        {
            scopes = [];
            return true;
        }

        var named = segment.ToString().Split(',');
        if (!Array.TrueForAll(named, IsScope))
        {
            return false;
        }

        scopes = named;
        return true;
    }

    /// <summary>Decides.</summary>
    /// <param name="scopes">All of them are needed.</param>
    /// <param name="team">Only tokens of this team pass; <see langword="null"/>: of any.</param>
    public QuestionAnswer Decide(HttpContext context, ProxyKind kind, string tail, string[] scopes, Guid? team)
    {
        // Whatever is asked for needs the same scopes; that the proxy says it at all shows that the route is its own.
        if (!kind.TryRead(context, tail, out var method, out _))
        {
            return QuestionAnswer.Unclear;
        }

        var client = kind.Client(context);
        var asked = AccessRequest.Api(scopes, client);
        Span<byte> buffer = stackalloc byte[PresentedCredential.BufferSize];
        var decision = verifier.Decide(AuthorizationHeader.Read(context.Request.Headers, buffer), asked);
        if (decision.IsAllowed && team is not null && decision.Key.TeamId != team)
        {
            // A token of another team is unknown to this one.
            decision = Decision.Deny(DenialReason.UnknownKey);
        }

        var needed = scopes.Length == 0 ? "a token" : string.Join(", ", scopes);
        return decision.IsAllowed
            ? journal.Allow(context, decision.Key, asked)
            : journal.Refuse(
                context,
                KeyFamily.Api,
                decision.Reason,
                decision.Key,
                $"{method} through {kind.Name}, which needs {needed}",
                client,
                PublicAnswers.For(Protocol.Rest, decision.Reason).Status
            );
    }

    private static bool IsScope(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon > 0
            && colon < text.Length - 1
            && text.Length <= 64
            && text.Where((_, i) => i != colon).All(static c => char.IsAsciiLetterLower(c) || c == '_');
    }
}
