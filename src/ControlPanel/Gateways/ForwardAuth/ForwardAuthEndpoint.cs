using System.Net;
using ControlPanel.Configuration;
using ControlPanel.Data.Usage;
using ControlPanel.Gateways.Functions;
using ControlPanel.Verification.Decisions;
using ControlPanel.Verification.Formats;
using ControlPanel.Verification.Keys;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace ControlPanel.Gateways.ForwardAuth;

/// <summary>
/// <c>/verify/functions/[{namespace}/]{nginx|caddy|traefik|envoy}</c>: answers a proxy's question whether its client may
/// pass. With a namespace in the route only that namespace's keys pass, which is what a proxy in front of one
/// namespace's upstream needs: <c>_</c> alone means the key's own. Only configured peers are answered (the loopback is one); the identity headers are on every 200, so that a proxy that
/// copies them always overwrites what its client sent.
/// </summary>
internal sealed class ForwardAuthEndpoint
{
    private const string Prefix = "/verify/functions/";
    private const string InferencePrefix = "/verify/inference/";
    private const string ApiPrefix = "/verify/api/";
    private const string SpacesPrefix = "/verify/spaces/";

    private readonly Verifier _verifier;
    private readonly UsageRecorder _usage;
    private readonly RefusalLog _refusals;
    private readonly InferenceQuestion _inference;
    private readonly ApiQuestion _api;
    private readonly SpacesQuestion _spaces;
    private readonly System.Net.IPNetwork[] _peers;

    public ForwardAuthEndpoint(
        Verifier verifier,
        UsageRecorder usage,
        RefusalLog refusals,
        InferenceQuestion inference,
        ApiQuestion api,
        SpacesQuestion spaces,
        IOptions<PanelOptions> options
    )
    {
        _verifier = verifier;
        _usage = usage;
        _refusals = refusals;
        _inference = inference;
        _api = api;
        _spaces = spaces;
        _peers = [.. options.Value.TrustedProxies.Select(System.Net.IPNetwork.Parse)];
    }

    /// <summary>
    /// Whether the request is one for this endpoint. By the target as it was sent: behind a prefix stands what the
    /// proxy's client asked for, and dots in it climb out of the path that the server makes of it, to a page that
    /// answers 200.
    /// </summary>
    public static bool IsForMe(HttpContext context) =>
        context
            .Features.GetRequiredFeature<IHttpRequestFeature>()
            .RawTarget.StartsWith("/verify/", StringComparison.Ordinal)
        || context.Request.Path.StartsWithSegments("/verify", StringComparison.Ordinal);

    /// <summary>Answers.</summary>
    public Task HandleAsync(HttpContext context)
    {
        var raw = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (raw.StartsWith(InferencePrefix, StringComparison.Ordinal))
        {
            return InferenceAsync(context, raw.AsSpan(InferencePrefix.Length));
        }

        if (raw.StartsWith(ApiPrefix, StringComparison.Ordinal))
        {
            return ApiAsync(context, raw.AsSpan(ApiPrefix.Length));
        }

        if (raw.StartsWith(SpacesPrefix, StringComparison.Ordinal))
        {
            return SpacesAsync(context, raw.AsSpan(SpacesPrefix.Length));
        }

        if (
            !raw.StartsWith(Prefix, StringComparison.Ordinal)
            || KindOf(Pinned(raw.AsSpan(Prefix.Length), out var pinned), out var tail) is not { } kind
        )
        {
            return AnswerAsync(context, StatusCodes.Status404NotFound);
        }

        if (!IsTrusted(context.Connection.RemoteIpAddress))
        {
            return AnswerAsync(context, StatusCodes.Status403Forbidden);
        }

        if (
            !kind.TryRead(context, tail, out var method, out var target)
            || FunctionsTarget.Parse(target) is not { } aim
            || aim is FunctionsTarget.Ambiguous or FunctionsTarget.Unknown
        )
        {
            // Not said what to verify, or said in a way that two servers read differently: never a yes.
            return AnswerAsync(context, StatusCodes.Status403Forbidden);
        }

        if (aim is FunctionsTarget.Root or FunctionsTarget.WebAction)
        {
            Identify(context, key: null);
            return AnswerAsync(context, StatusCodes.Status200OK);
        }

        var client = kind.Client(context);
        var asked = (aim as FunctionsTarget.InNamespace)?.NamespaceId ?? pinned;
        if (pinned is not null && asked != pinned)
        {
            return AnswerAsync(context, StatusCodes.Status403Forbidden);
        }

        var decision = Decide(context, AccessRequest.Functions(asked, client));
        var agent = context.Request.Headers.UserAgent.ToString();
        if (decision.IsAllowed)
        {
            _usage.RecordUse(decision.Key, client, agent);
            Identify(context, decision.Key);
            return AnswerAsync(context, StatusCodes.Status200OK);
        }

        _refusals.Record(
            new RefusedRequest(
                context.TraceIdentifier,
                KeyFamily.Functions,
                decision.Reason,
                decision.Key,
                $"{method} in {asked ?? "_"} through {kind.Name}",
                client,
                agent
            )
        );
        if (decision.Key is not null)
        {
            _usage.RecordRefusal(decision.Key);
        }

        var status = PublicAnswers.For(Protocol.OpenWhisk, decision.Reason).Status;
        if (status == StatusCodes.Status401Unauthorized)
        {
            context.Response.Headers.WWWAuthenticate = "Basic realm=\"OpenWhisk secure realm\"";
        }

        return AnswerAsync(context, status);
    }

    private Task ApiAsync(HttpContext context, ReadOnlySpan<char> rest)
    {
        rest = Team(rest, out var team);
        var slash = rest.IndexOf('/');
        if (
            slash < 0
            || !ApiQuestion.TryReadScopes(rest[..slash], out var scopes)
            || KindOf(rest[(slash + 1)..], out var tail) is not { } kind
        )
        {
            return AnswerAsync(context, StatusCodes.Status404NotFound);
        }

        if (!IsTrusted(context.Connection.RemoteIpAddress))
        {
            return AnswerAsync(context, StatusCodes.Status403Forbidden);
        }

        var (status, key) = _api.Decide(context, kind, tail, scopes, team);
        if (key is not null)
        {
            Identify(context, key);
        }
        else if (status == StatusCodes.Status401Unauthorized)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer realm=\"api\"";
        }

        return AnswerAsync(context, status);
    }

    private Task InferenceAsync(HttpContext context, ReadOnlySpan<char> rest)
    {
        if (KindOf(Team(rest, out var team), out var tail) is not { } kind)
        {
            return AnswerAsync(context, StatusCodes.Status404NotFound);
        }

        if (!IsTrusted(context.Connection.RemoteIpAddress))
        {
            return AnswerAsync(context, StatusCodes.Status403Forbidden);
        }

        var (status, key) = _inference.Decide(context, kind, tail, team);
        if (key is not null)
        {
            Identify(context, key);
        }
        else if (status == StatusCodes.Status401Unauthorized)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer realm=\"inference\"";
        }

        return AnswerAsync(context, status);
    }

    private Task SpacesAsync(HttpContext context, ReadOnlySpan<char> rest)
    {
        if (KindOf(Team(rest, out var team), out var tail) is not { } kind)
        {
            return AnswerAsync(context, StatusCodes.Status404NotFound);
        }

        if (!IsTrusted(context.Connection.RemoteIpAddress))
        {
            return AnswerAsync(context, StatusCodes.Status403Forbidden);
        }

        var (status, key) = _spaces.Decide(context, kind, tail, team);
        if (key is not null)
        {
            Identify(context, key);
        }

        return AnswerAsync(context, status);
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

    private Decision Decide(HttpContext context, in AccessRequest request)
    {
        Span<byte> buffer = stackalloc byte[PresentedCredential.BufferSize];
        var lines = context.Request.Headers.Authorization;
        return _verifier.Decide(
            PresentedCredential.Parse(lines.Count, lines.Count == 1 ? lines[0] : null, buffer),
            request
        );
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

    private static Task AnswerAsync(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        context.Response.ContentLength = 0;
        return Task.CompletedTask;
    }
}
