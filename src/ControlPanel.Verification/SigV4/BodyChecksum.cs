using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace ControlPanel.Verification.SigV4;

/// <summary>A checksum of the decoded body, as S3 spells it: base64 of the big-endian value.</summary>
internal abstract class BodyChecksum(string name) : IDisposable
{
    /// <summary>The trailer's name, lower case.</summary>
    public string Name { get; } = name;

    /// <summary>The checksum of a trailer name, or <see langword="null"/>.</summary>
    public static BodyChecksum? TryCreate(string name) =>
        name switch
        {
            "x-amz-checksum-crc32" => new Crc32Checksum(name),
            "x-amz-checksum-crc32c" => new Crc32CChecksum(name),
            "x-amz-checksum-crc64nvme" => new Crc64Checksum(name),
#pragma warning disable CA5350 // A checksum the client chose; the signature is what protects.
            "x-amz-checksum-sha1" => new HashChecksum(name, HashAlgorithmName.SHA1),
#pragma warning restore CA5350
            "x-amz-checksum-sha256" => new HashChecksum(name, HashAlgorithmName.SHA256),
            _ => null,
        };

    public abstract void Append(ReadOnlySpan<byte> data);

    /// <summary>The value in base64. Ends the computation.</summary>
    public abstract string Finish();

    public virtual void Dispose() { }

    private sealed class HashChecksum(string name, HashAlgorithmName algorithm) : BodyChecksum(name)
    {
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(algorithm);

        public override void Append(ReadOnlySpan<byte> data) => _hash.AppendData(data);

        public override string Finish() => Convert.ToBase64String(_hash.GetHashAndReset());

        public override void Dispose()
        {
            _hash.Dispose();
            base.Dispose();
        }
    }

    private sealed class Crc32Checksum(string name) : BodyChecksum(name)
    {
        private static readonly ulong[] s_tables = SlicedCrc.MakeTables(0xEDB88320);
        private ulong _crc = uint.MaxValue;

        public override void Append(ReadOnlySpan<byte> data) => _crc = SlicedCrc.Append(s_tables, _crc, data);

        public override string Finish() => Base64((uint)~_crc);
    }

    // The processor has an instruction for this one.
    private sealed class Crc32CChecksum(string name) : BodyChecksum(name)
    {
        private uint _crc = uint.MaxValue;

        public override void Append(ReadOnlySpan<byte> data)
        {
            var crc = _crc;
            foreach (var word in MemoryMarshal.Cast<byte, ulong>(data))
            {
                crc = BitOperations.Crc32C(
                    crc,
                    BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word)
                );
            }

            foreach (var value in data[(data.Length & ~7)..])
            {
                crc = BitOperations.Crc32C(crc, value);
            }

            _crc = crc;
        }

        public override string Finish() => Base64(~_crc);
    }

    private sealed class Crc64Checksum(string name) : BodyChecksum(name)
    {
        private static readonly ulong[] s_tables = SlicedCrc.MakeTables(0x9A6C9329AC4BC9B5);
        private ulong _crc = ulong.MaxValue;

        public override void Append(ReadOnlySpan<byte> data) => _crc = SlicedCrc.Append(s_tables, _crc, data);

        public override string Finish()
        {
            Span<byte> bytes = stackalloc byte[8];
            BinaryPrimitives.WriteUInt64BigEndian(bytes, ~_crc);
            return Convert.ToBase64String(bytes);
        }
    }

    private static string Base64(uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return Convert.ToBase64String(bytes);
    }
}
