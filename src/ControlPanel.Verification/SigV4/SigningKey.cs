using System.Security.Cryptography;
using System.Text;

namespace ControlPanel.Verification.SigV4;

/// <summary>
/// The secret of an access key, opened only when a signing key must be derived. Adapted by the caller to wherever its
/// secrets are kept; a struct costs nothing.
/// </summary>
public interface IS3SecretKey
{
    /// <summary>The longest secret that is read, in bytes.</summary>
    const int MaxSecretLength = 256;

    /// <summary>The access key id.</summary>
    string AccessKeyId { get; }

    /// <summary>A number that changes with every change of the secret. Part of the cache's key.</summary>
    long SecretVersion { get; }

    /// <summary>Writes the secret as UTF-8 into a buffer of <see cref="MaxSecretLength"/> bytes.</summary>
    /// <returns>
    /// <see langword="false"/> when it cannot be opened: the request is then refused as not verifiable.
    /// </returns>
    bool TryGetSecret(Span<byte> destination, out int length);
}

/// <summary>
/// The HMAC key for one access key, day, region and service. Thread-safe: a keyed hash is kept for reuse, because
/// keying HMAC costs more than hashing a string to sign.
/// </summary>
internal sealed class SigningKey
{
    public const int Length = 32;

    private readonly byte[] _key;
    private IncrementalHash? _idle;

    private SigningKey(string scope, long version, byte[] key)
    {
        Scope = scope;
        Version = version;
        _key = key;
    }

    public string Scope { get; }

    public long Version { get; }

    /// <summary>Derives the key: HMAC over day, region, service and terminator, each under the one before.</summary>
    public static SigningKey Derive(ReadOnlySpan<byte> secret, ReadOnlySpan<char> scope, long version)
    {
        Span<byte> start = stackalloc byte[4 + IS3SecretKey.MaxSecretLength];
        "AWS4"u8.CopyTo(start);
        secret.CopyTo(start[4..]);
        start = start[..(4 + secret.Length)];
        var key = new byte[Length];
        Span<byte> part = stackalloc byte[256];
        Span<byte> next = stackalloc byte[Length];
        var isFirst = true;
        foreach (var range in scope.Split('/'))
        {
            var length = Encoding.UTF8.GetBytes(scope[range], part);
            HMACSHA256.HashData(isFirst ? start : key, part[..length], next);
            next.CopyTo(key);
            isFirst = false;
        }

        CryptographicOperations.ZeroMemory(start);
        return new SigningKey(scope.ToString(), version, key);
    }

    public void Sign(ReadOnlySpan<byte> text, Span<byte> mac)
    {
        var hash = Interlocked.Exchange(ref _idle, null) ?? CreateHash();
        hash.AppendData(text);
        hash.GetHashAndReset(mac);
        Interlocked.Exchange(ref _idle, hash);
    }

    /// <summary>A hash keyed with this key, owned by the caller.</summary>
    public IncrementalHash CreateHash() => IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _key);
}
