using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;

namespace ControlPanel.Verification.Secrets;

/// <summary>
/// The installation's root secret, in numbered versions: the newest makes, all of them check. Every use gets a key of
/// its own, derived by HKDF (RFC 5869) with the use's name, so that no two uses ever share key material.
/// </summary>
public sealed class MasterKey
{
    /// <summary>Length of one version, in bytes.</summary>
    public const int Size = 32;

    private readonly FrozenDictionary<int, byte[]> _versions;

    /// <param name="versions">At least one version; each exactly <see cref="Size"/> bytes, numbers above zero.</param>
    /// <exception cref="ArgumentException">No version, a wrong length or a wrong number.</exception>
    public MasterKey(IEnumerable<KeyValuePair<int, byte[]>> versions)
    {
        _versions = versions.ToFrozenDictionary(v => v.Key, v => v.Value.ToArray());
        if (_versions.Count == 0 || _versions.Any(v => v.Key <= 0 || v.Value.Length != Size))
        {
            throw new ArgumentException(
                "A master key has at least one version of 32 bytes, numbered from 1.",
                nameof(versions)
            );
        }

        CurrentVersion = _versions.Keys.Max();
    }

    /// <summary>The version that new MACs and envelopes are made with.</summary>
    public int CurrentVersion { get; }

    /// <summary>Every version held, in ascending order.</summary>
    public IReadOnlyList<int> Versions => [.. _versions.Keys.Order()];

    /// <summary>Whether the version is held.</summary>
    public bool Has(int version) => _versions.ContainsKey(version);

    /// <summary>Derives the key of one use.</summary>
    /// <param name="version">A held version.</param>
    /// <param name="use">What the key is for, e.g. <c>verify</c>; part of the derivation.</param>
    /// <exception cref="KeyNotFoundException">The version is not held.</exception>
    public byte[] Derive(int version, string use) =>
        HKDF.DeriveKey(
            HashAlgorithmName.SHA256,
            _versions[version],
            Size,
            info: Encoding.UTF8.GetBytes("controlpanel/" + use)
        );

    /// <summary>
    /// A value that lets a store recognise the right master key without helping anybody to find it:
    /// the first 16 bytes of a derived key that is used for nothing else.
    /// </summary>
    public byte[] CheckValue(int version) => Derive(version, "check-value")[..16];

    public override string ToString() => $"master key (version {CurrentVersion})";
}
