using ControlPanel.Data.Snapshots;
using ControlPanel.Verification.SigV4;

namespace ControlPanel.Shared;

/// <summary>The credential towards the store behind.</summary>
internal readonly struct UpstreamSecret(SpacesUpstream upstream) : IS3SecretKey
{
    public string AccessKeyId => upstream.AccessKeyId;

    public long SecretVersion => upstream.CredentialVersion;

    public bool TryGetSecret(Span<byte> destination, out int length)
    {
        var secret = upstream.SecretKey.Bytes;
        length = secret.Length;
        return secret.TryCopyTo(destination);
    }
}
