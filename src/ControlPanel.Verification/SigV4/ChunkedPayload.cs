using System.Buffers;

namespace ControlPanel.Verification.SigV4;

/// <summary>
/// Decodes <c>aws-chunked</c>. Signed chunks are collected, verified and only then written; unsigned ones pass through
/// under their trailing checksum. Lines end with CRLF and have a bounded length; what follows the end is a fault.
/// </summary>
internal sealed class ChunkedPayload : PayloadDecoder
{
    private readonly long _decodedLength;
    private readonly ChunkSignatures? _signatures;
    private readonly PayloadTrailers _trailers;
    private readonly int _maxSignedChunk;
    private readonly FrameLine _line = new();
    private readonly byte[] _chunkSignature = new byte[ChunkHeader.SignatureLength];
    private byte[] _chunk = [];
    private long _decoded;
    private long _chunkSize;
    private long _chunkRead;
    private int _chunkWritten;
    private byte _held;
    private bool _holds;
    private State _state;

    public ChunkedPayload(long decodedLength, ChunkSignatures? signatures, PayloadTrailers trailers, int maxSignedChunk)
    {
        _decodedLength = decodedLength;
        _signatures = signatures;
        _trailers = trailers;
        _maxSignedChunk = maxSignedChunk;
    }

    private enum State : byte
    {
        ChunkHeader = 0,
        Data,
        VerifiedData,
        DataEnd,
        Trailer,
        FinalLine,
        End,
        Complete,
    }

    public override void EndInput()
    {
        if (_state is State.End)
        {
            _state = State.Complete;
        }
        else if (_state is not State.Complete && Fault is PayloadFault.None)
        {
            Fail(PayloadFault.Truncated);
        }
    }

    protected override PayloadProgress Step(
        ReadOnlySpan<byte> input,
        Span<byte> output,
        ref int consumed,
        ref int written
    )
    {
        while (Fault is PayloadFault.None)
        {
            var rest = input[consumed..];
            switch (_state)
            {
                case State.VerifiedData:
                    if (!TryWriteChunk(output, ref written))
                    {
                        return PayloadProgress.HasOutput;
                    }

                    break;
                case State.Complete:
                    return Finish(rest, output, ref written);
                case State.End:
                    if (!rest.IsEmpty)
                    {
                        Fail(PayloadFault.DataAfterEnd);
                    }

                    return PayloadProgress.NeedsInput;
                default:
                    if (rest.IsEmpty)
                    {
                        return PayloadProgress.NeedsInput;
                    }

                    if (_state is State.Data)
                    {
                        if (!TryReadData(rest, output, ref consumed, ref written))
                        {
                            return PayloadProgress.HasOutput;
                        }
                    }
                    else
                    {
                        ReadLine(rest, ref consumed);
                    }

                    break;
            }
        }

        return PayloadProgress.Failed;
    }

    protected override void Dispose(bool disposing)
    {
        if (!disposing)
        {
            return;
        }

        _signatures?.Dispose();
        _trailers.Dispose();
        ReturnChunk();
    }

    private PayloadProgress Finish(ReadOnlySpan<byte> rest, Span<byte> output, ref int written)
    {
        if (!rest.IsEmpty)
        {
            Fail(PayloadFault.DataAfterEnd);
            return PayloadProgress.Failed;
        }

        if (_holds)
        {
            if (written == output.Length)
            {
                return PayloadProgress.HasOutput;
            }

            output[written++] = _held;
            _holds = false;
        }

        return PayloadProgress.Complete;
    }

    private bool TryReadData(ReadOnlySpan<byte> rest, Span<byte> output, ref int consumed, ref int written)
    {
        var data = rest[..(int)Math.Min(rest.Length, _chunkSize - _chunkRead)];
        if (_signatures is not null)
        {
            CollectSigned(data);
            consumed += data.Length;
            return true;
        }

        // The last byte of all goes into the hand, not into the output, so one more than fits can be taken.
        var room = output.Length - written;
        var isLast = _decoded + data.Length == _decodedLength;
        if (!isLast && room == 0)
        {
            return false;
        }

        if (data.Length > room + (isLast ? 1 : 0))
        {
            if (room == 0)
            {
                return false;
            }

            data = data[..room];
            isLast = false;
        }

        _trailers.Append(data);
        Write(data, isLast, output, ref written);
        consumed += data.Length;
        _chunkRead += data.Length;
        if (_chunkRead == _chunkSize)
        {
            _state = State.DataEnd;
        }

        return true;
    }

    private void CollectSigned(ReadOnlySpan<byte> data)
    {
        var needed = (int)_chunkRead + data.Length;
        if (_chunk.Length < needed)
        {
            // Grows with what has arrived, never with what was announced.
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, Math.Min(needed * 2, _maxSignedChunk)));
            _chunk.AsSpan(0, (int)_chunkRead).CopyTo(larger);
            ReturnChunk();
            _chunk = larger;
        }

        data.CopyTo(_chunk.AsSpan((int)_chunkRead));
        _chunkRead = needed;
        if (_chunkRead < _chunkSize)
        {
            return;
        }

        var chunk = _chunk.AsSpan(0, (int)_chunkSize);
        if (!_signatures!.TryVerifyChunk(chunk, _chunkSignature))
        {
            Fail(PayloadFault.WrongChunkSignature);
            return;
        }

        _trailers.Append(chunk);
        _chunkWritten = 0;
        _state = State.VerifiedData;
    }

    private bool TryWriteChunk(Span<byte> output, ref int written)
    {
        var rest = _chunk.AsSpan(_chunkWritten, (int)_chunkSize - _chunkWritten);
        var isLast = _decoded + rest.Length == _decodedLength;
        var room = output.Length - written;
        if (rest.Length > room + (isLast ? 1 : 0))
        {
            rest = rest[..room];
            isLast = false;
        }

        Write(rest, isLast, output, ref written);
        _chunkWritten += rest.Length;
        if (_chunkWritten < _chunkSize)
        {
            return false;
        }

        _state = State.DataEnd;
        return true;
    }

    private void Write(ReadOnlySpan<byte> data, bool isLast, Span<byte> output, ref int written)
    {
        _decoded += data.Length;
        if (isLast && !data.IsEmpty)
        {
            _held = data[^1];
            _holds = true;
            data = data[..^1];
        }

        data.CopyTo(output[written..]);
        written += data.Length;
    }

    private void ReadLine(ReadOnlySpan<byte> rest, ref int consumed)
    {
        if (_line.TryRead(rest, ref consumed, out var line))
        {
            TakeLine(line);
        }
        else if (_line.IsTooLong)
        {
            Fail(_state is State.Trailer ? PayloadFault.MalformedTrailer : PayloadFault.MalformedChunk);
        }
    }

    private void TakeLine(ReadOnlySpan<byte> line)
    {
        switch (_state)
        {
            case State.ChunkHeader:
                TakeChunkHeader(line);
                break;
            case State.DataEnd:
                if (!line.IsEmpty)
                {
                    Fail(PayloadFault.MalformedChunk);
                }

                _state = State.ChunkHeader;
                break;
            case State.Trailer:
                TakeTrailer(line);
                break;
            case State.FinalLine:
                if (!line.IsEmpty)
                {
                    Fail(PayloadFault.MalformedChunk);
                }

                _state = State.End;
                break;
            default:
                throw new InvalidOperationException($"No line is read in state {_state}.");
        }
    }

    private void TakeChunkHeader(ReadOnlySpan<byte> line)
    {
        if (!ChunkHeader.TryRead(line, _signatures is not null, _chunkSignature, out _chunkSize))
        {
            Fail(PayloadFault.MalformedChunk);
        }
        else if (_signatures is not null && _chunkSize > _maxSignedChunk)
        {
            Fail(PayloadFault.ChunkTooLarge);
        }
        else if (_chunkSize > _decodedLength - _decoded)
        {
            Fail(PayloadFault.LengthMismatch);
        }
        else if (_chunkSize > 0)
        {
            _chunkRead = 0;
            _state = State.Data;
        }
        else if (_decoded != _decodedLength)
        {
            Fail(PayloadFault.LengthMismatch);
        }
        else if (_signatures is not null && !_signatures.TryVerifyChunk([], _chunkSignature))
        {
            Fail(PayloadFault.WrongChunkSignature);
        }
        else
        {
            _state = _trailers.IsEmpty ? State.FinalLine : State.Trailer;
        }
    }

    private void TakeTrailer(ReadOnlySpan<byte> line)
    {
        if (!line.IsEmpty)
        {
            if (!_trailers.TryTake(line, isSigned: _signatures is not null))
            {
                Fail(PayloadFault.MalformedTrailer);
            }

            return;
        }

        var fault = _trailers.Finish(_signatures);
        if (fault is not PayloadFault.None)
        {
            Fail(fault);
            return;
        }

        _state = State.End;
    }

    private void ReturnChunk()
    {
        var chunk = _chunk;
        _chunk = [];
        if (chunk.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }
    }
}
