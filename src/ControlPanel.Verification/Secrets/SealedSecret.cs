namespace ControlPanel.Verification.Secrets;

/// <summary>
/// An AES-256-GCM envelope: one byte of format, four of master key version, twelve of nonce, sixteen of tag, then the
/// ciphertext. Meaningless without the master key and without the row it was sealed for.
/// </summary>
public sealed class SealedSecret
{
    internal const byte Format = 1;
    internal const int HeaderSize = 1 + sizeof(int);
    internal const int NonceSize = 12;
    internal const int TagSize = 16;

    private readonly byte[] _envelope;

    private SealedSecret(byte[] envelope) => _envelope = envelope;

    /// <summary>The version of the master key that can open it.</summary>
    public int MasterKeyVersion => System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(_envelope.AsSpan(1));

    /// <summary>The stored form.</summary>
    public ReadOnlyMemory<byte> Envelope => _envelope;

    /// <summary>Accepts bytes that have an envelope's shape; whether they open is another matter.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out SealedSecret? secret)
    {
        secret =
            bytes.Length > HeaderSize + NonceSize + TagSize && bytes[0] == Format
                ? new SealedSecret(bytes.ToArray())
                : null;
        return secret is not null;
    }

    public override string ToString() => "***";
}
