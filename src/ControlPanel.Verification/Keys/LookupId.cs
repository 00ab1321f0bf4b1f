using System.Buffers.Binary;

namespace ControlPanel.Verification.Keys;

/// <summary>
/// The 128 bits under which a key is found: the identifier's own bits where the caller presents one (Functions, Spaces),
/// the first half of the secret's MAC where the secret is all there is (Inference, API). Never a secret itself.
/// </summary>
public readonly record struct LookupId(UInt128 Value)
{
    /// <summary>Length of the stored form, in bytes.</summary>
    public const int Size = 16;

    /// <summary>Reads the big-endian stored form. The span must hold at least <see cref="Size"/> bytes.</summary>
    public static LookupId Read(ReadOnlySpan<byte> source) => new(BinaryPrimitives.ReadUInt128BigEndian(source));

    /// <summary>Writes the big-endian stored form.</summary>
    public void Write(Span<byte> destination) => BinaryPrimitives.WriteUInt128BigEndian(destination, Value);

    /// <summary>The stored form as a new array.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[Size];
        Write(bytes);
        return bytes;
    }
}
