using System.Security.Cryptography;
using System.Text;

namespace ControlPanel.Verification.SigV4;

/// <summary>
/// The chain of chunk signatures: each signs its chunk and the signature before it, the first one the request's own.
/// So a chunk can neither be changed nor moved, repeated or left out.
/// </summary>
internal sealed class ChunkSignatures : IDisposable
{
    private const int HexLength = ChunkHeader.SignatureLength * 2;

    private readonly IncrementalHash _hmac;
    private readonly byte[] _chunkText;
    private readonly byte[] _trailerText;
    private readonly int _chunkPrevious;
    private readonly int _trailerPrevious;
    private readonly byte[] _previous = new byte[ChunkHeader.SignatureLength];

    public ChunkSignatures(SigningKey key, in S3Credential seed)
    {
        _hmac = key.CreateHash();
        Convert.FromHexString(seed.Signature.Span, _previous, out _, out _);
        var place = $"\n{seed.Timestamp}\n{seed.Scope}\n";
        var blank = new string('0', HexLength);
        _chunkText = Encoding.ASCII.GetBytes(
            $"AWS4-HMAC-SHA256-PAYLOAD{place}{blank}\n{PayloadModes.EmptyHash}\n{blank}"
        );
        _trailerText = Encoding.ASCII.GetBytes($"AWS4-HMAC-SHA256-TRAILER{place}{blank}\n{blank}");
        _chunkPrevious = "AWS4-HMAC-SHA256-PAYLOAD".Length + place.Length;
        _trailerPrevious = "AWS4-HMAC-SHA256-TRAILER".Length + place.Length;
    }

    /// <summary>Verifies the next chunk and moves the chain on.</summary>
    public bool TryVerifyChunk(ReadOnlySpan<byte> chunk, ReadOnlySpan<byte> presented) =>
        TryVerify(_chunkText, _chunkPrevious, chunk, presented);

    /// <summary>Verifies the trailers: the lines <c>name:value\n</c>, sorted by name.</summary>
    public bool TryVerifyTrailer(ReadOnlySpan<byte> lines, ReadOnlySpan<byte> presented) =>
        TryVerify(_trailerText, _trailerPrevious, lines, presented);

    public void Dispose() => _hmac.Dispose();

    private bool TryVerify(byte[] text, int previousAt, ReadOnlySpan<byte> data, ReadOnlySpan<byte> presented)
    {
        Span<byte> hash = stackalloc byte[ChunkHeader.SignatureLength];
        SHA256.HashData(data, hash);
        Convert.TryToHexStringLower(_previous, text.AsSpan(previousAt), out _);
        Convert.TryToHexStringLower(hash, text.AsSpan(text.Length - HexLength), out _);
        Span<byte> expected = stackalloc byte[ChunkHeader.SignatureLength];
        _hmac.AppendData(text);
        _hmac.GetHashAndReset(expected);
        if (!CryptographicOperations.FixedTimeEquals(expected, presented))
        {
            return false;
        }

        expected.CopyTo(_previous);
        return true;
    }
}
