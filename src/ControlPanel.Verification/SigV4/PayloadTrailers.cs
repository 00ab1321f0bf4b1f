using System.Text;

namespace ControlPanel.Verification.SigV4;

/// <summary>
/// The announced trailers of a body: every one must come, none may come twice, nothing else may come, and each must be
/// the checksum of the decoded bytes.
/// </summary>
internal sealed class PayloadTrailers : IDisposable
{
    private const string SignatureName = "x-amz-trailer-signature";

    private readonly BodyChecksum[] _checksums;
    private readonly SortedDictionary<string, string> _received = new(StringComparer.Ordinal);
    private byte[]? _signature;

    private PayloadTrailers(BodyChecksum[] checksums) => _checksums = checksums;

    /// <summary>No trailers.</summary>
    public static PayloadTrailers None => new([]);

    public bool IsEmpty => _checksums.Length == 0;

    /// <summary>Reads <c>x-amz-trailer</c>. <see langword="null"/> for a name that cannot be checked here.</summary>
    public static PayloadTrailers? TryAnnounce(string announced)
    {
        List<BodyChecksum> checksums = [];
        foreach (var part in announced.Split(','))
        {
            var name = part.Trim().ToLowerInvariant();
            if (checksums.Exists(c => c.Name == name) || BodyChecksum.TryCreate(name) is not { } checksum)
            {
                checksums.ForEach(c => c.Dispose());
                return null;
            }

            checksums.Add(checksum);
        }

        return new PayloadTrailers([.. checksums]);
    }

    public void Append(ReadOnlySpan<byte> data)
    {
        foreach (var checksum in _checksums)
        {
            checksum.Append(data);
        }
    }

    /// <summary>Takes one line <c>name:value</c>.</summary>
    public bool TryTake(ReadOnlySpan<byte> line, bool isSigned)
    {
        // Some clients write the LF of the signed text into the frame as well: "name:value\n\r\n".
        if (line.EndsWith("\n"u8))
        {
            line = line[..^1];
        }

        var colon = line.IndexOf((byte)':');
        if (colon < 1 || line.ContainsAnyExceptInRange((byte)' ', (byte)'~') || _signature is not null)
        {
            return false;
        }

        var name = Encoding.ASCII.GetString(line[..colon]).ToLowerInvariant();
        var value = line[(colon + 1)..];
        if (isSigned && name == SignatureName)
        {
            _signature = new byte[ChunkHeader.SignatureLength];
            return ChunkHeader.TryReadSignature(value, _signature);
        }

        return Array.Exists(_checksums, c => c.Name == name)
            && _received.TryAdd(name, Encoding.ASCII.GetString(value).Trim());
    }

    /// <summary>Verifies the signature over the trailers, then the checksums.</summary>
    public PayloadFault Finish(ChunkSignatures? signatures)
    {
        if (_received.Count != _checksums.Length)
        {
            return PayloadFault.MalformedTrailer;
        }

        if (signatures is not null)
        {
            var lines = new StringBuilder();
            foreach (var (name, value) in _received)
            {
                lines.Append(name).Append(':').Append(value).Append('\n');
            }

            if (_signature is null)
            {
                return PayloadFault.MalformedTrailer;
            }

            if (!signatures.TryVerifyTrailer(Encoding.ASCII.GetBytes(lines.ToString()), _signature))
            {
                return PayloadFault.WrongTrailerSignature;
            }
        }

        foreach (var checksum in _checksums)
        {
            if (checksum.Finish() != _received[checksum.Name])
            {
                return PayloadFault.WrongChecksum;
            }
        }

        return PayloadFault.None;
    }

    public void Dispose()
    {
        foreach (var checksum in _checksums)
        {
            checksum.Dispose();
        }
    }
}
