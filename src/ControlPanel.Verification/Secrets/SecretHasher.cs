using System.Security.Cryptography;
using ControlPanel.Verification.Keys;

namespace ControlPanel.Verification.Secrets;

/// <summary>
/// HMAC-SHA-256 of a key's secret under the pepper of the master key. A fast hash is right here because the secrets are
/// at least 192 random bits (OWASP ASVS 5, 6.5.2); the pepper makes a stolen database useless and a planted row void.
/// The MAC covers family and identifier too, so that a MAC moved to another row verifies nothing.
/// </summary>
/// <remarks>
/// Thread-safe and free of allocation: each thread keeps its keyed hash states, which halves the cost of a one-shot HMAC.
/// A thread remembers the states of the hasher it used last; a process has one.
/// </remarks>
public sealed class SecretHasher : IDisposable
{
    // Longer input is legal (a caller may present anything that fits a header) but never that of a key of ours.
    private const int OneAppendSize = 128;

    // Families are small numbers: with the highest bit set, the first byte is that of no other message.
    private const byte ImportedMark = 0x80;

    [ThreadStatic]
    private static ThreadStates? s_ofThisThread;

    private readonly byte[][] _peppers;
    private volatile bool _disposed;

    public SecretHasher(MasterKey masterKey)
    {
        CurrentVersion = masterKey.CurrentVersion;
        Versions = [.. masterKey.Versions.OrderDescending()];
        _peppers = [.. Versions.Select(version => masterKey.Derive(version, "verify"))];
    }

    /// <summary>The version that new MACs are made with.</summary>
    public int CurrentVersion { get; }

    /// <summary>The versions to try for a credential that does not say which version made its MAC; newest first.</summary>
    public int[] Versions { get; }

    /// <summary>Writes the 32-byte MAC of a secret that belongs to a presented identifier.</summary>
    /// <returns>
    /// <see langword="false"/> when the version is not held: nothing can be verified with it. The work is done all the
    /// same, under the newest version, so that time does not tell; the destination is then all zero.
    /// </returns>
    /// <exception cref="ObjectDisposedException">The hasher was disposed of.</exception>
    public bool TryHash(int version, KeyFamily family, LookupId id, ReadOnlySpan<byte> secret, Span<byte> destination)
    {
        Span<byte> message = stackalloc byte[OneAppendSize];
        message[0] = (byte)family;
        id.Write(message[1..]);
        return TryHash(version, message, 1 + LookupId.Size, secret, destination);
    }

    /// <summary>Writes the 32-byte MAC of a credential that is found by its own MAC (model keys and tokens).</summary>
    /// <returns><see langword="false"/> when the version is not held, as for <see cref="TryHash(int, KeyFamily, LookupId, ReadOnlySpan{byte}, Span{byte})"/>.</returns>
    /// <exception cref="ObjectDisposedException">The hasher was disposed of.</exception>
    public bool TryHashBearer(int version, KeyFamily family, ReadOnlySpan<byte> credential, Span<byte> destination)
    {
        Span<byte> message = stackalloc byte[OneAppendSize];
        message[0] = (byte)family;
        return TryHash(version, message, 1, credential, destination);
    }

    /// <summary>
    /// Writes the 32-byte MAC of a credential that came from an earlier issuer, of which perhaps only the SHA-256 is known.
    /// Bound by a byte of its own: the MAC of a key of ours is never that of an imported one, whatever either says.
    /// </summary>
    /// <param name="digest">The SHA-256 of the whole credential: 32 bytes.</param>
    /// <returns><see langword="false"/> when the version is not held, as for <see cref="TryHash(int, KeyFamily, LookupId, ReadOnlySpan{byte}, Span{byte})"/>.</returns>
    /// <exception cref="ObjectDisposedException">The hasher was disposed of.</exception>
    public bool TryHashImported(int version, KeyFamily family, ReadOnlySpan<byte> digest, Span<byte> destination)
    {
        Span<byte> message = stackalloc byte[OneAppendSize];
        message[0] = (byte)(ImportedMark | (byte)family);
        return TryHash(version, message, 1, digest, destination);
    }

    /// <summary>Overwrites the peppers. States that other threads still hold are released by the collector.</summary>
    public void Dispose()
    {
        _disposed = true;
        if (s_ofThisThread is { } states && states.Owner == this)
        {
            states.Release();
            s_ofThisThread = null;
        }

        foreach (var pepper in _peppers)
        {
            CryptographicOperations.ZeroMemory(pepper);
        }
    }

    // The message is the binding, already written, and the secret: one append, because each costs a native call.
    private bool TryHash(int version, Span<byte> message, int bound, ReadOnlySpan<byte> secret, Span<byte> destination)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var index = version == CurrentVersion ? 0 : Array.IndexOf(Versions, version);
        var hash = StateFor(Math.Max(0, index));
        if (secret.Length <= message.Length - bound)
        {
            secret.CopyTo(message[bound..]);
            hash.AppendData(message[..(bound + secret.Length)]);
        }
        else
        {
            hash.AppendData(message[..bound]);
            hash.AppendData(secret);
        }

        hash.GetHashAndReset(destination);
        if (index < 0)
        {
            destination.Clear();
        }

        return index >= 0;
    }

    private IncrementalHash StateFor(int index)
    {
        var states = s_ofThisThread;
        if (states is null || states.Owner != this)
        {
            s_ofThisThread = states = new ThreadStates(this, _peppers.Length);
        }

        return states.Hashes[index] ??= IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _peppers[index]);
    }

    private sealed class ThreadStates(SecretHasher owner, int count)
    {
        public SecretHasher Owner { get; } = owner;

        public IncrementalHash?[] Hashes { get; } = new IncrementalHash?[count];

        public void Release()
        {
            foreach (var hash in Hashes)
            {
                hash?.Dispose();
            }
        }
    }
}
