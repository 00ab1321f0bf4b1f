using System.Net;
using Microsoft.AspNetCore.Http.Features;

namespace ControlPanel.Gateways.ForwardAuth;

/// <summary>
/// How one proxy tells what its client asks: exactly one family of headers for each route. A client's own header of
/// another family reaches us through every proxy, so "whichever is there" would let it choose what is verified.
/// </summary>
internal abstract class ProxyKind
{
    private ProxyKind(string name) => Name = name;

    /// <summary>The last segment of the route.</summary>
    public string Name { get; }

    /// <summary>Every kind there is.</summary>
    public static IReadOnlyList<ProxyKind> All { get; } =
    [
        new Headers("nginx", "X-Original-", "X-Original-Method", "X-Original-URI", "X-Real-IP"),
        new Headers("caddy", "X-Forwarded-", "X-Forwarded-Method", "X-Forwarded-Uri", "X-Forwarded-For"),
        new Headers("traefik", "X-Forwarded-", "X-Forwarded-Method", "X-Forwarded-Uri", "X-Forwarded-For"),
        new Envoy(),
    ];

    /// <summary>What the client asked for.</summary>
    /// <param name="tail">What stands behind the route in the raw target.</param>
    /// <returns><see langword="false"/> when the proxy did not say it exactly once: then nothing can be allowed.</returns>
    public abstract bool TryRead(HttpContext context, string tail, out string method, out string target);

    /// <summary>The host that the client called; <see langword="null"/> when the proxy did not say it exactly once.</summary>
    public abstract string? Host(HttpContext context);

    /// <summary>
    /// The length that the client stated, which no proxy sends along by itself because it sends no body;
    /// <see langword="null"/> when it did not say, or not exactly once.
    /// </summary>
    public virtual string? Length(HttpContext context) => null;

    /// <summary>The client's address as the proxy states it; <see langword="null"/> when it does not.</summary>
    public abstract IPAddress? Client(HttpContext context);

    private static bool TryReadOne(HttpContext context, string name, out string value)
    {
        var values = context.Request.Headers[name];
        value = values.Count == 1 ? values[0] ?? "" : "";
        return value.Length > 0;
    }

    // The last entry is what the proxy itself saw; everything before it may be the client's invention.
    private static IPAddress? LastAddress(HttpContext context, string name)
    {
        var values = context.Request.Headers[name];
        if (values.Count == 0 || values[^1] is not { Length: > 0 } line)
        {
            return null;
        }

        var last = line.AsSpan(line.LastIndexOf(',') + 1).Trim();
        return IPAddress.TryParse(last, out var address) ? address : null;
    }

    private sealed class Headers(string name, string family, string method, string uri, string client) : ProxyKind(name)
    {
        public override bool TryRead(HttpContext context, string tail, out string method1, out string target)
        {
            target = "";
            return TryReadOne(context, method, out method1)
                && method1.All(char.IsAsciiLetter)
                && TryReadOne(context, uri, out target)
                // Two values that something on the way joined into one line are two values.
                && target.All(static c => c is > ' ' and < '\x7f');
        }

        public override string? Host(HttpContext context) =>
            TryReadOne(context, family + "Host", out var host) ? host : null;

        // Only where the proxy can be told to set it: through the others it would be the client's own word.
        public override string? Length(HttpContext context) =>
            Name is "nginx" or "caddy" && TryReadOne(context, "X-Original-Content-Length", out var length)
                ? length
                : null;

        public override IPAddress? Client(HttpContext context) => LastAddress(context, client);
    }

    /// <summary>Envoy sends the client's own request line behind a prefix.</summary>
    private sealed class Envoy() : ProxyKind("envoy")
    {
        public override bool TryRead(HttpContext context, string tail, out string method, out string target)
        {
            method = context.Features.GetRequiredFeature<IHttpRequestFeature>().Method;
            target = tail;
            return tail.StartsWith('/');
        }

        public override string? Host(HttpContext context) => TryReadOne(context, "Host", out var host) ? host : null;

        public override IPAddress? Client(HttpContext context) => LastAddress(context, "X-Forwarded-For");
    }
}
