using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace ControlPanel.Verification.Secrets;

/// <summary>
/// The row that a secret is sealed for. It is the additional data of the AEAD: an envelope moved to another row, column,
/// team or version does not open (the swap that an envelope without it cannot notice).
/// </summary>
public readonly record struct SealBinding(string Table, string Column, Guid RowId, Guid TeamId, int SecretVersion)
{
    /// <summary>The binding of an access key's signing secret.</summary>
    public static SealBinding AccessKey(Guid keyId, Guid teamId, int secretVersion) =>
        new("access_keys", "sealed_secret", keyId, teamId, secretVersion);

    internal byte[] AdditionalData() =>
        Encoding.UTF8.GetBytes($"{Table}|{Column}|{RowId:N}|{TeamId:N}|{SecretVersion}");
}

/// <summary>
/// Seals the secrets that must be readable again: Spaces signing secrets and upstream credentials. AES-256-GCM under a
/// data key of its own for each envelope (HKDF of master key and binding), which keeps every key far below the 2^32
/// random nonces that NIST SP 800-38D allows.
/// </summary>
public sealed class SecretSealer(MasterKey masterKey, ISecretSource random)
{
    /// <summary>Seals under the newest version.</summary>
    /// <exception cref="ArgumentException">There is nothing to seal: no secret is empty.</exception>
    public SealedSecret Seal(ReadOnlySpan<byte> plaintext, SealBinding binding)
    {
        if (plaintext.IsEmpty)
        {
            throw new ArgumentException("An empty secret is not sealed.", nameof(plaintext));
        }

        var envelope = new byte[
            SealedSecret.HeaderSize + SealedSecret.NonceSize + SealedSecret.TagSize + plaintext.Length
        ];
        envelope[0] = SealedSecret.Format;
        BinaryPrimitives.WriteInt32BigEndian(envelope.AsSpan(1), masterKey.CurrentVersion);
        var nonce = envelope.AsSpan(SealedSecret.HeaderSize, SealedSecret.NonceSize);
        var tag = envelope.AsSpan(SealedSecret.HeaderSize + SealedSecret.NonceSize, SealedSecret.TagSize);
        var ciphertext = envelope.AsSpan(SealedSecret.HeaderSize + SealedSecret.NonceSize + SealedSecret.TagSize);
        random.Fill(nonce);
        using var aes = CipherFor(masterKey.CurrentVersion, binding);
        aes.Encrypt(nonce, plaintext, ciphertext, tag, binding.AdditionalData());
        SealedSecret.TryRead(envelope, out var secret);
        return secret!;
    }

    /// <summary>Opens an envelope for the row it was sealed for.</summary>
    /// <returns><see langword="false"/> when it was altered, moved, or made by a version that is not held.</returns>
    public bool TryOpen(SealedSecret secret, SealBinding binding, [NotNullWhen(true)] out Secret? plaintext)
    {
        plaintext = null;
        if (!masterKey.Has(secret.MasterKeyVersion))
        {
            return false;
        }

        var envelope = secret.Envelope.Span;
        var nonce = envelope.Slice(SealedSecret.HeaderSize, SealedSecret.NonceSize);
        var tag = envelope.Slice(SealedSecret.HeaderSize + SealedSecret.NonceSize, SealedSecret.TagSize);
        var ciphertext = envelope[(SealedSecret.HeaderSize + SealedSecret.NonceSize + SealedSecret.TagSize)..];
        var opened = new byte[ciphertext.Length];
        try
        {
            using var aes = CipherFor(secret.MasterKeyVersion, binding);
            aes.Decrypt(nonce, ciphertext, tag, opened, binding.AdditionalData());
            plaintext = new Secret(opened.AsSpan());
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(opened);
        }
    }

    private AesGcm CipherFor(int version, SealBinding binding)
    {
        var key = masterKey.Derive(version, $"seal/{binding.Table}/{binding.RowId:N}");
        try
        {
            return new AesGcm(key, SealedSecret.TagSize);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }
}
