namespace ControlPanel.Verification.SigV4;

/// <summary>
/// Collects one line of a framed body across pieces of input. A line ends with CRLF, nothing else, and has a bounded
/// length.
/// </summary>
internal sealed class FrameLine
{
    private const int MaxLength = 1024;

    private readonly byte[] _line = new byte[MaxLength];
    private int _length;

    /// <summary>Whether the line was longer than any that is allowed. It stays so.</summary>
    public bool IsTooLong { get; private set; }

    /// <summary>Takes input up to the end of the line.</summary>
    /// <param name="input">At least one byte.</param>
    /// <param name="consumed">Grows by what was taken.</param>
    /// <param name="line">The line without its end, valid until the next call.</param>
    /// <returns>Whether the line is complete.</returns>
    public bool TryRead(scoped ReadOnlySpan<byte> input, ref int consumed, out ReadOnlySpan<byte> line)
    {
        line = default;

        // A CR at the end of the piece before may meet its LF now.
        if (_length > 0 && _line[_length - 1] == '\r' && input[0] == '\n')
        {
            consumed++;
            line = Take(_length - 1);
            return true;
        }

        var end = input.IndexOf("\r\n"u8);
        var part = end < 0 ? input : input[..end];
        if (_length + part.Length > MaxLength)
        {
            IsTooLong = true;
            return false;
        }

        part.CopyTo(_line.AsSpan(_length));
        _length += part.Length;
        consumed += part.Length;
        if (end < 0)
        {
            return false;
        }

        consumed += 2;
        line = Take(_length);
        return true;
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        _length = 0;
        return _line.AsSpan(0, length);
    }
}
