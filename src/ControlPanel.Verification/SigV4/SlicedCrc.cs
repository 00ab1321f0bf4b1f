using System.Buffers.Binary;

namespace ControlPanel.Verification.SigV4;

/// <summary>
/// Reflected CRCs of up to 64 bits, eight bytes at a time through eight tables (Kounavis and Berry's slicing). The body
/// of every upload over TLS goes through one, so a table per byte would be felt.
/// </summary>
internal static class SlicedCrc
{
    private const int Slices = 8;

    /// <summary>Eight tables of 256 for a reflected polynomial.</summary>
    public static ulong[] MakeTables(ulong polynomial)
    {
        var tables = new ulong[Slices * 256];
        for (var i = 0u; i < 256; i++)
        {
            ulong entry = i;
            for (var bit = 0; bit < 8; bit++)
            {
                entry = (entry & 1) != 0 ? (entry >> 1) ^ polynomial : entry >> 1;
            }

            tables[i] = entry;
        }

        for (var i = 256; i < tables.Length; i++)
        {
            var before = tables[i - 256];
            tables[i] = (before >> 8) ^ tables[(byte)before];
        }

        return tables;
    }

    /// <summary>Continues a CRC, without the inversions at its start and end.</summary>
    public static ulong Append(ulong[] tables, ulong crc, ReadOnlySpan<byte> data)
    {
        ReadOnlySpan<ulong> table = tables;
        while (data.Length >= Slices)
        {
            var word = crc ^ BinaryPrimitives.ReadUInt64LittleEndian(data);
            crc =
                table[(7 * 256) + (byte)word]
                ^ table[(6 * 256) + (byte)(word >> 8)]
                ^ table[(5 * 256) + (byte)(word >> 16)]
                ^ table[(4 * 256) + (byte)(word >> 24)]
                ^ table[(3 * 256) + (byte)(word >> 32)]
                ^ table[(2 * 256) + (byte)(word >> 40)]
                ^ table[256 + (byte)(word >> 48)]
                ^ table[(byte)(word >> 56)];
            data = data[Slices..];
        }

        foreach (var value in data)
        {
            crc = (crc >> 8) ^ table[(byte)(crc ^ value)];
        }

        return crc;
    }
}
