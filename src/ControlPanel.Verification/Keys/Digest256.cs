using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

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
    /// <remarks>
    /// Four words, all of them always read and folded before the one comparison. The framework's FixedTimeEquals walks
    /// byte by byte with optimization off, which cost a fifth of a whole verification. What is compared here is a MAC
    /// under a key that no caller has, so nobody can choose how far two of them agree; the fold is the second line.
    /// </remarks>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public readonly bool FixedTimeEquals(ReadOnlySpan<byte> other)
    {
        if (other.Length != Size)
        {
            return false;
        }

        var left = MemoryMarshal.Cast<byte, ulong>(MemoryMarshal.CreateReadOnlySpan(in _first, Size));
        var right = MemoryMarshal.Cast<byte, ulong>(other);
        return ((left[0] ^ right[0]) | (left[1] ^ right[1]) | (left[2] ^ right[2]) | (left[3] ^ right[3])) == 0;
    }
}
