namespace ControlPanel.Verification.Formats;

/// <summary>
/// CRC-32 (IEEE 802.3, reflected 0xEDB88320) for the checksum inside our keys: it finds every typo of up to 32 adjacent
/// bits offline. A checksum, not a protection: it keeps mistakes and noise away from the store.
/// </summary>
internal static class Crc32
{
    private static readonly uint[] s_table = MakeTable();

    public static uint Compute(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second = default) =>
        ~Append(Append(uint.MaxValue, first), second);

    private static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
        foreach (var value in bytes)
        {
            crc = (crc >> 8) ^ s_table[(byte)(crc ^ value)];
        }

        return crc;
    }

    private static uint[] MakeTable()
    {
        var table = new uint[256];
        for (var i = 0u; i < table.Length; i++)
        {
            var entry = i;
            for (var bit = 0; bit < 8; bit++)
            {
                entry = (entry & 1) != 0 ? (entry >> 1) ^ 0xEDB88320u : entry >> 1;
            }

            table[i] = entry;
        }

        return table;
    }
}
