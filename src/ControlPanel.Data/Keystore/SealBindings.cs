using ControlPanel.Verification.Secrets;

namespace ControlPanel.Data;

/// <summary>The rows and columns that hold sealed secrets; each name is part of the envelope's additional data.</summary>
public static class SealBindings
{
    /// <summary>The upstream credential of a namespace.</summary>
    public static SealBinding UpstreamCredential(Guid sealId, Guid teamId, int version) =>
        new("namespaces", "sealed_upstream_credential", sealId, teamId, version);

    /// <summary>The readable copy of a namespace's legacy key, kept until it is retired.</summary>
    public static SealBinding LegacyKey(Guid keyId, Guid teamId, int version) =>
        new("access_keys", "legacy_key", keyId, teamId, version);

    /// <summary>The credential of an S3 or inference upstream.</summary>
    public static SealBinding Upstream(Guid upstreamId, Guid teamId, int version) =>
        new("upstreams", "sealed_credential", upstreamId, teamId, version);

    /// <summary>The signing secret of a webhook.</summary>
    public static SealBinding WebhookSecret(Guid endpointId, Guid teamId, int version) =>
        new("webhook_endpoints", "sealed_secret", endpointId, teamId, version);
}
