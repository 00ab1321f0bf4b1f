using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace ControlPanel.Verification.Keys;

/// <summary>Thirty-two bytes held inline (no array for each key in memory), compared in constant time.</summary>
[InlineArray(Size)]
public struct Digest256
{
    /// <summary>Length in bytes.</summary>
    public const int Size = 32;

    private byte _first;

    /// <summary>Copies the digest. The span must be exactly <see cref="Size"/> bytes.</summary>
    public static Digest256 From(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size)
        {
            throw new ArgumentException("A digest has 32 bytes.", nameof(bytes));
        }

        var digest = default(Digest256);
        bytes.CopyTo(MemoryMarshal.CreateSpan(ref digest._first, Size));
        return digest;
    }

    /// <summary>Whether the bytes are equal, in time independent of where they differ.</summary>
    public readonly bool FixedTimeEquals(ReadOnlySpan<byte> other) =>
        CryptographicOperations.FixedTimeEquals(MemoryMarshal.CreateReadOnlySpan(in _first, Size), other);
}
