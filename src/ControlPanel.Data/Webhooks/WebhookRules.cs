namespace ControlPanel.Data.Webhooks;

/// <summary>What the operator allows as receivers of webhooks. Unless told otherwise: HTTPS to public addresses.</summary>
public sealed class WebhookRules
{
    /// <summary>Whether receivers may be called without TLS.</summary>
    public bool AllowHttp { get; init; }

    /// <summary>Whether receivers may stand in private networks (RFC 1918, RFC 4193, RFC 6598).</summary>
    public bool AllowPrivateNetworks { get; init; }

    /// <summary>Whether receivers may stand on this very machine; the demo's receivers do.</summary>
    public bool AllowLoopback { get; init; }
}
