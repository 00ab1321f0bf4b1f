using System.Net;
using ControlPanel.Configuration;
using ControlPanel.Verification.Formats;
using ControlPanel.Verification.Keys;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace ControlPanel.Gateways.ForwardAuth;

/// <summary>
/// <c>/verify/{functions|inference|api|spaces}/…/{nginx|caddy|traefik|envoy}</c>: answers a proxy's question whether its
/// client may pass. Only configured peers are answered (the loopback is one); the identity headers are on every 200, so
/// that a proxy that copies them always overwrites what its client sent.
/// </summary>
internal sealed class ForwardAuthEndpoint(
    FunctionsQuestion functions,
    InferenceQuestion inference,
    ApiQuestion api,
    SpacesQuestion spaces,
    IOptions<PanelOptions> options
)
{
    private const string Prefix = "/verify/";

    private readonly System.Net.IPNetwork[] _peers =
    [
        .. options.Value.TrustedProxies.Select(System.Net.IPNetwork.Parse),
    ];

    /// <summary>
    /// Whether the request is one for this endpoint. By the target as it was sent: behind a prefix stands what the
    /// proxy's client asked for, and dots in it climb out of the path that the server makes of it, to a page that
    /// answers 200.
    /// </summary>
    public static bool IsForMe(HttpContext context) =>
        RawTarget(context).StartsWith(Prefix, StringComparison.Ordinal)
        || context.Request.Path.StartsWithSegments("/verify", StringComparison.Ordinal);

    /// <summary>Answers.</summary>
    public Task HandleAsync(HttpContext context)
    {
        var (answer, challenge) = Decide(context);
        if (answer.Status == StatusCodes.Status200OK)
        {
            Identify(context, answer.Key);
        }
        else if (answer.Status == StatusCodes.Status401Unauthorized)
        {
            context.Response.Headers.WWWAuthenticate = challenge;
        }

        context.Response.StatusCode = answer.Status;
        context.Response.ContentLength = 0;
        return Task.CompletedTask;
    }

    private (QuestionAnswer Answer, string Challenge) Decide(HttpContext context)
    {
        var rest = RawTarget(context).AsSpan();
        if (Take(ref rest, "/verify/functions/"))
        {
            rest = Pinned(rest, out var pinned);
            return (
                Ask(context, rest, (kind, tail) => functions.Decide(context, kind, tail, pinned)),
                "Basic realm=\"OpenWhisk secure realm\""
            );
        }

        if (Take(ref rest, "/verify/inference/"))
        {
            rest = Team(rest, out var team);
            return (
                Ask(context, rest, (kind, tail) => inference.Decide(context, kind, tail, team)),
                "Bearer realm=\"inference\""
            );
        }

        if (Take(ref rest, "/verify/spaces/"))
        {
            rest = Team(rest, out var team);
            // S3 has no challenge: its refusals are 403.
            return (Ask(context, rest, (kind, tail) => spaces.Decide(context, kind, tail, team)), "");
        }

        if (Take(ref rest, "/verify/api/"))
        {
            rest = Team(rest, out var team);
            var slash = rest.IndexOf('/');
            if (slash >= 0 && ApiQuestion.TryReadScopes(rest[..slash], out var scopes))
            {
                return (
                    Ask(context, rest[(slash + 1)..], (kind, tail) => api.Decide(context, kind, tail, scopes, team)),
                    "Bearer realm=\"api\""
                );
            }
        }

        return (new QuestionAnswer(StatusCodes.Status404NotFound), "");
    }

    private QuestionAnswer Ask(
        HttpContext context,
        ReadOnlySpan<char> rest,
        Func<ProxyKind, string, QuestionAnswer> decide
    )
    {
        if (KindOf(rest, out var tail) is not { } kind)
        {
            return new QuestionAnswer(StatusCodes.Status404NotFound);
        }

        return IsTrusted(context.Connection.RemoteIpAddress) ? decide(kind, tail) : QuestionAnswer.Unclear;
    }

    private static string RawTarget(HttpContext context) =>
        context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;

    private static bool Take(ref ReadOnlySpan<char> rest, string prefix)
    {
        if (!rest.StartsWith(prefix, StringComparison.Ordinal))
        {
            return false;
        }

        rest = rest[prefix.Length..];
        return true;
    }

    private static ReadOnlySpan<char> Team(ReadOnlySpan<char> rest, out Guid? team)
    {
        var slash = rest.IndexOf('/');
        team = slash > 0 && Guid.TryParseExact(rest[..slash], "D", out var id) ? id : null;
        return team is null ? rest : rest[(slash + 1)..];
    }

    // Ids of namespaces begin with fn-, names of proxies do not.
    private static ReadOnlySpan<char> Pinned(ReadOnlySpan<char> rest, out string? namespaceId)
    {
        var slash = rest.IndexOf('/');
        var named = slash > 0 && rest.StartsWith("fn-", StringComparison.Ordinal);
        namespaceId = named ? rest[..slash].ToString() : null;
        return named ? rest[(slash + 1)..] : rest;
    }

    private static ProxyKind? KindOf(ReadOnlySpan<char> rest, out string tail)
    {
        foreach (var kind in ProxyKind.All)
        {
            if (
                rest.StartsWith(kind.Name, StringComparison.Ordinal)
                && (rest.Length == kind.Name.Length || rest[kind.Name.Length] is '/' or '?')
            )
            {
                tail = rest[kind.Name.Length..].ToString();
                return kind;
            }
        }

        tail = "";
        return null;
    }

    private bool IsTrusted(IPAddress? peer)
    {
        if (peer is null)
        {
            return false;
        }

        var plain = peer.IsIPv4MappedToIPv6 ? peer.MapToIPv4() : peer;
        return IPAddress.IsLoopback(plain) || _peers.Any(range => range.Contains(plain));
    }

    // All of them, always: a proxy that is told to copy a header which is missing may let the client's own through.
    private static void Identify(HttpContext context, KeyRecord? key)
    {
        var headers = context.Response.Headers;
        headers["X-ControlPanel-Key"] =
            key is null ? "none"
            : key.Family == KeyFamily.Functions ? FunctionsIdOf(key)
            : key.Family == KeyFamily.Spaces ? SpacesKeyFormat.Format(key.LookupId)
            : key.Id.ToString();
        headers["X-ControlPanel-Team"] = key?.TeamId.ToString() ?? "none";
        headers["X-ControlPanel-Owner"] = key?.Owner?.UserId.ToString() ?? "none";
        headers["X-ControlPanel-Namespace"] = (key?.Scope as KeyScope.Namespace)?.NamespaceId ?? "none";
    }

    private static string FunctionsIdOf(KeyRecord key) =>
        key.IsLegacy ? "legacy" : FunctionsKeyFormat.Format(key.LookupId);
}
