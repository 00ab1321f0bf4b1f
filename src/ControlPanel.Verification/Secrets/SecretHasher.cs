using System.Security.Cryptography;
using ControlPanel.Verification.Keys;

namespace ControlPanel.Verification.Secrets;

/// <summary>
/// HMAC-SHA-256 of a key's secret under the pepper of the master key. A fast hash is right here because the secrets are
/// at least 192 random bits (OWASP ASVS 5, 6.5.2); the pepper makes a stolen database useless and a planted row void.
/// The MAC covers family and identifier too, so that a MAC moved to another row verifies nothing.
/// </summary>
/// <remarks>
/// Thread-safe and free of allocation: each thread keeps its keyed hash state, which halves the cost of a one-shot HMAC.
/// </remarks>
public sealed class SecretHasher : IDisposable
{
    private readonly Dictionary<int, ThreadLocal<IncrementalHash>> _states = [];

    public SecretHasher(MasterKey masterKey)
    {
        CurrentVersion = masterKey.CurrentVersion;
        Versions = [.. masterKey.Versions.OrderDescending()];
        foreach (var version in masterKey.Versions)
        {
            var pepper = masterKey.Derive(version, "verify");
            _states[version] = new ThreadLocal<IncrementalHash>(
                () => IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, pepper),
                trackAllValues: true
            );
        }
    }

    /// <summary>The version that new MACs are made with.</summary>
    public int CurrentVersion { get; }

    /// <summary>Writes the 32-byte MAC of a secret that belongs to a presented identifier.</summary>
    /// <returns><see langword="false"/> when the version is not held: nothing can be verified with it.</returns>
    public bool TryHash(int version, KeyFamily family, LookupId id, ReadOnlySpan<byte> secret, Span<byte> destination)
    {
        if (!_states.TryGetValue(version, out var state))
        {
            destination.Clear();
            return false;
        }

        Span<byte> binding = stackalloc byte[1 + LookupId.Size];
        binding[0] = (byte)family;
        id.Write(binding[1..]);
        Append(state.Value!, binding, secret, destination);
        return true;
    }

    /// <summary>Writes the 32-byte MAC of a credential that is found by its own MAC (model keys and tokens).</summary>
    /// <returns><see langword="false"/> when the version is not held.</returns>
    public bool TryHashBearer(int version, KeyFamily family, ReadOnlySpan<byte> credential, Span<byte> destination)
    {
        if (!_states.TryGetValue(version, out var state))
        {
            destination.Clear();
            return false;
        }

        Append(state.Value!, [(byte)family], credential, destination);
        return true;
    }

    /// <summary>The versions to try for a credential that does not say which version made its MAC; newest first.</summary>
    public int[] Versions { get; }

    public void Dispose()
    {
        foreach (var state in _states.Values)
        {
            foreach (var hash in state.Values)
            {
                hash.Dispose();
            }

            state.Dispose();
        }
    }

    private static void Append(
        IncrementalHash hash,
        ReadOnlySpan<byte> binding,
        ReadOnlySpan<byte> secret,
        Span<byte> destination
    )
    {
        hash.AppendData(binding);
        hash.AppendData(secret);
        hash.GetHashAndReset(destination);
    }
}
