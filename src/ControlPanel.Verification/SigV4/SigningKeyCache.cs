using System.Collections.Concurrent;

namespace ControlPanel.Verification.SigV4;

/// <summary>
/// Signing keys by access key, secret version, day, region and service. Bounded: two generations of at most
/// <c>capacity</c> access keys, of each at most <see cref="MaxScopesPerKey"/> scopes. Only a signature that was found
/// right puts a key in, so strangers can neither fill nor empty it. One cache serves one set of access keys: the
/// credentials towards upstreams have their own.
/// </summary>
public sealed class SigningKeyCache
{
    /// <summary>The scopes kept of one access key (two days around midnight, a few regions).</summary>
    public const int MaxScopesPerKey = 8;

    private readonly Lock _gate = new();
    private readonly int _capacity;
    private volatile ConcurrentDictionary<string, SigningKey[]> _young = new(StringComparer.Ordinal);
    private volatile ConcurrentDictionary<string, SigningKey[]> _old = new(StringComparer.Ordinal);

    /// <summary>Makes an empty cache.</summary>
    /// <param name="capacity">Access keys per generation, at least 1. A key costs about 500 bytes.</param>
    public SigningKeyCache(int capacity = 4096)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        _capacity = capacity;
    }

    /// <summary>The access keys held in both generations. For tests and metrics.</summary>
    public int Count => _young.Count + _old.Count;

    /// <summary>
    /// Forgets every signing key of an access key. Call it when the key is revoked or its secret changes.
    /// </summary>
    public void Remove(string accessKeyId)
    {
        lock (_gate)
        {
            _young.TryRemove(accessKeyId, out _);
            _old.TryRemove(accessKeyId, out _);
        }
    }

    /// <summary>Forgets everything (the store was replaced, the master key changed).</summary>
    public void Clear()
    {
        lock (_gate)
        {
            _young = new(StringComparer.Ordinal);
            _old = new(StringComparer.Ordinal);
        }
    }

    internal SigningKey? Find(string accessKeyId, long version, ReadOnlySpan<char> scope)
    {
        if (_young.TryGetValue(accessKeyId, out var keys) && Match(keys, version, scope) is { } key)
        {
            return key;
        }

        return _old.IsEmpty ? null : FindOld(accessKeyId, version, scope);
    }

    internal void Add(string accessKeyId, SigningKey key)
    {
        lock (_gate)
        {
            Put(accessKeyId, key);
        }
    }

    private static SigningKey? Match(SigningKey[] keys, long version, ReadOnlySpan<char> scope)
    {
        foreach (var key in keys)
        {
            if (key.Version == version && scope.SequenceEqual(key.Scope))
            {
                return key;
            }
        }

        return null;
    }

    private SigningKey? FindOld(string accessKeyId, long version, ReadOnlySpan<char> scope)
    {
        lock (_gate)
        {
            if (!_old.TryGetValue(accessKeyId, out var keys) || Match(keys, version, scope) is not { } key)
            {
                return null;
            }

            Put(accessKeyId, key);
            return key;
        }
    }

    private void Put(string accessKeyId, SigningKey added)
    {
        List<SigningKey> kept = [];
        if (_young.TryGetValue(accessKeyId, out var present))
        {
            foreach (var key in present)
            {
                // Another version means another secret: gone for good.
                if (key.Version == added.Version && key.Scope != added.Scope)
                {
                    kept.Add(key);
                }
            }
        }

        if (kept.Count >= MaxScopesPerKey)
        {
            kept.RemoveAt(0);
        }

        _young[accessKeyId] = [.. kept, added];
        if (_young.Count > _capacity)
        {
            _old = _young;
            _young = new(StringComparer.Ordinal);
        }
    }
}
