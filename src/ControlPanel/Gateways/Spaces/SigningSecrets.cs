using System.Collections.Concurrent;
using ControlPanel.Data.Snapshots;
using ControlPanel.Shared;
using ControlPanel.Verification.Keys;
using ControlPanel.Verification.Secrets;
using ControlPanel.Verification.SigV4;

namespace ControlPanel.Gateways.Spaces;

/// <summary>An access key's secret, opened from its envelope only when a signing key must be derived.</summary>
internal readonly struct SealedSigningSecret(KeyRecord key, string accessKeyId, SecretSealer sealer) : IS3SecretKey
{
    public string AccessKeyId => accessKeyId;

    public long SecretVersion => key.SecretVersion;

    public bool TryGetSecret(Span<byte> destination, out int length)
    {
        length = 0;
        if (
            key.SigningSecret is not { } envelope
            || !sealer.TryOpen(envelope, SealBinding.AccessKey(key.Id, key.TeamId, key.SecretVersion), out var opened)
        )
        {
            return false;
        }

        using (opened)
        {
            length = opened.Bytes.Length;
            return opened.Bytes.TryCopyTo(destination);
        }
    }
}

/// <summary>One signer for each store behind, so that no two stores share a cache of signing keys.</summary>
internal sealed class UpstreamSigners
{
    private readonly ConcurrentDictionary<Guid, (SpacesUpstream For, RequestSigner Signer)> _signers = new();

    public RequestSigner For(SpacesUpstream upstream)
    {
        if (_signers.TryGetValue(upstream.Id, out var known) && ReferenceEquals(known.For, upstream))
        {
            return known.Signer;
        }

        var signer = new RequestSigner(upstream.Region);
        _signers[upstream.Id] = (upstream, signer);
        return signer;
    }
}
