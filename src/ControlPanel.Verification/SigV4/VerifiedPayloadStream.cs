using System.Buffers;

namespace ControlPanel.Verification.SigV4;

/// <summary>A body that verifies itself while it is read. Read once, forwards, in constant memory.</summary>
internal sealed class VerifiedPayloadStream : Stream
{
    private const int BufferLength = 64 * 1024;

    private readonly Stream _inner;
    private readonly PayloadDecoder _decoder;
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferLength);
    private int _start;
    private int _end;

    public VerifiedPayloadStream(Stream inner, PayloadDecoder decoder)
    {
        _inner = inner;
        _decoder = decoder;
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        // A read of nothing asks whether there is something; only the inner stream can wait for that.
        if (buffer.IsEmpty)
        {
            return 0;
        }

        while (true)
        {
            if (TryDecode(buffer.Span, out var written))
            {
                return written;
            }

            _end = await _inner.ReadAsync(_buffer.AsMemory(0, BufferLength), cancellationToken).ConfigureAwait(false);
            TookInput();
        }
    }

    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty)
        {
            return 0;
        }

        while (true)
        {
            if (TryDecode(buffer, out var written))
            {
                return written;
            }

            _end = _inner.Read(_buffer.AsSpan(0, BufferLength));
            TookInput();
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing && _buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = [];
            _start = _end = 0;
            _decoder.Dispose();
            _inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private void TookInput()
    {
        _start = 0;
        if (_end == 0)
        {
            _decoder.EndInput();
        }
    }

    private bool TryDecode(Span<byte> output, out int written)
    {
        ObjectDisposedException.ThrowIf(_buffer.Length == 0, this);
        var progress = _decoder.Decode(_buffer.AsSpan(_start, _end - _start), output, out var consumed, out written);
        _start += consumed;
        if (progress is PayloadProgress.Failed)
        {
            throw new PayloadException(_decoder.Fault);
        }

        return written > 0 || progress is PayloadProgress.Complete;
    }
}
